"""The API of the tests of HTTP, and real servers."""

from tests.serving.api.conftest import api, open_api
from tests.serving.server.conftest import bundle, serve

__all__ = ["api", "bundle", "open_api", "serve"]
