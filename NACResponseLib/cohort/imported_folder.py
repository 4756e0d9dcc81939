"""The folder of imported features: the same files as an extraction writes."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .. import __version__
from ..features.table import INDEX, table_file, write_rows
from ..hashing import sha256_of_files
from ..output import whole_folder
from ..variables import VARIABLES_FILE, variables_plain
from .foreign_columns import numbers
from .imported import Imported, case_row
from .manifest import SYNTHETIC, SYNTHETIC_WORDS
from .results import CASES, FAILURES, RUN, protocol_metadata, write_csv


def write_import(found: Imported, output: Path, command: str = "") -> None:
    """Writes the folder, whole or not at all.

    Raises:
        InputError: it holds something else, or cannot be written.
    """
    file = table_file(output, found.name).name
    earlier = [each.name for each in output.glob("features_*.parquet")] if (output / CASES).is_file() else []
    own = (CASES, FAILURES, VARIABLES_FILE, file, *earlier)
    with whole_folder(output, RUN, own) as folder:
        rows = [case_row(found, patient) for patient in found.patients]
        header = list(dict.fromkeys(name for row in rows for name in row))
        order = [*(name for name in found.variables if name in header)]
        header = [*order, *(name for name in header if name not in order)]
        lines = (
            [name, *(row.get(each, "") for each in header)] for name, row in zip(found.patients, rows, strict=True)
        )
        write_csv(folder / CASES, (INDEX, *header), lines)
        write_csv(
            folder / FAILURES, ("patient_id", "stage", "reason"), (asdict(one).values() for one in found.failures)
        )
        synthetic = any(row.get(SYNTHETIC, "").lower() in SYNTHETIC_WORDS for row in rows)
        place = {name: number for number, name in enumerate(found.features.patients)}
        values = [numbers(found.features.cells[name]) or [] for name in found.names]
        table = ((name, [column[place[name]] for column in values]) for name in found.patients)
        if found.names:
            write_rows(folder / file, found.names, table, _metadata(found, synthetic))
        if found.own:
            text = json.dumps(variables_plain(found.own), indent=1, ensure_ascii=False)  # JSON is YAML, too
            (folder / VARIABLES_FILE).write_text(text + "\n", encoding="utf-8")
        text = json.dumps(_about(found, synthetic, command), indent=1, ensure_ascii=False)
        (folder / RUN).write_text(text + "\n", encoding="utf-8")


def _metadata(found: Imported, synthetic: bool) -> dict[str, Any]:
    source = {"file": found.features.path.name, "sha256": sha256_of_files([found.features.path])}
    about = {"feature_set": found.name, "synthetic": synthetic, "versions": {"nacresponse": __version__}}
    if found.protocol is None:
        return {**about, "imported_from": source, "group": found.group}
    return {**about, **protocol_metadata(found.protocol), "depth": None, "weights_sha256": None, "read_from": source}


def _about(found: Imported, synthetic: bool, command: str) -> dict[str, Any]:
    sources = [source for source in (found.features, found.cases) if source]
    return {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "command": command,
        "synthetic": synthetic,
        "n_patients": len(found.patients) + len(found.failures),
        "n_finished": len(found.patients),
        "n_failed": len(found.failures),
        "feature_sets": [found.name] if found.names else [],
        "protocol": found.protocol.name if found.protocol else None,
        "inputs": {source.path.name: sha256_of_files([source.path]) for source in sources},
        "columns": [
            {
                "file": source.path.name,
                "heading": c.heading.text,
                "taken_for": c.role,
                "name": c.heading.name,
                "note": c.note,
            }
            for source in sources
            for c in source.columns
        ],
        "versions": {"nacresponse": __version__},
    }
