"""Every named recipe builds, trains and lists on a tiny data set, with all its features and parts."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from genre.config.loading import load_recipe, read_document
from genre.experiment.evaluate import run_experiment
from genre.pipeline.assemble import prepare
from genre.testing.data import N_ITEMS, N_USERS, tiny_dataset

RECIPES = sorted((Path(__file__).parents[2] / "recipes" / "models").glob("*.yaml"))
SMALL = {"dim": 8, "epochs": 1, "size": 16, "channels": 8, "max_words": 6}
"""Fields of encoders that are made small where a recipe's encoder has them."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Parquet files with all the columns that the recipes name, and a picture per item."""
    folder, dataset = tmp_path_factory.mktemp("tables"), tiny_dataset()
    interactions, catalog = dataset.interactions, dataset.catalog
    columns = {
        "user_id": interactions.users.ids.gather(interactions.user_rows),
        "item_id": interactions.items.ids.gather(interactions.item_rows),
        "rating": interactions.ratings,
        "timestamp": interactions.timestamps // 1000,
    }
    text = pl.col("text").alias
    image = pl.format("{}.png", pl.col("item_id")).alias("image")
    items = catalog.items.with_columns(
        *(text(name) for name in ("title", "description", "director", "actors")), image, categories=pl.col("genres")
    )
    users = catalog.users.with_columns(
        gender=pl.Series(["F", "M"] * (N_USERS // 2)),
        occupation=pl.Series(["baker", "pilot", "nurse"] * (N_USERS // 3)),
    )
    random = np.random.default_rng(0)
    for row in range(N_ITEMS):
        Image.fromarray(random.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(folder / f"i{row}.png")
    frames = {"interactions": pl.DataFrame(columns), "items": items, "users": users}
    texts = catalog.items.select("item_id", text=pl.col("text").fill_null("a film"))
    frames["reviews"] = frames["interactions"].select("user_id", "item_id").join(texts, on="item_id")
    for word, frame in {**frames, "graph": catalog.graph, "links": catalog.links}.items():
        frame.write_parquet(folder / f"{word}.parquet")
    return folder


def small(path: Path, tables: Path) -> dict:
    """The recipe on the tiny tables: one epoch, narrow, and words counted instead of read by a language model."""
    document = read_document(path)
    words = ("interactions", "items", "users", "graph", "links", "reviews")
    document["data"]["source"] = {"type": "parquet", **{word: str(tables / f"{word}.parquet") for word in words}}
    for feature in document.get("features", []) + document.get("users", []):
        feature["encoder"] = small_encoder(feature["encoder"], tables)
    recommender = document["recommender"]
    document["recommender"] = {**({"type": recommender} if isinstance(recommender, str) else recommender), "dim": 8}
    document["training"] = {**document.get("training", {}), "epochs": 1, "batch_size": 16, "n_threads": 1}
    document["evaluation"] = {"metrics": ["ndcg@10"], "baselines": [], "bootstrap": 0}
    return document


def small_encoder(encoder: object, tables: Path) -> object:
    if not isinstance(encoder, dict):
        return encoder
    if encoder["type"] == "transformer":
        return {"type": "tfidf", "dim": 8}
    ours = {"lstm": ("max_words",), "cnn_image": ("size", "channels"), "knowledge_graph": ("dim", "epochs")}
    changes = {name: SMALL[name] for name in ours.get(encoder["type"], ())}
    return {**encoder, **changes, **({"folder": str(tables)} if "folder" in encoder else {})}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_named_model_trains_and_lists(path, tables):
    recipe = load_recipe(small(path, tables))
    experiment = run_experiment(prepare(recipe))

    (entry,) = experiment.entries
    assert [feature.name for feature in entry.task.features] == [feature.name for feature in recipe.features]
    assert len(entry.fitted.recommender.curve.epochs) == 1
    (model,) = experiment.report.models
    assert 0.0 < model.metrics["ndcg@10"].mean < 1.0

    lists = experiment.report.rounds[0].outcomes[0].judgement.rankings
    scores = np.asarray(lists.scores)[np.asarray(lists.item_rows) >= 0]
    assert np.isfinite(scores).all()
    assert len(np.unique(scores)) > N_USERS  # tells items apart
