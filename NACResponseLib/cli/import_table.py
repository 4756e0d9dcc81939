"""``nacresponse import``: features that another program computed, from a table with a row a patient."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .options import command_line

_DESCRIPTION = """Makes a folder that 'nacresponse train', 'evaluate' and 'compare' take, from a table with a row a
patient as pyradiomics, MIRP or anyone writes it: CSV, TSV, Excel (.xlsx) or Parquet. Columns that are clinical
variables, scanners or outcomes go into cases.csv; all other columns of numbers are features under their own names. What
each column was taken for is listed; --map FILE corrects it. Exit status 1: some patients are in one of the two tables
only and are left out."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``import``."""
    parser = commands.add_parser(
        "import", help="take features that another program computed", description=_DESCRIPTION, allow_abbrev=False
    )
    parser.add_argument("table", metavar="TABLE", type=Path, help="a row a patient")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True)
    parser.add_argument(
        "--cases", metavar="FILE", type=Path, help="clinical variables, scanners, outcomes, if elsewhere"
    )
    parser.add_argument(
        "--id", metavar="COLUMN", help="of the patients' names; default: patient_id, Patient ID and such"
    )
    parser.add_argument("--name", metavar="NAME", help="of the feature set; default: the file's")
    parser.add_argument("--protocol", metavar="NAME|FILE", help="whose features they are, so that images can be scored")
    parser.add_argument(
        "--map", metavar="FILE", type=Path, help="YAML: what columns are, and further clinical variables"
    )
    parser.add_argument("--dry-run", action="store_true", help="list what each column is taken for, and stop")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Imports as the options say; 0 when done, 1 when patients were left out."""
    from ..results.importing import import_features

    result = import_features(
        options.table,
        options.output,
        cases=options.cases,
        patient=options.id,
        name=options.name,
        protocol=options.protocol,
        columns=options.map,
        command=command_line(),
        lines=print,
        dry_run=options.dry_run,
    )
    if result is None:
        return 0
    for failure in result.failures[:5]:
        print(f"{failure.patient_id}: {failure.reason}", file=sys.stderr)
    print(f"Features: {result.folder}; next: nacresponse train {result.folder} --endpoint NAME --output DIR")
    return 1 if result.failures else 0
