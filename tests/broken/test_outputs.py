"""Places that cannot be written to are refused before any work is done, and what stands there stays."""

import json
import subprocess
import sys

import pytest

RECIPE = "r.yaml"


def a_folder_of_mine(world):
    world.path("mine").mkdir()
    world.write("mine/notes.txt", "keep me")


def a_file_of_mine(world):
    world.write("mine", "keep me")


def below_a_file(world):
    world.write("notes.txt", "keep me")


CASES = {
    "fit over a folder that is no bundle": (
        a_folder_of_mine,
        ["fit", RECIPE, "-o", "mine"],
        ["mine", "not a bundle"],
        ["Choose another folder"],
    ),
    "fit over a file": (a_file_of_mine, ["fit", RECIPE, "-o", "mine"], ["mine", "is a file"], ["Choose another place"]),
    "fit over everything": (None, ["fit", RECIPE, "-o", "/"], ["/"], ["Choose another"]),
    "fit over the current folder": (None, ["fit", RECIPE, "-o", "."], ["the current folder"], ["inside it"]),
    "a schema over a folder": (a_folder_of_mine, ["schema", "-o", "mine"], ["mine", "is a folder"], ["Choose another"]),
    "fit below a file": (below_a_file, ["fit", RECIPE, "-o", "notes.txt/b"], ["notes.txt/b"], ["Choose another place"]),
    "fit where nothing can be made": (
        None,
        ["fit", RECIPE, "-o", "/proc/genre/b"],
        ["/proc/genre/b"],
        ["Choose another place"],
    ),
    "lists below a file": (
        below_a_file,
        ["evaluate", RECIPE, "--lists", "notes.txt/l.parquet"],
        ["notes.txt/l.parquet"],
        ["Choose another place"],
    ),
    "a report below a file": (
        below_a_file,
        ["evaluate", RECIPE, "--report", "notes.txt/r.html"],
        ["notes.txt/r.html"],
        ["Choose another place"],
    ),
    "a split below a file": (
        below_a_file,
        ["evaluate", RECIPE, "--split-out", "notes.txt/split"],
        ["notes.txt/split"],
        ["Choose another place"],
    ),
    "quarantine of another kind": (None, ["check", RECIPE, "--quarantine", "q.txt"], ["q.txt"], [".parquet or .jsonl"]),
    "init over a recipe": (None, ["init", "interactions.csv", "-o", RECIPE], [RECIPE, "is there already"], ["--force"]),
    "init over a folder": (
        a_folder_of_mine,
        ["init", "interactions.csv", "-o", "mine"],
        ["mine", "is a folder"],
        ["Choose another place"],
    ),
    "init below a file": (
        below_a_file,
        ["init", "interactions.csv", "-o", "notes.txt/r.yaml"],
        ["notes.txt/r.yaml"],
        ["Choose another place"],
    ),
    "init without interactions": (
        None,
        ["init", "items.csv", "-o", "new.yaml"],
        ["interactions", "items.csv", "genres (list)"],
        ["user_id and item_id"],
    ),
    "init of nothing": (None, ["init", "no.csv", "-o", "new.yaml"], ["no.csv", "no such file"], ["Check the path"]),
    "init of a foreign file": (
        lambda world: world.write("film.xlsx", b"PK\x03\x04"),
        ["init", "film.xlsx", "-o", "new.yaml"],
        ["film.xlsx", "'.xlsx'"],
        [".csv, .parquet or .jsonl"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_outputs_are_refused(case, world, refused):
    break_it, arguments, names, mends = CASES[case]
    if break_it is not None:
        break_it(world)
    as_json = [] if arguments[0] in ("check", "schema") else ["--json"]
    assert refused(*arguments, *as_json, names=names, mends=mends)


SHELL = {
    "a broken recipe": (["fit", RECIPE, "-o", "b", "--set", "training.epochs=0"], "training.epochs"),
    "a missing bundle": (["recommend", "none", "--user", "u1"], "none"),
    "a broken table": (["evaluate", RECIPE, "--set", "data.source.interactions=items.csv"], "column 'user_id'"),
}


@pytest.mark.parametrize("case", SHELL)
def test_the_shell_sees_the_same(case, world):
    arguments, names = SHELL[case]
    before = world.listing()
    command = [sys.executable, "-m", "genre", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=world.folder, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert names in done.stderr and "Traceback" not in done.stderr
    assert world.listing() == before


def test_check_prints_its_document_also_when_it_refuses(world, genre):
    done = genre("check", RECIPE, "--set", "recommender=popularty", "--json")
    document = json.loads(done.out)
    assert done.code == 1 and document["ok"] is False
    failed = [finding for finding in document["findings"] if finding["level"] == "FAIL"]
    assert [finding["where"] for finding in failed] == ["recommender"]
    assert all(set(finding) == {"level", "where", "what", "mend", "examples"} for finding in document["findings"])


FULL = {
    "a report": ["evaluate", RECIPE, "--report", "r.html"],
    "lists": ["evaluate", RECIPE, "--lists", "l.parquet"],
    "a bundle": ["fit", RECIPE, "-o", "b"],
    "a schema": ["schema", "-o", "s.json"],
}


@pytest.mark.parametrize("case", FULL)
def test_a_full_disk_leaves_one_message_the_table_and_nothing_half_written(case, world):
    before = world.listing()
    limited = f"ulimit -f 0; exec {sys.executable} -m genre {' '.join(FULL[case])}"
    done = subprocess.run(["bash", "-c", limited], capture_output=True, text=True, cwd=world.folder, check=False)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr and "Traceback" not in done.stderr
    assert world.listing() == before
    if FULL[case][0] == "evaluate":
        assert "popularity" in done.stdout


def test_an_output_that_takes_nothing_is_said(world):
    command = f"{sys.executable} -m genre check {RECIPE} > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=world.folder, check=False)
    assert done.returncode == 1
    assert "No space left" in done.stderr and "Traceback" not in done.stderr
