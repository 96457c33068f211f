"""The page that adds a fusion does what it says: its module and its test, put where it puts them, work."""

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

PAGE = Path(__file__).parents[2] / "docs" / "adding_a_fusion.md"

# What dropping the module into src/genre/fusion does, without touching the sources.
CONFTEST = """
import pathlib, genre.fusion
genre.fusion.__path__.append(str(pathlib.Path(__file__).parent / "src/genre/fusion"))
"""
CONTRACT = """
import pytest
from genre.core.slot import Slot
from genre.testing import checks

FUSION = Slot("fusion").component("strongest")


@pytest.mark.parametrize("check", checks("fusion"))
@pytest.mark.parametrize("example", FUSION.EXAMPLES)
def test_contract(check, example):
    check(FUSION, example)


def test_a_recipe_trains_with_it(tmp_path):
    from genre.recommenders.tower import TowerConfig, TowerRecommender
    from genre.testing.data import tiny_task
    from dataclasses import replace

    task = replace(tiny_task(), fusion=Slot("fusion").build(RECIPE))
    assert TowerRecommender(TowerConfig(dim=8, length=6)).fit(task).curve.epochs
    assert Slot("fusion").summary("strongest") == "Lets the modality with the largest value speak, in each dimension."
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_page_adds_a_fusion(tmp_path):
    files = re.findall(r"^`([\w/]+\.py)`:", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert files == ["src/genre/fusion/strongest.py", "tests/fusion/test_strongest.py"]
    for name, code in zip(files, blocks("python"), strict=True):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(code, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")

    recipe = yaml.safe_load(blocks("yaml")[0])["fusion"]
    (tmp_path / "tests" / "test_contract.py").write_text(f"RECIPE = {recipe!r}\n{CONTRACT}", encoding="utf-8")

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "."]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )

    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
