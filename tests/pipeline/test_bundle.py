"""A bundle gives back the same model, in any process, or says what is wrong with it."""

import json
import subprocess
import sys
import time

import polars as pl
import pytest

from genre.config.loading import load_recipe
from genre.core.errors import BundleError
from genre.pipeline.assemble import Prepared
from genre.pipeline.bundle import MANIFEST, load
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset


@pytest.fixture
def bundle(model, tmp_path):
    return model.save(tmp_path / "bundle")


def test_another_process_gives_identical_lists(model, bundle, tmp_path):
    code = (
        "import sys, genre; m = genre.load(sys.argv[1]);"
        "m.recommend(k=7).write_parquet(sys.argv[2]); m.search('robot').write_parquet(sys.argv[3])"
    )
    outs = [tmp_path / "lists.parquet", tmp_path / "found.parquet"]
    subprocess.run([sys.executable, "-c", code, str(bundle), *map(str, outs)], check=True, timeout=120)
    assert pl.read_parquet(outs[0]).equals(model.recommend(k=7))
    assert pl.read_parquet(outs[1]).equals(model.search("robot"))


def test_a_bundle_is_json_and_safetensors_only(bundle):
    assert {file.suffix for file in bundle.rglob("*") if file.is_file()} == {".json", ".safetensors"}


def test_a_bundle_keeps_tables_recipe_and_versions(model, bundle):
    back = load(bundle)
    assert back.catalog.items.equals(model.catalog.items)
    assert back.recipe == model.recipe and back.fingerprint == model.fingerprint
    assert back.fitted_at == model.fitted_at and 0 <= time.time() - back.fitted_at < 3600
    manifest = json.loads((bundle / MANIFEST).read_text())
    assert manifest["libraries"]["polars"] == pl.__version__


def test_a_bundle_keeps_the_ratings_that_a_rating_model_reads(prepared, tmp_path):
    tower = {"type": "tower", "dim": 8, "user": "mean", "matching": {"type": "dot", "bias": "both"}, "loss": "mse"}
    recipe = load_recipe({**prepared.recipe.to_dict(), "recommender": tower}, ["training.epochs=3"])
    model = fit_prepared(Prepared(recipe, tiny_dataset()))
    back = load(model.save(tmp_path / "rated"))
    assert (back.histories.ratings == model.histories.ratings).all() and len(set(model.histories.ratings)) > 1
    assert back.recommend(k=9).equals(model.recommend(k=9))


def test_a_second_save_replaces_the_first(model, bundle):
    before = sorted(path.name for path in bundle.parent.iterdir())
    model.save(bundle)
    assert sorted(path.name for path in bundle.parent.iterdir()) == before
    assert load(bundle).recommend(k=3).equals(model.recommend(k=3))


def test_a_folder_with_other_things_is_not_overwritten(model, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"cat")
    with pytest.raises(BundleError, match="exists and is not a bundle"):
        model.save(tmp_path / "photos")
    assert (tmp_path / "photos" / "cat.jpg").read_bytes() == b"cat"


def damage_missing(bundle):
    (bundle / "recommender" / "state.safetensors").unlink()


def damage_cut(bundle):
    file = bundle / "recommender" / "state.safetensors"
    file.write_bytes(file.read_bytes()[:-7])


def damage_altered(bundle):
    file = bundle / "catalog" / "items.json"
    file.write_bytes(file.read_bytes().replace(b"comedy", b"comedz"))


def damage_newer(bundle):
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / MANIFEST).write_text(json.dumps({**manifest, "format": 99}))


def damage_older(bundle):
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / MANIFEST).write_text(json.dumps({**manifest, "format": 1}))


def damage_manifest(bundle):
    (bundle / MANIFEST).write_text('{"format": 1, "fil')


def damage_outside(bundle):
    manifest = json.loads((bundle / MANIFEST).read_text())
    manifest["files"]["../../secret"] = {"bytes": 1, "sha256": ""}
    (bundle / MANIFEST).write_text(json.dumps(manifest))


def damage_all(bundle):
    (bundle / MANIFEST).unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_missing, r"recommender/state\.safetensors: is missing"),
        (damage_cut, r"recommender/state\.safetensors: has \d+ bytes instead of"),
        (damage_altered, r"catalog/items\.json: was altered"),
        (damage_newer, "of format 99.*Upgrade"),
        (damage_older, "of format 1; this version reads 3 and 4. Fit the model again"),
        (damage_manifest, r"bundle\.json: is cut or altered"),
        (damage_outside, "outside the bundle"),
        (damage_all, "is not a bundle"),
    ],
)
def test_a_damaged_bundle_is_refused_with_the_file_and_the_mend(bundle, damage, message):
    damage(bundle)
    with pytest.raises(BundleError, match=message):
        load(bundle)


def test_every_damaged_file_is_named(bundle):
    damage_missing(bundle)
    damage_altered(bundle)
    with pytest.raises(BundleError) as caught:
        load(bundle)
    assert len(caught.value.faults) == 2
