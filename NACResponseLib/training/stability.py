"""Features that do not survive another contour are left out, as the patients of a training part alone show.

The replicates are those of ``nacresponse stability``. The outcome is not looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, few
from ..evaluation.agreement import intraclass_correlations
from ..evaluation.replicates import Replicates, read_replicates
from ..features.table import table_file
from ..hashing import sha256_of_files
from ..patient_names import check_names

MIN_ICC = 0.75
"""Of the lower bound of the 95 % interval: good reliability (Koo and Li, J Chiropr Med 2016)."""
MIN_PATIENTS = 10


@dataclass(frozen=True)
class Stability:
    """Attributes:
    replicates: of one feature set, of the patients at hand.
    least: lower bound of the intraclass correlation that a feature must reach.
    """

    replicates: Replicates
    least: float

    def of_patients(self, patients: Collection[str]) -> Stability:
        """As these patients alone show it."""
        return Stability(self.replicates.of_patients(patients), self.least)

    def keeps(self, names: Collection[str]) -> NDArray[np.bool_]:
        """(names,) whether a feature is stable; what was not measured repeatedly (clinical values) is kept.

        Raises:
            InputError: too few patients were measured repeatedly, or no feature is stable.
        """
        count, features = len(self.replicates.patients), self.replicates.features
        if count < MIN_PATIENTS:
            raise InputError(
                f"at least {MIN_PATIENTS} patients of each training part in the study of stability",
                f"{count}",
                "run 'nacresponse stability' on more of the cohort's patients",
            )
        low = intraclass_correlations(self.replicates.values)[1]
        unstable = {name for name, bound in zip(features, low, strict=True) if not bound >= self.least}
        if len(unstable) == len(features):
            raise InputError(
                f"features whose ICC(1,1) is at least {self.least:g} at its lower bound",
                f"none of {len(features)}",
                "ask for less, or train without the study of stability",
            )
        return np.array([name not in unstable for name in names])


def read_stability(
    folder: Path, tables: Mapping[str, Collection[str]], patients: Collection[str], least: float
) -> tuple[dict[str, Stability], dict[str, str]]:
    """A study of stability, for each feature set.

    Args:
        folder: as ``nacresponse stability`` writes it; it may hold more patients than the cohort, or fewer.
        tables: names of the image features by feature set.
        patients: of the cohort.
        least: 0 to 1.

    Returns:
        Stability by feature set, and SHA-256 of the files by name.

    Raises:
        InputError: no such study, or one without a feature set, of other patients or of other features.
    """
    if not 0 < least < 1:
        raise InputError("a least ICC between 0 and 1", f"{least:g}", "correct --least-icc")
    found = {}
    for name, features in tables.items():
        study = read_replicates(folder, name)
        check_names(study.patients, f"the study {folder.name}", patients, "the cohort")
        study = study.of_patients(patients)
        if not study.patients:
            raise InputError("a study of stability of the cohort's patients", f"others in {folder}", "give its own")
        lacking = sorted(set(features) - set(study.features))
        if lacking:
            raise InputError(
                f"every feature of {name} in the study of stability", f"{few(lacking)} not in {folder}", "run it again"
            )
        found[name] = Stability(study, least)
    places = sorted(folder.glob("replicate_*"))
    files = [table_file(place, name) for place in places for name in found]
    return found, {f"{file.parent.name}/{file.name}": sha256_of_files([file]) for file in files}
