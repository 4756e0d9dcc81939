"""Which segmentations a person should look at first: those with warnings, and those whose features stand out.

Outlying is a feature whose modified z-score exceeds 3.5 (Iglewicz and Hoaglin, How to detect and handle outliers,
1993): its distance from the cohort's median, over 1.4826 times the median absolute deviation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

OUTLYING = 3.5
FEWEST = 8
"""Patients below which no feature is called outlying."""
SHARE_OF_A_WARNING = 0.05
_SHOWN = 4


@dataclass(frozen=True)
class Concern:
    """Why a patient's segmentation deserves a look.

    Attributes:
        share: of the features that are outlying.
        farthest: the most outlying features with their modified z-scores, at most four.
    """

    patient_id: str
    warnings: tuple[str, ...]
    share: float
    farthest: tuple[tuple[str, float], ...]

    @property
    def weight(self) -> float:
        """By which patients are ordered: a warning counts as much as 5 % of the features being outlying."""
        return len(self.warnings) + self.share / SHARE_OF_A_WARNING


def modified_z(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Modified z-scores by column.

    Where more than half of the values are the same, the mean absolute deviation times 1.2533 takes the place of the
    median's (as in the same source); a constant column has zeros, a missing value NaN.

    Args:
        values: (patients, features), NaN where missing.
    """
    present = np.ma.masked_invalid(values)
    distance = present - np.ma.median(present, axis=0)
    spread = 1.4826 * np.ma.median(np.abs(distance), axis=0).filled(0.0)
    mean = 1.2533 * np.abs(distance).mean(axis=0).filled(0.0)
    scale = np.where(spread > 0, spread, mean)
    z = np.divide(distance.filled(np.nan), scale, out=np.zeros_like(values), where=scale > 0)
    return np.where(np.isfinite(values), z, np.nan)


def concerns(warnings: Mapping[str, Sequence[str]], features: pd.DataFrame | None = None) -> list[Concern]:
    """Every patient, the most worrying first; in the order given where nothing distinguishes them.

    Args:
        warnings: by patient.
        features: a row a patient; none are called outlying without it, or with few patients.
    """
    found = [
        Concern(patient, tuple(texts), *_outlying(features, z, patient))
        for z in [_scores(features)]
        for patient, texts in warnings.items()
    ]
    return sorted(found, key=lambda concern: -concern.weight)


def _scores(features: pd.DataFrame | None) -> dict[str, NDArray[np.float64]]:
    if features is None or len(features) < FEWEST:
        return {}
    return dict(zip(features.index, modified_z(features.to_numpy(np.float64)), strict=True))


def _outlying(
    features: pd.DataFrame | None, scores: Mapping[str, NDArray[np.float64]], patient: str
) -> tuple[float, tuple[tuple[str, float], ...]]:
    if features is None or patient not in scores:
        return 0.0, ()
    z = np.nan_to_num(scores[patient])
    present = max(int(np.isfinite(scores[patient]).sum()), 1)
    farthest = [int(k) for k in np.argsort(-np.abs(z), kind="stable")[:_SHOWN] if abs(z[k]) > OUTLYING]
    share = float((np.abs(z) > OUTLYING).sum() / present)
    return share, tuple((str(features.columns[k]), float(z[k])) for k in farthest)
