"""Installing a model: a checked copy in the user's folder, which is found there by its name like a shipped one."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import InputError
from ..output import whole_file
from .bundle import SUFFIX, VARIABLE, load_bundle, model_files, models_folder
from .card_check import check_card

_NAME = r"[A-Za-z0-9][\w.-]{0,63}"


def install_bundle(file: Path, name: str | None = None, *, replace_other: bool = False) -> Path:
    """Checks a bundle and puts a copy into the user's folder, where it can be called by its name.

    Args:
        file: a bundle.
        name: to call it by; that on its card if None.
        replace_other: another model of that name, installed earlier, gives way.

    Returns:
        The copy's path.

    Raises:
        InputError: not a sound bundle, a name that cannot be or is taken, or a folder that cannot be written.
    """
    bundle = load_bundle(file)
    check_card(bundle)
    name = bundle.card.name if name is None else name
    if not re.fullmatch(_NAME, name):
        raise InputError("a model's name of letters, digits, '.', '_' and '-'", f"'{name[:80]}'", "choose another")
    place = models_folder() / f"{name}{SUFFIX}"
    if model_files().get(name, place) != place:
        raise InputError("a name that no shipped model has", f"'{name}'", "choose another")
    content = file.read_bytes()
    try:
        if place.is_file() and place.read_bytes() != content and not replace_other:
            raise InputError("a new name", f"another model called '{name}' in {place.parent}", "choose another name")
        place.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(place) as stream:
            stream.write(content)
    except OSError as error:
        found = f"{place.parent}: {error.strerror}"
        raise InputError("a folder for models that can be written", found, f"set {VARIABLE}") from None
    return place
