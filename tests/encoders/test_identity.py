import numpy as np
import polars as pl
import pytest
import torch

from genre.core.artifacts import load_state, save_state
from genre.core.errors import DataError, NotFittedError
from genre.encoders.identity.identity import IdentityEncoder

TABLE = pl.DataFrame({"item_id": [7, 8, 9, None]})


def encoder() -> IdentityEncoder:
    made = IdentityEncoder()
    made.fit(TABLE.head(2))
    return made


def test_only_training_rows_have_a_vector() -> None:
    fitted = encoder()
    found = fitted.encode(TABLE)
    assert found.vectors.shape == (4, fitted.width) == (4, 0)
    np.testing.assert_array_equal(found.present, [True, True, False, False])
    network = fitted.network(found, 5)
    vectors = network(torch.arange(4))
    assert vectors.shape == (4, 5)
    assert (vectors[:2] != 0).all() and (vectors[2:] == 0).all()


def test_rows_without_a_vector_get_no_gradient() -> None:
    fitted = encoder()
    network = fitted.network(fitted.encode(TABLE), 3)
    network(torch.tensor([[0, 2], [1, 3]])).sum().backward()
    gradient = next(network.parameters()).grad
    assert (gradient[:2] == 1).all() and (gradient[2:] == 0).all()


def test_state_survives_a_folder(tmp_path) -> None:
    save_state(encoder().state(), tmp_path)
    again = IdentityEncoder()
    again.restore(load_state(tmp_path))
    np.testing.assert_array_equal(again.encode(TABLE).present, [True, True, False, False])


def test_refusals() -> None:
    with pytest.raises(NotFittedError):
        IdentityEncoder().encode(TABLE)
    with pytest.raises(DataError, match="one column of ids, not 2"):
        IdentityEncoder().fit(pl.DataFrame({"a": ["x"], "b": ["y"]}))
