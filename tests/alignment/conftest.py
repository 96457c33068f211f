import numpy as np
import pytest

from genre.testing.data import tiny_dataset, tiny_split
from genre.values import Embeddings, World


@pytest.fixture
def world():
    return World(tiny_dataset().catalog, tiny_split().train)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def views(rng):
    """Embeddings of 300 items in which `n_shared` hidden things show, each in a basis of its own, with noise."""

    def make(widths, n_shared=3, noise=0.1, absent=0.0):
        hidden = rng.standard_normal((300, n_shared))
        found = []
        for width in widths:
            vectors = hidden @ rng.standard_normal((n_shared, width)) + noise * rng.standard_normal((300, width)) + 5.0
            present = rng.random(300) >= absent
            found.append(Embeddings((vectors * present[:, None]).astype(np.float32), present))
        return found

    return make
