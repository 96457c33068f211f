"""Every fault of a recipe and its tables, and what the data is good for, before anything is trained."""

from __future__ import annotations
