"""Every recipe that is shipped holds."""

from pathlib import Path

import pytest

from genre.config.documents import parse_yaml
from genre.config.loading import load_recipe

ROOT = Path(__file__).parents[2]
RECIPES = [*sorted((ROOT / "recipes").rglob("*.yaml")), ROOT / "src" / "genre" / "cli" / "demo.yaml"]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_shipped_recipe_is_valid_and_survives_its_dump(path):
    recipe = load_recipe(path)
    assert load_recipe(recipe.to_dict()) == recipe
    assert recipe.name


def test_the_recipe_in_the_readme_is_valid():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in text.split("```yaml\n")[1:]]
    assert blocks
    for block in blocks:
        load_recipe(parse_yaml(block))
