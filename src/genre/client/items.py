"""Items: the catalogue as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from genre.client._noun import Noun, parts, placed
from genre.client.errors import ApiError
from genre.client.manner import SLOW
from genre.client.results import Gone, Kept

MOST_ROWS = 5_000
"""The service's own limit of a batch, unless its settings say otherwise."""


class Items(Noun):
    """Keeping the catalogue."""

    def put_items(self, items: Iterable[Mapping[str, Any]], batch: int = MOST_ROWS) -> Kept:
        """Items in place of what was known of them, each with its item_id: a column that is left out is empty.

        Batches go one after the other; a batch is kept as a whole, or not at all.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        kept = 0
        refused: dict[str, str] = {}
        for part in parts(items, batch):
            one = self._wire.read(Kept, "PUT", "/v1/items", {"items": [dict(row) for row in part]}, SLOW)
            kept, refused = kept + one.kept, {**refused, **one.refused}
        return Kept(kept, refused)

    def item(self, item_id: str) -> dict[str, Any]:
        """All columns of an item as they are now.

        Raises:
            ApiError: 404, there is none; or no answer came.
        """
        return self._wire.read(dict[str, Any], "GET", f"/v1/items/{placed(item_id)}")

    def patch_item(self, item_id: str, columns: Mapping[str, Any]) -> Kept:
        """Set some columns and leave the others; None empties one.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        return self._wire.read(Kept, "PATCH", f"/v1/items/{placed(item_id)}", dict(columns))

    def delete_item(self, item_id: str) -> None:
        """Never list an item again, until it is put again.

        Raises:
            ApiError: 404, there is none; or no answer came.
        """
        try:
            self._wire.ask("DELETE", f"/v1/items/{placed(item_id)}")
        except ApiError as error:
            if not error.is_done_before:
                raise

    def delete_items(self, item_ids: Iterable[str], batch: int = MOST_ROWS) -> tuple[str, ...]:
        """Never list some items again, until they are put again; those of the ids that no item had.

        Raises:
            ApiError: it was refused, or no answer came.
        """
        unknown: list[str] = []
        for part in parts(item_ids, batch):
            unknown += self._wire.read(Gone, "POST", "/v1/items/delete", {"items": list(part)}, SLOW).unknown_items
        return tuple(unknown)
