"""``nacresponse export``: patients and features as one table, with a dictionary of its columns."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``export``."""
    parser = commands.add_parser(
        "export",
        help="write patients and features as one table for R, SPSS or pandas",
        description="Writes one table with a row a patient (clinical variables, scanners, outcomes, features), and a "
        "dictionary of its columns: name, meaning, unit, source, identifier in the IBSI reference manual.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="as 'nacresponse extract' or 'import' writes it")
    parser.add_argument("--output", metavar="FILE.csv|.xlsx|.parquet", type=Path, required=True, help="a new file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Exports as the options say; 0 when done."""
    from ..results.merged import export_table

    for file in export_table(options.folder, options.output):
        print(f"Written: {file}")
    return 0
