"""Tables whose pictures and sounds are missing or broken: said by the check, and nothing else is lost."""

import numpy as np
import polars as pl
import pytest

from genre.config.loading import load_recipe
from genre.core.errors import DataError
from genre.encoders.base import Feature
from genre.pipeline.assemble import Prepared
from genre.pipeline.bundle import load
from genre.pipeline.check import check
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset
from genre.testing.media import tiny_media, with_media
from genre.values import columns

pytest.importorskip("PIL")
pytest.importorskip("soundfile")

SMALL = {"channels": 8, "stages": 1}
FEATURES = [
    {"name": "picture", "encoder": {"type": "cnn_image", "size": 8, **SMALL}},
    {"name": "sound", "encoder": {"type": "mel_cnn", "seconds": 0.5, "bands": 8, **SMALL}},
]
YEAR_2020_MS = 1_577_836_800_000


def placed(features, folder) -> list[dict]:
    return [{**feature, "encoder": {**feature["encoder"], "folder": str(folder)}} for feature in features]


def recipe(source, features=FEATURES, folder=None) -> dict:
    tower = {"type": "tower", "dim": 8, "length": 6, "whiten_dim": 4, "user": "mean"}
    return {
        "data": {"source": source, "splitter": "leave_one_out"},
        "features": placed(features, folder or tiny_media()),
        "recommender": tower,
        "training": {"epochs": 2, "n_threads": 1, "batch_size": 16},
        "evaluation": {"baselines": ["popularity"]},
    }


@pytest.fixture
def source(tmp_path):
    """The tiny tables with names of pictures and sounds, as parquet."""
    dataset = with_media(tiny_dataset())
    frame = dataset.interactions.to_frame().with_columns(pl.col(columns.TIMESTAMP) + YEAR_2020_MS)
    frame.write_parquet(tmp_path / "interactions.parquet")
    dataset.catalog.items.write_parquet(tmp_path / "items.parquet")
    return {
        "type": "parquet",
        "interactions": str(tmp_path / "interactions.parquet"),
        "items": str(tmp_path / "items.parquet"),
    }


def test_the_check_counts_what_cannot_be_used_and_shows_rows(source):
    result = check(recipe(source))
    assert result.ok
    found = {
        (finding.where, finding.what): finding
        for finding in result.findings
        if finding.level == "WARN" and "cannot be used" in finding.what
    }
    assert set(found) == {
        (f"features.{place}.encoder", f"{word}s cannot be used: {reason} (1 rows of items).")
        for place, word in enumerate(("picture", "sound"))
        for reason in ("there is no such file", "the files are empty (0 bytes)")
    }
    shown = {finding.examples[0].get("picture") for finding in found.values()} - {None}
    assert shown == {"i4.ppm", "i9.ppm"} and all(finding.mend for finding in found.values())


def test_folders_that_are_not_there_fail_the_check(source, tmp_path):
    result = check(recipe(source, folder=tmp_path / "nowhere"))
    faults = [finding for finding in result.findings if finding.level == "FAIL"]
    assert [finding.where for finding in faults] == [
        f"features.{place}.encoder, folder {tmp_path / 'nowhere'}" for place in (0, 1)
    ]
    assert all("there is no such folder" in finding.what for finding in faults)


def test_files_none_of_which_is_a_picture_fail_the_check_and_the_fit(source, tmp_path):
    for row in range(24):
        (tmp_path / f"i{row}.ppm").write_text("<html>404 Not Found</html>")
    document = recipe(source, FEATURES[:1], tmp_path)
    (fault,) = [finding for finding in check(document).findings if finding.level == "FAIL"]
    assert "none of 24 rows has a picture that can be used: 23 times they are no pictures" in fault.what
    prepared = Prepared(load_recipe(document), with_media(tiny_dataset()))
    with pytest.raises(DataError, match=r"none of \d+ training rows has a picture that can be used"):
        fit_prepared(prepared)


def test_a_tower_learns_from_what_there_is_and_knows_new_items_after_loading(tmp_path):
    prepared = Prepared(load_recipe(recipe({"type": "builtin"})), with_media(tiny_dataset()))
    model = fit_prepared(prepared)
    for place, feature in enumerate(model.features):
        absent = np.flatnonzero(~feature.embeddings.present).tolist()
        assert absent == [4, 6, 9] and feature.embeddings.dim == 0, place
    vectors = model.recommender.item_vectors()
    assert vectors.present[[22, 23]].all() and np.isfinite(vectors.vectors).all()  # the cold ones, by content
    again = load(model.save(tmp_path / "bundle"))
    users = ["u0", "u1"]
    assert again.recommend(users=users, k=5).equals(model.recommend(users=users, k=5))

    table = pl.DataFrame({"picture": ["i22.ppm", "i9.ppm"], "sound": ["i22.wav", None]})
    new = tuple(
        Feature(feature.name, feature.encoder, feature.encoder.encode(table.select(feature.name)))
        for feature in again.features
    )
    content = again.recommender.content_vectors(new)
    np.testing.assert_array_equal(content.present, [True, False])
    np.testing.assert_allclose(content.vectors[0], vectors.vectors[22], rtol=1e-3, atol=1e-5)
