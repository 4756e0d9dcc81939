"""``score_case``: the probability of one patient, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as calendar
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ..anatomy.regions import Regions
    from ..anatomy.tumour import TumourMeasures
    from ..case import Case
    from ..model.bundle import Bundle
    from ..scoring.patient import ScoredPatient
    from ..scoring.result import Score


class ScoredCase(Result):
    """A patient's score. Its files are written when they are first asked for.

    Attributes:
        case, bundle: what was scored, and by which model; None of a score that was loaded.
        regions, measures: of the tumour and around it, by contour; empty of a score that was loaded.

    Example:
        >>> import NACResponseLib as nac
        >>> scored = nac.ScoredCase.load("score")
        >>> scored.frame()["feature"].tolist()
        ['HR', 'HER2', 'tumor_volume_mm3', 'age']
        >>> scored.report("report.html").name
        'report.html'
    """

    marker, about_file, table, command = "score.json", "score.json", "features.csv", "score"

    def __init__(
        self,
        folder: str | Path | None = None,
        scored: ScoredPatient | None = None,
        case: Case | None = None,
        bundle: Bundle | None = None,
    ) -> None:
        self._scored, self.case, self.bundle = scored, case, bundle
        self.regions: Mapping[str, Regions] = scored.regions if scored else {}
        self.measures: Mapping[str, TumourMeasures] = scored.measures if scored else {}
        if folder is not None:
            super().__init__(folder)

    @cached_property
    def folder(self) -> Path:  # type: ignore[override] # of a score in memory: made on first use
        """Holds the files; temporary until ``save``."""
        self._temporary = TemporaryDirectory(prefix="nacresponse-")
        self.save(self._temporary.name)
        return Path(self._temporary.name)

    @cached_property
    def score(self) -> Score:
        """Probability, interval, threshold, contributions, warnings.

        Raises:
            InputError: of a score that was loaded: the file is not as it was written.
        """
        from ..scoring.result import Contribution, Score

        if self._scored is not None:
            return self._scored.score
        try:
            found = dict(self.about)
            reasons = [Contribution(**{**each, "inputs": tuple(each["inputs"])}) for each in found["contributions"]]
            names = ("interval", "warnings", "prediction_set", *({"warning_effects"} & set(found)))
            lists = {name: tuple(found[name]) for name in names}
            return Score(**{**found, **lists, "contributions": tuple(reasons)})
        except (KeyError, TypeError) as error:
            raise InputError("a score.json of this version", f"{error}", "score the patient again") from None

    @property
    def values(self) -> Mapping[str, float]:
        """The model's inputs by name; NaN where missing."""
        if self._scored is not None:
            return self._scored.values
        import pandas as pd

        row = pd.read_csv(self.folder / self.table, dtype={"patient_id": str}).iloc[0].drop("patient_id")
        return {str(name): float(value) for name, value in row.items()}

    def save(
        self,
        folder: str | Path,
        *,
        date: str | None = None,
        command: str = "",
        known_outcome: str | None = None,
        attribution: str = "",
        pdf: bool = False,
        dicom: Mapping[str, Sequence[Path]] | None = None,
        printed: Path | None = None,
    ) -> ScoredCase:
        """Writes ``score.json``, ``features.csv``, ``report.html`` and the masks, whole or not at all.

        Args:
            date: for the report; today's if None.
            command: by which the score was made; for the report.
            known_outcome, attribution: for the report, where there are any.
            pdf: write ``report.pdf``, too.
            dicom: write DICOM objects, too: the files that each image was read from, by name.
            printed: the report as PDF, for DICOM, where it was printed before.

        Raises:
            InputError: the folder cannot be written or holds other files; no PDF can be made.
        """
        if self._scored is None or self.case is None or self.bundle is None:
            return super().save(folder)
        from ..report.export import write_score

        write_score(
            Path(folder),
            self._scored,
            self.case,
            self.bundle,
            date=calendar.today().isoformat() if date is None else date,
            command=command,
            known_outcome=known_outcome,
            attribution=attribution,
            pdf=pdf,
            dicom=dicom,
            printed=printed,
        )
        return ScoredCase(folder)

    def frame(self) -> pd.DataFrame:
        """What drove the probability: a row for each input or signature, the largest contribution first."""
        import pandas as pd

        return pd.DataFrame([vars(each) for each in self.score.contributions])

    def plot_nomogram(self, ax: Axes | None = None) -> Axes:
        """The model's nomogram with the patient on it.

        Raises:
            InputError: the model is no formula, or the score was loaded.
        """
        import numpy as np

        from ..report.figures.nomogram import model_nomogram
        from ..scoring.nomogram import bundle_nomogram, position

        if self.bundle is None or self.case is None:
            raise InputError("the model of the score", "a score that was loaded", "score the patient again")
        row: Any = np.array([self.values[item.name] for item in self.bundle.inputs])
        place = position(self.bundle, row, self.case.scanners) if bundle_nomogram(self.bundle) else None
        return model_nomogram(self.bundle, place).draw(ax)

    def _repr_html_(self) -> str:
        """Probability and reasons, for notebooks."""
        low, high = self.score.interval
        title = f"{self.score.model['positive_class']}: {self.score.probability:.3f} ({low:.3f} to {high:.3f})"
        return f"<p><b>Probability of {title}</b>. Research use only.</p>{self.frame().to_html(index=False)}"


def score_case(case: Case, bundle: Bundle | str | Path, device: str = "cpu") -> ScoredCase:
    """Scores a patient.

    Args:
        case: with the contour the model measures the tumour volume in (or ``tumor_volume_mm3`` in its clinical
            record), and the images that its features come from (``load_case``).
        bundle: a model, or its name or file.
        device: for deep features, ``cpu``, ``cuda`` or ``auto``; one patient needs no GPU.

    Raises:
        InputError: something the model needs is missing or cannot be used.

    Example:
        >>> import NACResponseLib as nac
        >>> from NACResponseLib.clinical import parse_clinical
        >>> record = parse_clinical({"age": 52, "HR": "+", "HER2": "-", "tumor_volume_mm3": 12000})
        >>> scored = nac.score_case(nac.Case("P1", clinical=record), "ispy-clinical-volume")
        >>> low, high = scored.score.interval
        >>> low < scored.score.probability < high
        True
    """
    from ..model.bundle import load_bundle
    from ..scoring.patient import score_patient

    loaded = load_bundle(bundle) if isinstance(bundle, (str, Path)) else bundle
    return ScoredCase(scored=score_patient(case, loaded, device), case=case, bundle=loaded)
