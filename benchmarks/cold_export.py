"""What the peers get of a cold-items split: its parts and the items' features, as GENRE sees them and as words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from genre.config.recipe import FeatureSection
from genre.core.errors import DataError, Fault
from genre.encoders.base import Feature
from genre.experiment.evaluate import Experiment
from genre.nets.content_columns import SoftBins
from genre.nets.whitening import Whitening
from genre.recommenders._content_space import FeatureSpace
from genre.recommenders.base import Task
from genre.values import Split
from genre.values.linked_graph import LinkedGraph

WHITE_DIM = 128
MAX_TERMS = 5000
PLAIN = ("category", "multi_hot", "number")
"""Encoders whose vectors are read without a language model; numbers become soft bins."""
WORDED = ("transformer", "tfidf", "lstm", "cnn_text", "category", "multi_hot")
"""Encoders whose columns hold words."""


def write_for_peers(experiment: Experiment, folder: Path) -> Path:
    """split.parquet, and in features/ the items' texts and three matrices of them; the path of the split.

    dense.npy: all features as our content model takes them, each centred and with an equal say. white.npy: the same on
    its leading axes with unit variance. words.npz: categories as they are, numbers in soft bins, texts by tf-idf,
    what a graph says of an item as words. Everything is fitted on trained items.
    """
    entry, split = experiment.entries[0], experiment.split
    task, sections = entry.task, entry.contender.prepared.recipe.features
    is_trained = split.train.popularity() > 0
    dense = FeatureSpace.fit(task.features, is_trained, task.seed).columns(task.features)
    texts = texts_of(sections, task.catalog.items)
    features = folder / "features"
    features.mkdir(parents=True, exist_ok=True)
    np.save(features / "dense.npy", dense.vectors)
    np.save(features / "white.npy", Whitening.fit(dense, is_trained, WHITE_DIM).apply(dense).vectors)
    sp.save_npz(features / "words.npz", word_matrix(task, texts, is_trained))
    task.catalog.items.select("item_id").with_columns(texts).write_parquet(features / "items.parquet")
    frame = split_frame(split)
    frame.write_parquet(folder / "split.parquet")
    return folder / "split.parquet"


def split_frame(split: Split) -> pl.DataFrame:
    """The parts in one table, after a check that a part's items are what may be listed in it.

    Raises:
        DataError: an item that may be listed has an interaction elsewhere or none, so that peers would list others.
    """
    for part, allowed in ((split.valid, split.valid_candidates), (split.test, split.candidates)):
        if allowed is None or not np.array_equal(part.popularity() > 0, allowed):
            raise DataError(Fault("data.splitter", "does not list exactly the items of a part.", "Use cold_items."))
    return split.to_frame()


def texts_of(sections: Sequence[FeatureSection], items: pl.DataFrame) -> pl.Series:
    """All that columns of text and categories say about each item, one string each: [N]."""
    worded = [section for section in sections if section.encoder.type_name() in WORDED]
    names = dict.fromkeys(name for section in worded for name in section.read_columns)
    parts = [_as_text(items[name]) for name in names if not items[name].dtype.is_numeric()]
    return pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator=" ").alias("text"))["text"]


def _as_text(column: pl.Series) -> pl.Series:
    text = column.cast(pl.List(pl.String)).list.join(" ") if column.dtype == pl.List else column.cast(pl.String)
    return text.fill_null("").str.replace_all("|", " ", literal=True)


def word_matrix(task: Task, texts: pl.Series, is_trained: NDArray[np.bool_]) -> sp.csr_matrix:
    """N x D, not negative; the row of each block has length 1."""
    reader = TfidfVectorizer(min_df=2, max_features=MAX_TERMS, stop_words="english", sublinear_tf=True)
    reader.fit(texts.filter(pl.Series(is_trained)).to_list())
    blocks = [reader.transform(texts.to_list())]
    plain = [feature for feature in task.features if feature.encoder.config.type_name() in PLAIN]
    blocks += [_plain(feature, is_trained) for feature in plain if feature.embeddings.dim]
    if any(feature.encoder.config.type_name() == "knowledge_graph" for feature in task.features):
        blocks.append(triple_words(task, is_trained))
    return sp.hstack(blocks, format="csr", dtype=np.float32)


def triple_words(task: Task, is_trained: NDArray[np.bool_]) -> sp.csr_matrix:
    """N x T: which (relation, other entity) an item is head or tail of; those of two trained items at least."""
    graph = LinkedGraph.of(task.catalog)
    heads, relations, tails = graph.triples.T
    entities = np.concatenate([heads, tails])
    others = np.concatenate([tails, len(graph.entities) + heads])
    words, places = np.unique(others * len(graph.relations) + np.tile(relations, 2), return_inverse=True)
    shape = (len(graph.entities), len(words))
    said = graph.is_entity(task.catalog.item_vocabulary) @ sp.csr_array(
        (np.ones(len(places)), (entities, places)), shape
    )
    said.data[:] = 1.0
    counts = np.asarray(said[is_trained].sum(axis=0)).ravel()
    chosen = np.flatnonzero(counts >= 2)
    chosen = np.sort(chosen[np.argsort(-counts[chosen], kind="stable")[:MAX_TERMS]])
    return sp.csr_matrix(normalize(said[:, chosen]))


def _plain(feature: Feature, is_trained: NDArray[np.bool_]) -> sp.csr_matrix:
    embeddings = feature.embeddings
    values, rows = embeddings.vectors.astype(np.float64), embeddings.present & is_trained
    if feature.encoder.config.type_name() == "number" and rows.any():
        values = SoftBins.fit(values[rows]).apply(values) * embeddings.present[:, None]
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return sp.csr_matrix(values / np.maximum(lengths, 1e-12))
