from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from genre.alignment.base import LossAlignment, LossAlignmentConfig
from genre.core.errors import DataError, RecipeError
from genre.encoders.base import Feature
from genre.encoders.identity.identity import IdentityConfig, IdentityEncoder
from genre.encoders.number.number import NumberEncoder
from genre.encoders.text.lstm import LstmConfig, LstmEncoder
from genre.recommenders._tower_build import build
from genre.recommenders._tower_finish import Finisher
from genre.recommenders._tower_network import Reading
from genre.recommenders.base import Task
from genre.recommenders.tower import TowerConfig, TowerRecommender
from genre.testing.data import tiny_dataset, tiny_task
from genre.training import loop
from genre.training.hardware import threads
from genre.training.settings import EarlyStopping, TrainingConfig
from genre.training.windows import Windows
from genre.values import Catalog, Embeddings, Histories, Interactions, Split, Vocabulary

torch.set_num_threads(1)
SMALL = {"dim": 8, "length": 6, "whiten_dim": 4}


def tower(**fields):
    return TowerRecommender(TowerConfig(**{**SMALL, **fields}))


def windows_of(items):
    return Windows(items, torch.full((len(items),), -1), torch.ones(len(items), dtype=torch.bool))


def cycle_task(n_items=6, n_users=40, epochs=30):
    """Users walk round a circle of items: the next one follows from the last."""
    users, items = Vocabulary([f"u{i}" for i in range(n_users)]), Vocabulary([f"i{i}" for i in range(n_items)])
    steps = np.arange(4)
    rows = (np.arange(n_users)[:, None] + steps) % n_items
    flat = Interactions(
        users,
        items,
        np.repeat(np.arange(n_users), 4).astype(np.int32),
        rows.ravel().astype(np.int32),
        np.tile(steps, n_users),
    )
    nothing = flat.take(np.arange(0))
    split = Split(flat, nothing, nothing)
    training = TrainingConfig(epochs=epochs, learning_rate=1e-2, warmup_steps=5, n_threads=1, early_stopping=None)
    catalog = Catalog(items, users, pl.DataFrame({"item_id": items.ids}))
    return Task(split, catalog, training=training)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"user": "gru", "matching": "cosine"},
        {"loss": {"type": "softmax", "n_negatives": 32}, "ids": "random"},
        {"loss": {"type": "bpr", "n_negatives": 16}},
        {"loss": {"type": "bce", "n_negatives": 16}},
    ],
)
def test_learns_what_comes_next(fields):
    model = tower(**fields).fit(cycle_task())
    histories = [[0, 1, 2], [3, 4], [4, 5]]
    scores = model.score(Histories.of(histories, 6))
    for row, history in enumerate(histories):
        scores[row, history] = -np.inf
    assert scores.argmax(axis=1).tolist() == [3, 5, 0]


def test_new_items_are_scored_from_content_alone():
    task = tiny_task()
    task = replace(task, training=TrainingConfig(epochs=15, batch_size=8, n_threads=1, early_stopping=None))
    model = tower().fit(task)
    counts = task.split.train.popularity()
    cold = np.flatnonzero(counts == 0)
    assert model.scores_cold_items
    assert np.isfinite(model.score(Histories.of([[0, 3]], 24))[0, cold]).all()
    new = tuple(
        replace(feature, embeddings=Embeddings(feature.embeddings.vectors[cold], feature.embeddings.present[cold]))
        for feature in task.features
    )
    np.testing.assert_allclose(model.content_vectors(new).vectors, model.item_vectors().vectors[cold], atol=1e-5)


def test_cold_items_of_a_genre_suit_its_users():
    task = tiny_task()
    task = replace(task, training=TrainingConfig(epochs=40, batch_size=8, n_threads=1, early_stopping=None))
    model = tower(ids="none", user="mean").fit(task)
    scores = model.score(Histories.of([[0, 3, 6, 9], [1, 4, 10], [2, 8, 11]], 24))
    assert scores[1, 22] > scores[1, 23]
    assert scores[2, 23] > scores[2, 22]


def test_without_features_new_items_are_not_scored():
    task = replace(tiny_task(), features=())
    model = tower().fit(task)
    cold = task.split.train.popularity() == 0
    scores = model.score(Histories.of([[0, 3], [int(np.flatnonzero(cold)[0])]], 24))
    assert not model.scores_cold_items
    assert np.isneginf(scores[:, cold]).all()
    popularity = np.log1p(task.split.train.popularity())[~cold]
    np.testing.assert_allclose(scores[1, ~cold], popularity, rtol=1e-6)


def test_refitting_trains_as_long_as_validation_chose():
    task = replace(tiny_task(), training=TrainingConfig(epochs=6, batch_size=8, n_threads=1))
    model = tower().fit(task)
    best = model.curve.best_epoch
    everything = replace(task.split, train=Interactions.concat([task.split.train, task.split.valid]))
    everything = replace(everything, valid=task.split.valid.take(np.arange(0)))
    curve, histories = model.curve, Histories.of([[0, 3], [1, 4]], 24)
    again = model.refit(replace(task, split=everything)).score(histories)
    schedule = replace(task, split=everything)
    fresh = tower()
    fresh.curve = curve
    fresh._begin(schedule)
    fresh._train(schedule, best)
    np.testing.assert_array_equal(again, fresh.score(histories))
    assert model.curve == curve


def test_nothing_to_tell_items_apart_is_an_error():
    with pytest.raises(DataError, match="tells items apart"):
        tower(ids="none").fit(replace(tiny_task(), features=()))


def test_new_items_are_no_negatives_in_training():
    task = replace(tiny_task(), training=TrainingConfig(epochs=1, n_threads=1))
    network = build(tower()._plan, task, None).network
    assert network.candidates.tolist() == np.flatnonzero(task.split.train.popularity()).tolist()


def test_judging_reads_each_item_once():
    texts, encoder = tiny_dataset().catalog.items.select("text"), LstmEncoder(LstmConfig(dim=4, hidden=4))
    encoder.fit(texts)
    task = replace(tiny_task(), features=(Feature("text", encoder, encoder.encode(texts)),))
    model = tower()
    made, rows = build(model._plan, task, None), []
    made.network.eval().items.features[0].register_forward_pre_hook(lambda _, given: rows.extend(given[0].tolist()))
    scorer, content = Finisher(made)()
    assert sorted(rows) == list(range(24))
    assert content is not None and len(scorer.vectors) == 24


def test_sampled_softmax_mass_is_unbiased():
    task = tiny_task()
    plan = tower(loss={"type": "softmax", "n_negatives": 4}, user={"type": "mean"})._plan
    network = build(plan, task, None).network.eval()
    history = torch.tensor([[0, 3, 6, 2]])
    with torch.no_grad():
        vectors = network.items(network.candidates)
        users = network._users(Reading(windows_of(history), network.read_items()[0], history))
        right = network.place[history[0, 1:]]
        scores = users @ vectors.T
        expected = scores.exp().sum(dim=1)
        torch.manual_seed(0)
        found = []
        for _ in range(20_000):
            drawn = network._draw(4)
            corrected = scores[:, drawn] - (network.mass[drawn] * 4).log().float()
            corrected = corrected.masked_fill(drawn[None] == right[:, None], -torch.inf)
            found.append(corrected.exp().sum(dim=1) + scores.gather(1, right[:, None])[:, 0].exp())
    torch.testing.assert_close(torch.stack(found).mean(dim=0), expected, rtol=0.02, atol=0)


def test_sampled_loss_is_the_full_loss_when_few_items_are_drawn_often():
    task = tiny_task()
    histories = torch.tensor([[0, 3, 6, 2], [4, 1, -1, -1]])
    losses = []
    for negatives in (None, 50_000):
        plan = tower(loss={"type": "softmax", "n_negatives": negatives}, user="mean")._plan
        network = build(plan, task, None).network.eval()
        torch.manual_seed(0)
        losses.append(network(windows_of(histories))["softmax"].item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


@pytest.mark.parametrize("loss", ["bpr", "bce"])
def test_losses_that_correct_no_sampling_draw_all_items_alike_and_none_of_the_window(loss):
    plan = tower(loss={"type": loss, "n_negatives": 8}, user="mean")._plan
    network = build(plan, tiny_task(), None).network.eval()
    assert network.mass.numpy() == pytest.approx(np.full(len(network.candidates), 1 / len(network.candidates)))
    history, seen = torch.tensor([[0, 3, 6], [1, 4, -1]]), []
    network.loss.loss = lambda scores, targets, expected: seen.append(scores[:, 1:].isfinite()) or scores.sum() * 0
    drawn = torch.tensor([0, 1, 2, 3, 4, 5, 6, 7])
    network._draw = lambda n: drawn
    network(windows_of(history))
    touched = [{0, 3, 6}, {0, 3, 6}, {1, 4}]
    expected = [[int(network.candidates[place]) not in items for place in drawn] for items in touched]
    assert seen[0].tolist() == expected


def test_two_threads_find_the_same_gradients_each_time():
    task = cycle_task()
    network = build(tower(loss={"type": "softmax", "n_negatives": 64}, dim=64, user="mean")._plan, task, None).network
    windows, found = windows_of(torch.randint(6, (400, 6))), []
    with threads(2):
        for _ in range(4):
            torch.manual_seed(0)
            network.zero_grad()
            network(windows)["softmax"].backward()
            found.append(network.items.ids.grad.clone())
    assert all(torch.equal(found[0], other) for other in found[1:])


def test_an_interrupted_fit_goes_on_to_the_same_model(tmp_path, monkeypatch):
    task = replace(tiny_task(), training=TrainingConfig(epochs=4, batch_size=8, n_threads=1))
    histories = Histories.of([[0, 3, 6], [1]], 24)
    expected = tower().fit(task).score(histories)
    epochs = []

    def stumble(self, *arguments):
        epochs.append(1)
        if len(epochs) == 3:
            raise KeyboardInterrupt
        return original(self, *arguments)

    original = loop._Runner.epoch
    with monkeypatch.context() as patch:
        patch.setattr(loop._Runner, "epoch", stumble)
        with pytest.raises(KeyboardInterrupt):
            tower().fit(replace(task, checkpoints=tmp_path))
    resumed = tower().fit(replace(task, checkpoints=tmp_path))
    np.testing.assert_array_equal(resumed.score(histories), expected)


def test_the_curve_is_kept_and_survives_saving():
    model = tower().fit(replace(tiny_task(), training=TrainingConfig(epochs=3, n_threads=1)))
    again = tower()
    again.restore(model.state())
    assert again.curve == model.curve
    assert [entry.epoch for entry in model.curve.epochs] == [1, 2, 3]


def test_restored_towers_make_vectors_of_new_content():
    task = tiny_task()
    model, again = tower().fit(task), tower()
    again.restore(model.state())
    first, second = (some.content_vectors(task.features) for some in (model, again))
    np.testing.assert_array_equal(first.vectors, second.vectors)
    assert first.present.tolist() == second.present.tolist()


def test_stopping_metric_must_be_measurable_on_lists():
    stopping = EarlyStopping(metric="coverage@10")
    with pytest.raises(RecipeError, match="coverage"):
        tower().fit(replace(tiny_task(), training=TrainingConfig(epochs=1, early_stopping=stopping)))


def profiled_task():
    """Two kinds of users, told apart by their profile, each with films of their own and no order in them."""
    task, n_users = cycle_task(n_items=12, n_users=60), 60
    random = np.random.default_rng(0)
    kinds = np.arange(n_users) % 2
    rows = np.concatenate([6 * kind + random.permutation(6)[:4] for kind in kinds])
    train = replace(task.split.train, item_rows=rows.astype(np.int32))
    profile = Embeddings(np.eye(2, dtype=np.float32)[kinds], np.arange(n_users) != 59)
    feature = Feature("kind", NumberEncoder(), profile)
    return replace(task, split=replace(task.split, train=train), user_features=(feature,)), kinds


def test_a_profile_without_a_history_is_enough():
    task, kinds = profiled_task()
    model = tower().fit(task)
    nobody = Histories(np.empty(0, np.int32), np.zeros(5, np.int64), 12, None, np.array([0, 1, 59, -1], np.int32))
    scores = model.score(nobody)

    for place in (0, 1):
        assert set(np.argsort(-scores[place])[:6]) == set(range(6 * kinds[place], 6 * kinds[place] + 6))
    popularity = np.log1p(task.split.train.popularity()).astype(np.float32)
    np.testing.assert_array_equal(scores[2], popularity)
    np.testing.assert_array_equal(scores[3], popularity)
    again = tower()
    again.restore(model.state())
    np.testing.assert_array_equal(again.score(nobody), scores)


def test_ids_of_users_are_a_profile_that_strangers_lack():
    task = cycle_task()
    ids = IdentityEncoder(IdentityConfig())
    ids.fit(pl.DataFrame({"user_id": task.catalog.user_vocabulary.ids}))
    encoded = ids.encode(pl.DataFrame({"user_id": task.catalog.user_vocabulary.ids}))
    model = tower().fit(replace(task, user_features=(Feature("id", ids, encoded),)))
    scores = model.score(replace(Histories.of([[0, 1, 2], [0, 1, 2]], 6), user_rows=np.array([3, -1], np.int32)))
    assert np.abs(scores[0] - scores[1]).max() > 1e-4


class Pulling(LossAlignment):
    """Pulls two modalities together; remembers which items it saw."""

    config: LossAlignmentConfig
    takes_ids = True

    def network(self, n_modalities, width, world):
        return PullingNet()


class PullingNet(torch.nn.Module):
    seen: set[int] = set()

    def forward(self, vectors, mask, rows):
        self.seen.update(rows.tolist())
        return ((vectors[:, 0] - vectors[:, 1]) * mask.all(dim=1, keepdim=True)).square().mean()


def test_an_alignment_loss_is_logged_and_never_sees_held_out_or_new_items():
    task = replace(tiny_task(), training=TrainingConfig(epochs=3, n_threads=1))
    name = task.features[0].name
    pulling = Pulling(LossAlignmentConfig(between=(name, "ids"), weight=2.0, held_out=0.3))
    PullingNet.seen.clear()
    model = tower().fit(replace(task, alignment=(pulling,)))

    parts = [entry.parts for entry in model.curve.epochs]
    assert all(set(part) == {"softmax", "base"} for part in parts)
    assert all(entry.loss == pytest.approx(sum(entry.parts.values())) for entry in model.curve.epochs)
    warm = set(np.flatnonzero(task.split.train.popularity()).tolist())
    assert PullingNet.seen < warm
    assert len(PullingNet.seen) / len(warm) == pytest.approx(0.7, abs=0.25)


def test_an_alignment_of_something_that_is_not_there_is_an_error():
    wrong = Pulling(LossAlignmentConfig(between=("text", "pictures")))
    with pytest.raises(DataError, match="pictures"):
        tower().fit(replace(tiny_task(), alignment=(wrong,)))


def test_modality_dropout_hides_parts_in_training_only_and_never_all():
    task = tiny_task()
    items = build(tower(modality_dropout=0.9)._plan, task, None).network.items
    _, mask = items.modalities(torch.arange(24))
    hidden = torch.stack([items._hide(mask) for _ in range(50)])
    assert (hidden.any(dim=2) == mask.any(dim=1)).all()
    assert not (hidden & ~mask).any()
    assert hidden.sum() < 0.7 * mask.sum() * 50
    items.eval()
    assert torch.equal(items(torch.arange(24)), items(torch.arange(24)))
