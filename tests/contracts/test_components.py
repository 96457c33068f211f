"""Every component of every slot, whoever wrote it, keeps what its slot promises."""

from pathlib import Path

import pytest

from genre.config.recipe import SLOTS
from genre.core.errors import MissingExtraError
from genre.core.slot import Slot, dump
from genre.testing import checks

TESTS = Path(__file__).parents[1]
COMPONENTS = [(slot, word) for slot in SLOTS for word in slot.types()]
CASES = [
    pytest.param(slot, word, place, check, id=f"{slot.name}-{word}-{place}-{check.__name__.removeprefix('check_')}")
    for slot, word in COMPONENTS
    for place in range(len(slot.component(word).EXAMPLES))
    for check in checks(slot.name, slot.component(word).is_exported)
]
NAMES = [pytest.param(slot, word, id=f"{slot.name}-{word}") for slot, word in COMPONENTS]


@pytest.mark.parametrize(("slot", "word", "place", "check"), CASES)
def test_contract(slot, word, place, check):
    component = slot.component(word)
    try:
        check(component, component.EXAMPLES[place])
    except MissingExtraError as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize(("slot", "word"), NAMES)
def test_has_examples_a_summary_and_a_test_of_its_own(slot, word):
    assert slot.component(word).EXAMPLES, f"{slot.name}/{word} has no EXAMPLES"
    assert slot.summary(word).endswith((".", "!")), f"the first line of {slot.name}/{word} is not a sentence"
    assert list((TESTS / slot.name).rglob(f"test_{word}.py")), f"tests/{slot.name}/test_{word}.py is missing"


@pytest.mark.parametrize(("slot", "word"), NAMES)
def test_recipe_words_round_trip(slot, word):
    for example in slot.component(word).EXAMPLES:
        config = slot.parse({"type": word, **example})
        assert slot.parse(dump(config)) == config
        assert dump(config)["type"] == word
        assert type(slot.build(config)) is slot.component(word)


def test_every_slot_has_checks_of_its_own():
    shared = set(checks("sources")) & set(checks("losses"))
    assert all(set(checks(slot.name)) - shared for slot in SLOTS)
    assert {slot.name for slot in SLOTS} >= {"recommenders", "encoders"}
    assert isinstance(SLOTS[0], Slot)
