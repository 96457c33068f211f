"""Pictures of every kind come out upright and RGB; those that cannot be used are counted, explained and masked."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from genre.core.errors import DataError
from genre.encoders._media_files import UnreadableError
from genre.encoders.image._pictures import LONGEST, read_picture
from genre.encoders.image._shapes import square
from genre.encoders.image.cnn_image import CnnImageConfig, CnnImageEncoder

Image = pytest.importorskip("PIL.Image")

RED, BLUE = (200, 30, 30), (20, 40, 220)


def half(width: int = 40, height: int = 20):
    """Left half red, right half blue."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture


def saved(picture, path: Path, kind: str, **options) -> Path:
    picture.save(path, kind, **options)
    return path


def colours(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Mean colours of the outer left and right thirds."""
    pixels = np.asarray(read_picture(path)).astype(float)
    third = pixels.shape[1] // 3
    return pixels[:, :third].mean(axis=(0, 1)), pixels[:, -third:].mean(axis=(0, 1))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_kinds_by_content_whatever_the_ending(tmp_path, kind):
    left, right = colours(saved(half(), tmp_path / "picture.txt", kind))
    np.testing.assert_allclose(left, RED, atol=12)
    np.testing.assert_allclose(right, BLUE, atol=12)


def test_cmyk_is_turned_to_rgb(tmp_path):
    left, right = colours(saved(half().convert("CMYK"), tmp_path / "c.jpg", "JPEG", quality=95))
    np.testing.assert_allclose(left, RED, atol=12)
    np.testing.assert_allclose(right, BLUE, atol=12)


def test_sixteen_bits_keep_their_grey(tmp_path):
    grey = np.repeat(np.array([[0, 20_000, 65_535]], np.uint16), 4, axis=0).repeat(4, axis=1)
    for kind in ("PNG", "TIFF"):
        picture = np.asarray(read_picture(saved(Image.fromarray(grey), tmp_path / f"grey.{kind}", kind)))
        assert picture.shape == (4, 12, 3)
        np.testing.assert_allclose(picture[0, [0, 5, 11], 0], [0, 20_000 / 257, 255], atol=1)


def test_floats_are_stretched_and_must_be_finite(tmp_path):
    values = np.linspace(-3, 5, 16, dtype=np.float32).reshape(4, 4)
    picture = np.asarray(read_picture(saved(Image.fromarray(values), tmp_path / "f.tif", "TIFF")))
    assert (picture.min(), picture.max()) == (0, 255)
    values[0, 0] = np.nan
    with pytest.raises(UnreadableError, match="broken"):
        read_picture(saved(Image.fromarray(values), tmp_path / "nan.tif", "TIFF"))


def test_transparent_parts_are_white(tmp_path):
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 4, 8))
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, 0, 0, 255])
    palette.paste(0, (4, 0, 8, 8))
    for name, picture, options in (("a", clear, {}), ("p", palette, {"transparency": 0})):
        pixels = np.asarray(read_picture(saved(picture, tmp_path / f"{name}.png", "PNG", **options)))
        assert pixels[0, 0].tolist() == [0, 0, 255] and pixels[0, 7].tolist() == [255, 255, 255]


def test_exif_turns_the_picture_upright(tmp_path):
    turned = half().rotate(90, expand=True)
    exif = turned.getexif()
    exif[0x0112] = 6  # to be turned clockwise for viewing
    path = saved(turned, tmp_path / "turned.jpg", "JPEG", exif=exif, quality=95)
    assert read_picture(path).size == (40, 20)
    left, right = colours(path)
    np.testing.assert_allclose(left, RED, atol=12)
    np.testing.assert_allclose(right, BLUE, atol=12)


def test_of_an_animation_the_first_frame(tmp_path):
    frames = [Image.new("RGB", (9, 9), colour) for colour in (RED, BLUE)]
    for kind in ("GIF", "WEBP", "TIFF"):
        path = saved(frames[0], tmp_path / f"moving.{kind}", kind, save_all=True, append_images=frames[1:])
        np.testing.assert_allclose(np.asarray(read_picture(path)).mean(axis=(0, 1)), RED, atol=12)


def test_large_pictures_come_small(tmp_path):
    path = saved(half(3000, 2000), tmp_path / "large.jpg", "JPEG")
    assert max(read_picture(path).size) == LONGEST
    assert read_picture(path, 64).size == (375, 250)  # an eighth: the smallest scale that JPEG decodes
    left, _ = colours(path)
    np.testing.assert_allclose(left, RED, atol=5)


def test_squares():
    whole, middle = (square(half(), 8, fit) for fit in ("whole", "crop"))
    assert whole.shape == middle.shape == (3, 8, 8) and whole.dtype == np.uint8
    np.testing.assert_array_equal(whole[:, 0, 0], RED)
    np.testing.assert_array_equal(whole[:, 0, 7], BLUE)
    narrow = Image.new("RGB", (60, 20), "white")
    narrow.paste(RED, (15, 0, 45, 20))
    np.testing.assert_array_equal(square(narrow, 8, "crop"), np.broadcast_to(np.array(RED)[:, None, None], (3, 8, 8)))


def huge_png(width: int, height: int) -> bytes:
    """A PNG of `width` x `height` white pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * min(height, 2000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (80, 80, 3), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(noise).save(written, "JPEG")
    return written.getvalue()


BROKEN = {
    "truncated.jpg": (lambda: jpeg()[: len(jpeg()) // 2], "broken or cut off"),
    "truncated.png": (lambda: huge_png(3000, 3000)[:200], "broken or cut off"),
    "empty.jpg": (lambda: b"", "empty (0 bytes)"),
    "page.jpg": (lambda: b"<html>404 Not Found</html>", "no pictures, whatever their names say"),
    "zeros.jpg": (lambda: bytes(5000), "no pictures"),
    "header_only.jpg": (lambda: jpeg()[:20], "no pictures"),
    "script.eps": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "no pictures"),
    "bomb.png": (lambda: huge_png(10_000, 10_000), "more than 50 megapixels"),
    "giant.png": (lambda: huge_png(100_000, 100_000), "more than 50 megapixels"),
    "ribbon.png": (lambda: huge_png(40_000, 100), "more than 50 times the other"),
    "no_colours.png": (lambda: huge_png(60, 60)[:40], "no pictures"),
}
NAMES = {
    "nowhere.jpg": "no such file",
    "folder": "these are folders",
    "../outside.png": "outside the folder",
    "/etc/hostname": "outside the folder",
    "link_out.png": "outside the folder",
    "https://example.org/a.jpg": "addresses, not files",
    "nul\0.jpg": "no file names",
    "x" * 5000: "no file names",
    "loop.png": "no file names",
    "pipe": "no plain files",
    "good.png/deeper.png": "no such file",
}


@pytest.fixture
def folder(tmp_path):
    """Broken files of every kind, a good one, and one outside."""
    place = tmp_path / "pictures"
    (place / "folder").mkdir(parents=True)
    for name, (content, _) in BROKEN.items():
        (place / name).write_bytes(content())
    half().save(place / "good.png")
    half().save(tmp_path / "outside.png")
    (place / "link_out.png").symlink_to(tmp_path / "outside.png")
    (place / "link_in.png").symlink_to(place / "good.png")
    (place / "loop.png").symlink_to(place / "loop.png")
    os.mkfifo(place / "pipe")
    return place


def encoder(folder, **config) -> CnnImageEncoder:
    return CnnImageEncoder(CnnImageConfig(folder=folder, size=8, channels=8, stages=1, **config))


EXPECTED = {**{name: words for name, (_, words) in BROKEN.items()}, **NAMES}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_broken_pictures_are_masked_and_explained(folder, name):
    table = pl.DataFrame({"image": ["good.png", name, None, " ", "link_in.png"]})
    made = encoder(folder)
    assert made.obstacles(table) == ()
    made.fit(table)
    np.testing.assert_array_equal(made.encode(table).present, [True, False, False, False, True])
    (remark,) = made.remarks(table)
    assert EXPECTED[name] in remark.what and remark.n_rows == 1 and remark.mend
    assert remark.examples["image"].to_list() == [name]


def test_all_troubles_at_once_are_grouped_by_reason(folder):
    table = pl.DataFrame({"image": ["good.png", *EXPECTED, None]})
    remarks = encoder(folder).remarks(table)
    assert sum(remark.n_rows for remark in remarks) == len(EXPECTED)
    by_what = {remark.what: remark.n_rows for remark in remarks}
    assert by_what["pictures cannot be used: they lie outside the folder"] == 3
    assert encoder(folder).encode(table).present.sum() == 1


def test_without_one_usable_picture_nothing_is_trained(folder):
    table = pl.DataFrame({"image": ["truncated.jpg", "nowhere.jpg", "nowhere.jpg", None]})
    message = (
        r"columns image: none of 4 training rows has a picture that can be used: 2 times there is no such file; 1 times"
    )
    with pytest.raises(DataError, match=message) as caught:
        encoder(folder).fit(table)
    assert "1 times nothing is named" in str(caught.value)
    assert "they count from" in caught.value.faults[0].mend
    (fault,) = encoder(folder).obstacles(table[1:])
    assert "none of 3 rows" in fault.what


def test_folders_and_columns_that_are_of_no_use(folder, tmp_path):
    def fault(table, place=folder, **config):
        (found,) = encoder(place, **config).obstacles(table)
        with pytest.raises(DataError):
            encoder(place, **config).encode(table)
        return str(found)

    table = pl.DataFrame({"image": ["good.png"], "year": [1999], "tags": [["a"]]})
    images = table.select("image")
    assert "there is no such folder; relative paths count from" in fault(images, tmp_path / "gone")
    assert "is a file" in fault(images, tmp_path / "outside.png")
    assert "holds Int64, not file names" in fault(table.select("year"))
    assert "file names stand in one column, not in 2" in fault(table.select("image", "year"))
    assert "names 'id', which is no column" in fault(images, pattern="{id}.png")
    assert "names no column" in fault(images, pattern="good.png")
    assert "is no pattern" in fault(images, pattern="{image")
    assert "is no pattern" in fault(images, pattern="{image!r}.png")
    assert "which holds lists" in fault(table.select("tags"), pattern="{tags}.png")


def test_names_from_patterns_and_lists(folder):
    (folder / "7").mkdir()
    half().save(folder / "7" / "cover.png")
    rows = pl.DataFrame({"item_id": ["7", "8", None, "../pictures/7"]})
    present = encoder(folder, pattern="{item_id}/cover.png").encode(rows).present
    np.testing.assert_array_equal(present, [True, False, False, True])
    lists = pl.DataFrame({"images": [["good.png", "nowhere.png"], [], None, ["nowhere.png"]]})
    np.testing.assert_array_equal(encoder(folder).encode(lists).present, [True, False, False, False])
    np.testing.assert_array_equal(
        encoder(folder, pattern="{year}.png").encode(pl.DataFrame({"year": [1, None]})).present, [False, False]
    )


def test_of_many_pictures_a_sample_is_read_in_full(folder, monkeypatch):
    monkeypatch.setattr(CnnImageEncoder, "n_read", 2)
    names = ["good.png", "truncated.jpg", "page.jpg", "folder/../link_in.png"]
    (folder / "other.png").write_bytes((folder / "good.png").read_bytes())
    remarks = encoder(folder).remarks(pl.DataFrame({"image": [*names, "other.png"]}))
    assert [remark.what for remark in remarks] == [  # truncated.jpg has a good header and is not in the sample
        "pictures cannot be used: they are no pictures, whatever their names say (2 of 4 were read in full)"
    ]


@pytest.mark.slow
def test_random_damage_never_crashes(tmp_path):
    rng = np.random.default_rng(0)
    wholes = []
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM"):
        written = io.BytesIO()
        half(30, 20).save(written, kind)
        wholes.append(np.frombuffer(written.getvalue(), np.uint8))
    path, outcomes = tmp_path / "damaged", set()
    for number in range(400):
        bytes_ = wholes[number % len(wholes)].copy()
        places = rng.integers(0, min(len(bytes_), 200), rng.integers(1, 8))
        bytes_[places] = rng.integers(0, 256, len(places))
        path.write_bytes(bytes_[: rng.integers(1, len(bytes_) + 1)].tobytes())
        try:
            outcomes.add(read_picture(path).mode)
        except UnreadableError as error:
            outcomes.add(error.reason)
    assert "RGB" in outcomes and len(outcomes) >= 3
