"""The option ``--features``: names of feature sets, as ``extract`` and ``train`` take them."""

from __future__ import annotations

from ..errors import InputError


def named_sets(text: str) -> list[str]:
    """The names in a list with commas.

    Raises:
        InputError: no name in it.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InputError("names of feature sets", f"'{text}'", "write for example --features handcrafted,resnet34")
    return names
