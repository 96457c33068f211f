"""Files told by their content."""

import hashlib

import pytest

from genre.core.errors import DataError
from genre.core.file_digest import file_digest, require_published


def test_large_files_are_remembered_until_they_change(monkeypatch, tmp_path):
    monkeypatch.setenv("GENRE_CACHE", str(tmp_path / "cache"))
    large = tmp_path / "large"
    for content in (b"a" * 2**20, b"b" * (2**20 + 1)):
        large.write_bytes(content)
        assert file_digest(large) == file_digest(large) == hashlib.sha256(content).hexdigest()
    assert len(list((tmp_path / "cache" / "digests").iterdir())) == 2


def test_a_published_file_must_be_there_and_be_itself(tmp_path):
    weights = tmp_path / "weights"
    published = hashlib.sha256(b"published").hexdigest()
    with pytest.raises(DataError, match=r"weights: is missing, although .*'some-package'.* pip install --force-reins"):
        require_published(weights, "the model", published, "some-package")
    weights.write_bytes(b"altered")
    with pytest.raises(DataError, match=rf"is not the published the model: its sha256 should be {published}\. pip"):
        require_published(weights, "the model", published, "some-package")
    weights.write_bytes(b"published")
    require_published(weights, "the model", published, "some-package")
