"""``nacresponse suggest``: a tumour contour suggested from the phases before and after contrast, inside a box."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..imaging.source import parse_source
from ..output import whole_file

if TYPE_CHECKING:
    import SimpleITK as sitk

    from ..anatomy.enhancement import Suggestion
    from ..imaging.lattice import Note

_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha")
_DESCRIPTION = """Suggests a tumour contour from contrast enhancement, as functional tumour volume is measured: what
enhances by at least --percent inside the box. The mask lies on the grid of --post. It is a start for your own contour:
look at it and edit it."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``suggest``."""
    parser = commands.add_parser(
        "suggest",
        help="suggest a tumour contour from contrast enhancement",
        description=_DESCRIPTION,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--pre", metavar="FILE", required=True, help="T1-weighted image before contrast; FILE#pre of a dynamic series"
    )
    parser.add_argument("--post", metavar="FILE", required=True, help="the same about 90 seconds after contrast")
    parser.add_argument("--late", metavar="FILE", help="a later phase, for the signal enhancement ratio")
    parser.add_argument(
        "--box",
        metavar="FILE|MM",
        nargs="+",
        required=True,
        help="a mask, or six numbers L1 L2 P1 P2 S1 S2: from and to, along left, posterior, superior (LPS), in mm",
    )
    parser.add_argument("--percent", metavar="N", type=float, default=70.0, help="enhancement (default: %(default)g)")
    parser.add_argument(
        "--smallest-part-mm3", metavar="MM3", type=float, help="keep every part so large (default: only the largest)"
    )
    parser.add_argument("--output", metavar="FILE", type=Path, required=True, help=f"ends in {', '.join(_SUFFIXES)}")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Suggests the contour that the options describe."""
    from ..anatomy.enhancement import suggest_contour
    from ..imaging.io import read_image

    _check_output(options)
    notes: list[str] = []
    box = _numbers(options.box)
    post = read_image(options.post, note=notes.append)
    found = suggest_contour(
        read_image(options.pre, note=notes.append),
        post,
        _box(box, options.box, post, notes.append),
        percent=options.percent,
        late=read_image(options.late, note=notes.append) if options.late else None,
        smallest_part_mm3=options.smallest_part_mm3,
    )
    _write(found.mask, options.output)
    _print_result(found, options.output, dict.fromkeys(notes))
    return 0


def _check_output(options: argparse.Namespace) -> None:
    """Refuses before anything is computed what could not be written, or would overwrite what is read."""
    output = options.output
    if not output.name.endswith(_SUFFIXES):
        raise InputError(f"an output file that ends in {', '.join(_SUFFIXES)}", f"{output}", f"name it {output}.nii.gz")
    if not output.resolve().parent.is_dir():
        raise InputError("an existing folder for the output", f"none at {output.parent}", "make it first")
    given = [file for file in (options.pre, options.post, options.late, *options.box) if file]
    read = [parse_source(file).path.resolve() for file in given]
    if output.resolve() in read:
        raise InputError("an output file of its own", f"the input {output}", "choose another name")


def _numbers(words: Sequence[str]) -> list[float] | None:
    """Six numbers; None for a file."""
    if len(words) == 1:
        return None
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = []
    if len(numbers) != 6:
        remedy = "give --box L1 L2 P1 P2 S1 S2 in mm (LPS), or one mask"
        raise InputError("a box of six numbers, or a mask", " ".join(words), remedy)
    return numbers


def _box(numbers: list[float] | None, words: Sequence[str], post: sitk.Image, note: Note) -> sitk.Image:
    from ..anatomy.enhancement import box_mask
    from ..imaging.io import read_mask

    return read_mask(words[0], onto=post, note=note) if numbers is None else box_mask(post, numbers[::2], numbers[1::2])


def _write(mask: sitk.Image, output: Path) -> None:
    """The file appears whole or not at all."""
    from ..imaging.io import write_image

    with tempfile.TemporaryDirectory() as folder:
        apart = Path(folder) / output.name
        write_image(mask, apart)
        with whole_file(output) as stream:
            stream.write(apart.read_bytes())


def _print_result(found: Suggestion, output: Path, notes: Iterable[str]) -> None:
    print(f"Suggested contour: {found.volume_mm3:,.0f} mm³ in {found.voxels:,} voxels, {output}")
    if found.ser_shares:
        shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in found.ser_shares.items())
        print(f"Signal enhancement ratio: {shares}")
    for warning in (*notes, *found.warnings):
        print(f"Warning: {warning}")
