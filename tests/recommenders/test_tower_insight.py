"""What a tower tells about alignments and about the weight of its modalities."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics.pairwise import cosine_similarity
from torch import nn

from genre.alignment.cca import CcaAlignment, CcaConfig
from genre.alignment.contrastive import ContrastiveAlignment, ContrastiveConfig
from genre.alignment.graph import GraphAlignment, GraphConfig
from genre.core.errors import DataError
from genre.encoders.base import Feature
from genre.encoders.number.number import NumberEncoder
from genre.fusion.sum import SumFusion
from genre.fusion.weighted import WeightedFusion
from genre.nets.content_columns import ContentColumns
from genre.nets.content_map import ContentMap
from genre.nets.item_tower import ItemTower
from genre.recommenders import tower as tower_module
from genre.recommenders._tower_columns import ContentPart, ContentSpace, Given
from genre.recommenders._tower_content import Content
from genre.recommenders._tower_matching import matching_recall
from genre.recommenders._tower_shares import content_shares, fused_shares, share_table
from genre.recommenders.base import Task
from genre.recommenders.tower import TowerConfig, TowerRecommender
from genre.testing.data import tiny_task
from genre.training.settings import TrainingConfig
from genre.values import Catalog, Embeddings, Interactions, Split, Vocabulary

torch.set_num_threads(1)
N_ITEMS, N_COLD = 150, 20


def task_of_two_modalities(*alignment, epochs=12):
    """Items with a hidden nature that shows in two modalities; users walk past them at random; some are new."""
    rng = np.random.default_rng(0)
    hidden = rng.standard_normal((N_ITEMS, 6))
    features = []
    for name in ("text", "poster"):
        vectors = hidden @ rng.standard_normal((6, 12)) + 0.1 * rng.standard_normal((N_ITEMS, 12))
        present = rng.random(N_ITEMS) > 0.1
        embeddings = Embeddings((vectors * present[:, None]).astype(np.float32), present)
        features.append(Feature(name, NumberEncoder(), embeddings))
    users, items = Vocabulary([f"u{i}" for i in range(60)]), Vocabulary([f"i{i}" for i in range(N_ITEMS)])
    rows = np.concatenate([rng.permutation(N_ITEMS - N_COLD)[:10] for _ in range(60)]).astype(np.int32)
    train = Interactions(users, items, np.repeat(np.arange(60), 10).astype(np.int32), rows, np.arange(600))
    nothing = train.take(np.arange(0))
    training = TrainingConfig(epochs=epochs, learning_rate=1e-2, warmup_steps=5, n_threads=1, early_stopping=None)
    catalog = Catalog(items, users, items.ids.alias("item_id").to_frame())
    return Task(Split(train, nothing, nothing), catalog, tuple(features), alignment=alignment, training=training)


def tower(**fields):
    return TowerRecommender(TowerConfig(**{"dim": 16, "length": 6, "user": "mean", **fields}))


def tables(model):
    return {table.title.partition(",")[0]: table.rows for table in model.insight().tables}


def test_recall_is_that_of_cosines_both_ways():
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((40, 5)), rng.standard_normal((40, 5))
    cosines = cosine_similarity(left, right)
    expected = np.mean(
        [np.argsort(-table, axis=1)[row, :3].tolist().count(row) for table in (cosines, cosines.T) for row in range(40)]
    )
    assert matching_recall(torch.from_numpy(left), torch.from_numpy(right), 3) == pytest.approx(expected)


def test_recall_of_the_same_vectors_is_one_and_of_equal_ones_no_luck():
    same = torch.randn(40, 6)
    assert matching_recall(same, 2.0 * same) == 1.0
    assert matching_recall(torch.ones(40, 3), torch.ones(40, 3)) == 0.0
    assert matching_recall(torch.ones(10, 3), torch.ones(10, 3)) == 1.0


def test_contrast_makes_held_out_items_findable_and_is_measured_on_them():
    alignment = ContrastiveAlignment(ContrastiveConfig(weight=1.0, held_out=0.3))
    task = task_of_two_modalities(alignment)
    model = tower().fit(task)
    (row,) = tables(model)["alignment"].to_dicts()
    both = task.features[0].embeddings.present & task.features[1].embeddings.present
    assert (row["alignment"], row["modality"], row["other"]) == ("contrastive", "text", "poster")
    assert both[-N_COLD:].sum() < row["held-out items"] < both.sum() / 2
    assert row["chance"] == pytest.approx(10 / row["held-out items"])
    assert row["before"] == pytest.approx(row["chance"], abs=0.2)
    assert row["after"] > max(0.8, 2 * row["before"])


def test_heads_are_where_their_alignment_is_measured():
    alignment = ContrastiveAlignment(ContrastiveConfig(weight=1.0, held_out=0.3, head="linear"))
    (row,) = tables(tower().fit(task_of_two_modalities(alignment)))["alignment"].to_dicts()
    assert row["after"] > max(0.8, 2 * row["before"])


def test_a_fitted_alignment_is_measured_where_it_was_fitted_and_after_training():
    alignment = CcaAlignment(CcaConfig(held_out=0.3, dim=6))
    (row,) = tables(tower().fit(task_of_two_modalities(alignment, epochs=2)))["alignment"].to_dicts()
    assert row["before"] < 0.5
    assert row["fitted"] > 0.9
    assert row["after"] > 0.7


def test_every_pair_has_a_line_and_ids_are_a_modality():
    of_all = ContrastiveAlignment(ContrastiveConfig(between=("text", "poster", "ids")))
    found = tables(tower().fit(task_of_two_modalities(of_all, epochs=1)))["alignment"]
    pairs = found.select("modality", "other").rows()
    assert pairs == [("text", "poster"), ("text", "ids"), ("poster", "ids")]


def test_without_items_to_measure_on_there_are_no_numbers():
    alignment = ContrastiveAlignment(ContrastiveConfig(between=("text", "ids"), held_out=0.0))
    (row,) = tables(tower().fit(task_of_two_modalities(alignment, epochs=1)))["alignment"].to_dicts()
    assert row["held-out items"] == 0
    assert row["chance"] is None and row["before"] is None and row["after"] is None


def test_measuring_does_not_change_training(monkeypatch):
    class Blind:
        begin = staticmethod(lambda *_: Blind())

        def tables(self, content):
            return ()

    task = task_of_two_modalities(ContrastiveAlignment(ContrastiveConfig()), CcaAlignment(CcaConfig()), epochs=2)
    watched = tower().fit(task)
    monkeypatch.setattr(tower_module, "Observer", Blind)
    blind = tower().fit(task)
    assert len(watched.tables) == 2 and not blind.tables
    np.testing.assert_array_equal(watched.item_vectors().vectors, blind.item_vectors().vectors)


def test_shares_of_a_sum_are_the_lengths_of_its_parts():
    vectors = torch.tensor([[[3.0, 0.0], [0.0, 1.0]], [[5.0, 0.0], [0.0, 9.0]], [[1.0, 1.0], [1.0, 1.0]]])
    mask = torch.tensor([[True, True], [True, False], [False, False]])
    nothing = torch.zeros(3, 2, dtype=torch.bool)
    items = ItemTower(nn.ModuleList(), nothing, None, nothing[:, 0], SumFusion().network(2, 2), None)
    found = fused_shares(items, vectors, mask)
    np.testing.assert_allclose(found, [[0.75, 0.25], [1.0, 0.0], [np.nan, np.nan]])


def test_shares_of_a_weighted_mean_follow_its_weights():
    fusion = WeightedFusion().network(2, 2)
    with torch.no_grad():
        fusion.logits.copy_(torch.tensor([np.log(4.0), 0.0]))
    vectors, mask = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]]), torch.tensor([[True, True]])
    items = ItemTower(nn.ModuleList(), mask, None, mask[:, 0], fusion, None)
    heavy, light = fused_shares(items, vectors, mask)[0]
    assert heavy / light == pytest.approx(4.0)


def test_shares_of_predicted_vectors():
    as_given = ContentColumns(None, np.zeros(1), None, 1.0)
    parts = (ContentPart("a", None, as_given), ContentPart("b", None, as_given))
    space = ContentSpace(parts, ContentColumns(None, np.zeros(2), None, 1.0))
    weights = np.diag([2.0, 1.0, 0.0, 0.0]).astype(np.float32)[:, :2]
    double = ContentMap(np.zeros(4, np.float32), weights, np.zeros(2, np.float32))
    wrong = replace(double, weights=np.eye(4, dtype=np.float32)[:, :2])
    a = Embeddings(np.array([[1.0], [1.0]], np.float32), np.array([True, True]))
    b = Embeddings(np.array([[2.0], [0.0]], np.float32), np.array([True, False]))
    given = [Given(a, a), Given(b, b)]
    for content in (Content(space, (), double, None, 2, None), Content(space, (), wrong, double, 2, None)):
        np.testing.assert_allclose(content_shares(content, given), [[0.5, 0.5], [1.0, 0.0]])


def test_groups_are_thirds_of_training():
    shares = np.array([[0.2, 0.8], [0.4, 0.6], [0.6, 0.4], [np.nan, np.nan]])
    table = share_table(["text", "ids"], shares, np.array([[1.0]]), np.array([10, 5, 5, 3]))
    first, second = table.rows.to_dicts()
    assert first == {
        "modality": "text",
        "all": pytest.approx(0.4),
        "head": 0.2,
        "middle": pytest.approx(0.5),
        "cold": 1.0,
    }
    assert second["cold"] is None and second["head"] == 0.8
    assert "3 all, 1 head, 2 middle, 1 cold" in table.caption
    assert share_table(["text"], np.ones((3, 1)), np.ones((0, 1)), np.array([3, 2, 1])) is None


def test_weights_add_up_in_every_group_and_survive_saving():
    model = tower().fit(task_of_two_modalities(epochs=2))
    table = tables(model)["weight of each modality"]
    assert table["modality"].to_list() == ["text", "poster", "ids"]
    for group in ("all", "head", "middle", "tail", "cold"):
        assert table[group].sum() == pytest.approx(1.0, abs=1e-5)
    assert table["cold"][2] is None
    again = tower()
    again.restore(model.state())
    for before, after in zip(model.insight().tables, again.insight().tables, strict=True):
        assert (before.title, before.caption) == (after.title, after.caption)
        assert before.rows.equals(after.rows)


def test_without_alignments_only_weights_are_shown():
    model = tower().fit(tiny_task())
    assert list(tables(model)) == ["weight of each modality"]
    assert tables(model)["weight of each modality"]["modality"].to_list() == ["genres", "text", "ids"]
    assert not tower().fit(replace(tiny_task(), features=())).insight().tables


def test_modalities_that_share_no_item_are_refused():
    task = task_of_two_modalities(CcaAlignment(CcaConfig()))
    text, poster = task.features
    halves = [np.arange(N_ITEMS) % 2 == place for place in (0, 1)]
    apart = tuple(
        replace(one, embeddings=Embeddings(one.embeddings.vectors * half[:, None], one.embeddings.present & half))
        for one, half in zip((text, poster), halves, strict=True)
    )
    with pytest.raises(DataError, match=r"alignment\.0\.between: no training item has 'text' and another"):
        tower().fit(replace(task, features=apart))


def test_alignments_that_leave_each_modality_in_its_space_match_nothing():
    task = replace(tiny_task(), alignment=(GraphAlignment(GraphConfig()),))
    assert list(tables(tower().fit(task))) == ["weight of each modality"]
    both = (*task.alignment, ContrastiveAlignment(ContrastiveConfig(held_out=0.5)))
    (row,) = tables(tower().fit(replace(task, alignment=both)))["alignment"].to_dicts()
    assert row["alignment"] == "contrastive" and "fitted" not in row
