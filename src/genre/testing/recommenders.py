"""What every recommender owes."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.artifacts import load_state, save_state
from genre.core.component import Component
from genre.core.errors import DataError, NotFittedError, RecipeError
from genre.recommenders.base import Recommender, Task
from genre.testing.configs import Example
from genre.testing.data import N_COLD, N_ITEMS, tiny_dataset, tiny_task
from genre.values import Histories, Split

STRANGERS = Histories.of([[0, 3, 6], [4], [1, 5, 9, 2, 14, 3, 8, 11]], N_ITEMS)
BATCH_TOLERANCE = 1e-4


def check_error_before_fit(component: type[Component], example: Example) -> None:
    """Asking too early is a NotFittedError, not some AttributeError."""
    model = _built(component, example)
    for question in (lambda: model.score(STRANGERS), model.scored_items, model.state):
        try:
            question()
        except NotFittedError:
            continue
        raise AssertionError(f"{component.__name__} answers before fit")


def check_scores_of_strangers(component: type[Component], example: Example) -> None:
    """Posted histories of unknown users get float32 B x N: finite for scored items, -inf for the rest."""
    model = fitted(component, example)
    scores = model.score(STRANGERS)
    scored = model.scored_items()
    assert scores.shape == (len(STRANGERS), N_ITEMS), f"scores have shape {scores.shape}"
    assert scores.dtype == np.float32, f"scores are {scores.dtype}"
    assert np.isfinite(scores[:, scored]).all(), "scores of known items are finite"
    assert np.isneginf(scores[:, ~scored]).all(), "scores of items without a training interaction are -inf"
    assert scored.all() == model.scores_cold_items or scored[-N_COLD:].any(), "scored_items and scores_cold_items agree"
    assert np.ptp(scores[:, scored], axis=1).min() > 0, "some item is better than another"


def check_histories_on_their_own(component: type[Component], example: Example) -> None:
    """What else is in the batch does not change a score, and the caller may write into the answer."""
    model = fitted(component, example)
    together = model.score(STRANGERS)
    for row in range(len(STRANGERS)):
        alone = model.score(STRANGERS.block(row, row + 1))[0]
        assert np.allclose(together[row], alone, atol=BATCH_TOLERANCE), "a history scores the same alone as in a batch"
    before = together.copy()
    together[:] = 0.0
    assert np.array_equal(model.score(STRANGERS), before), "writing into scores changes the model"


def check_empty_histories(component: type[Component], example: Example) -> None:
    """Nothing known of a user: popular items first; neighbours in the batch stay as they are."""
    model, popularity = fitted(component, example), tiny_task().split.train.popularity()
    mixed = model.score(Histories.of([[], [0, 3, 6], []], N_ITEMS))
    known = popularity > 0
    order = np.argsort(-mixed[0, known], kind="stable")
    assert (np.diff(popularity[known][order]) <= 0).all(), "an empty history gets popular items first"
    assert np.array_equal(mixed[0], mixed[2]), "two empty histories get one list"
    assert np.allclose(mixed[1], model.score(STRANGERS)[0], atol=BATCH_TOLERANCE), "an empty neighbour changes a score"
    assert model.score(Histories.of([], N_ITEMS)).shape == (0, N_ITEMS), "no history, no score"


def check_odd_histories(component: type[Component], example: Example) -> None:
    """Items nobody saw in training, repeated items and very long histories are no reason to fail."""
    model = fitted(component, example)
    odd = model.score(Histories.of([[N_ITEMS - 1], [2, 2, 2], list(range(N_ITEMS)) * 20], N_ITEMS))
    assert np.isfinite(odd[:, model.scored_items()]).all(), "odd histories get finite scores"


def check_same_seed(component: type[Component], example: Example) -> None:
    """Equal seeds give equal scores, to the last bit."""
    first, second = (fitted(component, example).score(STRANGERS) for _ in range(2))
    assert np.array_equal(first, second), "two fits with one seed differ"


def check_save_and_load(component: type[Component], example: Example) -> None:
    """State written to disk and read again scores equally, to the last bit."""
    model, again = fitted(component, example), _built(component, example)
    with tempfile.TemporaryDirectory() as folder:
        save_state(model.state(), Path(folder) / "state")
        again.restore(load_state(Path(folder) / "state"))
    assert np.array_equal(model.score(STRANGERS), again.score(STRANGERS)), "scores differ after loading"
    assert np.array_equal(model.scored_items(), again.scored_items()), "scored items differ after loading"
    if model.predicts_ratings:
        assert np.array_equal(model.rate(STRANGERS), again.rate(STRANGERS)), "ratings differ after loading"
    before, after = model.item_vectors(), again.item_vectors()
    assert (before is None) == (after is None), "item vectors are lost"
    if before is not None and after is not None:
        assert np.array_equal(before.vectors, after.vectors), "item vectors differ after loading"
        assert len(before) == N_ITEMS, "item vectors have a row per item"


def check_without_validation(component: type[Component], example: Example) -> None:
    """Without a validation part it learns anyway, or says in a DataError that it cannot."""
    task = tiny_task()
    nothing = task.split.valid.take(np.arange(0))
    _fits_or_says_why(component, example, replace(task, split=replace(task.split, valid=nothing)))


def check_without_features(component: type[Component], example: Example) -> None:
    """Without item features it learns anyway, or says that it cannot."""
    _fits_or_says_why(component, example, replace(tiny_task(), features=()))


def check_test_part_unseen(component: type[Component], example: Example) -> None:
    """The test part changes nothing, even where it lies in reach."""
    task = tiny_task()
    honest = _built(component, example).fit(task).score(STRANGERS)
    for test in _test_parts(task):
        spied = _built(component, example).fit(smuggled(task, test)).score(STRANGERS)
        assert np.array_equal(honest, spied), f"{component.__name__} learns from the test part"


def check_ratings(component: type[Component], example: Example) -> None:
    """Predicted ratings are finite and of the training range, for anybody and anything; the test part has no say."""
    model, task = fitted(component, example), tiny_task()
    asked = Histories.of([[0, 3, 6], [], [N_ITEMS - 1]], N_ITEMS)
    if not model.predicts_ratings:
        with contextlib.suppress(NotImplementedError):
            model.rate(asked)
            raise AssertionError(f"{component.__name__} rates, and does not say so")
        return
    rated, given = model.rate(asked), task.split.train.ratings
    assert given is not None
    assert rated.shape == (3, N_ITEMS) and rated.dtype == np.float32, f"ratings are {rated.dtype} {rated.shape}"
    assert rated.min() >= given.min() and rated.max() <= given.max(), "ratings are outside the training range"
    assert np.ptp(rated) > 0, "every rating is the same"
    for test in _test_parts(task):
        spied = _built(component, example).fit(smuggled(task, test)).rate(asked)
        assert np.array_equal(rated, spied), f"{component.__name__} learns ratings from the test part"


def check_placed_items(component: type[Component], example: Example) -> None:
    """A copy of a new item, taken in after `fit`, scores like the item; who was there before keeps scores and place.

    Recommenders that know no new items give the copy -inf. Placed items are saved and loaded.
    """
    model, twin = fitted(component, example), N_ITEMS - 1
    asked = np.array([twin, N_ITEMS, 0])
    features = tuple(
        replace(one, embeddings=one.encoder.encode(_columns(one.name)[[twin, twin, 1]])) for one in tiny_task().features
    )
    before = model.score(STRANGERS)
    placed, again = model.placing(asked, features, N_ITEMS + 1), _built(component, example)
    history = Histories.of([*(STRANGERS[row] for row in range(len(STRANGERS))), [N_ITEMS], []], N_ITEMS + 1)
    scores, scored = placed.score(history), placed.scored_items()
    assert np.array_equal(model.score(STRANGERS), before), "placing items changes the model that is asked to"
    assert scores.shape == (len(STRANGERS) + 2, N_ITEMS + 1), f"scores have shape {scores.shape}"
    assert scored[-1] == scored[twin], "a placed item is scored where new items are"
    assert np.allclose(scores[:, -1], scores[:, twin], rtol=1e-4, atol=1e-5), "an item and its copy score differently"
    assert np.allclose(scores[: len(STRANGERS), :-1], before, rtol=0.02, atol=0.02), "placing items moves the others"
    again.restore(placed.state())
    assert np.array_equal(again.score(history), scores), "scores of placed items differ after loading"
    vectors = placed.item_vectors()
    assert vectors is None or len(vectors) == N_ITEMS + 1, "item vectors have a row per item"


def smuggled(task: Task, split: Split) -> Task:
    """A task whose split still holds its test part, past the check of `Task`: bait for recommenders that peek."""
    bait = replace(task)
    object.__setattr__(bait, "split", split)
    return bait


def fitted(component: type[Component], example: Example) -> Recommender:
    """The recommender, fitted on the tiny task."""
    return _built(component, example).fit(tiny_task())


def check_factors(component: type[Component], example: Example) -> None:
    """Where it has factors, their products are the scores, and histories that say nothing have none."""
    model = fitted(component, example)
    factors = model.factors()
    if factors is None:
        return
    asked = Histories.of([[0, 3, 6], [], [1, 5, 9, 2, 14, 3, 8, 11]], N_ITEMS)
    users, scores = model.user_factors(asked), model.score(asked)
    assert np.array_equal(factors.present, model.scored_items()), "factors are of the scored items"
    assert users.present.tolist() == [True, False, True], "a history without items has no factors"
    products = users.vectors @ factors.vectors.T
    there = np.ix_(users.present, factors.present)
    assert np.allclose(products[there], scores[there], atol=1e-4), "products of factors are not the scores"


def _built(component: type[Component], example: Example) -> Recommender:
    model = component(component.config_type().model_validate(example))
    assert isinstance(model, Recommender)
    return model


def _columns(name: str) -> pl.DataFrame:
    return tiny_dataset().catalog.items.select(name)


def _test_parts(task: Task) -> tuple[Split, Split]:
    """Two different test parts: everybody's next item is the last warm one, or a cold one."""
    users = np.unique(task.split.train.user_rows)
    taken = task.split.train.take(np.unique(task.split.train.user_rows, return_index=True)[1])

    def all_at(item: int) -> Split:
        rows: NDArray[np.int32] = np.full(len(users), item, dtype=np.int32)
        return replace(task.split, test=replace(taken, item_rows=rows))

    return all_at(N_ITEMS - N_COLD - 1), all_at(N_ITEMS - 1)


def _fits_or_says_why(component: type[Component], example: Example, task: Task) -> None:
    try:
        model = _built(component, example).fit(task)
    except (DataError, RecipeError) as error:
        assert all(fault.where and fault.what for fault in error.faults), "a fault names its place"
        return
    assert np.isfinite(model.score(STRANGERS)[:, model.scored_items()]).all(), "scores are finite"


CHECKS = (
    check_error_before_fit,
    check_scores_of_strangers,
    check_histories_on_their_own,
    check_empty_histories,
    check_odd_histories,
    check_same_seed,
    check_save_and_load,
    check_without_validation,
    check_without_features,
    check_test_part_unseen,
    check_ratings,
    check_placed_items,
    check_factors,
)
