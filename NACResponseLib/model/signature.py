"""Who vouches for a model's file: a detached Ed25519 signature (RFC 8032), ``NAME.nacmodel.sig``, of 64 bytes.

What is signed are the file's bytes. Keys are PEM files in a folder that the user names: ``signing-key.pem`` (PKCS 8,
without password, readable by its owner alone) signs; every ``NAME.pub.pem`` there verifies. Whoever gets a public key
must get it by a way that is trusted. OpenSSL verifies the same: ``openssl pkeyutl -verify -pubin -rawin``.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..output import whole_file

SIGNING_KEY, PUBLIC_ENDING, SIGNATURE_ENDING = "signing-key.pem", ".pub.pem", ".sig"
_SIGNATURE_BYTES, _LARGEST_KEY = 64, 2**14


def signature_file(model: Path) -> Path:
    """Beside the model's file."""
    return model.with_name(model.name + SIGNATURE_ENDING)


def sign(model: Path, folder: Path) -> Path:
    """Signs a model's file by the folder's key; a folder without one gets a new pair.

    Args:
        model: a sound bundle; its bytes are signed as they are.
        folder: of keys; made if it is not there.

    Returns:
        The signature's file.

    Raises:
        InputError: ``cryptography`` is not installed, no Ed25519 key in the key's file, or a folder that cannot be
            written.
    """
    _check_installed()
    try:
        path = folder / SIGNING_KEY
        key = _private(path) if path.is_file() else _new_pair(folder)
        with whole_file(signature_file(model)) as stream:
            stream.write(key.sign(model.read_bytes()))
    except OSError as error:
        found = f"{error.filename or folder}: {error.strerror}"
        raise InputError("folders for the key and the signature that can be written", found, "choose others") from None
    return signature_file(model)


def signer(model: Path, folder: Path) -> str:
    """The name of the public key in a folder by which a model's file is signed: ``NAME`` of ``NAME.pub.pem``.

    Raises:
        InputError: ``cryptography`` is not installed, no signature beside the file, no public key in the folder, or
            none of them made the signature of this file.
    """
    _check_installed()
    from cryptography.exceptions import InvalidSignature

    keys = sorted(folder.glob(f"*{PUBLIC_ENDING}")) if folder.is_dir() else []
    if not keys:
        raise InputError(f"public keys (NAME{PUBLIC_ENDING}) in the folder", f"none in {folder}", "give their folder")
    place = signature_file(model)
    try:
        signature, content = place.read_bytes()[: _SIGNATURE_BYTES + 1], model.read_bytes()
    except OSError as error:
        raise InputError(f"the signature {place.name}", f"{error.strerror}", "ask its maker for it") from None
    for path in keys:
        try:
            _public(path).verify(signature, content)
        except InvalidSignature:
            continue
        return path.name.removesuffix(PUBLIC_ENDING)
    raise InputError(
        f"a signature of {model.name} by one of {len(keys)} keys in {folder}", "none", "do not use this file"
    )


def _check_installed() -> None:
    if find_spec("cryptography") is None:
        raise InputError("the package cryptography", "none", "pip install '.[sign]' in the copy of the repository")


def _new_pair(folder: Path) -> Any:
    """A new signing key and its public key; the private file is the owner's from its first byte on."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key, pem = Ed25519PrivateKey.generate(), serialization.Encoding.PEM
    folder.mkdir(parents=True, exist_ok=True)
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with os.fdopen(os.open(folder / SIGNING_KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(private)
    with whole_file(folder / f"own{PUBLIC_ENDING}") as stream:
        stream.write(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    return key


def _private(path: Path) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return _loaded(path, lambda content: load_pem_private_key(content, None), Ed25519PrivateKey)


def _public(path: Path) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return _loaded(path, load_pem_public_key, Ed25519PublicKey)


def _loaded(path: Path, load: Any, kind: type) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        with path.open("rb") as stream:
            key = load(stream.read(_LARGEST_KEY))
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):  # the package's texts may show what is in the file
        key = None
    if not isinstance(key, kind):
        raise InputError(f"an Ed25519 key (PEM, without password) in {path.name}", "none", "give another key")
    return key
