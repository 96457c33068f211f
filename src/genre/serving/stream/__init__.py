"""Events that come in streams and files."""
