"""The folder of a cohort: ``COHORT.csv``, ``truth.csv``, ``README.txt``, a folder a patient; all of it or nothing."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..errors import InputError

Truth = dict[str, float | str]
OnePatient = Callable[[int, Path], tuple[dict[str, str], Truth]]
"""Writes the files of a patient (number, cohort's folder); gives the rows of ``COHORT.csv`` and ``truth.csv``."""


def write_cohort(
    count: int, output: Path, seed: int, one: OnePatient, readme: str, report: Callable[[int, str], None] | None
) -> Path:
    """Makes a cohort beside its place and moves it there when whole.

    Args:
        count: number of patients, at least 1.
        output: a folder that is new or empty.
        seed: not negative.
        one: makes a patient.
        readme: text of ``README.txt``.
        report: called with the number of patients done and the patient's name after each.

    Returns:
        The path of ``COHORT.csv``.

    Raises:
        InputError: a count below 1, a negative seed, an output that cannot be written or is not empty.
    """
    if count < 1:
        raise InputError("at least 1 patient", f"{count}", "ask for more patients")
    if seed < 0:
        raise InputError("a seed of 0 or more", f"{seed}", "choose another seed")
    _refuse_filled(output)
    work = _work_folder(output)
    try:
        rows, truths = [], []
        for number in range(1, count + 1):
            row, truth = one(number, work)
            rows.append(row)
            truths.append(truth)
            if report:
                report(number, row["patient_id"])
        _write_table(work / "COHORT.csv", rows)
        _write_table(work / "truth.csv", truths)
        (work / "README.txt").write_text(readme, encoding="utf-8")
        work.chmod(0o755)
        if output.exists():
            output.rmdir()
        work.rename(output)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return output / "COHORT.csv"


def _work_folder(output: Path) -> Path:
    """A hidden folder beside the output, to be renamed when whole."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    except OSError as error:
        reason = f"{output.parent}: {error.strerror}"
        raise InputError("an output folder that can be written", reason, "choose another output") from None


def _refuse_filled(output: Path) -> None:
    if output.exists() and not output.is_dir():
        raise InputError("an output folder", f"a file {output}", "choose another output")
    if output.is_dir() and any(output.iterdir()):
        raise InputError("a new or empty output folder", f"files in {output}", "choose another output")


def _write_table(path: Path, rows: Sequence[Mapping[str, float | str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
