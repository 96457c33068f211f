"""Chinese titles: split into words, read by a language model from a folder, searched, kept in bundles."""

import numpy as np
import polars as pl
import pytest

import genre
from genre.core.errors import RequestError
from genre.pipeline._draft_columns import look
from genre.pipeline.check import check

pytest.importorskip("jieba")

TITLES = {
    "a": ("机动战士高达", "Mobile Suit Gundam"),
    "b": ("宇宙战舰大和号", "Space Battleship Yamato"),
    "c": ("宇宙海盗哈罗克", "Space Pirate Captain Harlock"),
    "d": ("魔法少女小圆", "Puella Magi Madoka Magica"),
    "e": ("足球小将", "Captain Tsubasa"),
    "f": (None, "Space Dandy"),
    "g": (None, "Vampire Hunter"),
    "h": ("吸血鬼骑士", None),
}
ALIASES = {"b": ["宇宙戰艦大和號"], "d": ["小圆脸"]}
WORDS = [
    {"name": "chinese", "columns": ["title_zh", "aliases_zh"], "encoder": "tfidf"},
    {"name": "titles", "columns": ["title"], "encoder": "tfidf"},
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """One for all, since jieba takes seconds to parse its dictionary."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def recipe(tmp_path, monkeypatch, cache):
    """A recipe over eight anime and six people; the features are given."""
    monkeypatch.setenv("GENRE_CACHE", str(cache))
    ids = list(TITLES)
    chinese, titles = zip(*TITLES.values(), strict=True)
    aliases = pl.Series([ALIASES.get(id, []) for id in ids], dtype=pl.List(pl.String))
    items = pl.DataFrame({"item_id": ids, "title_zh": chinese, "aliases_zh": aliases, "title": titles})
    items.write_parquet(tmp_path / "items.parquet")
    pairs = [(f"u{user}", ids[(user + step) % len(ids)]) for user in range(6) for step in range(4)]
    pl.DataFrame(pairs, schema=["user_id", "item_id"], orient="row").write_parquet(tmp_path / "seen.parquet")

    def made(features):
        source = {"type": "parquet", "interactions": str(tmp_path / "seen.parquet")}
        source["items"] = str(tmp_path / "items.parquet")
        data = {"source": source, "splitter": "holdout"}
        return {"data": data, "features": features, "recommender": "popularity"}

    return made


@pytest.fixture
def multilingual(tmp_path):
    """A folder with a BERT of width 16 whose vocabulary is characters, Chinese and other, as transformers saves it."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    characters = sorted({c for pair in TITLES.values() for text in pair if text for c in text.lower() if c != " "})
    letters = [f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ":", *characters, *letters]
    numbered = {token: number for number, token in enumerate(dict.fromkeys(vocabulary))}
    folder = tmp_path / "models" / "multilingual"
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(numbered),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        initializer_range=0.5,
    )
    BertModel(config).save_pretrained(folder)
    BertTokenizerFast(vocab=numbered, do_lower_case=True).save_pretrained(folder)
    return folder


def found(model, text, k=8):
    lists = model.search(text, k=k)
    return dict(zip(lists["similar_id"], lists["score"], strict=True))


def test_words_of_both_languages_are_found(recipe):
    model = genre.fit(recipe(WORDS))
    assert list(found(model, "宇宙", k=2)) in (["b", "c"], ["c", "b"])
    assert list(found(model, "吸血鬼", k=1)) == ["h"]
    space = found(model, "space", k=3)
    assert set(space) == {"b", "c", "f"}, "an item without a Chinese title is found by its other title"
    with pytest.raises(RequestError, match="no word of '料理'"):
        model.search("料理")


def test_the_dictionary_is_loaded_once(recipe, monkeypatch):
    import jieba

    model = genre.fit(recipe(WORDS))
    monkeypatch.setattr(jieba.Tokenizer, "initialize", lambda *_: pytest.fail("loaded again"))
    model.search(["宇宙", "足球"])


def test_each_item_is_compared_with_what_it_and_the_query_have(recipe):
    model = genre.fit(recipe(WORDS))
    chinese, titles = (feature.embeddings.normalized() for feature in model.features)
    query = [
        feature.encoder.encode(table).normalized()[0]
        for feature, table in zip(
            model.features,
            (
                pl.DataFrame({"title_zh": ["宇宙 captain"], "aliases_zh": [[""]]}),
                pl.DataFrame({"title": ["宇宙 captain"]}),
            ),
            strict=True,
        )
    ]
    scores = found(model, "宇宙 captain")
    rows = {id: row for row, id in enumerate(TITLES)}
    both = (chinese[rows["c"]] @ query[0] + titles[rows["c"]] @ query[1]) / 2
    assert scores["c"] == pytest.approx(both, abs=1e-5)
    assert scores["f"] == pytest.approx(titles[rows["f"]] @ query[1], abs=1e-5)
    assert scores["h"] == pytest.approx(chinese[rows["h"]] @ query[0], abs=1e-5)


def test_a_language_model_in_a_folder_reads_chinese(recipe, multilingual, tmp_path):
    encoder = {"type": "transformer", "model": str(multilingual), "prefix": "mag: "}
    features = [{"name": "titles", "columns": ["title_zh", "title"], "encoder": encoder}]
    model = genre.fit(recipe(features))
    vectors = model.features[0].embeddings.normalized()
    assert vectors.shape == (8, 16)
    np.testing.assert_allclose(vectors[7], by_transformers(multilingual, "mag: 吸血鬼骑士"), atol=0.02)
    assert len(np.unique(vectors.round(3), axis=0)) == 8, "every title says something of its own"

    again = genre.load(model.save(tmp_path / "bundle"))
    for asked in (model, again):
        scores = found(asked, "吸血鬼骑士", k=2)
        assert next(iter(scores)) == "h"
        assert max(scores.values()) == pytest.approx(1, abs=0.01) and min(scores.values()) < 0.99


def by_transformers(folder, text):
    """The mean of the token states, of length 1, straight from transformers."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.no_grad():
        states = AutoModel.from_pretrained(folder).eval()(**tokens).last_hidden_state[0]
    mean = states.mean(dim=0)
    return (mean / mean.norm()).numpy()


def test_a_check_shows_a_missing_rating_as_nothing(recipe, tmp_path):
    document = recipe(WORDS)
    seen = pl.read_parquet(tmp_path / "seen.parquet").with_row_index("n")
    rated = seen.with_columns(pl.when(pl.col("n") > 0).then(4.0).alias("rating")).drop("n")
    rated.write_parquet(tmp_path / "seen.parquet")
    (finding,) = [finding for finding in check(document).findings if "column 'rating'" in finding.where]
    assert finding.examples[0]["rating"] is None


def test_a_draft_reads_lists_of_chinese_names_as_text_and_shared_ones_as_categories():
    names = [[f"动画别名{row}", f"又名{row}"] if row % 2 else [] for row in range(200)]
    tags = [["科幻", "机战"] if row % 3 else ["校园"] for row in range(200)]
    looks = [look(pl.Series(name, values)) for name, values in (("aliases_zh", names), ("tags", tags))]
    assert [(found.kind, found.is_chinese) for found in looks] == [("text", True), ("list", True)]
