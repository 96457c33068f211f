"""Tables of many shapes are recognised, and the drafted recipe holds when it is checked."""

import gzip
import json

import polars as pl
import pytest

from genre.core.errors import DataError
from genre.core.slot import Slot
from genre.pipeline.draft import draft

N_USERS = 40


def flat(films, separator="|"):
    return films.with_columns(pl.col("genres").list.join(separator))


def test_movielens_as_it_comes(drafted, ratings, films, tmp_path):
    names = {"user": "userId", "item": "movieId", "time": "timestamp"}
    ratings.rename(names).write_csv(tmp_path / "ratings.csv")
    flat(films).rename({"item": "movieId"}).write_csv(tmp_path / "movies.csv")
    found, recipe = drafted("ratings.csv", "movies.csv")
    source = recipe.data.source
    assert (source.columns.user_id, source.columns.item_id) == ("userId", "movieId")
    assert (source.columns.rating, source.columns.timestamp) == ("rating", "timestamp")
    assert source.items.name == "movies.csv" and source.item_columns == {"item_id": "movieId"}
    assert source.lists == {"genres": "|"} and source.rating_threshold is None
    assert recipe.data.splitter.type_name() == "temporal"
    features = {feature.name: (feature.columns, feature.encoder.type_name()) for feature in recipe.features}
    assert features["text"][0] == ("title", "genres", "story")
    assert features["text"][1] in ("transformer", "tfidf")
    assert features["categories"] == (("genres",), "multi_hot")
    assert features["numbers"] == (("year",), "number")
    assert "# rating_threshold: 4" in found.text
    assert "image: its pictures are not in" in found.text
    assert "vote_count: it may be counted from interactions" in found.text


def test_the_reasons_stand_in_comments(drafted, ratings, films, tmp_path):
    ratings.rename({"user": "userId", "item": "movieId"}).write_csv(tmp_path / "ratings.csv")
    flat(films).rename({"item": "movieId"}).write_csv(tmp_path / "movies.csv")
    found, _ = drafted("ratings.csv", "movies.csv")
    lines = {line.split("#")[0].strip(): line.partition("#")[2] for line in found.text.splitlines()}
    assert f"{len(ratings)} rows" in lines["interactions: ratings.csv"]
    assert "by 'movieId', which 100% of the ids" in lines["items: movies.csv"]
    assert "40 different" in lines["user_id: userId"] and "by its name" in lines["user_id: userId"]
    assert "keys of movies.csv" in lines["item_id: movieId"]
    assert lines["rating: rating"].strip().startswith("from 1 to 5")
    assert "seconds since 1970, from 2015-01-01" in lines["timestamp: time"]
    assert "also leave_one_out, holdout" in lines["splitter: temporal"]


def test_amazon_reviews_as_gzipped_json_lines(drafted, ratings, films, tmp_path):
    with gzip.open(tmp_path / "reviews.json.gz", "wt") as file:
        for row in ratings.iter_rows(named=True):
            document = {
                "reviewerID": f"A{row['user']}",
                "asin": f"B{row['item']:03}",
                "helpful": [1, 2],
                "reviewText": f"I watched it on evening {row['time']} and it was fine",
                "overall": float(row["rating"]),
                "unixReviewTime": row["time"],
                "reviewTime": "03 1, 2015",
            }
            file.write(json.dumps(document) + "\n")
    meta = films.select(
        asin=pl.format("B{}", pl.col("item").cast(pl.String).str.zfill(3)), title="title", tags="genres"
    )
    meta.write_ndjson(tmp_path / "meta.jsonl")
    _, recipe = drafted("reviews.json.gz", "meta.jsonl")
    columns = recipe.data.source.columns
    assert (columns.user_id, columns.item_id) == ("reviewerID", "asin")
    assert (columns.rating, columns.timestamp) == ("overall", "unixReviewTime")
    assert recipe.data.source.items.name == "meta.jsonl"
    assert [feature.name for feature in recipe.features] == ["text", "categories"]


def test_a_shop_with_semicolons_dates_and_customers(drafted, ratings, films, tmp_path):
    when = pl.from_epoch("time", "s").dt.strftime("%Y-%m-%d %H:%M:%S")
    ratings.select(
        t_dat=when, customer_id=pl.format("C{}", "user"), article_id=pl.format("S{}", "item"), qty=pl.col("rating")
    ).write_csv(tmp_path / "transactions.csv", separator=";")
    films.select(
        article_id=pl.format("S{}", "item"),
        prod_name="title",
        group=pl.col("genres").list.first(),
        price=pl.lit(2.5) * pl.col("year"),
    ).write_csv(tmp_path / "articles.csv", separator=";")
    pl.DataFrame(
        {"customer_id": [f"C{user}" for user in range(N_USERS)], "age": [20 + u % 50 for u in range(N_USERS)]}
    ).write_csv(tmp_path / "customers.csv", separator=";")
    _, recipe = drafted(tmp_path)
    source = recipe.data.source
    assert (source.columns.user_id, source.columns.item_id) == ("customer_id", "article_id")
    assert (source.columns.timestamp, source.columns.weight) == ("t_dat", "qty")
    assert source.interactions.name == "transactions.csv" and source.items.name == "articles.csv"
    assert source.users.name == "customers.csv"
    assert recipe.data.splitter.type_name() == "temporal"


def test_content_decides_where_names_say_nothing(drafted, ratings, films, tmp_path):
    """`a` points into the only other table with keys, whose texts say that it describes items."""
    ratings.select(z=pl.format("k{}", "item"), a=pl.format("p{}", "user"), m="time").write_csv(
        tmp_path / "x.tsv", separator="\t"
    )
    films.select(q=pl.format("k{}", "item"), words="story").write_csv(tmp_path / "y.csv")
    found, recipe = drafted("x.tsv", "y.csv")
    columns = recipe.data.source.columns
    assert (columns.user_id, columns.item_id, columns.timestamp) == ("a", "z", "m")
    assert "a guess by how its values repeat: please check" in found.text
    assert recipe.data.source.items.name == "y.csv"


def test_a_file_without_a_header(drafted, ratings, tmp_path):
    ratings.write_csv(tmp_path / "u.data", separator="\t", include_header=False)
    _, recipe = drafted("u.data")
    source = recipe.data.source
    assert source.headers == {"interactions": ("column_1", "column_2", "column_3", "column_4")}
    columns = source.columns
    assert (columns.user_id, columns.item_id, columns.rating, columns.timestamp) == source.headers["interactions"]


@pytest.mark.parametrize("first", ["", "7\t7\t3\t1420070400\n"])
def test_a_file_without_a_header_keeps_its_first_row(drafted, ratings, tmp_path, first):
    """Texts and numbers, or cells that come twice: every row of the file is an interaction."""
    named = ratings.with_columns(user=pl.format("u{}", "user"), item=pl.format("i{}", "item"))
    text = (ratings if first else named).write_csv(separator="\t", include_header=False)
    (tmp_path / "nohead.csv").write_text(first + text)
    found, recipe = drafted("nohead.csv")
    source = recipe.data.source
    assert source.columns.user_id == "column_1" and source.columns.timestamp == "column_4"
    dataset = Slot("sources").build(source).read()
    assert len(dataset.interactions) == len(ratings) + bool(first)
    assert "(no header row)" in found.recognised[0].columns


def test_items_without_a_header_keep_their_first_row(drafted, ratings, films, tmp_path):
    ratings.rename({"user": "user_id", "item": "item_id"}).write_csv(tmp_path / "r.csv")
    flat(films).write_csv(tmp_path / "films.csv", include_header=False)
    _, recipe = drafted("r.csv", "films.csv")
    assert list(recipe.data.source.headers) == ["items"]
    assert Slot("sources").build(recipe.data.source).read().catalog.items["column_2"][0] == films["title"][0]


def test_ids_of_pandas_floats_are_recognised(drafted, ratings, films, tmp_path):
    ratings.rename({"user": "user_id", "item": "item_id"}).write_csv(tmp_path / "r.csv")
    floats = flat(films).rename({"item": "item_id"}).with_columns(pl.col("item_id").cast(pl.Float64))
    floats.write_csv(tmp_path / "films.csv")
    found, recipe = drafted("r.csv", "films.csv")
    assert "which 100% of the ids in use are found in" in found.text
    catalog = Slot("sources").build(recipe.data.source).read().catalog
    assert catalog.n_items == len(films) and catalog.items["title"].null_count() == 0


def test_what_users_are_like_is_shown(drafted, ratings, tmp_path):
    ratings.rename({"user": "user_id", "item": "item_id"}).write_csv(tmp_path / "r.csv")
    users = {"user_id": range(N_USERS), "age": [20 + row for row in range(N_USERS)], "job": ["a", "b"] * 20}
    pl.DataFrame(users).write_csv(tmp_path / "users.csv")
    found, _ = drafted("r.csv", "users.csv")
    (row,) = [entry for entry in found.recognised if entry.role == "users"]
    assert row.columns == "user_id: user_id; categories: job; numbers: age"


def test_a_table_given_twice_is_a_fault(ratings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ratings.write_csv(tmp_path / "r.csv")
    with pytest.raises(DataError) as caught:
        draft(["r.csv", tmp_path / "." / "r.csv"])
    assert {fault.what for fault in caught.value.faults} == {"is given more than once."}
    assert draft([".", "r.csv"]).text == draft(["r.csv"]).text


@pytest.mark.parametrize(("encoding", "word"), [("latin-1", "café"), ("gb18030", "霸王别姬与太阳")])
def test_other_encodings_are_recognised(drafted, ratings, tmp_path, encoding, word):
    frame = ratings.select(user_id="user", item_id=pl.format(f"{word} {{}}", "item"))
    (tmp_path / "r.csv").write_bytes(frame.write_csv().encode(encoding))
    _, recipe = drafted("r.csv")
    assert recipe.data.source.encoding == encoding


def test_parquet_with_lists_graph_and_links(drafted, ratings, films, tmp_path):
    ratings.rename({"user": "user_id", "item": "item_id", "time": "timestamp"}).write_parquet(
        tmp_path / "inter.parquet"
    )
    films.rename({"item": "item_id"}).write_parquet(tmp_path / "items.parquet")
    graph = {"head": ["m1", "m2", "m1"], "relation": ["by", "by", "in"], "tail": ["x", "x", "y"]}
    pl.DataFrame(graph).write_parquet(tmp_path / "kg.parquet")
    links = {"item_id": [1, 2], "entity_id": ["m1", "m2"]}
    pl.DataFrame(links).write_parquet(tmp_path / "kg_link.parquet")
    _, recipe = drafted(tmp_path)
    source = recipe.data.source
    names = [path.name for path in (source.interactions, source.items, source.graph, source.links)]
    assert names == ["inter.parquet", "items.parquet", "kg.parquet", "kg_link.parquet"]
    assert source.users is None and source.lists == {}


def test_recbole_files(drafted, ratings, films, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    inter = ratings.rename({"user": "user_id:token", "item": "item_id:token", "time": "timestamp:float"})
    inter.drop("rating").write_csv(folder / "shop.inter", separator="\t")
    names = {"item": "item_id:token", "title": "title:token_seq", "genres": "class:token_seq", "year": "year:float"}
    flat(films, " ").select(names.keys()).rename(names).write_csv(folder / "shop.item", separator="\t")
    _, recipe = drafted("shop")
    assert recipe.data.source.type_name() == "recbole" and recipe.data.source.texts == ("title",)
    features = {feature.name: feature.columns for feature in recipe.features}
    assert features == {"text": ("title", "class"), "categories": ("class",), "numbers": ("year",)}


def test_positions_are_no_times(drafted, ratings, tmp_path):
    placed = ratings.select(user_id="user", item_id="item", timestamp=pl.int_range(pl.len()).over("user"))
    placed.write_csv(tmp_path / "r.csv")
    found, recipe = drafted("r.csv")
    assert recipe.data.splitter.type_name() == "leave_one_out"
    assert "holds places in an order, not times" in found.text


def test_without_times_a_random_share_is_held_out(drafted, ratings, tmp_path):
    ratings.select(user_id="user", item_id="item").write_csv(tmp_path / "r.csv")
    _, recipe = drafted("r.csv")
    assert recipe.data.splitter.type_name() == "holdout"
    assert recipe.recommender.type_name() == "ease" and recipe.features == ()


def test_content_inside_the_interactions_is_pointed_out(drafted, ratings, films, tmp_path):
    wide = ratings.join(flat(films).select("item", "title", "genres"), on="item").with_columns(
        mood=pl.col("rating") % 3
    )
    wide.rename({"user": "user_id", "item": "item_id"}).write_csv(tmp_path / "r.csv")
    found, recipe = drafted("r.csv")
    assert recipe.features == ()
    assert "one value per item in 'title', 'genres'. To use them as content" in found.text


def test_a_split_that_is_there_is_used(drafted, ratings, tmp_path):
    parts = pl.int_range(pl.len()).over("user").replace_strict({0: "dev", 1: "test"}, default="training")
    ratings.select(user_id="user", item_id="item", split=parts).write_csv(tmp_path / "r.csv")
    _, recipe = drafted("r.csv")
    splitter = recipe.data.splitter
    assert splitter.type_name() == "predefined" and recipe.data.source.columns.part == "split"
    assert (splitter.train, splitter.valid, splitter.test) == ("training", "dev", "test")


def test_of_two_tables_of_interactions_the_one_with_ratings_is_taken(drafted, ratings, tmp_path):
    ratings.write_csv(tmp_path / "ratings.csv")
    ratings.head(100).select("user", "item", "time", tag=pl.lit("nice one")).write_csv(tmp_path / "tags.csv")
    found, recipe = drafted("tags.csv", "ratings.csv")
    assert recipe.data.source.interactions.name == "ratings.csv"
    assert "not tags.csv" in found.text and "# Not used: tags.csv." in found.text
    assert [entry.role for entry in found.recognised] == ["interactions", "not used"]


def test_side_tables_may_be_of_another_kind(drafted, ratings, films, tmp_path):
    ratings.rename({"user": "user_id", "item": "item_id"}).write_csv(tmp_path / "r.csv")
    films.rename({"item": "item_id"}).write_parquet(tmp_path / "items.parquet")
    _, recipe = drafted("r.csv", "items.parquet")
    assert recipe.data.source.type_name() == "csv" and recipe.data.source.items.name == "items.parquet"
    assert recipe.data.source.lists == {}


def test_odd_names_survive_the_yaml(drafted, ratings, films, tmp_path):
    ratings.rename({"user": "user id: #1", "item": "item, 'id'"}).write_csv(tmp_path / "r's [1].csv")
    _, recipe = drafted("r's [1].csv")
    columns = recipe.data.source.columns
    assert (columns.user_id, columns.item_id) == ("user id: #1", "item, 'id'")


def test_signs_in_the_data_do_not_break_the_yaml(drafted, ratings, tmp_path):
    odd = ratings.select(user_id=pl.format("\x14\x94 {}: \u2028- [", "user"), item_id=pl.format("#{}\x00\x85", "item"))
    odd.write_parquet(tmp_path / "r.parquet")
    found, recipe = drafted("r.parquet")
    assert recipe.data.source.columns.user_id == "user_id"
    assert "such as ?? 0: " in found.text


def test_no_interactions_says_what_was_seen_and_what_is_needed(films, tmp_path):
    flat(films).write_csv(tmp_path / "films.csv")
    with pytest.raises(DataError) as caught:
        draft([tmp_path / "films.csv"])
    first, second = caught.value.faults
    assert first.where == "interactions" and "user_id and item_id" in first.mend
    assert "30 rows" in second.what and "title (text)" in second.what and "genres (list)" in second.what
    assert second.mend == "It lacks a column of user ids."


def test_faults_of_all_files_come_together(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "sheet.xlsx").write_bytes(b"PK\x03\x04")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1abc")
    with pytest.raises(DataError) as caught:
        draft([tmp_path / name for name in ("empty.csv", "sheet.xlsx", "cut.parquet")])
    said = str(caught.value)
    assert "empty.csv: is empty" in said and "sheet.xlsx: has the ending '.xlsx'" in said
    assert "cut.parquet: is not a whole parquet file" in said
    assert all(fault.mend for fault in caught.value.faults)
