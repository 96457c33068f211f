"""Pictures of items: only files that the catalogue names, below the folder that the recipe or the settings name."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from genre.core.errors import MissingExtraError
from genre.encoders._media_files import UnreadableError, file_names, locate
from genre.encoders.image._pictures import MAX_BYTES, read_picture, require_pillow
from genre.pipeline.model import Model
from genre.serving.dashboard.settings import DashboardSettings
from genre.serving.stock import Stock

LONGEST, QUALITY = 480, 82
MEDIA_TYPE = "image/jpeg"
"""Whatever the file is, it is drawn anew: nothing of its own reaches a browser."""


@dataclass(frozen=True)
class Album:
    """Where pictures of items are.

    Attributes:
        columns: of the items, that name files.
        pattern: how they do, as the recipe says it; None: the one column holds names.
    """

    columns: tuple[str, ...]
    folder: Path
    pattern: str | None = None

    def name(self, stock: Stock, row: int) -> str | None:
        """What an item's file is called."""
        return file_names(stock.items[row : row + 1].select(self.columns), self.pattern)[0]


def albums(model: Model, settings: DashboardSettings) -> tuple[Album, ...]:
    """Those of the settings, then those of the recipe's features."""
    found = [Album((column,), folder) for column, folder in settings.pictures.items()]
    for section, feature in zip(model.recipe.features, model.features, strict=True):
        config = feature.encoder.config
        folder = getattr(config, "folder", None)
        if getattr(feature.encoder, "medium", "") == "picture" and isinstance(folder, Path):
            found.append(Album(section.read_columns, folder, getattr(config, "pattern", None)))
    return tuple(one for one in found if set(one.columns) <= set(model.catalog.items.columns))


def picture(stock: Stock, settings: DashboardSettings, item_id: str) -> bytes | None:
    """The picture of an item as a small JPEG; None where there is none that can be read."""
    row = stock.row(item_id)
    if row is None:
        return None
    for album in albums(stock.shelf.model, settings):
        name = album.name(stock, row)
        found = None if name is None else _drawn(album.folder, name)
        if found is not None:
            return found
    return None


def _drawn(folder: Path, name: str) -> bytes | None:
    try:
        require_pillow("the dashboard")
        found = read_picture(locate(folder.expanduser().resolve(), name, MAX_BYTES), LONGEST)
    except (UnreadableError, MissingExtraError):
        return None
    found.thumbnail((LONGEST, LONGEST))
    content = io.BytesIO()
    found.save(content, "JPEG", quality=QUALITY)
    return content.getvalue()
