"""Steps between scores and lists; `rank` runs them."""

from genre.ranking._chain import rank

__all__ = ["rank"]
