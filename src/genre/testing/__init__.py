"""Tiny data and contract checks, importable by authors of plugins."""

from genre.testing.data import tiny_dataset, tiny_split, tiny_task

__all__ = ["tiny_dataset", "tiny_split", "tiny_task"]
