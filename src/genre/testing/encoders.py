"""What every encoder owes."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from genre.core.artifacts import load_state, save_state
from genre.core.component import Component
from genre.core.errors import DataError, NotFittedError
from genre.encoders.base import Encoder
from genre.testing.configs import Example
from genre.testing.data import tiny_dataset, tiny_split
from genre.testing.media import PICTURE, SOUND, tiny_media, tiny_sound_model, with_media
from genre.values import Dataset, World, columns

COLUMNS = ("text", "genres", "year")
PREFERRED = {"text": "text", "category": "genres", "number": "year", "image": PICTURE, "audio": SOUND}
"""Column for the encoders of a folder."""
TOLERANCE = 0.02
"""How far a vector may move with its batch, as a share of its length: number formats of accelerators round."""


def check_announced_width(component: type[Component], example: Example) -> None:
    """One vector per row, in order, as wide as announced, zero where there is no content."""
    encoder, table = _ready(component, example)
    embeddings = encoder.encode(table)
    assert len(embeddings) == len(table), "one vector per row"
    assert embeddings.dim == encoder.width, f"width says {encoder.width}, vectors have {embeddings.dim}"
    assert encoder.gives_vectors == (embeddings.dim > 0), "gives_vectors says whether there are any"
    assert not embeddings.vectors[~embeddings.present].any(), "rows without content are zero"
    assert embeddings.present.any(), "some row has content"


def check_rows_on_their_own(component: type[Component], example: Example) -> None:
    """A row's vector comes from that row alone: encoding must not learn from the table it is given."""
    encoder, table = _ready(component, example)
    whole = encoder.encode(table)
    backwards = encoder.encode(table.reverse())
    assert _alike(backwards.vectors[::-1], whole.vectors), "vectors do not follow their rows"
    part = encoder.encode(table.head(5))
    assert _alike(part.vectors, whole.vectors[:5]), "a row's vector depends on other rows"
    assert np.array_equal(whole.present[:5], part.present), "presence depends on other rows"


def check_missing_content(component: type[Component], example: Example) -> None:
    """A table of nulls, and an empty one, encode to nothing."""
    encoder, table = _ready(component, example)
    nulls = encoder.encode(pl.DataFrame([pl.Series(s.name, [None, None], dtype=s.dtype) for s in table]))
    assert not nulls.present.any(), "a null has no content"
    assert encoder.encode(table.head(0)).vectors.shape == (0, encoder.width), "no row, no vector"


def check_error_before_fit(component: type[Component], example: Example) -> None:
    """An encoder that learns says so when asked too early."""
    fresh, table = _built(component, example), _table(component, example)
    learned = _ready(component, example)[0].state()
    try:
        fresh.encode(table)
    except NotFittedError:
        return
    assert not learned.arrays, f"{component.__name__} learns and yet encodes before fit"
    assert learned.meta == fresh.state().meta, f"{component.__name__} learns and yet encodes before fit"


def check_same_result(component: type[Component], example: Example) -> None:
    """Two encoders fitted on the same rows agree, to the last bit."""
    (first, table), (second, _) = (_ready(component, example) for _ in range(2))
    assert np.array_equal(first.encode(table).vectors, second.encode(table).vectors), "two fits differ"


def check_save_and_load(component: type[Component], example: Example) -> None:
    """State written to disk and read again encodes equally, to the last bit."""
    (encoder, table), again = _ready(component, example), _built(component, example)
    with tempfile.TemporaryDirectory() as folder:
        save_state(encoder.state(), Path(folder) / "state")
        again.restore(load_state(Path(folder) / "state"))
    assert np.array_equal(encoder.encode(table).vectors, again.encode(table).vectors), "vectors differ after loading"
    assert again.width == encoder.width, "the width differs after loading"


def check_network(component: type[Component], example: Example) -> None:
    """Its module maps rows to vectors of the asked width, zero for rows without content, and can be trained."""
    import torch

    encoder, table = _ready(component, example)
    embeddings = encoder.encode(table)
    torch.manual_seed(0)
    module = encoder.network(embeddings, 6).eval()
    vectors = module(torch.arange(len(table)))
    assert vectors.shape == (len(table), 6), f"vectors have shape {tuple(vectors.shape)}"
    assert torch.isfinite(vectors).all(), "vectors are finite"
    absent = torch.from_numpy(~embeddings.present)
    assert not vectors[absent].any(), "rows without content give zero"
    assert any(parameter.requires_grad for parameter in module.parameters()), "nothing to train"


def check_inputs_tell_other_content_apart(component: type[Component], example: Example) -> None:
    """What a trained encoder's network reads has a fingerprint: the same for the same rows, another for others."""
    encoder, table = _ready(component, example)
    found, again, other = (encoder.encode(rows).inputs for rows in (table, table, table.reverse()))
    if found is not None and again is not None and other is not None:
        assert found.fingerprint == again.fingerprint, "the same rows have two fingerprints"
        assert found.fingerprint != other.fingerprint, "other rows have the same fingerprint"


def check_trained_weights_travel(component: type[Component], example: Example) -> None:
    """What a trained encoder's network learned, put into a network made for other rows, encodes them the same."""
    import torch

    encoder, table = _ready(component, example)
    if not encoder.is_trained:
        return
    part = table.tail(7)
    torch.manual_seed(0)
    whole, other = (encoder.network(encoder.encode(rows), 6).eval() for rows in (table, part))
    learned = {name: parameter for name, parameter in whole.named_parameters() if parameter.requires_grad}
    with torch.no_grad():
        for name, parameter in other.named_parameters():
            if parameter.requires_grad:
                assert parameter.shape == learned[name].shape, f"{name} depends on the rows"
                parameter.copy_(learned[name])
        expected, found = whole(torch.arange(len(table)))[-len(part) :], other(torch.arange(len(part)))
    assert torch.allclose(found, expected, rtol=1e-3, atol=1e-5), "the same weights encode other rows another way"


def check_new_items_unseen(component: type[Component], example: Example) -> None:
    """Items outside the training part change no vector of those inside: the recipe fits encoders on training rows."""
    from genre.config.loading import load_recipe
    from genre.pipeline.assemble import Prepared

    word = component.config_type().type_name()
    feature = {
        "name": "tested",
        "columns": _columns(component, example),
        "encoder": {"type": word, **_placed(component, example)},
    }
    data = {"source": {"type": "parquet", "interactions": "interactions.parquet"}}
    recipe = load_recipe({"data": data, "features": [feature], "recommender": "popularity"})
    dataset, split = _dataset(), tiny_split()
    taught = split.train.popularity() > 0
    catalog = dataset.catalog
    changed = (*COLUMNS, PICTURE, SOUND)
    swapped = pl.when(pl.Series(taught)).then(pl.col(changed)).otherwise(pl.col(changed).reverse())
    other = replace(dataset, catalog=replace(catalog, items=catalog.items.with_columns(swapped)))
    before, after = (Prepared(recipe, each).task(split).features[0] for each in (dataset, other))
    what = f"{component.__name__} learns from items outside training"
    assert np.array_equal(before.embeddings.vectors[taught], after.embeddings.vectors[taught]), what
    assert before.encoder.state().meta == after.encoder.state().meta, what


def _built(component: type[Component], example: Example) -> Encoder:
    encoder = component(component.config_type().model_validate(_placed(component, example)))
    assert isinstance(encoder, Encoder)
    return encoder


def _placed(component: type[Component], example: Example) -> Example:
    """The example with what lies elsewhere on every machine: the folder of the tiny media, a model of sounds."""
    folder = component.__module__.split(".")[-2]
    if PREFERRED.get(folder) not in (PICTURE, SOUND) or "folder" not in component.config_type().model_fields:
        return example
    model = {"model": str(tiny_sound_model())} if folder == "audio" and "model" in example else {}
    return {**example, "folder": str(tiny_media()), **model}


def _dataset() -> Dataset:
    return with_media(tiny_dataset())


def _ready(component: type[Component], example: Example) -> tuple[Encoder, pl.DataFrame]:
    """The encoder fitted on the training rows, and the table of all rows."""
    encoder, table = _built(component, example), _table(component, example)
    encoder.observe(World(tiny_dataset().catalog, tiny_split().train))
    encoder.fit(table.filter(pl.Series(tiny_split().train.popularity() > 0)))
    return encoder, table


def _table(component: type[Component], example: Example) -> pl.DataFrame:
    return _dataset().catalog.items.select(_columns(component, example) or [columns.ITEM_ID])


def _alike(some: NDArray[np.float32], others: NDArray[np.float32]) -> bool:
    """Whether each row is the other's, up to rounding."""
    distances = np.linalg.norm(some - others, axis=1)
    return bool((distances <= TOLERANCE * np.linalg.norm(others, axis=1) + 1e-6).all())


def _columns(component: type[Component], example: Example) -> list[str]:
    """The first column of the tiny items that this encoder can read; none for encoders of ids."""
    encoder = _built(component, example)
    if not encoder.needs_columns:
        return []
    folder = component.__module__.split(".")[-2]
    preferred = PREFERRED.get(folder)
    encoder.observe(World(tiny_dataset().catalog, tiny_split().train))
    for column in [preferred] if preferred else COLUMNS:
        try:
            encoder.fit(_dataset().catalog.items.select(column))
        except DataError:
            continue
        return [str(column)]
    raise AssertionError(f"{component.__name__} can read none of {', '.join(COLUMNS)}")


CHECKS = (
    check_announced_width,
    check_rows_on_their_own,
    check_missing_content,
    check_error_before_fit,
    check_same_result,
    check_save_and_load,
    check_network,
    check_inputs_tell_other_content_apart,
    check_trained_weights_travel,
    check_new_items_unseen,
)
