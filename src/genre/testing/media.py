"""Pictures and sounds of the tiny items, made on the spot: one item has none, one's file is missing, one's is empty."""

from __future__ import annotations

import math
import struct
import wave
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from genre.testing.data import N_ITEMS
from genre.values import Dataset

NAMELESS, MISSING, EMPTY = 6, 4, 9
PICTURE, SOUND = "picture", "sound"
_RATE, _SIDE = 8000, 12


def with_media(dataset: Dataset) -> Dataset:
    """The tiny dataset with file names in the columns `picture` and `sound` of its items."""
    names = [None if row == NAMELESS else f"i{row}" for row in range(N_ITEMS)]
    stems = pl.Series(names, dtype=pl.String)
    items = dataset.catalog.items.with_columns((stems + ".ppm").alias(PICTURE), (stems + ".wav").alias(SOUND))
    return replace(dataset, catalog=replace(dataset.catalog, items=items))


def tiny_media() -> Path:
    """The folder of the files; it goes when the program ends."""
    return Path(_written().name)


def tiny_sound_model() -> Path:
    """The folder of a wav2vec2 with random weights, for 8,000 Hz and 8 numbers wide."""
    return Path(_saved().name)


@cache
def _written() -> TemporaryDirectory[str]:
    folder = TemporaryDirectory(prefix="genre-media-")
    for row in range(N_ITEMS):
        if row != MISSING:
            picture, sound = Path(folder.name) / f"i{row}.ppm", Path(folder.name) / f"i{row}.wav"
            picture.write_bytes(b"" if row == EMPTY else _picture(row))
            _write_sound(sound, row)
            if row == EMPTY:
                sound.write_bytes(b"")
    return folder


def _picture(row: int) -> bytes:
    """A slope from one colour to another, as PPM."""
    pixels = bytes(
        (40 * (row % 6) + place * (channel + row % 3)) % 256 for place in range(_SIDE**2) for channel in range(3)
    )
    return b"P6 %d %d 255\n" % (_SIDE, _SIDE) + pixels


def _write_sound(path: Path, row: int) -> None:
    """Half a second of one tone, of each item another."""
    samples = [int(9000 * math.sin(2 * math.pi * (200 + 60 * row) * place / _RATE)) for place in range(_RATE // 2)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


@cache
def _saved() -> TemporaryDirectory[str]:
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2Model

    folder = TemporaryDirectory(prefix="genre-model-")
    config = Wav2Vec2Config(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, conv_dim=(8, 8),
        conv_kernel=(40, 8), conv_stride=(20, 4), num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2, vocab_size=8,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        Wav2Vec2Model(config).save_pretrained(folder.name)
    Wav2Vec2FeatureExtractor(sampling_rate=_RATE).save_pretrained(folder.name)
    return folder
