"""Tables on disk, a recipe for them, and a way to run the command line inside the test process."""

import sys
from dataclasses import dataclass

import polars as pl
import pytest
import yaml

from genre.cli.main import run
from genre.testing.data import tiny_dataset


@dataclass
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def genre(capsys, monkeypatch):
    """Run `genre ARGUMENTS...`; the outcome holds the exit code and both outputs."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["genre", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            run()
        captured = capsys.readouterr()
        code = caught.value.code
        return Outcome(0 if code is None else code, captured.out, captured.err)

    return command


@pytest.fixture
def tables(tmp_path):
    """interactions.csv and items.csv of the tiny world; genres as a|b."""
    dataset = tiny_dataset()
    seconds = dataset.interactions.to_frame().with_columns(pl.col("timestamp") // 1000)
    seconds.write_csv(tmp_path / "interactions.csv")
    items = dataset.catalog.items.with_columns(pl.col("genres").list.join("|"))
    items.write_csv(tmp_path / "items.csv")
    return tmp_path


@pytest.fixture
def recipe(tables):
    """A small recipe over the tables."""
    document = {
        "name": "tiny",
        "data": {
            "source": {
                "type": "csv",
                "interactions": str(tables / "interactions.csv"),
                "items": str(tables / "items.csv"),
                "lists": {"genres": "|"},
            },
            "splitter": "leave_one_out",
        },
        "features": [{"name": "text", "encoder": "tfidf"}, {"name": "genres", "encoder": "multi_hot"}],
        "recommender": "ease",
        "evaluation": {"metrics": ["ndcg@5", "recall@5", "coverage@5"], "baselines": ["popularity"], "bootstrap": 50},
    }
    path = tables / "tiny.yaml"
    path.write_text(yaml.safe_dump(document))
    return path
