"""``validate``: a frozen model on other patients."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import InputError
from ..packages import require
from .result import Result, output_folder

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ..model.bundle import Bundle

_GAINS = (0.001, 0.5)


class ValidationResult(Result):
    """A model's figures on patients that it was not trained on; ``frame`` has a row a metric, with its interval.

    Example:
        >>> import NACResponseLib as nac
        >>> validated = nac.ValidationResult.load("validated")
        >>> validated.predictions().columns.tolist()
        ['patient_id', 'y_true', 'probability']
    """

    marker, table, command = "report.html", "metrics.csv", "evaluate"
    own_files = (
        "predictions.csv",
        "run.json",
        "subgroups.csv",
        "coverage.csv",
        "drift.csv",
        "nested.csv",
        "report.pdf",
    )

    def predictions(self) -> pd.DataFrame:
        """A row a patient: ``patient_id``, ``y_true`` and ``probability``."""
        import pandas as pd

        return pd.read_csv(self.folder / "predictions.csv", dtype={"patient_id": str})

    def plot_roc(self, ax: Axes | None = None) -> Axes:
        """The ROC curve."""
        from ..report.validation import scores_roc

        return scores_roc(*self._shown()).draw(ax)

    def plot_calibration(self, ax: Axes | None = None) -> Axes:
        """Observed against predicted shares."""
        from ..report.validation import scores_calibration

        return scores_calibration(*self._shown(), int(self.about["seed"])).draw(ax)

    def plot_decision_curve(self, ax: Axes | None = None) -> Axes:
        """Net benefit against threshold probability."""
        from ..report.validation import scores_decision_curve

        return scores_decision_curve(*self._shown()).draw(ax)

    def _shown(self) -> tuple[Any, dict[str, Any], str]:
        """Outcome, probability by the model's name, and the positive class."""
        found, about = self.predictions(), self.about
        probability = found["probability"].to_numpy(float)
        return found["y_true"].to_numpy(int), {about["model_name"]: probability}, about["positive_class"]


def validate(
    model: str | Path | Bundle,
    folder: str | Path,
    output: str | Path | None = None,
    *,
    against: Sequence[str | Path | Bundle] = (),
    training: str | Path | None = None,
    relevant_gain: float = 0.05,
    recalibrate: bool = False,
    review: str | Path | None = None,
    pdf: bool = False,
    figures: str | Path | None = None,
) -> ValidationResult:
    """Scores every patient of a folder with a model as it is, and compares with what happened.

    Args:
        model: a model's name, file, or as loaded.
        folder: of feature tables, as ``extract_cohort`` writes it; ``cases.csv`` alone for a model without images.
        output: folder, new or with an earlier result; a temporary one if None.
        against: models of the same endpoint; whether the model adds to each.
        training: the folder of the training patients' tables, for drift.
        relevant_gain: in AUC, that matters, stated beforehand.
        review: a reader's ``review.csv``; that of ``folder`` if None. Rejected patients are left out.
        recalibrate: write ``NAME-recalibrated.nacmodel``, where these patients show the need for it.
        pdf: write ``report.pdf``, too.
        figures: a folder for each figure as SVG, PDF and PNG.

    Raises:
        InputError: unusable models, tables or folders, or models that cannot be compared.

    Example:
        >>> import NACResponseLib as nac
        >>> validated = nac.validate("run/model.nacmodel", "clinic", "validation")
        >>> validated.frame()["metric"].tolist()[:2]
        ['auc', 'brier']
    """
    low, high = _GAINS
    if not low <= relevant_gain <= high:
        raise InputError(f"--relevant-gain from {low:g} to {high:g}", f"{relevant_gain:g}", "correct it")
    require("matplotlib")
    from ..model.bundle import load_bundle
    from ..report.validation import MARKER, own_files, write_validation
    from ..validation.validate import validate_on

    bundle, *others = (load_bundle(each) if isinstance(each, (str, Path)) else each for each in (model, *against))
    target, temporary, drawn = output_folder(output, MARKER, own_files(bundle.card), figures, pdf)
    trained_on = None if training is None else Path(training)
    decided = None if review is None else Path(review)
    found = validate_on(
        Path(folder), bundle, against=others, training=trained_on, relevant=relevant_gain, review=decided
    )
    provenance = {
        "model": {"name": bundle.card.name, "version": bundle.card.version, "sha256": bundle.sha256},
        "inputs": dict(found.cohort.hashes),
        "relevant gain in AUC": relevant_gain,
        "software": {"NACResponse": __version__, "Python": platform.python_version()},
    }
    write_validation(target, found, provenance=provenance, recalibrate=recalibrate, pdf=pdf, figures=drawn)
    return ValidationResult(target, temporary)
