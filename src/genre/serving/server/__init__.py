"""`genre serve`: from bundles, a store and settings to processes that answer."""
