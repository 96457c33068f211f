"""Which table holds what users wrote about items, and the features that it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genre.pipeline import _draft_names as names
from genre.pipeline._draft_features import FeatureDraft
from genre.pipeline._draft_roles import Choice, InteractionRoles
from genre.pipeline._draft_tables import TableLook
from genre.sources._ids import plain_ids

_TAGS = ("tag", "tags", "label", "labels", "keyword", "keywords")


@dataclass(frozen=True, eq=False)
class ReviewRoles:
    """A table of reviews: its ids, its times, texts to be read and tags to be counted."""

    table: TableLook
    user: str
    item: str
    time: str | None
    texts: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def columns(self) -> dict[str, str]:
        """Our names of columns that are called otherwise."""
        ours = {"user_id": self.user, "item_id": self.item, "timestamp": self.time}
        return {name: column for name, column in ours.items() if column is not None and column != name}

    def features(self) -> tuple[FeatureDraft, ...]:
        """What reviews say about the items; only those of training interactions are read."""
        drafts = []
        if self.texts:
            why = "what users wrote, of training interactions only; with recommender tower also: lstm"
            drafts.append(FeatureDraft("reviews", self.texts, "tfidf", why, "reviews"))
        if self.tags:
            why = "what users tagged, in training interactions only"
            drafts.append(FeatureDraft("tags", self.tags, "{type: multi_hot, min_count: 2}", why, "reviews"))
        return tuple(drafts)


def reviews_of(roles: InteractionRoles, looks: Sequence[TableLook]) -> ReviewRoles | None:
    """The table, beside that of the interactions, with the same users and items and something written."""
    for table in looks:
        user, item = _same(table, roles, roles.user, "user"), _same(table, roles, roles.item, "item")
        if table is roles.table or user is None or item is None:
            continue
        rest = [column for column in table.columns if column.name not in (user, item) and column.n_distinct > 1]
        tags = tuple(c.name for c in rest if names.plain(c.name) in _TAGS and c.kind != "number")
        texts = tuple(c.name for c in rest if c.kind == "text" and c.name not in tags and not names.is_id(c.name))
        times = [c.name for c in rest if c.kind == "time"]
        if texts or tags:
            return ReviewRoles(table, user, item, times[0] if times else None, texts, tags)
    return None


def _same(table: TableLook, roles: InteractionRoles, chosen: Choice, role: names.Role) -> str | None:
    """The column with users (or items) of the interactions: called so, and some of them are met."""
    known = plain_ids(roles.table.frame[chosen.column]).unique().implode()
    bare = names.plain(chosen.column)
    for column in table.columns:
        is_called = names.plain(column.name) == bare or names.fit(column.name, role) == 1.0
        if (
            is_called
            and column.kind not in ("list", "other")
            and plain_ids(table.frame[column.name]).is_in(known).any()
        ):
            return column.name
    return None
