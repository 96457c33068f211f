"""The tiny model of the tests of serving."""

from tests.serving.conftest import tiny_model

__all__ = ["tiny_model"]
