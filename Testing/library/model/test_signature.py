"""Signed models: a signature is of one file by one key, and OpenSSL verifies it, too."""

import os
import shutil
import subprocess

import pytest

from NACResponseLib.cli import main
from NACResponseLib.errors import InputError
from NACResponseLib.model.signature import PUBLIC_ENDING, SIGNING_KEY, sign, signer

from .bundle_files import SHIPPED

pytest.importorskip("cryptography")


@pytest.fixture
def model(tmp_path):
    return shutil.copy(SHIPPED, tmp_path / "mine.nacmodel")


@pytest.fixture
def trusted(tmp_path, model):
    """A folder of public keys: the signer's, under a name that the reader gave it, and another's."""
    sign(model, tmp_path / "others")
    sign(model, tmp_path / "keys")
    folder = tmp_path / "trusted"
    folder.mkdir()
    for name, keys in (("clinic", "keys"), ("another", "others")):
        shutil.copy(tmp_path / keys / f"own{PUBLIC_ENDING}", folder / f"{name}{PUBLIC_ENDING}")
    return folder


def test_a_signed_file_is_known_by_the_key_that_signed_it(model, trusted):
    assert signer(model, trusted) == "clinic"


def test_a_file_that_was_altered_or_a_signature_of_another_is_refused(model, trusted):
    content, signature = model.read_bytes(), model.with_name("mine.nacmodel.sig").read_bytes()
    for changed, forged in (
        (content + b" ", signature),
        (content, bytes(64)),
        (content, signature[:-1]),
        (content, signature + b" "),
        (content, b""),
    ):
        model.write_bytes(changed)
        model.with_name("mine.nacmodel.sig").write_bytes(forged)
        with pytest.raises(InputError, match="a signature of"):
            signer(model, trusted)


def test_a_key_that_is_not_trusted_a_missing_signature_and_no_keys_are_refused(model, trusted, tmp_path):
    (trusted / f"clinic{PUBLIC_ENDING}").unlink()
    with pytest.raises(InputError, match="one of 1 keys"):
        signer(model, trusted)
    model.with_name("mine.nacmodel.sig").unlink()
    with pytest.raises(InputError, match=r"the signature mine\.nacmodel\.sig"):
        signer(model, trusted)
    for nothing in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match="public keys"):
            signer(model, nothing)


@pytest.mark.parametrize(
    "content", [b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", b"\xff" * 99]
)
def test_what_is_no_key_is_refused_without_showing_it(model, trusted, content):
    (trusted / f"a{PUBLIC_ENDING}").write_bytes(content)
    with pytest.raises(InputError, match="an Ed25519 key"):
        signer(model, trusted)
    (trusted / SIGNING_KEY).write_bytes(content)
    with pytest.raises(InputError, match="an Ed25519 key"):
        sign(model, trusted)


def test_a_key_of_another_kind_is_refused(model, trusted):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    other = X25519PrivateKey.generate().public_key()
    pem, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    (trusted / f"a{PUBLIC_ENDING}").write_bytes(other.public_bytes(pem, form))
    with pytest.raises(InputError, match="an Ed25519 key"):
        signer(model, trusted)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_signing_key_is_its_owners_alone_and_is_used_again(model, tmp_path):
    sign(model, tmp_path / "keys")
    key = tmp_path / "keys" / SIGNING_KEY
    assert key.stat().st_mode & 0o077 == 0
    before = key.read_bytes()
    sign(model, tmp_path / "keys")
    assert key.read_bytes() == before and signer(model, tmp_path / "keys") == "own"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no OpenSSL here")
def test_openssl_verifies_the_signature(model, trusted):
    key = trusted / f"clinic{PUBLIC_ENDING}"
    words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", model]
    words += ["-sigfile", f"{model}.sig"]
    assert "Verified Successfully" in subprocess.run(words, capture_output=True, text=True, check=True).stdout
    model.write_bytes(model.read_bytes() + b" ")
    assert subprocess.run(words, capture_output=True).returncode != 0


def test_without_the_package_the_way_to_it_is_stated(model, tmp_path, monkeypatch):
    monkeypatch.setattr("NACResponseLib.model.signature.find_spec", lambda name: None)
    for call in (sign, signer):
        with pytest.raises(InputError, match=r"\.\[sign\]"):
            call(model, tmp_path / "keys")
    assert not (tmp_path / "keys").exists()


def test_the_command_line_signs_and_verifies(model, tmp_path, capsys):
    keys = tmp_path / "keys"
    assert main(["models", "verify", str(model), "--key", str(keys)]) == 2
    assert main(["models", "sign", str(model), "--key", str(keys)]) == 0
    assert main(["models", "verify", str(model), "--key", str(keys)]) == 0
    assert "signed by the key own" in capsys.readouterr().out
    assert main(["models", "sign", str(tmp_path / "none.nacmodel"), "--key", str(keys)]) == 2
