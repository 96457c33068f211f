"""Models of pictures and of sounds that learn inside the tower: from where, what learns, and what is kept."""

import json

import numpy as np
import polars as pl
import pytest
import torch
from tests.encoders.media_models import PROCESSING, RATE, write_sound_models, write_vision_models

from genre.config.loading import load_recipe
from genre.core.artifacts import load_state, save_state
from genre.core.errors import DataError, NotFittedError, RecipeError
from genre.encoders.audio.pretrained_audio import PretrainedAudioConfig, PretrainedAudioEncoder
from genre.encoders.base import Feature
from genre.encoders.image.pretrained_image import PretrainedImageConfig, PretrainedImageEncoder
from genre.nets.frozen import FrozenProjection
from genre.nets.pretrained import Pretrained, keep_at_rest
from genre.nets.whitening import Whitening
from genre.pipeline.assemble import Prepared
from genre.pipeline.bundle import load
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset
from genre.testing.media import tiny_media, with_media

Image = pytest.importorskip("PIL.Image")
soundfile = pytest.importorskip("soundfile")
torch.set_num_threads(1)
N = 10
TABLE = pl.DataFrame({"file": [*(f"{row}.bin" for row in range(N)), None, "3.bin", "gone.bin"]})
VISION, SOUND = ("vit", "convnext", "resnet", "clip"), ("wav2vec2", "ast")
TUNES = ["head", "full", {"top_layers": 1}]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    write_vision_models(place)
    write_sound_models(place)
    return place


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Ten pictures, and ten sounds of three lengths."""
    rng = np.random.default_rng(0)
    pictures, sounds = (tmp_path_factory.mktemp(name) for name in ("pictures", "sounds"))
    for row in range(N):
        pixels = rng.integers(0, 255, (4, 6, 3)).repeat(9, axis=0).repeat(9, axis=1)
        Image.fromarray(pixels.astype(np.uint8)).save(pictures / f"{row}.bin", format="PNG")
        seconds = (0.5, 0.6, 1.2)[row % 3]
        pitch = np.sin(np.arange(int(seconds * RATE)) * (0.02 + 0.02 * row))
        soundfile.write(sounds / f"{row}.bin", pitch * 0.3, RATE, subtype="FLOAT", format="WAV")
    return {"picture": pictures, "sound": sounds}


@pytest.fixture
def fitted(models, folders):
    """A fitted encoder of a model."""

    def make(name, **config):
        kind, of_kind, medium = (
            (PretrainedAudioEncoder, PretrainedAudioConfig, "sound")
            if name in SOUND
            else (PretrainedImageEncoder, PretrainedImageConfig, "picture")
        )
        more = {"seconds": 1.0} if name in SOUND else {}
        made = kind(of_kind(model=str(models / name), folder=folders[medium], whiten_dim=4, **more, **config))
        made.fit(TABLE)
        return made

    return make


def network(encoder, width=5):
    embeddings = encoder.encode(TABLE)
    torch.manual_seed(1)
    return encoder.network(embeddings, width)


@pytest.mark.parametrize("name", [*VISION, *SOUND])
@pytest.mark.parametrize("tune", TUNES, ids=str)
def test_starts_where_the_frozen_projection_does(fitted, name, tune):
    found = network(fitted(name, tune=tune))(torch.arange(len(TABLE))).detach()
    frozen = fitted(name).encode(TABLE)
    start = Whitening.fit(frozen, frozen.present, 4).apply(frozen)
    torch.manual_seed(1)
    expected = FrozenProjection(start.vectors, start.present, 5)(torch.arange(len(TABLE))).detach()
    np.testing.assert_allclose(found, expected, atol=0.02 * float(expected.abs().max()))
    assert not found[[10, 12]].any() and torch.equal(found[3], found[11])


def steps(module, n=4):
    """Train it a little; the parameters before and after."""
    before = {name: weight.detach().clone() for name, weight in module.named_parameters()}
    optimizer = torch.optim.Adam([weight for weight in module.parameters() if weight.requires_grad], 0.02)
    target = torch.randn(len(TABLE), 5, generator=torch.Generator().manual_seed(0))
    losses = []
    for _ in range(n):
        optimizer.zero_grad()
        loss = (module.train()(torch.arange(len(TABLE))) - target).pow(2)[:N].mean()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return before, dict(module.named_parameters()), losses


@pytest.mark.parametrize(
    ("name", "tune", "learns", "rests"),
    [
        ("vit", "full", "embeddings.cls_token|pooler|layers.0.", "mask_token"),
        ("vit", {"top_layers": 2}, "layers.1.|layers.2.", "layers.0.|embeddings.|pooler|model.layernorm"),
        ("convnext", {"top_layers": 1}, "stages.1.", "stages.0.|embeddings."),
        ("resnet", "full", "embedder.|stages.1.|normalization", ""),
        ("clip", "full", "vision_model|visual_projection", "text_model|text_projection|logit_scale|post_layernorm.z"),
        ("clip", {"top_layers": 1}, "vision_model.encoder.layers.2.", "text_model|layers.0.|visual_projection"),
        ("wav2vec2", "full", "feature_extractor|encoder.layers.0.", "masked_spec_embed"),
        ("ast", {"top_layers": 1}, "layers.2.", "layers.1.|embeddings."),
        ("vit", "head", "head.module", ""),
    ],
    ids=str,
)
def test_what_is_asked_for_learns_and_the_rest_stays(fitted, name, tune, learns, rests):
    before, after, losses = steps(network(fitted(name, tune=tune)))
    moved = {place for place, weight in after.items() if not torch.equal(weight, before[place])}
    assert losses[-1] < losses[0]
    assert all(any(word in place for place in moved) for word in learns.split("|"))
    assert not any(word in place for place in moved for word in rests.split("|") if word)
    assert {place for place, weight in after.items() if weight.requires_grad} == moved


@pytest.mark.parametrize("name", ["resnet", "wav2vec2"])
def test_chunks_statistics_and_checkpointing_change_nothing(fitted, name):
    gradients = []
    for more in ({"chunk": 100, "checkpointing": False}, {"chunk": 3}):
        module = network(fitted(name, tune="full", **more)).train()
        buffers = {place: values.clone() for place, values in module.named_buffers()}
        said = module(torch.tensor([0, 5, 5, 9, 10]))
        said.pow(2).sum().backward()
        torch.testing.assert_close(module.eval()(torch.tensor([5])), said[1:2], rtol=1e-3, atol=1e-6)
        assert all(torch.equal(values, buffers[place]) for place, values in module.named_buffers())
        gradients.append([weight.grad for weight in module.parameters() if weight.grad is not None])
    for one, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6 + 1e-3 * float(one.abs().max()))


@pytest.mark.parametrize("tune", TUNES, ids=str)
def test_weights_at_rest_get_no_gradient(fitted, tune):
    module = network(fitted("vit", tune=tune)).train()
    keep_at_rest(module, True)
    module(torch.arange(N)).pow(2).sum().backward()
    (inside,) = [part for part in module.modules() if isinstance(part, Pretrained)]
    assert all(weight.grad is None for weight in inside.parameters()) and module.projection.weight.grad is not None
    assert inside.learning_rate == {"head": None, "full": 5e-5}.get(str(tune), 1e-4)


def test_what_models_read_is_kept_small_and_read_once(fitted, monkeypatch):
    pixels = fitted("vit", tune="full").encode(TABLE).inputs
    assert isinstance(pixels.arrays, np.memmap)
    assert pixels.arrays.dtype == np.uint8 and pixels.arrays.shape == (N, 3, 32, 32)
    samples = fitted("wav2vec2", tune="full").encode(TABLE).inputs
    assert samples.arrays.dtype == np.float16 and samples.arrays.shape == (N, RATE)
    heard = (~np.isnan(samples.arrays[samples.places[:3]])).sum(axis=1)
    assert heard.tolist() == [RATE // 2, RATE * 6 // 10, RATE]
    again = fitted("vit", tune={"top_layers": 1})
    monkeypatch.setattr(PretrainedImageEncoder, "_read", lambda self, path: pytest.fail(f"read {path} again"))
    np.testing.assert_array_equal(again.encode(TABLE.reverse()).inputs.places[::-1], pixels.places)


def test_learning_leaves_the_frozen_model_alone(fitted):
    tuned = fitted("vit", tune="full")
    before = tuned._engine.encode([Image.new("RGB", (40, 40), "red")])
    steps(network(tuned))
    np.testing.assert_array_equal(tuned._engine.encode([Image.new("RGB", (40, 40), "red")]), before)


@pytest.mark.parametrize("name", ["vit", "wav2vec2"])
@pytest.mark.parametrize("tune", TUNES, ids=str)
def test_bundles_read_new_items_alike(models, tmp_path, name, tune):
    medium, word = ("sound", "pretrained_audio") if name in SOUND else ("picture", "pretrained_image")
    more = {"seconds": 0.5} if name in SOUND else {}
    encoder = {"type": word, "model": str(models / name), "folder": str(tiny_media()), "tune": tune, **more}
    recipe = {
        "data": {"source": "builtin", "splitter": "leave_one_out"},
        "features": [{"name": medium, "encoder": encoder}],
        "recommender": {"type": "tower", "dim": 8, "length": 6, "user": "mean", "ids": "none"},
        "training": {"epochs": 2, "n_threads": 1, "batch_size": 64, "learning_rate": 0.01},
        "evaluation": {"baselines": ["popularity"]},
    }
    model = fit_prepared(Prepared(load_recipe(recipe), with_media(tiny_dataset())))
    again = load(model.save(tmp_path / "bundle"))
    assert again.recommend(users=["u0"], k=5).equals(model.recommend(users=["u0"], k=5))
    ending = "wav" if name in SOUND else "ppm"
    new = pl.DataFrame({medium: [f"i22.{ending}", None, f"i3.{ending}"]})

    def said(fitted):
        (feature,) = fitted.features
        return fitted.recommender.content_vectors((Feature(medium, feature.encoder, feature.encoder.encode(new)),))

    np.testing.assert_allclose(said(again).vectors, said(model).vectors, atol=1e-6)
    assert said(again).present.tolist() == [True, False, True]


def test_state_survives_a_folder_and_tuning_comes_after_fit(fitted, tmp_path):
    encoder = fitted("vit", tune="head")
    again = PretrainedImageEncoder(encoder.config)
    with pytest.raises(NotFittedError, match="pretrained_image with tune encodes only after fit"):
        again.encode(TABLE)
    save_state(encoder.state(), tmp_path)
    again.restore(load_state(tmp_path))
    assert torch.equal(network(again)(torch.arange(N)), network(encoder)(torch.arange(N)))


@pytest.mark.parametrize(
    ("tune", "message"),
    [
        ("lora", "tune: 'lora' is not a way to tune. Choose none, head, full or {top_layers: 2}."),
        ({"top_layers": 0}, "tune.top_layers: should be greater than or equal to 1. Got 0."),
        ({"top_layers": 1, "cache": True}, "tune.cache: not a field of 'top_layers'."),
    ],
)
def test_faults_have_a_place_and_a_mend(tune, message):
    feature = {"name": "picture", "columns": ["file"], "encoder": {"type": "pretrained_image", "tune": tune}}
    with pytest.raises(RecipeError) as caught:
        load_recipe({"data": {"source": "builtin"}, "features": [feature], "recommender": "tower"})
    assert f"features.0.encoder.{message}" in str(caught.value)


def test_what_cannot_be_tuned_is_said(fitted, models, folders, tmp_path):
    deep = PretrainedImageConfig(folder=folders["picture"], tune={"top_layers": 17})
    (fault,) = PretrainedImageEncoder(deep).obstacles(TABLE)
    assert fault.what == "asks for 17 layers, and the model has 16."
    (fault,) = fitted("vit", tune={"top_layers": 4}).obstacles(TABLE)
    assert fault.what == "asks for 4 layers, and the model has 3." and "Lower top_layers" in fault.mend
    with pytest.raises(DataError, match="asks for 4 layers, and the model has 3"):
        network(fitted("clip", tune={"top_layers": 4}))
    assert fitted("clip", tune={"top_layers": 3}).obstacles(TABLE) == ()
    odd = models / "vit" / "preprocessor_config.json"
    odd.write_text(json.dumps({**PROCESSING, "image_processor_type": "EfficientNetImageProcessor"}))
    try:
        with pytest.raises(DataError, match=r"prepares pictures in a way of its own.*Set tune to head or none"):
            network(fitted("vit", tune="full"))
    finally:
        odd.write_text(json.dumps(PROCESSING))
