"""What users wrote about items is recognised beside the interactions, and the drafted features read it."""

import polars as pl

NAMES = {"user": "userId", "item": "movieId", "time": "timestamp"}


def written(ratings, **columns):
    """The first ratings as a table of something written, a day later."""
    table = ratings.head(200).select("user", "item", pl.col("time") + 86_400).rename(NAMES)
    return table.with_columns(**columns)


def test_tags_as_movielens_has_them(drafted, ratings, films, tmp_path):
    ratings.rename(NAMES).write_csv(tmp_path / "ratings.csv")
    films.select("title", movieId="item").write_csv(tmp_path / "movies.csv")
    tags = [f"tag{row % 7}" for row in range(200)]
    written(ratings, tag=pl.Series(tags)).write_csv(tmp_path / "tags.csv")
    found, recipe = drafted("ratings.csv", "movies.csv", "tags.csv")
    source = recipe.data.source
    assert source.interactions.name == "ratings.csv" and source.reviews.name == "tags.csv"
    assert source.review_columns == {"user_id": "userId", "item_id": "movieId"}
    feature = recipe.features[-1]
    assert (feature.name, feature.table, feature.columns) == ("tags", "reviews", ("tag",))
    assert feature.encoder.type_name() == "multi_hot"
    roles = {entry.role: entry.columns for entry in found.recognised}
    assert roles["reviews"] == "tag" and "tag" not in roles["items"] and "not used" not in roles


def test_texts_without_a_table_of_items(drafted, ratings, tmp_path):
    ratings.rename(NAMES).write_csv(tmp_path / "ratings.csv")
    said = [f"The trip to place {row} was long and the return from {row * 3} short" for row in range(200)]
    written(ratings, body=pl.Series(said)).rename({"timestamp": "written_on"}).write_csv(tmp_path / "comments.csv")
    found, recipe = drafted("ratings.csv", "comments.csv")
    assert recipe.data.source.reviews.name == "comments.csv"
    assert recipe.data.source.review_columns["timestamp"] == "written_on"
    (feature,) = recipe.features
    assert (feature.name, feature.table, feature.encoder.type_name()) == ("reviews", "reviews", "tfidf")
    assert "No table describes the items" not in found.text


def test_other_events_and_other_peoples_texts_are_no_reviews(drafted, ratings, tmp_path):
    ratings.rename(NAMES).write_csv(tmp_path / "ratings.csv")
    events = pl.Series(["view", "buy"] * 100)
    written(ratings, event=events).write_csv(tmp_path / "events.csv")
    strangers = written(ratings, body=pl.Series([f"A long tale of day {row} in town" for row in range(200)]))
    strangers.with_columns(pl.format("x{}", "userId").alias("userId")).write_csv(tmp_path / "tales.csv")
    found, recipe = drafted("ratings.csv", "events.csv", "tales.csv")
    assert recipe.data.source.reviews is None
    assert "# Not used: events.csv, tales.csv." in found.text


def test_a_review_file_beside_recboles_other_files(drafted, ratings, tmp_path):
    names = {"user": "user_id:token", "item": "item_id:token", "time": "timestamp:float"}
    ratings.select("user", "item", "time").rename(names).write_csv(tmp_path / "shop.inter", separator="\t")
    said = [f"The trip to place {row} was long and the return from {row * 3} short" for row in range(200)]
    table = ratings.head(200).select("user", "item", "time").rename(names)
    table.with_columns(pl.Series("body:token_seq", said)).write_csv(tmp_path / "shop.review", separator="\t")
    found, recipe = drafted("shop.inter")
    (feature,) = recipe.features
    assert (feature.name, feature.table, feature.columns) == ("reviews", "reviews", ("body",))
    assert feature.encoder.type_name() == "tfidf"
    assert {entry.role: entry.columns for entry in found.recognised}["reviews"] == "body"
