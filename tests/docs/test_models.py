"""The page of named models has a row for every recipe and leads to it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "models.md"


def test_every_recipe_has_a_row_and_every_row_its_recipe():
    if not PAGE.exists():
        pytest.skip("docs/models.md is written by `python -m benchmarks.models --data FOLDER`")
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    links = [re.match(r"\| \[(\w+)\]\((\S+)\) \|", row) for row in rows]
    named = {link[1]: (PAGE.parent / link[2]).resolve() for link in links if link}
    assert named == {path.stem: path for path in (ROOT / "recipes" / "models").glob("*.yaml")}
    assert [row.split(" | ")[0] for row, link in zip(rows, links, strict=True) if not link] == [
        "| popularity",
        "| item_knn",
        "| ease",
    ]
    assert all(re.search(r" \| 0\.\d{4} \(0\.\d{4} to 0\.\d{4}\) \| \d+ \| \d+ \|$", row) for row in rows)
