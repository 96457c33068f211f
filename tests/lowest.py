"""Print the lower bounds of pyproject.toml as pip constraints; tools for development are left out."""

import re
import sys
import tomllib
from pathlib import Path


def lower_bounds(project: dict) -> list[str]:
    """`name>=1.2` becomes `name==1.2`; anything without a lower bound is an error."""
    wanted = list(project["dependencies"])
    for name, extra in project["optional-dependencies"].items():
        wanted += [] if name == "dev" else extra
    bounds = []
    for requirement in wanted:
        match = re.match(r"^([A-Za-z0-9_.\-]+)>=([0-9][0-9a-z.]*)", requirement)
        if match is None:
            raise SystemExit(f"{requirement}: has no lower bound")
        bounds.append(f"{match[1]}=={match[2]}")
    return bounds


if __name__ == "__main__":
    document = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    sys.stdout.write("\n".join(lower_bounds(document["project"])) + "\n")
