"""``nacresponse followup``: two examinations of one patient, side by side."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import InputError
from .options import RESEARCH_ONLY

_DESCRIPTION = """Compares two examinations of a patient that 'nacresponse score' wrote: volume, longest diameter with a
category like RECIST 1.1's, and score; with --dynamic-earlier and --dynamic-later functional tumour volume and pictures,
too. Writes followup.json, changes.csv and report.html."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``followup``."""
    parser = commands.add_parser(
        "followup", help="compare two examinations of a patient", description=_DESCRIPTION, allow_abbrev=False
    )
    parser.add_argument("earlier", metavar="EARLIER", type=Path, help="a folder that 'score' wrote")
    parser.add_argument("later", metavar="LATER", type=Path, help="that of the later examination")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True)
    for which in ("earlier", "later"):
        help_text = f"PRE POST [LATE] of the {which} examination, images before and after contrast"
        parser.add_argument(f"--dynamic-{which}", metavar="FILE", nargs="+", help=help_text)
    parser.add_argument("--percent", metavar="N", type=float, help="enhancement of functional tumour volume (70)")
    parser.add_argument(
        "--least-ser", metavar="R", type=float, help="signal enhancement ratio of it (none; needs LATE)"
    )
    parser.add_argument(
        "--gone", action="store_true", help="no tumour was found any more: the later examination has no contour"
    )
    parser.add_argument("--pdf", action="store_true", help="write the report as PDF, too")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compares what the options name; 0 when done."""
    from ..results.followup import Dynamic, followup

    given = [options.dynamic_earlier, options.dynamic_later]
    if any(given) and not all(given):
        raise InputError(
            "the phases of both examinations", "those of one", "give --dynamic-earlier and --dynamic-later"
        )
    for words in given:
        if words and not 2 <= len(words) <= 3:
            raise InputError("two or three phases: PRE POST [LATE]", f"{len(words)}", "correct --dynamic-...")
    dynamic = (Dynamic(*given[0]), Dynamic(*given[1])) if all(given) else None
    if dynamic is None and (options.percent is not None or options.least_ser is not None):
        raise InputError(
            "phases for the functional tumour volume", "none", "give --dynamic-earlier and --dynamic-later"
        )
    result = followup(
        options.earlier,
        options.later,
        options.output,
        dynamic=dynamic,
        percent=options.percent,
        least_ser=options.least_ser,
        gone=options.gone,
        pdf=options.pdf,
    )
    print(f"By longest diameter, like RECIST 1.1: {result.response}")
    for change in result.about["changes"]:
        percent = "" if change["percent"] is None or not change["unit"] else f" ({change['percent']:+.0f} %)"
        unit = change["unit"].replace("2", "²").replace("3", "³")
        print(f"  {change['label']}: {change['earlier']:.4g} to {change['later']:.4g} {unit}".rstrip() + percent)
    for warning in result.about["warnings"]:
        print(f"Warning: {warning}")
    print(f"Report: {result.folder / result.page}")
    print(RESEARCH_ONLY)
    return 0
