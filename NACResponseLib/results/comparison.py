"""``compare``: feature sets of training runs on the same partitions, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..packages import require
from .result import Result, output_folder
from .training import TrainingResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..evaluation.partitioned import HeldOut


class ComparisonResult(Result):
    """Means of every metric by feature set and positive class; ``tests.csv`` in its folder holds the paired tests.

    Example:
        >>> import NACResponseLib as nac
        >>> compared = nac.compare(["run"])
        >>> compared.about["positive_class"]
        'pathological complete response'
    """

    marker, table, command = "report.html", "comparison.csv", "compare"
    own_files = ("comparison.csv", "tests.csv", "predictions.csv", "run.json")

    def plot_roc(self, ax: Axes | None = None) -> Axes:
        """ROC curves of the best set's partitions, and mean curves of the sets without images."""
        from ..report.performance import roc_of

        return roc_of(self._shown(), self.about["positive_class"]).draw(ax)

    def plot_decision_curve(self, ax: Axes | None = None) -> Axes:
        """Net benefit of the best set and of those without images."""
        from ..report.performance import decision_of

        return decision_of(self._shown(), self.about["positive_class"]).draw(ax)

    def _shown(self) -> dict[str, HeldOut]:
        from ..training.saved_run import read_predictions

        held_out, _ = read_predictions(self.folder)
        return {self.about["labels"][name]: held_out[name] for name in self.about["shown"]}


def compare(
    runs: Sequence[str | Path | TrainingResult],
    output: str | Path | None = None,
    *,
    relevant_gain: float | None = None,
    figures: str | Path | None = None,
) -> ComparisonResult:
    """Compares the feature sets of one or several training runs.

    Args:
        runs: of the same endpoint, patients and partitions (``train`` with ``partitions_from`` makes them so).
        output: folder, new or with an earlier result; a temporary one if None.
        relevant_gain: in AUC, that matters; the first recipe's, or 0.05, if None.
        figures: a folder for each figure as SVG, PDF and PNG.

    Raises:
        InputError: unusable runs, or runs that differ in endpoint or partitions.

    Example:
        >>> import NACResponseLib as nac
        >>> compared = nac.compare(["run"], "comparison")
        >>> compared.frame()["feature_set"].unique().tolist()
        ['clinical', 'volume_receptors']
    """
    require("matplotlib")
    from ..report.comparison import write_comparison

    folder, temporary, drawn = output_folder(output, ComparisonResult.marker, ComparisonResult.own_files, figures)
    folders = [run.folder if isinstance(run, TrainingResult) else Path(run) for run in runs]
    write_comparison(folders, folder, relevant_gain, drawn)
    return ComparisonResult(folder, temporary)
