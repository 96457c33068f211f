"""A small fitted model that pipeline tests share."""

import pytest

from genre.config.loading import load_recipe
from genre.pipeline.assemble import Prepared
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset

RECIPE = {
    "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
    "features": [{"name": "text", "encoder": "tfidf"}, {"name": "genres", "encoder": "multi_hot"}],
    "recommender": "ease",
}


@pytest.fixture(scope="session")
def prepared():
    return Prepared(load_recipe(RECIPE), tiny_dataset())


@pytest.fixture(scope="session")
def model(prepared):
    return fit_prepared(prepared)
