"""Where files are kept between runs."""

from pathlib import Path

from genre.core.cache_dir import cache_dir


def test_the_environment_names_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("GENRE_CACHE", str(tmp_path / "kept"))
    assert cache_dir() == tmp_path / "kept" and not cache_dir().exists()


def test_home_is_understood_and_the_platform_decides_otherwise(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GENRE_CACHE", "~/kept")
    assert cache_dir() == tmp_path / "kept"
    monkeypatch.delenv("GENRE_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_dir().name == "genre" and Path(tmp_path) in cache_dir().parents
