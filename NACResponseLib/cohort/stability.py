"""Which features survive another reader's contour: extraction repeated under small perturbations of every contour.

Each replicate is a cohort of its own, with the same tables as ``extract`` writes, so that training can judge stability
from the patients it trains on alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..evaluation.agreement import NAME, Agreement
from ..evaluation.replicates import read_replicates
from ..execution.processes import Pool
from ..writing import write_csv, write_json
from .manifest import Manifest
from .perturbation import SMOOTHNESS_MM
from .plan import Perturbation, Settings, Task, left_of, task_of
from .results import FAILURES, Cohort, Failure, write_failures, write_results

TABLE, STUDY, REPLICATE = "stability_{}.csv", "stability.json", "replicate_{:02d}"
OWN = ("stability_*.csv", STUDY, "replicate_*", FAILURES)
_COLUMNS = ("feature", "icc", "ci_low", "ci_high", "n_patients", "n_replicates")


def replicates_of(settings: Settings, count: int, seed: int, amplitude_mm: float | None) -> tuple[Settings, ...]:
    """The settings of each replicate.

    Raises:
        InputError: fewer than two, or an amplitude that no reader's variation has.
    """
    if not 2 <= count <= 99:
        raise InputError("2 to 99 replicates", f"{count}", "correct --replicates")
    if amplitude_mm is not None and not 0.05 <= amplitude_mm <= 10:
        raise InputError("an amplitude of 0.05 to 10 mm", f"{amplitude_mm:g} mm", "correct --amplitude-mm")
    return tuple(replace(settings, perturbation=Perturbation(seed, k, amplitude_mm)) for k in range(1, count + 1))


def stability_tasks(
    manifest: Manifest, replicates: Sequence[Settings], folder: Path, pool: Pool | None = None
) -> list[Task]:
    """The pending tasks, patient by patient.

    Args:
        pool: as of ``plan.plan``.
    """
    every = (task_of(patient, one, folder) for patient in manifest.patients for one in replicates)
    return list(left_of(every, pool))


def write_stability(
    manifest: Manifest,
    replicates: Sequence[Settings],
    folder: Path,
    output: Path,
    failures: Mapping[str, Failure],
    command: str = "",
) -> dict[str, dict[str, Agreement]]:
    """Writes the tables of every replicate and each feature's agreement; a patient that failed once is in none.

    Args:
        folder: of the result files.
        failures: the first of each patient.

    Returns:
        Agreement by feature set and feature.

    Raises:
        InputError: a file cannot be written.
    """
    (output / STUDY).unlink(missing_ok=True)  # comes last again: without it nothing looks complete
    for number, settings in enumerate(replicates, 1):
        place = output / REPLICATE.format(number)
        place.mkdir(exist_ok=True)
        write_results(Cohort(manifest, settings, folder, tuple(failures.values())), place, command=command)
    found = {}
    for name in replicates[0].feature_sets:
        measured = read_replicates(output, name)
        found[name] = measured.agreement()
        write_csv(output / TABLE.format(name), _COLUMNS, _rows(found[name], len(replicates)))
    write_failures(output, failures.values())
    how = replicates[0].perturbation
    study = {
        "measure": NAME,
        "interval": "95 %, F distribution",
        "perturbation": {
            "of": "contours",
            "translation": "uniform, up to half a voxel along each axis",
            "displacement": "smooth Gaussian random field",
            "amplitude_mm": "one voxel" if how is None or how.amplitude_mm is None else how.amplitude_mm,
            "smoothness_mm": SMOOTHNESS_MM,
            "seed": how.seed if how else None,
            "after": "Zwanenburg et al., Scientific Reports 9:614 (2019)",
        },
        "n_replicates": len(replicates),
        "synthetic": manifest.synthetic,
    }
    write_json(output / STUDY, study)
    return found


def _rows(found: Mapping[str, Agreement], count: int) -> Iterator[tuple[str, ...]]:
    for name, one in found.items():
        numbers = ("" if np.isnan(x) else f"{x:.6f}" for x in (one.icc, one.low, one.high))
        yield (name, *numbers, str(one.subjects), str(count))
