"""Pictures and sounds that are broken, missing or huge: told with a count, the other items keep theirs."""

import io
import json

import numpy as np
import polars as pl
import pytest

Image = pytest.importorskip("PIL.Image")
soundfile = pytest.importorskip("soundfile")

RECIPE, BUNDLE, MEDIA, N = "r.yaml", "bundle", "media", 24
SMALL = {"channels": 8, "stages": 1, "folder": MEDIA}
PICTURES = {"type": "cnn_image", "size": 8, **SMALL}
SOUNDS = {"type": "mel_cnn", "seconds": 0.5, "bands": 8, "sample_rate": 8000, **SMALL}
ROW = 3
"""Whose file is broken."""


def drawn(mode="RGB", kind="JPEG", size=(32, 32), row=0, **options):
    """A picture as bytes."""
    noise = np.random.default_rng(row).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def huge():
    """100 megapixels in some kilobytes."""
    buffer = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(buffer, "PNG")
    return buffer.getvalue()


def animated():
    frames, buffer = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")], io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def played(row=0, n_samples=4000, subtype="PCM_16", value=None):
    """A sound as bytes."""
    tone = np.sin(2 * np.pi * (200 + 60 * row) * np.arange(n_samples) / 8000) * 0.3
    buffer = io.BytesIO()
    soundfile.write(buffer, tone if value is None else np.full(n_samples, value), 8000, subtype, format="WAV")
    return buffer.getvalue()


def content(data):
    """The file of one item holds these bytes instead."""
    return lambda shop, ending: shop.write(f"{MEDIA}/i{ROW}.{ending}", data)


def name(text):
    """The table names this file for one item."""

    def break_it(shop, ending):
        column = shop.tables["items"]["medium"].to_list()
        column[ROW] = text
        shop.columns(medium=pl.Series(column))

    return break_it


def outside(shop, ending):
    shop.write("elsewhere.jpg", drawn())
    name("../elsewhere.jpg")(shop, ending)


def a_folder(shop, ending):
    shop.path(f"{MEDIA}/i{ROW}.{ending}").unlink()
    shop.path(f"{MEDIA}/i{ROW}.{ending}").mkdir()


def without(rows):
    """The files of these items are missing."""
    return lambda shop, ending: [shop.path(f"{MEDIA}/i{row}.{ending}").unlink() for row in rows]


def webpages(shop, ending):
    for row in range(N):
        shop.write(f"{MEDIA}/i{row}.{ending}", b"<html>404 Not Found</html>")


def column(**columns):
    return lambda shop, ending: shop.columns(**columns)


def nothing(shop, ending):
    """All is well."""


AGAIN, SOUND_AGAIN = "Fetch or export them again as JPEG or PNG", "Fetch or export them again as WAV"
BROKEN_SOUND = "they are no sounds, broken or cut off"
SET_ASIDE = {
    "a truncated JPEG": (PICTURES, content(drawn()[:400]), "the pictures are broken or cut off", AGAIN),
    "a picture of 0 bytes": (PICTURES, content(b""), "the files are empty (0 bytes)", "Fetch them again"),
    "a text named .jpg": (PICTURES, content(b"<html>404</html>"), "they are no pictures, whatever", AGAIN),
    "a picture of 100 megapixels": (
        PICTURES,
        content(huge()),
        "they have more than 50 megapixels",
        "Make them smaller",
    ),
    "a picture 100 times as wide as high": (
        PICTURES,
        content(drawn(size=(800, 8))),
        "one side is more than 50 times the other",
        "Cut them to shape",
    ),
    "a picture outside the folder": (PICTURES, outside, "they lie outside the folder", "move them there or name"),
    "the address of a picture": (PICTURES, name("https://a.org/x.jpg"), "these are addresses", "Download them"),
    "a picture that is not there": (PICTURES, name("nowhere.jpg"), "there is no such file", "Check the names"),
    "a folder for a picture": (PICTURES, a_folder, "these are folders", "Name the file in it"),
    "a name that is none": (PICTURES, name("a\0b.jpg"), "these are no file names", "Check the column"),
    "a truncated WAV": (SOUNDS, content(played()[:2000]), BROKEN_SOUND, SOUND_AGAIN),
    "a WAV cut in its header": (SOUNDS, content(played()[:40]), BROKEN_SOUND, SOUND_AGAIN),
    "a sound of 0 bytes": (SOUNDS, content(b""), "the files are empty (0 bytes)", "Fetch them again"),
    "a text named .wav": (SOUNDS, content(b"not found"), BROKEN_SOUND, SOUND_AGAIN),
    "a sound without samples": (SOUNDS, content(played(n_samples=0)), "they hold no sound", SOUND_AGAIN),
    "samples that are not finite": (
        SOUNDS,
        content(played(subtype="FLOAT", value=np.nan)),
        BROKEN_SOUND,
        SOUND_AGAIN,
    ),
}
FINE = {
    "a PNG named .jpg": drawn(kind="PNG"),
    "an animated GIF": animated(),
    "a CMYK JPEG": drawn(mode="CMYK"),
    "a 1-bit PNG": drawn(mode="1", kind="PNG"),
    "a PNG with a palette and transparency": drawn(mode="P", kind="PNG", transparency=0),
    "a picture of 1 x 1": drawn(kind="PNG", size=(1, 1)),
}
REFUSED = {
    "a folder of pictures that is not there": (
        {**PICTURES, "folder": "nowhere"},
        nothing,
        ["folder nowhere", "there is no such folder"],
        ["Name the folder in which the files lie"],
    ),
    "a folder of sounds that is a file": (
        {**SOUNDS, "folder": "items.parquet"},
        nothing,
        ["folder items.parquet", "is a file"],
        ["Name the folder in which the files lie"],
    ),
    "numbers for names": (
        PICTURES,
        column(medium=pl.int_range(N)),
        ["columns medium", "holds Int64, not file names"],
        ["'{item_id}.jpg'"],
    ),
    "a pattern with an unknown column": (
        {**PICTURES, "pattern": "{id}.jpg"},
        nothing,
        ["pattern", "names 'id', which is no column of the feature"],
        ["Add it to the feature's columns; there are: medium"],
    ),
    "no picture among the files": (
        PICTURES,
        webpages,
        ["columns medium", "has a picture that can be used", "times they are no pictures"],
        [AGAIN],
    ),
    "pictures of new items only": (
        PICTURES,
        without(range(N - 2)),
        ["columns medium", "none of 22 training rows has a picture that can be used: 22 times there is no such file"],
        ["Check the names"],
    ),
    "sounds of new items only": (
        SOUNDS,
        without(range(N - 2)),
        ["columns medium", "none of 22 training rows has a sound that can be used: 22 times there is no such file"],
        ["Check the names"],
    ),
}


@pytest.fixture(scope="module")
def files():
    """What whole pictures and sounds hold, by encoder and row."""
    return {
        "cnn_image": [drawn(row=row) for row in range(N)],
        "mel_cnn": [played(row) for row in range(N)],
    }


@pytest.fixture
def furnish(shop, files):
    """Write a shop with a picture or sound per item, one broken; gives the check's word and the name of that file."""

    def write(encoder, break_it):
        ending = {"cnn_image": "jpg", "mel_cnn": "wav"}[encoder["type"]]
        shop.path(MEDIA).mkdir()
        for row, data in enumerate(files[encoder["type"]]):
            shop.write(f"{MEDIA}/i{row}.{ending}", data)
        shop.columns(medium=pl.col("item_id") + f".{ending}")
        break_it(shop, ending)
        shop.reads(("medium", encoder, {}))
        return {"jpg": "pictures", "wav": "sounds"}[ending], shop.tables["items"]["medium"][ROW]

    return write


@pytest.mark.parametrize("case", SET_ASIDE)
def test_one_file_is_set_aside_and_the_others_are_used(case, furnish, told):
    encoder, break_it, reason, mend = SET_ASIDE[case]
    word, name = furnish(encoder, break_it)
    assert told("features.0.encoder", f"{word} cannot be used: {reason}", mend, name, n_used=N - 1) > 0


@pytest.mark.parametrize("case", FINE)
def test_odd_pictures_are_used(case, furnish, told):
    furnish(PICTURES, content(FINE[case]))
    assert told("features.0.encoder", None) > 0


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_to_learn_from_is_refused(case, furnish, refused_by_all):
    encoder, break_it, names, mends = REFUSED[case]
    furnish(encoder, break_it)
    assert all(refused_by_all(["features.0.encoder", *names], mends))


def test_a_bundle_is_made_from_what_there_is(furnish, shop, genre):
    furnish(PICTURES, content(drawn()[:400]))
    before = shop.listing()
    done = genre("fit", RECIPE, "-o", BUNDLE, "--json")
    assert done.code == 0 and json.loads(done.out)["n_items"] == N
    assert "features.0 'medium': 23 of 24 items have content; genre check shows why" in done.err
    left = shop.listing()
    assert before.items() <= left.items()
    assert {path.partition("/")[0] for path in left.keys() - before.keys()} == {BUNDLE}
    assert genre("recommend", BUNDLE, "--user", "u0").code == 0
