"""Which recommenders make sense on how much data: one rule for drafts and checks."""

from __future__ import annotations

from dataclasses import dataclass

FEW = 200
"""Interactions below which what people have in common cannot be told from chance."""
ENOUGH = 5_000
"""Interactions from which a blend of content and of what people have in common pays."""
TRAINED = 1_000
"""Interactions from which a trained network may find something."""
SHARED_HISTORY = 2
"""Interactions of the middle user from which items have users in common."""
SQUARE_ITEMS = 20_000
"""Items up to which EASE takes seconds and memory for N x N numbers is there."""


@dataclass(frozen=True)
class Amount:
    """How much there is to learn from.

    Attributes:
        middle_history: interactions of the middle user.
        has_content: whether features read what items are like.
    """

    n_interactions: int
    n_items: int
    middle_history: float
    has_content: bool
    has_times: bool

    @property
    def is_shared(self) -> bool:
        """Whether what people have in common can be learned."""
        return self.n_interactions >= FEW and self.middle_history >= SHARED_HISTORY


def sensible(amount: Amount) -> tuple[str, ...]:
    """All recommenders that make sense; `preferred` is among them."""
    words = ["popularity"]
    if amount.has_content:
        words.append("content")
    if amount.is_shared:
        words += ["item_knn", "ease" if amount.n_items <= SQUARE_ITEMS else "ials"]
        if amount.n_interactions >= TRAINED and (amount.has_times or amount.has_content):
            words.append("tower")
    if amount.has_content or amount.is_shared:
        words.append("hybrid")
    return tuple(words)


def preferred(amount: Amount) -> tuple[str, str]:
    """What to begin with, and why."""
    n_interactions = f"{amount.n_interactions:,} interactions"
    if amount.has_content and amount.n_interactions >= ENOUGH:
        return "hybrid", "a blend of content and of what people have in common, weights found on validation users"
    if amount.has_content:
        return "content", f"with {n_interactions} content tells more than what people have in common"
    if not amount.is_shared:
        return "popularity", f"with {n_interactions}, short histories or no content, little else can be learned"
    others = ", ".join(word for word in sensible(amount) if word not in ("popularity", "ease"))
    if amount.n_items <= SQUARE_ITEMS:
        return "ease", f"no content; strong and quick on interactions alone; also {others}"
    others = ", ".join(word for word in sensible(amount) if word not in ("popularity", "item_knn"))
    return "item_knn", f"no content, and {amount.n_items:,} items are too many for ease; also {others}"
