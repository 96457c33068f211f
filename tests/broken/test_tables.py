"""Broken tables: `evaluate` and `check` name the file, row or column and the mend, and leave nothing behind."""

import gzip
import io

import polars as pl
import pytest

RECIPE, INTERACTIONS, ITEMS = "r.yaml", "interactions.csv", "items.csv"


def interactions(*steps):
    """Change the interactions before they are written."""

    def break_it(world):
        frame = world.read(INTERACTIONS)
        for step in steps:
            frame = step(frame)
        world.interactions(frame)

    return break_it


def content(name, data, **source):
    """A file with these bytes, read by a source of its own."""

    def break_it(world):
        world.write(name, data)
        if source:
            world.source(**source)

    return break_it


def source(splitter="leave_one_out", **fields):
    return lambda world: world.source(splitter, **fields)


def renamed(**names):
    return interactions(lambda frame: frame.rename(names))


def replaced(**columns):
    return interactions(lambda frame: frame.with_columns(**{n: pl.lit(v, pl.String) for n, v in columns.items()}))


def parquet_garbled(world):
    world.read(INTERACTIONS).write_parquet(world.path("i.parquet"))
    data = world.path("i.parquet").read_bytes()
    world.write("i.parquet", data[: len(data) // 2])
    world.source(type="parquet", interactions="i.parquet")


def parquet_named_csv(world):
    buffer = io.BytesIO()
    world.read(INTERACTIONS).write_parquet(buffer)
    world.write(INTERACTIONS, buffer.getvalue())


def gzip_cut(world):
    data = gzip.compress(world.path(INTERACTIONS).read_bytes())
    world.write("i.csv.gz", data[: len(data) // 2])
    world.source(interactions="i.csv.gz")


def not_utf8(world):
    lines = ["user_id,item_id", *(f"café{row},thé{row % 3}" for row in range(30))]
    world.write(INTERACTIONS, "\n".join(lines).encode("latin-1"))
    world.source()


def atomic(inter, **others):
    """RecBole's files."""

    def break_it(world):
        world.path("d").mkdir()
        for name, text in {"inter": inter, **others}.items():
            world.write(f"d/d.{name}", text)
        world.source(type="recbole", path="d")

    return break_it


def recbole_source(world):
    world.path("d").mkdir()
    world.recipe(data={"source": {"type": "recbole", "path": "d"}, "splitter": "leave_one_out"}, features=[])


def recbole_header(world):
    recbole_source(world)
    world.write("d/d.inter", "user_id:tokn\titem_id\nu\ti\n")


def items_ids_empty(world):
    world.write(ITEMS, "item_id,genres\n,a|b\n,a\n")


CASES = {
    "the interactions are missing": (
        lambda world: world.path(INTERACTIONS).unlink(),
        [INTERACTIONS, "no such file"],
        ["'items.csv'"],
    ),
    "the folder is missing": (source(interactions="no/where.csv"), ["no/where.csv"], ["There is no folder no"]),
    "a folder for a file": (source(interactions="."), ["is a folder"], ["Name the file in it"]),
    "an empty file": (content(INTERACTIONS, b""), [INTERACTIONS, "is empty"], ["Write the table again"]),
    "a header only": (content(INTERACTIONS, b"user_id,item_id\n", interactions=INTERACTIONS), [INTERACTIONS], ["rows"]),
    "no user column": (
        renamed(user_id="person"),
        [INTERACTIONS, "column 'user_id'"],
        ["columns: {user_id: ...}"],
    ),
    "no item column": (
        renamed(item_id="things"),
        [INTERACTIONS, "column 'item_id'"],
        ["columns: {item_id: ...}"],
    ),
    "a named column is missing": (
        source(columns={"user_id": "usr_id", "timestamp": "time"}),
        ["column 'usr_id'", "column 'time'"],
        ["Did you mean 'user_id'?"],
    ),
    "two columns of one name": (
        content(INTERACTIONS, b"user_id,item_id,item_id\nu,a,b\n"),
        ["row 1", "'item_id'"],
        ["its own name"],
    ),
    "all users missing": (replaced(user_id=None), [INTERACTIONS, "user id is missing"], ["Fill it in"]),
    "all ratings NaN": (replaced(rating="NaN"), [INTERACTIONS, "row 2", "rating is not a finite number"], ["columns"]),
    "all times unparsable": (replaced(timestamp="soon"), [INTERACTIONS, "time cannot be read"], ["time_unit"]),
    "all times in the future": (
        replaced(timestamp="2999-01-01"),
        [INTERACTIONS, "time lies in the future"],
        ["time_unit"],
    ),
    "a cut parquet file": (parquet_garbled, ["i.parquet", "not a whole parquet file"], ["Write it again"]),
    "csv named parquet": (
        lambda world: (
            world.path(INTERACTIONS).rename(world.path("i.parquet")),
            world.source(type="parquet", interactions="i.parquet"),
        ),
        ["i.parquet", "not a whole parquet file"],
        ["source csv"],
    ),
    "parquet named csv": (parquet_named_csv, [INTERACTIONS, "is a parquet file"], ["source 'parquet'"]),
    "a zip archive": (content(INTERACTIONS, b"PK\x03\x04abc"), [INTERACTIONS, "zip archive"], ["Unpack it"]),
    "zero bytes": (content(INTERACTIONS, b"a\x00b,c\n"), [INTERACTIONS, "zero bytes"], ["which file this is"]),
    "UTF-16": (
        content(INTERACTIONS, "user_id,item_id\nu,i\n".encode("utf-16")),
        [INTERACTIONS, "UTF-16"],
        ["encoding: utf-16"],
    ),
    "a truncated gzip": (gzip_cut, ["i.csv.gz", "gzip"], ["again"]),
    "not UTF-8 at all": (not_utf8, [INTERACTIONS, "not valid UTF-8"], ["encoding"]),
    "an unknown encoding": (source(encoding="utf8x"), ["data.source", "'utf8x'"], ["latin-1"]),
    "only broken JSON lines": (
        content("i.jsonl", b"{'user_id': 1}\n[1, 2]\nnull\n", type="jsonl", interactions="i.jsonl"),
        ["i.jsonl", "no JSON objects"],
        ["one object per line"],
    ),
    "a JSON document for JSON lines": (
        content("i.jsonl", b'[\n {"user_id": 1,\n "item_id": 2}\n]\n', type="jsonl", interactions="i.jsonl"),
        ["i.jsonl"],
        ["one object per line"],
    ),
    "a threshold above all ratings": (
        source(rating_threshold=99),
        [INTERACTIONS, "below the threshold"],
        ["Lower rating_threshold"],
    ),
    "a threshold without ratings": (
        lambda world: (interactions(lambda f: f.drop("rating"))(world), world.source(rating_threshold=4)),
        ["rating_threshold", "the interactions lack"],
        ["Leave it out"],
    ),
    "items without an id column": (
        content(ITEMS, b"id,genres\ni0,space\n"),
        [ITEMS, "column 'item_id'"],
        ["Known: genres, id", "item_columns: {item_id: ...}"],
    ),
    "items whose ids are all empty": (items_ids_empty, [ITEMS, "item id is missing"], ["item_columns"]),
    "a list column that is not there": (
        lambda world: world.source(items=ITEMS, lists={"genre": "|"}),
        ["lists.genre"],
        ["Did you mean 'genres'?"],
    ),
    "a predefined split without a part column": (
        source("predefined"),
        ["data.splitter", "'predefined'"],
        ["columns: {part: ...}"],
    ),
    "unknown words for parts": (
        lambda world: (
            interactions(lambda f: f.with_columns(part=pl.lit("learn")))(world),
            world.source("predefined"),
        ),
        ["data.source.columns.part", "'learn'"],
        ["{train: ..., valid: ..., test: ...}"],
    ),
    "a temporal split without times": (
        lambda world: (interactions(lambda f: f.drop("timestamp"))(world), world.source("temporal")),
        ["data.splitter", "'temporal'"],
        ["holdout or leave_one_out"],
    ),
    "a temporal split of one time": (
        lambda world: (replaced(timestamp="2020-05-05")(world), world.source("temporal")),
        ["data.splitter", "'temporal'"],
        ["leave_one_out"],
    ),
    "too few interactions to split": (
        content(INTERACTIONS, b"user_id,item_id\nu1,i1\nu1,i2\nu2,i1\n"),
        ["data.splitter", "'leave_one_out'"],
        ["at least 3"],
    ),
    "no RecBole file in the folder": (recbole_source, ["d", "holds no .inter file"], ["Name the .inter file"]),
    "a broken RecBole header": (
        recbole_header,
        ["d.inter", "row 1", "'user_id:tokn'", "'item_id'"],
        ["Did you mean 'token'?", "item_id:token"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_evaluate_and_check_refuse(case, world, refused):
    break_it, names, mends = CASES[case]
    break_it(world)
    assert refused("evaluate", RECIPE, "--json", names=names, mends=mends)
    assert refused("check", RECIPE, names=names, mends=mends)
