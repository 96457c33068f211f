"""Pictures from files: every kind of picture as upright RGB, and nothing that blows up memory."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genre.core.errors import MissingExtraError
from genre.encoders._media_files import UnreadableError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_MEGAPIXELS = 50
MAX_BYTES = 256 * 2**20
N_READ = 2000
"""Pictures that a check reads in full."""
MAX_RATIO = 50
"""A side may be this many times the other: models resize by the shorter one."""
LONGEST = 1024
"""Pixels of the longer side that are kept; models look at 224 to 518."""
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""Others are seldom pictures of items, and some of them start programs."""
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What Pillow raises on pictures that are not whole."""
_FETCH = "Fetch or export them again as JPEG or PNG."


def require_pillow(needed_by: str) -> None:
    """Refuse to go on without Pillow.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        raise MissingExtraError("pillow", "image", needed_by) from None


def examine_picture(path: Path) -> None:
    """Look at kind and size, which the header tells.

    Raises:
        UnreadableError: no picture, or too large a one.
    """
    with _opened(path):
        pass


def read_picture(path: Path, size: int = LONGEST) -> Image:
    """The picture as RGB, upright, transparent parts white; of several frames the first.

    A JPEG is decoded at the smallest of its scales whose shorter side is at least `size`; nothing comes with a longer
    side above 1024.

    Raises:
        UnreadableError: no picture, too large a one, or a broken one.
    """
    from PIL import ImageOps

    with _opened(path) as picture:
        picture.draft("RGB", (size, size))
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        rgb = _rgb(upright)
        rgb.thumbnail((LONGEST, LONGEST))
        return rgb


@contextmanager
def _opened(path: Path) -> Iterator[Image]:
    """The file with its header read and found sensible; what Pillow raises inside the block is said our way."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=_FORMATS) as picture:
            _refuse_size(*picture.size)
            yield picture
    except UnidentifiedImageError:
        raise UnreadableError("they are no pictures, whatever their names say", _FETCH) from None
    except Image.DecompressionBombError:
        raise _bomb() from None
    except _BROKEN:
        raise UnreadableError("the pictures are broken or cut off", _FETCH) from None


def _refuse_size(width: int, height: int) -> None:
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise _bomb()
    if max(width, height) > MAX_RATIO * min(width, height):
        raise UnreadableError(f"one side is more than {MAX_RATIO} times the other", "Cut them to shape.")


def _bomb() -> UnreadableError:
    return UnreadableError(f"they have more than {MAX_MEGAPIXELS} megapixels", "Make them smaller: 512 pixels do.")


def _rgb(picture: Image) -> Image:
    """As 8-bit RGB on white."""
    from PIL import Image

    if picture.mode[:1] in ("I", "F"):
        return _eight_bits(picture)
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return picture.convert("RGB")


def _eight_bits(picture: Image) -> Image:
    """16-bit grey by its upper byte; whole and broken numbers of other ranges stretched to black and white."""
    from PIL import Image

    values = np.asarray(picture).astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("not finite")
    if picture.mode[:1] == "I" and values.min() >= 0 and values.max() < 2**16:
        values = values / 257
    else:
        values = (values - values.min()) / max(np.ptp(values), 1e-12) * 255
    return Image.fromarray(values.round().astype(np.uint8)).convert("RGB")
