"""A small healthy world that each case breaks in one place, and the one way to look at how it is refused."""

import contextlib
import shutil
import sys
from dataclasses import dataclass

import polars as pl
import pytest
import yaml

from genre.cli.main import run
from genre.core.artifacts import digest
from genre.testing.data import tiny_dataset

INTERACTIONS, ITEMS, RECIPE, BUNDLE = "interactions.csv", "items.csv", "r.yaml", "bundle"
YEAR_2020_MS = 1_577_836_800_000


@dataclass
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


class World:
    """A folder with two tables and a recipe over them, all healthy until a case breaks one."""

    def __init__(self, folder):
        self.folder = folder
        dataset = tiny_dataset()
        interactions = dataset.interactions.to_frame()
        interactions.with_columns(pl.col("timestamp") + YEAR_2020_MS).write_csv(folder / INTERACTIONS)
        items = dataset.catalog.items
        items.with_columns(items["genres"].list.join("|")).write_csv(folder / ITEMS)
        self.recipe()

    def path(self, name):
        return self.folder / name

    def document(self, **sections):
        """A recipe over the tables; `sections` replace whole sections."""
        source = {"type": "csv", "interactions": INTERACTIONS, "items": ITEMS, "lists": {"genres": "|"}}
        document = {
            "data": {"source": source, "splitter": "leave_one_out"},
            "features": [{"name": "genres", "encoder": "multi_hot"}],
            "recommender": "popularity",
            "evaluation": {"metrics": ["ndcg@5"], "baselines": [], "bootstrap": 0},
        }
        return {**document, **sections}

    def recipe(self, **sections):
        """Write the recipe with some sections replaced."""
        text = yaml.safe_dump(self.document(**sections), allow_unicode=True)
        self.path(RECIPE).write_text(text, encoding="utf-8")

    def source(self, splitter="leave_one_out", **source):
        """Write the recipe with a source of its own; without items there are no features."""
        source = {"type": "csv", "interactions": INTERACTIONS, **source}
        features = [{"name": "genres", "encoder": "multi_hot"}] if "items" in source else []
        self.recipe(data={"source": source, "splitter": splitter}, features=features)

    def interactions(self, frame):
        """Write other interactions."""
        frame.write_csv(self.path(INTERACTIONS))

    def write(self, name, content):
        """Write bytes or text to a file."""
        self.path(name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def read(self, name):
        return pl.read_csv(self.path(name), infer_schema=False)

    def listing(self):
        """Every file with its digest, and every folder."""
        return {
            str(path.relative_to(self.folder)): digest(path) if path.is_file() else "folder"
            for path in sorted(self.folder.rglob("*"))
        }


@pytest.fixture
def genre(capsys, monkeypatch):
    """Run `genre ARGUMENTS...` inside this process."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["genre", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            run()
        captured = capsys.readouterr()
        return Outcome(caught.value.code or 0, captured.out, captured.err)

    return command


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A healthy world in the current folder."""
    monkeypatch.chdir(tmp_path)
    return World(tmp_path)


@pytest.fixture(scope="session")
def healthy_bundle(tmp_path_factory):
    from genre.pipeline.fit import fit

    world = World(tmp_path_factory.mktemp("healthy"))
    with contextlib.chdir(world.folder):
        return fit(RECIPE).save(world.path(BUNDLE))


@pytest.fixture
def bundle(world, healthy_bundle):
    """A healthy bundle in the world."""
    shutil.copytree(healthy_bundle, world.path(BUNDLE))
    return world.path(BUNDLE)


@pytest.fixture
def refused(genre, world):
    """Run a command and see that it is refused as every broken input must be; gives what it said."""

    def look(*arguments, names=(), mends=()):
        before = world.listing()
        done = genre(*arguments)
        assert done.code == 1, f"exit code {done.code}: {done.out} {done.err}"
        said = " ".join(done.err.split())
        assert "Traceback" not in said
        for word in (*names, *mends):
            assert word in said, f"'{word}' is not in: {said}"
        if "--json" in arguments:
            assert done.out == ""
        assert world.listing() == before, "files were written or changed"
        return said

    return look
