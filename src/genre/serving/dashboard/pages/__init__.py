"""The pages; importing them registers them with NiceGUI."""

from genre.serving.dashboard.pages import catalogue, item, live, models, overview, user, users

__all__ = ["catalogue", "item", "live", "models", "overview", "user", "users"]
