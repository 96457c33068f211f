"""What tests of serving share."""

from tests.serving.postgres_server import postgres, postgres_url

__all__ = ["postgres", "postgres_url"]
