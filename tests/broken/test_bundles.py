"""Broken bundles and impossible questions: `recommend` names the file or id and the mend."""

import json
import shutil

import pytest


def manifest(bundle, **changes):
    path = bundle / "bundle.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, **changes}))


def gone(bundle):
    shutil.rmtree(bundle)


def not_a_bundle(bundle):
    (bundle / "bundle.json").unlink()


def a_file(bundle):
    shutil.rmtree(bundle)
    bundle.write_text("weights")


def file_missing(bundle):
    (bundle / "recommender" / "state.safetensors").unlink()


def file_cut(bundle):
    path = bundle / "recommender" / "state.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


def file_altered(bundle):
    path = bundle / "catalog" / "item_ids.json"
    path.write_text(path.read_text().replace("i1", "j1", 1))


def several_broken(bundle):
    file_missing(bundle)
    file_altered(bundle)


def manifest_no_json(bundle):
    path = bundle / "bundle.json"
    path.write_text(path.read_text()[:100])


def manifest_a_list(bundle):
    (bundle / "bundle.json").write_text("[1, 2]")


def outside(bundle):
    (bundle.parent / "secret.txt").write_text("secret")
    manifest(bundle, files={"../secret.txt": {"bytes": 6, "sha256": "0"}})


def files_no_mapping(bundle):
    manifest(bundle, files={"recipe.json": 3})


def unlisted(bundle):
    """A manifest that leaves a file out must not make that file trusted."""
    path = bundle / "bundle.json"
    document = json.loads(path.read_text())
    del document["files"]["recommender/state.safetensors"]
    path.write_text(json.dumps(document))


def other_plugin(bundle):
    path = bundle / "recipe.json"
    path.write_text(path.read_text().replace('"popularity"', '"their_model"'))
    document = json.loads((bundle / "bundle.json").read_text())
    from genre.core.artifacts import digest
    from genre.pipeline.bundle import _digest_of

    document["files"]["recipe.json"] = {"bytes": path.stat().st_size, "sha256": digest(path)}
    document["sha256"] = _digest_of(document)
    (bundle / "bundle.json").write_text(json.dumps(document))


ANEW = ["Fit the model again or copy the bundle anew"]
CASES = {
    "the folder is missing": (gone, ["bundle", "bundle.json"], ["genre fit"]),
    "a folder that is no bundle": (not_a_bundle, ["is not a bundle", "bundle.json"], ["genre fit"]),
    "a file": (a_file, ["is not a bundle"], ["genre fit"]),
    "a file is missing": (file_missing, ["recommender/state.safetensors", "is missing"], ANEW),
    "a file is cut": (file_cut, ["recommender/state.safetensors", "bytes instead of"], ANEW),
    "a file is altered": (file_altered, ["catalog/item_ids.json", "was altered"], ANEW),
    "two files are broken": (several_broken, ["2 faults", "state.safetensors", "item_ids.json"], ANEW),
    "a newer format": (
        lambda bundle: manifest(bundle, format=99),
        ["bundle.json", "format 99"],
        ["Upgrade genre"],
    ),
    "a manifest with another fingerprint": (
        lambda bundle: manifest(bundle, data_fingerprint="0"),
        ["bundle.json", "was altered"],
        ANEW,
    ),
    "a manifest that is no JSON": (manifest_no_json, ["bundle.json", "cut or altered"], ANEW),
    "a manifest that is a list": (manifest_a_list, ["bundle.json", "cut or altered"], ANEW),
    "a manifest without entries": (files_no_mapping, ["bundle.json"], ANEW),
    "a manifest that names a file outside": (
        outside,
        ["bundle.json", "outside the bundle", "../secret.txt"],
        ["Do not use this bundle"],
    ),
    "a file that the manifest leaves out": (unlisted, ["recommender/state.safetensors"], ANEW),
    "components that are not here": (other_plugin, ["recipe.json", "'their_model'"], ["Install the same plugins"]),
}


@pytest.mark.parametrize("case", CASES)
def test_recommend_refuses_the_bundle(case, bundle, refused):
    break_it, names, mends = CASES[case]
    break_it(bundle)
    assert refused("recommend", "bundle", "--user", "u1", "--json", names=names, mends=mends)


def test_unknown_users_are_named_together(bundle, refused):
    assert refused(
        *("recommend", "bundle", "--user", "u-1", "--user", "nobody", "--user", "u1", "--json"),
        names=["2 faults", "users", "'u-1'", "'nobody'"],
        mends=["Did you mean 'u1'?"],
    )


def test_unknown_items_of_a_history_are_named_together(bundle, refused):
    assert refused(
        *("recommend", "bundle", "--history", "i1,i-2,zzz", "--json"),
        names=["2 faults", "histories.0", "'i-2'", "'zzz'"],
        mends=["Did you mean 'i2'?"],
    )
