"""genre keys: keys from the store alone."""

import json

import pytest

from genre.serving.store.sql import SqlStore


@pytest.fixture
def store(tmp_path):
    SqlStore.open(tmp_path / "bundle.db").close()
    return tmp_path / "bundle.db"


@pytest.fixture
def keys(genre, store):
    """Runs `genre keys` beside a bundle whose store it is."""

    def command(*arguments):
        return genre("keys", store.with_suffix(""), *arguments)

    return command


def test_a_key_is_made_listed_and_revoked(keys, store):
    made = keys("--new", "shop", "--scope", "read", "--scope", "events")
    assert made.code == 0 and made.out.startswith("gk_") and made.err == ""
    _, id, secret = made.out.strip().split("_", 2)
    (listed,) = json.loads(keys("--json").out)["keys"]
    assert (listed["key_id"], listed["name"], listed["scopes"]) == (id, "shop", ["read", "events"])
    assert "digest" not in listed and secret not in keys("--json").out
    assert "revoked" in keys("--revoke", id).out and "good" not in keys().out
    again = keys("--revoke", id)
    assert again.code == 1 and f"--revoke: no key that is good now is called '{id}'." in again.err
    opened = SqlStore.open(store)
    assert [(note.action, note.subject, note.key_id) for note in opened.audit.newest(9)] == [
        ("keys.revoke", id, None),
        ("keys.add", id, None),
    ]
    opened.close()


def test_what_is_wrong_is_told(keys, genre, tmp_path):
    assert "there is no scope 'raed'. Did you mean 'read'?" in keys("--new", "x", "--scope", "raed").err
    assert "--tenant: there is no tenant 'shop'." in keys("--tenant", "shop").err
    assert keys("--new", "x").code == 2 and keys("--scope", "read").code == 2
    none = genre("keys", tmp_path / "other")
    assert none.code == 1 and "is no store yet." in none.err and not (tmp_path / "other.db").exists()
