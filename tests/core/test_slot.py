"""A slot finds, checks and builds components, and speaks clearly when it cannot."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from genre.core import slot as slot_module
from genre.core.errors import GenreError, near
from genre.core.slot import ComponentError, Slot, dump


def test_the_module_name_is_the_word():
    assert "popularity" in Slot("recommenders").types()
    assert "base" not in Slot("recommenders").types()
    assert all(not word.startswith("_") for word in Slot("recommenders").types())


def test_a_word_and_a_mapping_give_the_same_config():
    slot = Slot("recommenders")
    assert slot.parse("popularity") == slot.parse({"type": "popularity"})
    assert dump(slot.parse({"type": "popularity", "half_life_days": 7})) == {
        "type": "popularity",
        "half_life_days": 7.0,
    }


def test_an_unknown_word_gets_a_near_match():
    with pytest.raises(ComponentError, match="Did you mean 'popularity'"):
        Slot("recommenders").parse("popularty")


@pytest.mark.parametrize("value", [3, None, ["popularity"], {"half_life_days": 3}, {"type": 5}])
def test_what_is_no_component_is_refused(value):
    with pytest.raises(ComponentError, match=r"expected a name|'type' is missing"):
        Slot("recommenders").parse(value)


def test_listing_and_summaries_import_no_component():
    code = (
        "import sys; from genre.core.slot import Slot; s = Slot('recommenders');"
        "print([s.summary(t) for t in s.types()]); print('genre.recommenders.popularity' in sys.modules)"
    )
    lines = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert "What most people touched" in lines[0]
    assert lines[1] == "False"


def test_a_plugin_may_not_take_a_known_name(monkeypatch):
    point = EntryPoint("popularity", "my_package.popularity", "genre.recommenders")
    monkeypatch.setattr(slot_module, "entry_points", lambda group: [point])
    slot_module._modules.cache_clear()
    with pytest.raises(GenreError, match="already one of the recommenders"):
        Slot("recommenders").types()
    slot_module._modules.cache_clear()


def test_a_plugin_is_found_and_built(monkeypatch, tmp_path):
    (tmp_path / "house_favourites.py").write_text(
        '"""What the house likes."""\n'
        "from genre.recommenders.popularity import PopularityRecommender\n"
        "from genre.recommenders.base import RecommenderConfig\n"
        "class HouseFavouritesConfig(RecommenderConfig):\n    '''Nothing.'''\n"
        "class HouseFavouritesRecommender(PopularityRecommender):\n    config: HouseFavouritesConfig\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("house_favourites", "house_favourites", "genre.recommenders")
    monkeypatch.setattr(slot_module, "entry_points", lambda group: [point])
    slot_module._modules.cache_clear()
    assert type(Slot("recommenders").build("house_favourites")).__name__ == "HouseFavouritesRecommender"
    slot_module._modules.cache_clear()


def test_near_names_all_when_nothing_is_near():
    assert near("zzz", ["b", "a"]) == "Known: a, b."
    assert near("zzz", []) == "There are none."
