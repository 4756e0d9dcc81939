"""``nacresponse review``: a reader's decisions on the contours of an extracted cohort."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import InputError
from .options import RESEARCH_ONLY

_DESCRIPTION = """Lists and makes decisions on patients of FEATURES_DIR: review.csv there, with patient_id, decision
(accepted, rejected), reason, reviewer and time. The file may be edited with a spreadsheet; this command checks it.
'train' and 'evaluate' leave rejected patients out and say so."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``review``."""
    parser = commands.add_parser(
        "review", help="accept or reject patients of a cohort", description=_DESCRIPTION, allow_abbrev=False
    )
    parser.add_argument("folder", metavar="FEATURES_DIR", type=Path, help="as 'nacresponse extract' writes it")
    parser.add_argument("--accept", metavar="ID", action="append", default=[], help="may be repeated")
    parser.add_argument("--reject", metavar="ID", action="append", default=[], help="may be repeated; give --reason")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why")
    parser.add_argument("--reviewer", metavar="NAME", default="", help="who decides")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Decides, checks and lists; 0 when done."""
    from ..features.cases import CASES, read_cases
    from ..features.review import ACCEPTED, REJECTED, REVIEW, counted, decide_all, read_review
    from ..patient_names import no_such_patient

    patients = list(read_cases(options.folder / CASES).index)
    file = options.folder / REVIEW
    wanted = [(name, ACCEPTED) for name in options.accept] + [(name, REJECTED) for name in options.reject]
    names = [name for name, _ in wanted]
    for name in names:
        if name not in patients:
            raise no_such_patient(name, patients, CASES)
        if names.count(name) > 1:
            raise InputError(f"one decision on {name}", "two", "leave one out")
    if wanted:
        decide_all(file, dict(wanted), options.reason, options.reviewer)
    found = read_review(file, patients) if file.is_file() else {}
    for one in found.values():
        print("  ".join(filter(None, (one.patient_id, one.decision, one.reason, one.reviewer, one.time))))
    print(f"{counted(found, patients)}: {file}")
    print(RESEARCH_ONLY)
    return 0
