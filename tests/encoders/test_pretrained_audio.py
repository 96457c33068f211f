"""Frozen models of sound, as transformers wrote them into folders."""

import numpy as np
import polars as pl
import pytest
import torch

from genre.core.artifacts import load_state, save_state
from genre.core.errors import DataError
from genre.encoders.audio._sound_engine import SoundEngine
from genre.encoders.audio.pretrained_audio import PretrainedAudioConfig, PretrainedAudioEncoder

soundfile = pytest.importorskip("soundfile")
transformers = pytest.importorskip("transformers")
RATE = 16_000


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "sounds"
    place.mkdir()
    rng = np.random.default_rng(0)
    for name, seconds in (("long", 1.4), ("other", 1.1), ("short", 0.7), ("tiny", 0.01)):
        soundfile.write(place / f"{name}.wav", rng.normal(0, 0.1, int(seconds * RATE)), RATE, subtype="FLOAT")
    (place / "copy.ogg").write_bytes((place / "other.wav").read_bytes())
    (place / "cut.wav").write_bytes(b"RIFF")
    return place


TABLE = pl.DataFrame({"sound": ["long.wav", "short.wav", "other.wav", "copy.ogg", "tiny.wav", "cut.wav", None]})


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Tiny models with random weights: wav2vec2, AST (looks at spectrograms), Whisper (of which the encoder hears)."""
    place = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    small = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    shape = {"conv_dim": (8, 8), "conv_kernel": (40, 8), "conv_stride": (20, 8)}
    shape |= {"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2, "vocab_size": 8}
    transformers.Wav2Vec2Model(transformers.Wav2Vec2Config(**small, **shape)).save_pretrained(place / "wav2vec2")
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=RATE).save_pretrained(place / "wav2vec2")
    ast = transformers.ASTConfig(**small, max_length=64, num_mel_bins=16)
    transformers.ASTModel(ast).save_pretrained(place / "ast")
    transformers.ASTFeatureExtractor(max_length=64, num_mel_bins=16).save_pretrained(place / "ast")
    whisper = transformers.WhisperConfig(
        vocab_size=20, d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, num_mel_bins=16, max_source_positions=50,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1,
    )  # fmt: skip
    transformers.WhisperModel(whisper).save_pretrained(place / "whisper")
    transformers.WhisperFeatureExtractor(feature_size=16, chunk_length=1).save_pretrained(place / "whisper")
    return place


def encoder(folder, model, **config) -> PretrainedAudioEncoder:
    return PretrainedAudioEncoder(PretrainedAudioConfig(folder=folder, model=str(model), **{"seconds": 1.0, **config}))


def middle(folder, name: str, seconds: float = 1.0) -> np.ndarray:
    samples, _ = soundfile.read(folder / name, dtype="float32")
    start = max(len(samples) - int(seconds * RATE), 0) // 2
    return samples[start : start + int(seconds * RATE)]


@pytest.mark.parametrize("name", ["wav2vec2", "ast", "whisper"])
def test_the_mean_of_the_states_that_the_model_gives(models, folder, name):
    found = encoder(folder, models / name).encode(TABLE)
    assert found.dim == encoder(folder, models / name).width == 8
    np.testing.assert_array_equal(found.present, [True] * 5 + [False] * 2)
    np.testing.assert_array_equal(found.vectors[2], found.vectors[3])
    processor = transformers.AutoFeatureExtractor.from_pretrained(models / name)
    model = transformers.AutoModel.from_pretrained(models / name).eval()
    model = model.get_encoder() if name == "whisper" else model
    for row, file in ((0, "long.wav"), (1, "short.wav")):
        inputs = processor(middle(folder, file), sampling_rate=RATE, return_tensors="pt")
        inputs = {key: value for key, value in inputs.items() if key != "attention_mask"}
        with torch.no_grad():
            states = model(**inputs).last_hidden_state[0]
        np.testing.assert_allclose(found.vectors[row], states.mean(0), atol=1e-5)


def test_vectors_do_not_depend_on_what_is_heard_beside(models, folder):
    together = encoder(folder, models / "wav2vec2", batch_size=8).encode(TABLE).vectors
    alone = encoder(folder, models / "wav2vec2", seconds=0.999).encode(TABLE[1:2]).vectors
    np.testing.assert_allclose(together[1], alone[0], atol=1e-5)  # 0.7 s long either way


def test_no_sound_is_heard_twice(models, folder, monkeypatch):
    heard: list[int] = []
    original = SoundEngine.encode
    monkeypatch.setattr(SoundEngine, "encode", lambda self, all: heard.append(len(all)) or original(self, all))
    made = encoder(folder, models / "ast")
    made.fit(TABLE)
    vectors = made.encode(TABLE).vectors
    n_heard = sum(heard)
    assert n_heard == 4 + 1  # and a blank one, to see how wide vectors are
    np.testing.assert_array_equal(encoder(folder, models / "ast").encode(TABLE.reverse()).vectors[::-1], vectors)
    assert sum(heard) == n_heard
    encoder(folder, models / "ast", pooling="auto").encode(TABLE[:1])
    assert sum(heard) == n_heard + 2


def test_state_and_faults(models, folder, tmp_path):
    made = encoder(folder, models / "ast")
    made.fit(TABLE)
    save_state(made.state(), tmp_path / "state")
    again = encoder(folder, models / "ast")
    again.restore(load_state(tmp_path / "state"))
    np.testing.assert_array_equal(again.encode(TABLE).vectors, made.encode(TABLE).vectors)
    (fault,) = encoder(folder, tmp_path).obstacles(TABLE[:1])[:1]
    assert "holds no config.json" in fault.what
    (remark,) = made.remarks(TABLE)
    assert remark.what == "sounds cannot be used: they are no sounds, broken or cut off"


def test_a_model_of_something_else_is_refused(folder, tmp_path):
    config = transformers.BertConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=20
    )
    transformers.BertModel(config).save_pretrained(tmp_path / "bert")
    with pytest.raises(DataError, match=r"model .*bert: cannot be loaded"):
        encoder(folder, tmp_path / "bert").encode(TABLE)
