from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from genre.core.artifacts import load_state, save_state
from genre.core.errors import NotFittedError
from genre.encoders.identity.lightgcn import LightgcnConfig, LightgcnEncoder
from genre.testing import tiny_dataset, tiny_split
from genre.values import World

SPLIT, CATALOG = tiny_split(), tiny_dataset().catalog


def fitted(side="items", split=SPLIT, layers=2):
    made = LightgcnEncoder(LightgcnConfig(layers=layers))
    made.observe(World(CATALOG, split.train, side))
    return made


def vectors(encoder, table):
    torch.manual_seed(0)
    return encoder.network(encoder.encode(table), 4)(torch.arange(len(table))).detach()


def dense(touched, free, layers=2):
    """LightGCN by hand, one pair at a time: vectors of the columns of a U x N table of 0 and 1."""
    mean = free.astype(np.float64) / (layers + 1)
    moved = free.astype(np.float64)
    for _ in range(layers):
        users = np.zeros((len(touched), free.shape[1]))
        for user, item in zip(*np.nonzero(touched), strict=True):
            users[user] += moved[item] / np.sqrt(touched[user].sum() * touched[:, item].sum())
        moved = np.zeros_like(moved)
        for user, item in zip(*np.nonzero(touched), strict=True):
            moved[item] += users[user] / np.sqrt(touched[user].sum() * touched[:, item].sum())
        mean += moved / (layers + 1)
    return mean


@pytest.mark.parametrize("side", ["items", "users"])
def test_vectors_are_lightgcn_by_hand(side):
    encoder = fitted(side)
    table = (CATALOG.items if side == "items" else CATALOG.users).select(f"{side[:-1]}_id")
    found = encoder.encode(table)
    network = encoder.network(found, 4)
    touched = SPLIT.train.matrix().toarray()
    touched = touched if side == "items" else touched.T
    is_known = touched.sum(axis=0) > 0
    np.testing.assert_array_equal(found.present, is_known)
    said = network(torch.arange(len(table))).detach().numpy()
    expected = dense(touched[:, is_known], network.table.weight.detach().numpy())
    np.testing.assert_allclose(said[is_known], expected, atol=1e-5)
    assert not said[~is_known].any()


def test_held_out_interactions_change_nothing():
    table = CATALOG.items.select("item_id")
    planted = replace(SPLIT, test=SPLIT.test.take(np.repeat(np.arange(len(SPLIT.test)), 5)), valid=SPLIT.test)
    before, after = vectors(fitted(), table), vectors(fitted(split=planted), table)
    assert torch.equal(before, after)
    everything = replace(SPLIT, train=tiny_dataset().interactions)
    assert not torch.equal(before, vectors(fitted(split=everything), table))


def test_repeated_interactions_are_one_edge():
    twice = replace(SPLIT, train=SPLIT.train.take(np.repeat(np.arange(len(SPLIT.train)), 2)))
    table = CATALOG.items.select("item_id")
    torch.testing.assert_close(vectors(fitted(split=twice), table), vectors(fitted(), table))


def test_rows_are_found_by_their_ids():
    encoder, table = fitted(), CATALOG.items.select("item_id")
    assert torch.equal(vectors(encoder, table.reverse()), vectors(encoder, table).flip(0))
    strange = pl.DataFrame({"item_id": ["i0", "nobody", None]})
    np.testing.assert_array_equal(encoder.encode(strange).present, [True, False, False])


def test_after_loading_it_knows_its_rows_and_has_no_graph(tmp_path):
    save_state(fitted().state(), tmp_path)
    again = LightgcnEncoder()
    again.restore(load_state(tmp_path))
    found = again.encode(CATALOG.items.select("item_id"))
    np.testing.assert_array_equal(found.present, SPLIT.train.popularity() > 0)
    with pytest.raises(NotFittedError, match="training interactions"):
        again.network(found, 4)


def test_it_says_so_before_it_saw_anything():
    with pytest.raises(NotFittedError):
        LightgcnEncoder().encode(CATALOG.items.select("item_id"))
    with pytest.raises(NotFittedError):
        LightgcnEncoder().state()
