"""What tests of serving share."""

import pytest
from tests.serving.postgres_server import postgres, postgres_url
from tests.serving.redis_server import redis_process, redis_server

from genre.config.loading import load_recipe
from genre.pipeline.assemble import Prepared
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset

__all__ = ["postgres", "postgres_url", "redis_process", "redis_server", "tiny_model"]
TINY_RECIPE = {
    "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
    "features": [{"name": "text", "encoder": "tfidf"}, {"name": "genres", "encoder": "multi_hot"}],
    "recommender": {"type": "content", "dim": 8, "l2": 2.0},
}


@pytest.fixture(scope="session")
def tiny_model():
    """A model of 36 users and 24 items with text, fitted in a moment."""
    return fit_prepared(Prepared(load_recipe(TINY_RECIPE), tiny_dataset()))
