"""Reviews, categories, numbers, alignments and models that are broken in one place: told, and the rest is used."""

import numpy as np
import polars as pl

RECIPE, BUNDLE, N, WARM = "r.yaml", "bundle", 24, 22
ROWS = pl.int_range(N)
LSTM = {"type": "lstm", "dim": 4, "hidden": 3, "min_df": 1}
GENRES, TEXT, WORDS = ("genres", "multi_hot", {}), ("text", "tfidf", {}), ("text", LSTM, {})
MODEL = {"type": "transformer", "model": "model"}


def reads(*features, **sections):
    return lambda shop: shop.reads(*features, **sections)


def column(encoder, values, **columns):
    """A feature of one column of the items, with these values."""

    def break_it(shop):
        shop.columns(feature=values, **columns)
        shop.reads(("feature", encoder, {}))

    return break_it


def reviews(change=lambda table: table, **feature):
    """What each user wrote about each of their items, changed; None: no table at all."""

    def break_it(shop):
        table = shop.tables["interactions"].select("user_id", "item_id")
        table = change(table.with_columns(said="a fine star of number " + pl.col("item_id")))
        shop.tables |= {} if table is None else {"reviews": table}
        shop.reads(("reviews", LSTM, {"table": "reviews", "columns": ["said"], **feature}))

    return break_it


def apart(alignment):
    """Genres of half of the items, texts of the other half."""

    def break_it(shop):
        shop.columns(
            genres=pl.when(ROWS % 2 == 0).then("genres"),
            text=pl.when(ROWS % 2 == 1).then("text"),
        )
        shop.reads(GENRES, TEXT, alignment=[alignment])

    return break_it


def model(config='{"model_type": "bert", "hidden_size": 8}', weights=None, **files):
    """A folder of a language model with these files; weights None: whole ones."""

    def break_it(shop):
        from safetensors.numpy import save

        shop.path("model").mkdir()
        shop.write("model/config.json", config)
        whole = save({"embeddings.word_embeddings.weight": np.ones((9, 8), np.float32)})
        shop.write("model/model.safetensors", whole if weights is None else whole[:weights])
        for name, text in files.items():
            shop.write(f"model/{name}.txt", text)
        shop.reads(("text", MODEL, {}))

    return break_it


def only_new(value):
    """The value for the two items that nobody touched, nothing for the others."""
    return pl.when(ROWS >= WARM).then(pl.lit(value))


ENCODER, COLUMNS = "features.0.encoder", "features.0.columns"
UNTRAINED = "Take tower, or hybrid with a tower in it"
STRANGER = pl.DataFrame({"user_id": ["nobody"], "item_id": ["i3"], "said": ["hm"]})
TOLD = {
    "reviews: one by an unknown user": (
        reviews(lambda table: pl.concat([table, STRANGER])),
        "reviews, row 277",
        "set aside: user id is known to neither the interactions nor a table of users",
        "Leave such reviews out",
        "nobody",
        22,
    ),
    "reviews: one that is empty": (
        reviews(lambda table: table.with_columns(said=pl.when(pl.int_range(pl.len()) != 5).then("said"))),
        "reviews, row 6",
        "set aside: nothing is written",
        "Fill it in",
        6,
        22,
    ),
    "a category with one value": (
        column("category", pl.lit("x")),
        COLUMNS,
        "'feature' holds one and the same value in all of its 24 rows",
        "Name a column with different values",
        "x",
        24,
    ),
    "nested values for categories": (
        column("category", pl.Series([{"kind": row % 3} for row in range(N)])),
        COLUMNS,
        "'feature' holds nested values, read as JSON texts",
        "a column of its own",
        '{"kind":0}',
        24,
    ),
    "lists in lists for categories": (
        column("multi_hot", pl.Series([[["a", f"b{row % 3}"], ["c"]] for row in range(N)])),
        "items, column 'feature'",
        "lists in lists, read as one list (24 rows)",
        "keep the lists that you mean",
        1,
        24,
    ),
    "numbers that are infinite": (
        column("number", pl.Series([np.inf if row == 3 else row / 2 for row in range(N)])),
        ENCODER,
        "numbers that are infinite, NaN or beyond 3e+38 count as missing (1 rows",
        "Look at what made them",
        "inf",
        23,
    ),
    "numbers beyond all reason": (
        column("number", pl.Series([1e300 if row == 3 else row / 2 for row in range(N)])),
        ENCODER,
        "numbers that are infinite, NaN or beyond 3e+38 count as missing (1 rows",
        "Look at what made them",
        1e300,
        23,
    ),
    "tuning: an encoder that nothing trains": (
        reads(WORDS, GENRES, recommender="content"),
        ENCODER,
        "'content' trains no encoder, and 'text' says nothing without training: it is ignored",
        UNTRAINED,
        None,
        23,
    ),
    "tuning: a recommender that trains nothing": (
        reads(("text", {"type": "transformer", "tune": "head"}, {}), recommender="content"),
        ENCODER,
        "'content' trains no encoder: 'text' is read as if nothing of it were tuned",
        UNTRAINED,
        None,
        23,
    ),
    "alignment that nothing heeds": (
        reads(GENRES, TEXT, recommender="content", alignment=["contrastive"]),
        "alignment",
        "'content' ignores it",
        "Take tower, or hybrid with a tower in it",
        None,
        23,
    ),
}
REFUSED = {
    "reviews: no table": (
        reviews(lambda table: None),
        ["features.0.table", "there is no table of reviews"],
        ["Name one in data.source.reviews"],
    ),
    "reviews: empty ones only": (
        reviews(lambda table: table.with_columns(said=pl.lit("  "))),
        ["reviews.parquet, row 1", "nothing is written (276 such rows), and no usable row of reviews is left"],
        ["Fill it in"],
    ),
    "reviews: not a word": (
        reviews(lambda table: table.with_columns(said=pl.lit("!!! ..."))),
        [ENCODER, "columns said", "no word occurs in 1 or more of the 22 training rows"],
        ["Name columns that hold text, lower min_df"],
    ),
    "reviews: another column": (
        reviews(columns=["sayd"]),
        ["features.0.columns", "the reviews table has no column 'sayd'"],
        ["Did you mean 'said'?"],
    ),
    "several values for one_hot": (
        reads(("genres", {"type": "category", "kind": "one_hot"}, {})),
        [ENCODER, "column genres", "5 rows hold several values (comedy, long), one_hot takes one"],
        ["Write kind: multi_hot"],
    ),
    "categories that are too rare": (
        reads(("genres", {"type": "category", "min_count": 50}, {})),
        [ENCODER, "column genres", "no value occurs in 50 or more of the 22 training rows"],
        ["Lower min_count"],
    ),
    "categories of new items only": (
        column("multi_hot", only_new("x")),
        [ENCODER, "column feature", "no value occurs in 1 or more of the 22 training rows"],
        ["leave this feature out"],
    ),
    "text among numbers": (
        column("number", pl.Series([str(row) if row != 3 else "cheap" for row in range(N)])),
        [ENCODER, "column feature", "1 values are not numbers ('cheap')"],
        ["Clean them"],
    ),
    "lists for numbers": (
        reads(("genres", "number", {})),
        [ENCODER, "column genres", "holds lists, not numbers"],
        ["Encode it with multi_hot"],
    ),
    "numbers of new items only": (
        column("number", only_new(7.0)),
        [ENCODER, "columns feature", "none of the 22 training rows holds a number"],
        ["leave this feature out"],
    ),
    "alignment with a feature that is not there": (
        reads(GENRES, TEXT, alignment=[{"type": "contrastive", "between": ["genres", "txt"]}]),
        ["alignment.0.between", "'txt' is not a feature"],
        ["Did you mean 'text'?"],
    ),
    "alignment in training of what no item has together": (
        apart("contrastive"),
        ["alignment.0.between", "no training item has two of genres, text"],
        ["Leave it out, or add content"],
    ),
    "alignment before training of what no item has together": (
        apart("procrustes"),
        ["alignment.0.between", "no training item has two of genres, text"],
        ["Leave it out, or add content"],
    ),
    "alignment along a graph that is not there": (
        reads(GENRES, TEXT, alignment=["translation", "graph"]),
        ["alignment.0 (translation), graph", "alignment.1 (graph), graph", "there is no knowledge graph"],
        ["Name the table of triples"],
    ),
    "model: no files": (
        lambda shop: (shop.path("model").mkdir(), shop.reads(("text", MODEL, {}))),
        [ENCODER, "model: holds no config.json", "model: holds no model.safetensors"],
        ["Name a folder that save_pretrained wrote"],
    ),
    "model: a config that is cut": (
        model(config='{"model_type'),
        [ENCODER, "model/config.json", "is no whole JSON file"],
        ["Fetch it again"],
    ),
    "model: weights that are cut": (
        model(weights=-9),
        [ENCODER, "model/model.safetensors", "is no whole safetensors file"],
        ["Fetch it again"],
    ),
    "model: no tokenizer": (model(), [ENCODER, "model", "holds no tokenizer"], ["Bring tokenizer.json"]),
    "tuning: nothing but encoders that nothing trains": (
        reads(WORDS, recommender="content"),
        ["features", "'content' reads vectors as encoders give them, and lstm gives none without training"],
        ["Take tower"],
    ),
}
