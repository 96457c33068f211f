"""Thumbnails on disk, and a network that learns from them."""

import numpy as np
import polars as pl
import pytest
import torch

from genre.encoders._array_store import Stored
from genre.encoders.image import cnn_image
from genre.encoders.image._pictures import read_picture
from genre.encoders.image.cnn_image import CnnImageConfig, CnnImageEncoder

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def folder(tmp_path):
    """24 pictures with a bright disc at the left or at the right, on noise; two of them the same."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:48, :48]
    for number in range(24):
        centre = 12 if number % 2 else 36
        disc = (columns - centre - rng.integers(-4, 5)) ** 2 + (rows - 24) ** 2 < 64
        pixels = rng.integers(0, 120, (48, 48, 3)) + 120 * disc[..., None]
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{number}.png")
    (tmp_path / "copy.png").write_bytes((tmp_path / "3.png").read_bytes())
    return tmp_path


TABLE = pl.DataFrame({"image": [*(f"{number}.png" for number in range(24)), None, "copy.png"]})


def encoder(folder, **config) -> CnnImageEncoder:
    return CnnImageEncoder(CnnImageConfig(folder=folder, **{"size": 16, "channels": 8, "stages": 2, **config}))


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """The names of the files that were decoded."""
    found: list[str] = []

    def counting(path, size):
        found.append(path.name)
        return read_picture(path, size)

    monkeypatch.setattr(cnn_image, "read_picture", counting)
    return found


def test_inputs_are_thumbnails_read_through_memory_mapping(folder):
    encoded = encoder(folder).encode(TABLE)
    assert encoded.dim == 0 and isinstance(encoded.inputs, Stored) and isinstance(encoded.inputs.arrays, np.memmap)
    np.testing.assert_array_equal(encoded.present, [True] * 24 + [False, True])
    thumbnail = encoded.inputs.arrays[encoded.inputs.places[5]]
    assert thumbnail.shape == (3, 16, 16) and thumbnail.dtype == np.uint8
    whole = np.asarray(Image.open(folder / "5.png")).astype(float)
    np.testing.assert_allclose(thumbnail.mean((1, 2)), whole.mean((0, 1)), atol=2)
    assert encoded.inputs.places[3] == encoded.inputs.places[25] and encoded.inputs.places[24] == -1


def test_no_picture_is_read_twice(folder, read):
    encoder(folder).encode(TABLE)
    assert len(read) == 24  # the copy is known by its content
    encoder(folder, channels=16).encode(TABLE.reverse())
    assert len(read) == 24
    Image.new("RGB", (20, 20)).save(folder / "0.png")
    encoder(folder).encode(TABLE)
    assert read[24:] == ["0.png"]
    encoder(folder, fit="crop").encode(TABLE[:2])
    assert len(read) == 27


def test_the_network_learns_what_no_mean_colour_tells(folder):
    encoded = encoder(folder).encode(TABLE)
    torch.manual_seed(0)
    network = encoder(folder).network(encoded, 1)
    rows, labels = torch.arange(24), (torch.arange(24) % 2).float()
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    held_out = rows >= 16
    for _ in range(60):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            network(rows[~held_out]).squeeze(1), labels[~held_out]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    guessed = (network(rows[held_out]).squeeze(1) > 0).float()
    assert loss < 0.2 and (guessed == labels[held_out]).float().mean() >= 0.75
