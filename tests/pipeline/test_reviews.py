"""Reviews become columns of items and users, from training interactions only."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from genre.config.loading import load_recipe
from genre.core.errors import RecipeError
from genre.pipeline._reviews import review_lists, with_taught_reviews
from genre.pipeline.assemble import Prepared, fit_recommender, prepare
from genre.pipeline.bundle import load
from genre.pipeline.check import check
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset, tiny_split
from genre.values import Catalog, Interactions, Vocabulary

DAY_MS, YEAR_2020_MS = 86_400_000, 1_577_836_800_000
TABLE = pl.DataFrame(
    {
        "user_row": [0, 1, 0, 2, 1, 0],
        "item_row": [0, 0, 1, 0, 0, 3],
        "text": ["old", "undated", " other ", "new", "newer in the file", None],
        "tags": [["a"], [], None, ["b", " ", "c"], ["d"], [""]],
        "timestamp": [10, None, 5, 20, 20, 7],
    },
    schema_overrides={"user_row": pl.Int32, "item_row": pl.Int32},
)
FEATURE = {"name": "reviews", "table": "reviews", "columns": ["text"]}


def lists(names, limit=None, key="item_row", table=TABLE):
    return review_lists(table, key, 4, names, limit).to_dict(as_series=False)


def test_the_newest_come_first_and_blanks_do_not_count():
    newest = ["newer in the file", "new", "old", "undated"]
    assert lists(["text"]) == {"text": [newest, ["other"], None, None]}
    assert lists(["text"], limit=2) == {"text": [newest[:2], ["other"], None, None]}
    assert lists(["text"], key="user_row") == {
        "text": [["old", "other"], ["newer in the file", "undated"], ["new"], None]
    }


def test_without_times_what_stands_later_is_newer():
    newest = ["newer in the file", "new", "undated", "old"]
    assert lists(["text"], table=TABLE.drop("timestamp"))["text"][0] == newest


def test_values_of_lists_stand_one_by_one_and_the_limit_counts_reviews():
    assert lists(["tags"], limit=2) == {"tags": [["d", "b", "c"], None, None, None]}


def test_several_columns_keep_step():
    found = lists(["text", "tags"], table=TABLE.filter(pl.col("text") != "new"))
    assert found["text"][0] == ["newer in the file", "old", "undated"]
    assert found["tags"][0] == ["d", "a", None]


def test_no_reviews_are_lists_of_nothing():
    for table in (None, TABLE.clear()):
        frame = review_lists(table, "item_row", 3, ["text"], 5)
        assert frame.schema == {"text": pl.List(pl.String)} and frame["text"].to_list() == [None] * 3


def interactions(pairs, times=None):
    users, items = np.array(pairs, dtype=np.int32).T
    known = Vocabulary(["u0", "u1", "u2"]), Vocabulary(["i0", "i1", "i2", "i3"])
    return Interactions(*known, users.copy(), items.copy(), None if times is None else np.array(times))


def taught(pairs, times=None, table=TABLE):
    train = interactions(pairs, times)
    catalog = Catalog(train.items, train.users, train.items.ids.to_frame("item_id"), reviews=table)
    return with_taught_reviews(catalog, train).reviews["text"].to_list()


def test_only_reviews_of_training_pairs_count():
    assert taught([(0, 0), (2, 0), (1, 1)]) == ["old", "new"]
    assert taught([(2, 3)]) == []


def test_dated_reviews_are_not_newer_than_the_training_part():
    dated = TABLE.with_columns(pl.col("timestamp") * DAY_MS + YEAR_2020_MS)
    pairs = [(0, 0), (1, 0), (2, 0)]
    late = [YEAR_2020_MS, YEAR_2020_MS, YEAR_2020_MS + 15 * DAY_MS]
    assert taught(pairs, late, dated) == ["old", "undated"]
    assert len(taught(pairs, [1, 2, 3], dated)) == 4, "places in an order are no dates"
    assert len(taught(pairs, late, dated.drop("timestamp"))) == 4


def with_reviews(dataset, extra=()):
    """Every user says of every item they touched what its genre is; `extra` rows are (user, item, text)."""
    data = dataset.interactions
    genres = dataset.catalog.items["genres"].to_list()
    said = [
        f"a fine {' '.join(genres[item])} for user{user}"
        for user, item in zip(data.user_rows, data.item_rows, strict=True)
    ]
    rows = [*zip(data.user_rows.tolist(), data.item_rows.tolist(), said, strict=True), *extra]
    schema = {"user_row": pl.Int32, "item_row": pl.Int32, "text": pl.String}
    return replace(dataset, catalog=replace(dataset.catalog, reviews=pl.DataFrame(rows, schema=schema, orient="row")))


def recipe(encoder="tfidf", recommender="content"):
    training = {"epochs": 1, "n_threads": 1, "batch_size": 16}
    data = {"source": {"type": "builtin"}, "splitter": "leave_one_out"}
    feature = {**FEATURE, "encoder": encoder}
    sections = {"features": [feature], "users": [feature], "training": training}
    return load_recipe({"data": data, "recommender": recommender, **sections})


def learned(encoder, recommender, dataset):
    """Item and user features, and scores of all test histories."""
    split = tiny_split()
    task = Prepared(recipe(encoder, recommender), dataset).task(split)
    scores = fit_recommender(recipe(encoder, recommender).recommender, task).recommender.score(split.test_histories())
    return *(feature.embeddings for feature in (*task.features, *task.user_features)), scores


def packed(embeddings):
    return [embeddings.vectors, embeddings.present] + [
        array for array in vars(embeddings.inputs or object.__new__(Plain)).values() if isinstance(array, np.ndarray)
    ]


class Plain:
    """Stands for no inputs."""


LEAKY = [("tfidf", "content"), ("multi_hot", "content"), ("lstm", {"type": "tower", "dim": 8, "length": 10})]


@pytest.mark.parametrize(("encoder", "recommender"), LEAKY)
def test_reviews_of_held_out_interactions_change_nothing(encoder, recommender):
    """What users say of validation and test items is planted with telltale words; features and lists stay equal."""
    split, plain = tiny_split(), with_reviews(tiny_dataset())
    held_out = Interactions.concat([split.valid, split.test])
    secret = [
        (int(user), int(item), f"secret{user} wonderful comedy")
        for user, item in zip(held_out.user_rows, held_out.item_rows, strict=True)
        for _ in range(3)
    ]
    stranger = [(0, tiny_dataset().catalog.n_items - 1, "secret about what nobody touched")]
    before = learned(encoder, recommender, plain)
    after = learned(encoder, recommender, with_reviews(tiny_dataset(), secret + stranger))
    for mine, theirs in zip(before[:2], after[:2], strict=True):
        assert mine.present.any()
        for some, others in zip(packed(mine), packed(theirs), strict=True):
            np.testing.assert_array_equal(some, others)
    np.testing.assert_array_equal(before[2], after[2])


def test_reviews_of_training_interactions_do_change_them():
    split = tiny_split()
    user, item = int(split.train.user_rows[0]), int(split.train.item_rows[0])
    before = learned("tfidf", "content", with_reviews(tiny_dataset()))
    after = learned("tfidf", "content", with_reviews(tiny_dataset(), [(user, item, "long secret winter")]))
    assert before[0].vectors.shape != after[0].vectors.shape or (before[0].vectors != after[0].vectors).any()


def test_nothing_that_learns_gets_the_other_reviews():
    task = Prepared(recipe(), with_reviews(tiny_dataset())).task(tiny_split())
    train = set(zip(task.split.train.user_rows.tolist(), task.split.train.item_rows.tolist(), strict=True))
    assert set(task.catalog.reviews.select("user_row", "item_row").rows()) == train


def test_a_bundle_answers_without_the_reviews(tmp_path):
    prepared = Prepared(recipe(), with_reviews(tiny_dataset()))
    model = fit_prepared(prepared)
    again = load(model.save(tmp_path / "bundle"))
    assert again.catalog.reviews is None
    assert not any(b"for user3" in file.read_bytes() for file in (tmp_path / "bundle").rglob("*.json"))
    assert again.search("space", k=3).equals(model.search("space", k=3))
    assert again.recommend(users=["u1"], k=5).equals(model.recommend(users=["u1"], k=5))


def test_a_missing_table_or_column_is_named():
    with pytest.raises(RecipeError) as refused:
        prepare(recipe(), tiny_dataset())
    assert [fault.where for fault in refused.value.faults] == ["features.0.table", "users.0.table"]
    wrong = load_recipe(recipe(), ["features.0.columns=[texts, user_row]"])
    with pytest.raises(RecipeError) as refused:
        prepare(wrong, with_reviews(tiny_dataset()))
    assert "the reviews table has no column 'texts'. Did you mean 'text'?" in str(refused.value)
    assert len(refused.value.faults) == 2


@pytest.fixture
def checked(tmp_path):
    """Findings about a recipe over the tiny tables and a table of reviews."""

    def run(reviews, **sections):
        tiny = tiny_dataset()
        tiny.interactions.to_frame().with_columns(pl.col("timestamp") + YEAR_2020_MS).write_parquet(
            tmp_path / "a.parquet"
        )
        tiny.catalog.items.write_parquet(tmp_path / "items.parquet")
        reviews.write_parquet(tmp_path / "r.parquet")
        paths = {"interactions": "a.parquet", "items": "items.parquet", "reviews": "r.parquet"}
        source = {"type": "parquet", **{word: str(tmp_path / name) for word, name in paths.items()}}
        data = {"source": source, "splitter": "leave_one_out"}
        result = check({"data": data, "recommender": "popularity", "evaluation": {"baselines": []}, **sections})
        return [(finding.level, finding.where, finding.what) for finding in result.findings]

    return run


def test_a_check_counts_reviews_and_those_that_count_nowhere(checked):
    data = tiny_dataset().interactions
    first = data.to_frame().select("user_id", "item_id", text=pl.lit("good")).head(7)
    stray = pl.DataFrame({"user_id": ["u0"], "item_id": ["i23"], "text": ["never touched"]})
    findings = checked(pl.concat([first, stray]), features=[{**FEATURE, "encoder": "tfidf"}])
    n_items, n_users = first["item_id"].n_unique(), first["user_id"].n_unique()
    assert ("PASS", "reviews", f"7 reviews count: of {n_items} of 24 items, by {n_users} of 36 users.") in findings
    whose = "their user has no interaction with their item."
    assert ("WARN", "reviews", f"1 reviews (12.5%) count nowhere: {whose}") in findings
    assert any(place == "features.0" and f"{n_items} of 24 items have something" in what for _, place, what in findings)


def test_a_check_fails_where_no_review_counts_and_says_when_none_is_read(checked):
    stray = pl.DataFrame({"user_id": ["u0"], "item_id": ["i23"], "text": ["never touched"]})
    findings = checked(stray)
    assert [level for level, where, _ in findings if where == "reviews"] == ["FAIL"]
    assert ("WARN", "features", "no feature reads the reviews.") in findings
    broken = checked(stray, features=[{**FEATURE, "columns": ["texts"], "encoder": "tfidf"}], recommender="none such")
    assert any("the reviews table has no column 'texts'" in what for _, _, what in broken)
