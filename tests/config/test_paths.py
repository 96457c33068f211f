"""Tables are found from the current folder or beside the recipe, never one for the other."""

import pytest
import yaml

from genre.config.loading import load_recipe, read_document
from genre.core.errors import DataError, RecipeError
from genre.core.slot import Slot

TABLE = "user_id,item_id\nu1,i1\n"


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """A recipe in a folder below the current one."""
    folder = tmp_path / "n"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)

    def write(**source):
        document = {"data": {"source": {"type": "csv", **source}}, "recommender": "popularity"}
        (folder / "r.yaml").write_text(yaml.safe_dump(document))
        return "n/r.yaml"

    return write


def test_a_table_beside_the_recipe_is_found(recipe, tmp_path):
    (tmp_path / "n" / "a.csv").write_text(TABLE)
    (tmp_path / "b.csv").write_text("item_id,title\ni1,x\n")
    loaded = load_recipe(recipe(interactions="a.csv", items="b.csv"))
    dataset = Slot("sources").build(loaded.data.source).read()
    assert dataset.catalog.items["title"].to_list() == ["x"] and len(dataset.interactions) == 1


def test_two_files_of_one_name_are_refused(recipe, tmp_path):
    for folder in (tmp_path, tmp_path / "n"):
        (folder / "a.csv").write_text(TABLE)
    path = recipe(interactions="a.csv")
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    (fault,) = caught.value.faults
    assert fault.where == "data.source.interactions" and "whole path" in fault.mend
    assert str(tmp_path / "a.csv") in fault.what and str(tmp_path / "n" / "a.csv") in fault.what
    (tmp_path / "a.csv").unlink()
    (tmp_path / "a.csv").symlink_to(tmp_path / "n" / "a.csv")
    assert read_document(path)["data"]["source"]["interactions"] == "a.csv"


def test_overrides_count_from_the_current_folder(recipe, tmp_path):
    (tmp_path / "n" / "a.csv").write_text(TABLE)
    document = read_document(recipe(interactions="a.csv"), ["data.source.interactions=c.csv"])
    assert document["data"]["source"]["interactions"] == "c.csv"


def test_a_missing_table_says_where_it_was_looked_for(recipe, tmp_path):
    (tmp_path / "aa.csv").write_text(TABLE)
    loaded = load_recipe(recipe(interactions="a.csv"))
    with pytest.raises(DataError) as caught:
        Slot("sources").build(loaded.data.source).read()
    (fault,) = caught.value.faults
    assert fault.mend == f"Did you mean 'aa.csv'? Looked in {tmp_path}; tables of a recipe file may also lie beside it."


def test_atomic_files_beside_the_recipe_are_found(recipe, tmp_path):
    (tmp_path / "n" / "d").mkdir()
    document = read_document(recipe(type="recbole", path="d"))
    assert document["data"]["source"]["path"] == "n/d"


@pytest.mark.parametrize("source", [{"type": "nothing"}, {"type": ["csv"]}, {"type": "csv", "interactions": 5}])
def test_recipes_with_faults_are_left_to_their_check(recipe, source):
    assert read_document(recipe(**source))["data"]["source"] == source
