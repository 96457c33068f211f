"""By what a training is known when it is resumed: what its modules read, not where that lies."""

import shutil
from dataclasses import replace

import polars as pl
import torch

from genre.alignment.translation import TranslationAlignment, TranslationConfig
from genre.encoders.base import Feature
from genre.encoders.image.cnn_image import CnnImageConfig, CnnImageEncoder
from genre.encoders.text.lstm import LstmConfig, LstmEncoder
from genre.recommenders._tower_build import build, identity
from genre.recommenders.tower import TowerConfig, TowerRecommender
from genre.testing.data import tiny_dataset, tiny_task
from genre.testing.media import tiny_media

torch.set_num_threads(1)
ITEMS = tiny_dataset().catalog.items


def mark(task):
    model = TowerRecommender(TowerConfig(dim=8, length=6))
    return identity(model.config, task, build(model._plan, task, None))


def with_table(encoder, table):
    return replace(tiny_task(), features=(Feature("f", encoder, encoder.encode(table)),))


def test_one_other_word_makes_another_identity():
    encoder, texts = LstmEncoder(LstmConfig(dim=4, hidden=4)), ITEMS.select("text")
    encoder.fit(texts)
    first, *_, last = texts["text"]
    other = texts.with_columns(pl.col("text").replace(last, last.replace(last.split()[1], first.split()[1])))
    assert other["text"].to_list() != texts["text"].to_list()
    assert mark(with_table(encoder, texts)) == mark(with_table(encoder, texts))
    assert mark(with_table(encoder, texts)) != mark(with_table(encoder, other))


def test_one_other_picture_makes_another_identity_wherever_pictures_are_kept(tmp_path, monkeypatch):
    folder = shutil.copytree(tiny_media(), tmp_path / "pictures")
    table = pl.DataFrame({"picture": [f"i{row}.ppm" for row in range(len(ITEMS))]})

    def marked(cache):
        monkeypatch.setenv("GENRE_CACHE", str(tmp_path / cache))
        encoder = CnnImageEncoder(CnnImageConfig(folder=folder, size=16, channels=8, stages=1))
        encoder.fit(table)
        return mark(with_table(encoder, table))

    monkeypatch.setenv("GENRE_CACHE", str(tmp_path / "third"))
    CnnImageEncoder(CnnImageConfig(folder=folder, size=16, channels=8, stages=1)).encode(table.reverse())
    found = {marked("first"), marked("first"), marked("second"), marked("third")}
    assert len(found) == 1
    shutil.copy(folder / "i2.ppm", folder / "i3.ppm")
    assert {marked("first"), marked("fourth")}.isdisjoint(found)


def test_another_graph_for_an_alignment_makes_another_identity():
    task, dataset = tiny_task(), tiny_dataset()
    task = replace(task, alignment=(TranslationAlignment(TranslationConfig(between=(task.features[0].name,))),))
    follows = pl.col("relation") == "follows"
    shorter = replace(dataset.catalog, graph=dataset.catalog.graph.filter(~(follows & (pl.col("head") == "film3"))))
    whole = replace(task, catalog=dataset.catalog)
    assert mark(whole) == mark(replace(task, catalog=dataset.catalog))
    assert mark(whole) != mark(replace(task, catalog=shorter))
