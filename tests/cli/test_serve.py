"""What genre serve refuses: one message that names the place and the mend, exit code 1, and nothing left behind."""

import socket
import subprocess

import pytest
from tests.serving.conftest import tiny_model
from tests.serving.server.certificates import make_certificate

__all__ = ["tiny_model"]
SECRET = "hunter2"


@pytest.fixture(scope="module")
def bundle(tiny_model, tmp_path_factory):
    return tiny_model.save(tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture
def refused(genre, tmp_path, monkeypatch):
    """What `genre serve` says when it refuses, on one line."""
    monkeypatch.chdir(tmp_path)

    def serve(*arguments):
        done = genre("serve", *arguments)
        assert done.code == 1 and done.out == "" and "Traceback" not in done.err
        return " ".join(done.err.split())

    return serve


def test_a_port_in_use(refused, bundle):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(bundle, "--port", port)
    assert f"port: {port} is in use by another program." in said and f"--port {port + 1}" in said


@pytest.mark.parametrize(
    ("host", "mend"), [("0.0.0.0", "--tls-cert"), ("::", "--behind-proxy"), ("192.0.2.1", "--insecure")]
)
def test_other_machines_without_tls(refused, bundle, host, mend):
    said = refused(bundle, "--host", host, "--port", 0)
    assert f"host: '{host}' may be reached from other machines, and there is no TLS" in said and mend in said


def test_an_address_that_is_not_of_this_machine(refused, bundle):
    assert "'192.0.2.1' is not an address of this machine." in refused(bundle, "--host", "192.0.2.1", "--insecure")
    assert "'no.such.host.invalid' is no address." in refused(bundle, "--host", "no.such.host.invalid", "--insecure")


def test_no_bundle_and_a_broken_one(refused, bundle, tmp_path):
    assert "BUNDLE: is missing. Name a folder" in refused()
    said = refused(tmp_path / "none", "--port", 0)
    assert "none: is not a bundle, nor a folder of bundles" in said and "genre fit" in said
    assert not (tmp_path / "none.db").exists()
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", bundle, copy], check=True)
    (copy / "recipe.json").write_text("{}")
    said = refused(copy, "--port", 0)
    assert "recipe.json: has 2 bytes instead of" in said and "copy the bundle anew" in said
    assert said == refused(copy, "--port", 0, "--workers", 2)


def test_a_store_out_of_reach(refused, bundle, tmp_path, monkeypatch):
    assert "Give a file in a folder" in refused(bundle, "--port", 0, "--store", tmp_path)
    assert "'mysql' is no kind of store." in refused(bundle, "--port", 0, "--store", "mysql://localhost/genre")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{nobody.getsockname()[1]}/genre"
        monkeypatch.setenv("GENRE_STORE", f"postgresql://shop:{SECRET}@{where}")
        said = refused(bundle, "--port", 0)
    assert f"postgresql://{where}: cannot be used" in said and "Check that the server runs" in said
    assert SECRET not in said


@pytest.mark.parametrize("scheme", ["postgresql://shop:{}@localhost/genre", "postgresql://localhost/g?password={}"])
def test_a_password_where_others_may_read_it_is_refused_and_not_repeated(refused, bundle, tmp_path, scheme):
    address = scheme.format(SECRET)
    (tmp_path / "serve.yaml").write_text(f"store: {address}\n")
    for arguments in (["--store", address], ["--set", f"store={address}"], ["--settings", "serve.yaml"]):
        said = refused(bundle, *arguments)
        assert "a password never stands in a file or a command." in said and SECRET not in said


def test_all_faults_of_the_settings_at_once(refused, bundle, tmp_path):
    text = "prot: 80\nworkers: 0\napi: {max_event: 3}\nstore: {env: GENRE_NO_SUCH}\n"
    (tmp_path / "serve.yaml").write_text(text)
    said = refused(bundle, "--settings", "serve.yaml", "--set", "drain_s=soon")
    for fault in (
        "4 faults:",
        "prot: not a field of 'server settings'. Did you mean 'port'?",
        "workers: should be greater than or equal to 1.",
        "api.max_event: not a field of 'api settings'. Did you mean 'max_events'?",
        "drain_s: should be a valid integer",
    ):
        assert fault in said
    (tmp_path / "serve.yaml").write_text("store: {env: GENRE_NO_SUCH}\n")
    assert "GENRE_NO_SUCH: is named and not set. export" in refused(bundle, "--settings", "serve.yaml")


def test_settings_that_cannot_be_read(refused, bundle, tmp_path):
    assert "none.yaml: there is no such file." in refused(bundle, "--settings", "none.yaml")
    (tmp_path / "serve.yaml").write_text("- 8000\n")
    assert "holds no settings file. It is a mapping" in refused(bundle, "--settings", "serve.yaml")
    assert "--set port: is not an override." in refused(bundle, "--set", "port")
    (tmp_path / "serve.yaml").write_text(f"tenants: {{shop: {bundle}}}\n")
    assert "tenants: and BUNDLE both say what to serve." in refused(bundle, "--settings", "serve.yaml")


def test_certificates_that_cannot_be_used(refused, bundle, tmp_path):
    pem, key = make_certificate(tmp_path)
    assert "tls.certificate: none.pem cannot be read: No such file" in refused(bundle, "--tls-cert", "none.pem")
    assert "tls.certificate: is missing." in refused(bundle, "--tls-key", key)
    assert "cert.pem cannot be used: " in refused(bundle, "--tls-cert", pem)
    (tmp_path / "other").mkdir()
    _, other = make_certificate(tmp_path / "other")
    assert "cannot be used: key values mismatch." in refused(bundle, "--tls-cert", pem, "--tls-key", other)
    locked = tmp_path / "locked.pem"
    subprocess.run(["openssl", "ec", "-in", key, "-aes256", "-passout", f"pass:{SECRET}", "-out", locked], check=True)
    said = refused(bundle, "--tls-cert", pem, "--tls-key", locked)
    assert "cannot be used" in said


def test_a_file_for_keys_is_not_written_over_and_no_key_is_made(refused, genre, bundle, tmp_path):
    (tmp_path / "key").write_text("old")
    assert "key: exists; it is not written over." in refused(bundle, "--key-file", "key", "--port", 0)
    assert "cannot be written" in refused(bundle, "--key-file", tmp_path / "key" / "below", "--port", 0)
    assert (tmp_path / "key").read_text() == "old"
    assert genre("keys", bundle, "--json").out.split() == ["{", '"keys":', "[]", "}"]


def test_a_missing_package_names_the_extra(refused, bundle, monkeypatch):
    monkeypatch.setattr("genre.serving.server.run.find_spec", lambda name: None if name == "httptools" else name)
    said = refused(bundle)
    assert "genre serve: needs the package 'httptools', which is not installed." in said and "genre[serve]" in said
