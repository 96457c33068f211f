"""Sounds of every kind as spectrograms, and a network that learns from them."""

import struct
import wave

import numpy as np
import polars as pl
import pytest
import torch

from genre.core.errors import DataError
from genre.encoders.audio._mel import log_mel, mel_filters
from genre.encoders.audio._sounds import read_sound
from genre.encoders.audio.mel_cnn import MelCnnConfig, MelCnnEncoder

soundfile = pytest.importorskip("soundfile")


def tone(frequency: float, seconds: float = 1.0, rate: int = 16_000) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)


def encoder(folder, **config) -> MelCnnEncoder:
    return MelCnnEncoder(MelCnnConfig(folder=folder, **{"seconds": 1.0, "bands": 32, "channels": 8, **config}))


@pytest.mark.parametrize(("bands", "n_fft", "rate"), [(64, 1024, 16_000), (40, 512, 8000), (128, 2048, 44_100)])
def test_filters_equal_those_of_transformers(bands, n_fft, rate):
    audio = pytest.importorskip("transformers.audio_utils")
    options = {"norm": "slaney", "mel_scale": "htk"}
    reference = audio.mel_filter_bank(n_fft // 2 + 1, bands, 0, rate / 2, rate, **options)
    np.testing.assert_allclose(mel_filters(bands, n_fft, rate), reference.T, rtol=1e-6, atol=1e-12)


def test_spectrograms_equal_those_of_scipy():
    from scipy.signal import ShortTimeFFT
    from scipy.signal.windows import hann

    rng = np.random.default_rng(0)
    samples = rng.normal(size=16_000).astype(np.float32)
    filters = mel_filters(40, 1024, 16_000)
    found = log_mel(samples, filters, 512)
    assert found.shape == (40, 1 + 16_000 // 512)
    transform = ShortTimeFFT(hann(1024, sym=False), hop=512, fs=16_000)
    power = np.abs(transform.stft(samples, p0=2, p1=30)) ** 2  # frames that need no padding
    np.testing.assert_allclose(found[:, 2:30], 10 * np.log10(filters @ power), atol=1e-3)


def test_a_tone_sounds_in_its_band():
    filters = mel_filters(64, 1024, 16_000)
    bands = log_mel(tone(1000).astype(np.float32), filters, 512)[:, 5:25]
    expected = filters[:, round(1000 / 16_000 * 1024)].argmax()
    assert (bands.argmax(axis=0) == expected).all()
    assert (log_mel(np.zeros(3000, np.float32), filters, 512) == -100).all()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("WAV", {"subtype": "PCM_16"}),
        ("WAV", {"subtype": "FLOAT"}),
        ("FLAC", {}),
        ("OGG", {}),
        ("AIFF", {}),
        ("MP3", {}),
    ],
)
def test_kinds_by_content_whatever_the_ending(tmp_path, kind, options):
    if kind not in soundfile.available_formats():
        pytest.skip(f"this libsndfile writes no {kind}")
    path = tmp_path / "sound.jpg"
    stereo = np.stack([tone(440, rate=44_100), np.zeros(44_100)], axis=1)
    soundfile.write(path, stereo, 44_100, format=kind, **options)
    heard = read_sound(path, 0.8, 16_000)
    assert len(heard) == pytest.approx(12_800, abs=2)
    spectrum = np.abs(np.fft.rfft(heard))
    assert spectrum.argmax() / len(heard) * 16_000 == pytest.approx(440, abs=2)
    assert np.abs(heard[1000:-1000]).max() == pytest.approx(0.25, abs=0.02)  # the mean of both channels


def test_long_sounds_are_heard_in_the_middle_and_odd_rates_are_read(tmp_path):
    rate = 44_101
    middle = np.concatenate([np.zeros(2 * rate), tone(300, 1, rate), np.zeros(2 * rate)])
    soundfile.write(tmp_path / "long.wav", middle, rate)
    heard = read_sound(tmp_path / "long.wav", 1.0, 8000)
    assert len(heard) == pytest.approx(8000, abs=2) and np.abs(heard[:100]).max() > 0.3 < np.abs(heard[-100:]).max()


def wav_header(frames: int, rate: int = 16_000, channels: int = 1) -> bytes:
    """A WAV that promises `frames` of silence."""
    size = frames * channels * 2
    about = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + about
        + b"data"
        + struct.pack("<I", size)
    )


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "sounds"
    (place / "folder").mkdir(parents=True)
    soundfile.write(place / "good.wav", tone(440), 16_000)
    soundfile.write(place / "good.flac", tone(660), 16_000)
    whole = (place / "good.flac").read_bytes()
    (place / "cut.flac").write_bytes(whole[:60])
    (place / "cut.wav").write_bytes((place / "good.wav").read_bytes()[:-1000])
    (place / "empty.wav").write_bytes(b"")
    (place / "text.mp3").write_bytes(b"ID3 this is a text, not a sound. " * 50)
    (place / "picture.wav").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    (place / "no_frames.wav").write_bytes(wav_header(0))
    (place / "many_channels.wav").write_bytes(wav_header(1000, channels=900) + bytes(1_800_000))
    (place / "slow.wav").write_bytes(wav_header(1000, rate=10) + bytes(2000))
    (place / "raw.raw").write_bytes(bytes(1000))
    soundfile.write(place / "nan.wav", np.full(8000, np.nan), 16_000, subtype="FLOAT")
    (tmp_path / "outside.wav").write_bytes((place / "good.wav").read_bytes())
    return place


BROKEN = {
    "cut.flac": "no sounds, broken or cut off",
    "cut.wav": "no sounds, broken or cut off",
    "empty.wav": "empty (0 bytes)",
    "text.mp3": "no sounds",
    "picture.wav": "no sounds",
    "no_frames.wav": "hold no sound",
    "many_channels.wav": "more than 32 channels, or a rate outside",
    "slow.wav": "a rate outside 1,000 to 1,000,000 Hz",
    "raw.raw": "no sounds",
    "nan.wav": "broken",
    "nowhere.wav": "no such file",
    "folder": "these are folders",
    "../outside.wav": "outside the folder",
}


def test_a_wav_that_was_written_as_a_stream_is_heard(folder):
    whole = bytearray((folder / "good.wav").read_bytes())
    for place in (4, whole.index(b"data") + 4):
        whole[place : place + 4] = b"\xff" * 4
    (folder / "stream.wav").write_bytes(whole)
    made = encoder(folder)
    table = pl.DataFrame({"sound": ["good.wav", "stream.wav"]})
    made.fit(table)
    assert made.encode(table).present.all() and made.remarks(table) == ()


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_sounds_are_masked_and_explained(folder, name):
    table = pl.DataFrame({"sound": ["good.wav", name, None, "good.flac"]})
    made = encoder(folder)
    assert made.obstacles(table) == ()
    made.fit(table)
    np.testing.assert_array_equal(made.encode(table).present, [True, False, False, True])
    (remark,) = made.remarks(table)
    assert BROKEN[name] in remark.what and remark.n_rows == 1 and remark.mend
    with pytest.raises(DataError, match="none of 1 training rows has a sound that can be used"):
        made.fit(table[1:2])


def test_spectrograms_are_kept_in_half_precision_and_padded_with_silence(folder):
    with wave.open(str(folder / "short.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", "not compressed"))
        file.writeframes((tone(440, 0.3) * 30_000).astype("<i2").tobytes())
    encoded = encoder(folder).encode(pl.DataFrame({"sound": ["good.wav", "short.wav", None]}))
    arrays, places = encoded.inputs.arrays, encoded.inputs.places
    assert isinstance(arrays, np.memmap) and arrays.dtype == np.float16 and arrays.shape[1:] == (1, 32, 32)
    assert (arrays[places[1], :, :, 12:] == -100).all() and (arrays[places[1], 0, :, :9].max(axis=0) > 0).all()
    heard = read_sound(folder / "good.wav", 1.0, 16_000)
    np.testing.assert_allclose(arrays[places[0], 0], log_mel(heard, mel_filters(32, 1024, 16_000), 512), atol=0.05)


def test_the_network_tells_high_from_low(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(16):
        frequency = rng.uniform(200, 500) if number % 2 else rng.uniform(1500, 4000)
        soundfile.write(tmp_path / f"{number}.wav", tone(frequency) + rng.normal(0, 0.05, 16_000), 16_000)
    made = encoder(tmp_path, stages=2)
    encoded = made.encode(pl.DataFrame({"sound": [f"{number}.wav" for number in range(16)]}))
    torch.manual_seed(0)
    network = made.network(encoded, 1)
    rows, labels = torch.arange(16), (torch.arange(16) % 2).float()
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    for _ in range(40):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(rows[:10]).squeeze(1), labels[:10])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert ((network(rows[10:]).squeeze(1) > 0) == (labels[10:] > 0)).all()
