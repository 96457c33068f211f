"""Columns that name pictures become features where the pictures are found."""

import polars as pl
import pytest
from PIL import Image

KEYS = {"user": "user_id", "item": "item_id"}


def shop(ratings, films, folder, pictures=None, ending="jpg"):
    """Tables in `folder`; every second picture exists."""
    ratings.rename(KEYS).write_csv(folder / "ratings.csv")
    named = films.select("title", item_id="item", cover=pl.format("{}.{}", "item", pl.lit(ending)))
    named.write_csv(folder / "films.csv")
    for row in range(0, len(films), 2) if pictures is not None else ():
        pictures.mkdir(exist_ok=True, parents=True)
        Image.new("RGB", (40, 40), (row * 8, 0, 0)).save(pictures / f"{row}.{ending}")
    return "ratings.csv", "films.csv"


@pytest.mark.parametrize("inner", ["", "covers"])
def test_pictures_beside_the_tables_or_in_a_folder_there(drafted, ratings, films, tmp_path, inner):
    found, recipe = drafted(*shop(ratings, films, tmp_path, tmp_path / inner))
    feature = next(feature for feature in recipe.features if feature.name == "pictures")
    assert feature.columns == ("cover",) and feature.encoder.type_name() == "pretrained_image"
    assert (tmp_path / feature.encoder.folder).resolve() == (tmp_path / inner).resolve()
    assert "cover" not in {entry.columns for entry in found.recognised if entry.role == "not used"}


def test_pictures_that_are_nowhere_are_pointed_out(drafted, ratings, films, tmp_path):
    found, recipe = drafted(*shop(ratings, films, tmp_path))
    assert "pictures" not in {feature.name for feature in recipe.features}
    assert "its pictures are not in" in found.text and "pretrained_image" in found.text


def test_sounds_are_pointed_out(drafted, ratings, films, tmp_path):
    found, recipe = drafted(*shop(ratings, films, tmp_path, ending="wav"))
    assert [feature.name for feature in recipe.features] == ["text"]
    assert "names sounds, which mel_cnn reads" in found.text
