"""``nacresponse shell``: the peritumoral shell of one image and what it was clipped at, as masks."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..case import USER_MASKS
from ..errors import InputError
from ..output import check_folder, whole_folder
from ..writing import write_json

MASKS = ("body", "skin", "chest_wall", "breast", "shell")
MARKER, OWN_FILES = "shell.json", tuple(f"{name}.nii.gz" for name in MASKS)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``shell``."""
    parser = commands.add_parser(
        "shell",
        help="make the peritumoral shell of one image",
        description="Tissue within a margin of the tumour's surface, without skin and chest wall: masks on the image's "
        "grid, and shell.json, which says how well skin and chest wall were found.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--image", metavar="FILE", required=True, help="NRRD, NIfTI, MHA, DICOM or a folder of it; FILE#N picks a phase"
    )
    parser.add_argument("--modality", choices=("MR", "CT"), required=True)
    parser.add_argument(
        "--tumor", metavar="FILE", required=True, help="label map, .seg.nrrd, SEG or RTSTRUCT; FILE::NAME picks one"
    )
    parser.add_argument("--output", metavar="DIR", type=Path, required=True)
    parser.add_argument("--margin-mm", metavar="MM", type=float, default=5.0, help="default: %(default)s")
    for name in USER_MASKS:
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, metavar="FILE", dest=name, help=f"your own mask of the {name.replace('_', ' ')}")
    parser.add_argument("--no-clip", action="store_true", help="clip at nothing but the image's edge")
    parser.add_argument(
        "--wall-points",
        metavar="[tumor=]FILE",
        help="your points on the front of the pectoral muscle: .mrk.json, .fcsv, .json or .csv",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Makes the shell that the options describe."""
    from ..anatomy.regions import find_regions
    from ..imaging.io import load_case, write_image

    check_folder(options.output, MARKER, OWN_FILES)
    given = {name: getattr(options, name) for name in USER_MASKS if getattr(options, name)}
    if given and options.no_clip:
        raise InputError("masks to clip by, or --no-clip", "both", "leave one out")
    if options.wall_points and (options.no_clip or options.chest_wall):
        raise InputError("--wall-points alone", "--no-clip or --chest-wall with it", "leave one out")
    points = {"tumor": options.wall_points.removeprefix("tumor=")} if options.wall_points else {}
    case = load_case(
        "",
        {"image": options.image},
        {"tumor": options.tumor},
        masks=given,
        modality=options.modality,
        wall_points=points,
    )
    regions = find_regions(case, "tumor", "image", options.modality, options.margin_mm, clip=not options.no_clip)
    assert regions.anatomy is not None and regions.shell is not None
    result = {
        "status": regions.anatomy.status,
        "confidence": {"skin": regions.anatomy.skin_confidence, "chest_wall": regions.anatomy.wall_confidence},
        "confidence_in_words": regions.anatomy.confidence_in_words,
        "wall_points": {name: placed.tolist() for name, placed in case.wall_points.items()},
        "tumor_volume_mm3": regions.measures.volume_mm3,
        "shell_volume_mm3": regions.shell_mm3,
        "clipped_mm3": dict(regions.clipped_mm3),
        "warnings": [*case.warnings, *regions.warnings],
    }
    with whole_folder(options.output, MARKER, OWN_FILES) as partial:
        for name in MASKS:
            mask = regions.shell if name == "shell" else getattr(regions.anatomy, name)
            write_image(mask, partial / f"{name}.nii.gz")
        write_json(partial / MARKER, result, indent=2)
    _print_result(result, options.output)
    return 0


def _print_result(result: dict, output: Path) -> None:
    clipped = ", ".join(f"{name.replace('_', ' ')} {volume:,.0f}" for name, volume in result["clipped_mm3"].items())
    print(f"Shell: {result['shell_volume_mm3']:,.0f} mm³ around a tumour of {result['tumor_volume_mm3']:,.0f} mm³")
    print(f"Clipped, mm³: {clipped}")
    words = [f"{name.replace('_', ' ')} {seen}" for name, seen in result["confidence_in_words"].items()]
    print(f"Anatomy: {'; '.join([result['status'], *words])}")
    for warning in result["warnings"]:
        print(f"Warning: {warning}")
    print(f"Masks and shell.json: {output}")
