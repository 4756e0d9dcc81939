"""One mask out of several: of a label map, of Slicer's ``.seg.nrrd`` of every version, or by name in any contour."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError, few, unknown_name
from .lattice import Note
from .source import NAME, Source, same_name

_TUMOUR = re.compile(
    r"tumou?r|lesion|läsion|lésion|lesión|mass|gtv|cancer|carcino|karzinom|neoplas|malign|nodul|tumeur|ftv|metasta|\bca\b",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"breast|brust|mamma|\bsein\b|box|search|\bvoi\b|body|skin|haut|heart|lung|liver|node|lymph|\bln|axill|fgt|fibrogland|"
    r"gland|background|muscle|pector|chest|thora|wall|vessel|clip|marker|biops|cyst|implant|\bfat\b|\bair\b|oedema|edema|"
    r"shell|peri|organ|external|spine|ctv|ptv",
    re.IGNORECASE,
)

_NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True)
class Segment:
    """A segment of a ``.seg.nrrd``: voxels of ``layer`` that hold ``label``."""

    name: str
    identifier: str
    label: int
    layer: int


def segments_of(words: Mapping[str, str], layers: int) -> tuple[Segment, ...]:
    """The segments that the header of a ``.seg.nrrd`` declares, in the order of their numbers; none for any other file.

    Until version 4.10 Slicer wrote a component for each segment and neither label nor layer: segment n is the voxels of
    component n that are 1.

    Args:
        words: the header's keys and values.
        layers: components of the file.

    Raises:
        InputError: a label or layer that does not exist.
    """
    keys = sorted(int(found[1]) for key in words if (found := re.fullmatch(r"Segment(\d{1,6})_Name", key)))
    return tuple(_segment(words, number, place, layers) for place, number in enumerate(keys))


def _segment(words: Mapping[str, str], number: int, place: int, layers: int) -> Segment:
    def entry(key: str, default: str) -> str:
        return words.get(f"Segment{number}_{key}", default)

    old = f"Segment{number}_LabelValue" not in words and f"Segment{number}_Layer" not in words
    name, label, layer = entry("Name", ""), entry("LabelValue", "1"), entry("Layer", str(place) if old else "0")
    if not (_NUMBER.fullmatch(label) and _NUMBER.fullmatch(layer) and int(layer) < layers):
        found = f"label '{label}' in layer '{layer}' of {layers} for '{name}'"
        raise InputError("segments with a label and a layer that exist", found, "save the segmentation again in Slicer")
    return Segment(name, entry("ID", ""), int(label), int(layer))


def choose_part(
    parts: Sequence[tuple[str, ...]], source: Source, preferred: str | None, kind: str, numbered: bool = False
) -> int:
    """The place of the segment or region that is meant; the preferred or only one where none is asked for.

    Args:
        parts: its names, the one that a reader knows first.
        preferred: name to take where none is asked for.
        kind: what it is called, as ``segment``.
        numbered: the last of its names is a number, which counts only where no name fits.

    Raises:
        InputError: no such one, or several and no choice; those there are listed.
    """
    file_name, shown = source.path.name, [names[0] for names in parts]
    wanted = source.names or ((preferred,) if preferred else ())
    for asked in wanted:
        by_name = [
            n for n, names in enumerate(parts) if any(same_name(asked, x) for x in names[: -1 if numbered else None])
        ]
        matches = by_name or [n for n, names in enumerate(parts) if numbered and names[-1] == asked]
        if len(matches) == 1:
            return matches[0]
        if len(matches) > 1:
            raise InputError(f"one {kind} '{asked}'", f"{len(matches)} in {file_name}", "rename them")
    if source.name is not None:
        raise unknown_name(f"a {kind} of {file_name}", source.name, shown)
    if len(parts) == 1:
        return 0
    found = few(shown, 20) or "none"
    raise InputError(
        f"the {kind} to take from {file_name}", found, f"add '{NAME}{shown[0] if shown else 'NAME'}' to the file"
    )


def says_tumour(name: str) -> bool:
    """Whether a segment's name speaks of a tumour."""
    return _TUMOUR.search(name) is not None


def check_name(name: str, note: Note) -> None:
    """A note where a segment's name speaks of something else than a tumour."""
    if _OTHER.search(name) and not _TUMOUR.search(name):
        note(f"The segment '{name}' was taken for the tumour, though its name speaks of something else.")


def pick_segment(
    layers: np.ndarray, segments: Sequence[Segment], source: Source, preferred: str | None, note: Note | None = None
) -> np.ndarray:
    """The voxels (z, y, x) of one segment, by name or identifier.

    Args:
        layers: (layer, z, y, x).

    Raises:
        InputError: as ``choose_part``.
    """
    parts = [(one.name, one.identifier) for one in segments]
    chosen = segments[choose_part(parts, source, preferred, "segment")]
    if note is not None:
        check_name(chosen.name, note)
    return layers[chosen.layer] == chosen.label


def _are_labels(values: np.ndarray) -> bool:
    finite = not np.issubdtype(values.dtype, np.floating) or bool(np.isfinite(values).all())
    return finite and values.min() >= 0 and bool(np.all(np.mod(values, 1) == 0))


def pick_label(values: np.ndarray, source: Source) -> np.ndarray:
    """The voxels of one label of a label map (z, y, x); of its only label where none is asked for.

    Raises:
        InputError: values that are no labels, no such label, or several and no choice.
    """
    file_name = source.path.name
    if np.iscomplexobj(values) or not _are_labels(values):
        raise InputError("a label map (whole numbers, 0 outside)", f"other values in {file_name}", "give the contour")
    labels = [int(label) for label in np.unique(values) if label != 0]
    if source.name is not None:
        if source.name not in map(str, labels):
            raise unknown_name(f"a label of {file_name}", source.name, map(str, labels))
        return values == int(source.name)
    if len(labels) > 1:
        shown = ", ".join(map(str, labels[:8])) + (", ..." if len(labels) > 8 else "")
        found, remedy = f"{shown}", f"choose one by adding '{NAME}{labels[0]}' to the file"
        raise InputError(f"one label in {file_name}", found, remedy)
    return values != 0
