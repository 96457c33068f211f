"""Steps between scores and lists; `rank` runs them."""

from genre.ranking._chain import depth_of, needs_all_scores, rank, reranked

__all__ = ["depth_of", "needs_all_scores", "rank", "reranked"]
