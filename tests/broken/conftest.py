"""A small healthy world that each case breaks in one place, and the one way to look at how it is refused."""

import contextlib
import json
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
QUARANTINE = "r.quarantine.jsonl"
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


TOWER = {"type": "tower", "dim": 8, "length": 6, "whiten_dim": 4, "user": "mean"}


class Shop(World):
    """The same world as parquet tables, for cases that break one modality; a tiny tower reads it in one epoch."""

    def __init__(self, folder):
        super().__init__(folder)
        dataset = tiny_dataset()
        frame = dataset.interactions.to_frame().with_columns(pl.col("timestamp") + YEAR_2020_MS)
        self.tables = {"interactions": frame, "items": dataset.catalog.items}

    def columns(self, **columns):
        """Add columns to the items."""
        self.tables["items"] = self.tables["items"].with_columns(**columns)

    def reads(self, *features, **sections):
        """Write tables and a recipe with these features, each (name, encoder, other fields)."""
        for word, table in self.tables.items():
            table.write_parquet(self.path(f"{word}.parquet"))
        source = {"type": "parquet", **{word: f"{word}.parquet" for word in self.tables}}
        self.recipe(
            **{
                "data": {"source": source, "splitter": "leave_one_out"},
                "features": [{"name": name, "encoder": encoder, **more} for name, encoder, more in features],
                "recommender": TOWER,
                "training": {"epochs": 1, "n_threads": 1, "batch_size": 16},
                **sections,
            }
        )


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


@pytest.fixture
def shop(world):
    """The world of parquet tables."""
    return Shop(world.folder)


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


@pytest.fixture
def refused_by_all(refused):
    """`refused` by every command that reads a recipe; gives what each of them said."""

    def look(names=(), mends=()):
        commands = (["check", RECIPE], ["evaluate", RECIPE, "--json"], ["fit", RECIPE, "-o", BUNDLE])
        return [refused(*arguments, names=names, mends=mends) for arguments in commands]

    return look


@pytest.fixture
def told(genre, world):
    """See that something odd is told, with place and mend, and that the rest is used: by `check` and `evaluate`.

    Without `what`, nothing odd is told of the place. A row that is set aside is kept in the quarantine file, and no
    other file is written. Gives the metric that `evaluate` found.
    """

    def look(where, what, mend="", example=None, n_used=24):
        before, written = world.listing(), {QUARANTINE} if "set aside" in (what or "") else set()
        done = genre("check", RECIPE, "--json")
        assert done.code == 0 and "Traceback" not in done.err, f"exit code {done.code}: {done.out} {done.err}"
        warnings = [one for one in json.loads(done.out)["findings"] if one["level"] == "WARN"]
        found = [one for one in warnings if one["where"] == where and (what or "") in one["what"]]
        assert len(found) == (what is not None), warnings
        assert all(mend in one["mend"] for one in found), found
        assert all(example is None or example in one["examples"][0].values() for one in found), found
        done = genre("evaluate", RECIPE, "--json")
        assert done.code == 0 and "Traceback" not in done.err, f"exit code {done.code}: {done.out} {done.err}"
        assert ("items have content" in done.err) == (n_used < 24), done.err
        assert n_used == 24 or f": {n_used} of 24 items have content; genre check shows" in done.err, done.err
        left = world.listing()
        assert left.keys() - before.keys() == written and before.items() <= left.items(), "files were changed"
        if written:
            (line,) = world.path(QUARANTINE).read_text(encoding="utf-8").splitlines()
            assert json.loads(line)["row"] == int(where.split()[-1])
        return json.loads(done.out)["models"][0]["metrics"]["ndcg@5"]["mean"]

    return look
