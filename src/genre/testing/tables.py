"""What sources and splitters owe."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from genre.core.component import Component
from genre.core.errors import DataError
from genre.sources.base import Source
from genre.splitters.base import Splitter
from genre.testing.configs import Example
from genre.testing.data import tiny_dataset
from genre.values import Interactions, Split

SEED = 7


def check_missing_files(component: type[Component], example: Example) -> None:
    """Tables that are not there are a DataError that names them (sources that read no files by name are let off)."""
    named = [value for value in example.values() if isinstance(value, str) and "." in value]
    if not named:
        return
    source = component(component.config_type().model_validate(example))
    assert isinstance(source, Source)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        try:
            source.read()
        except DataError as error:
            shown = str(error)
            assert any(Path(name).name in shown for name in named), f"'{shown}' does not name the missing file"
            assert all(fault.mend for fault in error.faults), "a fault says what to do"
            return
    raise AssertionError(f"{component.__name__} reads {', '.join(named)}, which is not there")


def check_nothing_lost(component: type[Component], example: Example) -> None:
    """No interaction is in two parts and none is lost."""
    everything = _counted(tiny_dataset().interactions)
    for split in _splits(component, example):
        parts = _counted_all(split)
        assert not parts - everything, "an interaction stands in two parts"
        assert parts == everything, "an interaction is lost"
        assert len(split.train) and len(split.test), "a part is empty"


def check_shared_vocabularies(component: type[Component], example: Example) -> None:
    """All parts speak of the same users and items, and the split says how it was made."""
    dataset = tiny_dataset()
    for fold, split in enumerate(_splits(component, example)):
        for part in (split.train, split.valid, split.test):
            assert part.users == dataset.interactions.users, "users are renumbered"
            assert part.items == dataset.interactions.items, "items are renumbered"
        assert split.kind == component.config_type().type_name(), f"the split calls itself '{split.kind}'"
        assert split.fold == fold, "folds count from 0"


def check_split_again(component: type[Component], example: Example) -> None:
    """One seed, one split."""
    first, second = (list(_splits(component, example)) for _ in range(2))
    assert len(first) == len(second), "the number of folds differs"
    for one, other in zip(first, second, strict=True):
        assert one.to_frame().equals(other.to_frame()), "two splits with one seed differ"


def check_hold_out(component: type[Component], example: Example) -> None:
    """For use there is no test part, and nothing else is left out."""
    dataset = tiny_dataset()
    split = _splitter(component, example).hold_out(dataset, SEED)
    assert len(split.test) == 0, "a test part is held back from a model that goes into use"
    assert _counted_all(split) == _counted(dataset.interactions), "an interaction is lost"


def _splitter(component: type[Component], example: Example) -> Splitter:
    splitter = component(component.config_type().model_validate(example))
    assert isinstance(splitter, Splitter)
    return splitter


def _splits(component: type[Component], example: Example) -> Iterator[Split]:
    return _splitter(component, example).split(tiny_dataset(), SEED)


def _counted_all(split: Split) -> Counter[tuple[int, ...]]:
    """All parts, and the histories of users who are held out."""
    history = Counter[tuple[int, ...]]() if split.history is None else _counted(split.history)
    return _counted(split.train) + _counted(split.valid) + _counted(split.test) + history


def _counted(part: Interactions) -> Counter[tuple[int, ...]]:
    times = [0] * len(part) if part.timestamps is None else part.timestamps.tolist()
    return Counter(zip(part.user_rows.tolist(), part.item_rows.tolist(), times, strict=True))


SOURCE_CHECKS = (check_missing_files,)
SPLITTER_CHECKS = (check_nothing_lost, check_shared_vocabularies, check_split_again, check_hold_out)
