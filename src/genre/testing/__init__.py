"""Tiny data and contract checks, importable by authors of plugins."""

from genre.testing.contract import Check, checks
from genre.testing.data import tiny_dataset, tiny_split, tiny_task

__all__ = ["Check", "checks", "tiny_dataset", "tiny_split", "tiny_task"]
