"""The logic of cohorts: extracting features, training and comparing models, installing weights and models. No GUI.

From Slicer's Python console, or a script without a window::

    logic = NACResponseTrainingLogic()
    extraction = logic.extract("COHORT.csv", "features")
    training = logic.train("features", "pcr", "run")
    logic.showRoc(training, show=True)
    logic.installBundle(training.model, "ours")
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from . import resultViews, trainingChecks, trainingResults
from .libraryPath import ensureLibrary
from .processRunner import RunResult, run
from .recipeFacts import RecipeFacts
from .trainingResults import Extraction, Training

OnLine = Callable[[str], None] | None
SOME_FAILED = 1  # exit status of ``extract``: the results of the others are in place
_MEGABYTES = {10: 57, 18: 132, 34: 253, 50: 185}  # four bytes for each of the networks' parameters


class NACResponseTrainingLogic(ScriptedLoadableModuleLogic):
    """Commands of the command line for a cohort, and their results.

    The methods that end in ``Command`` give the words for ``processRunner.ConsoleProcess``; ``extract``, ``train`` and
    ``compare`` run them to their end.
    """

    def __init__(self) -> None:
        ensureLibrary()
        super().__init__()

    def extractCommand(
        self, cohortFile: str | Path, output: str | Path, protocol: str = "",
        featureSets: Sequence[str] = ("handcrafted",), workers: int = 0, device: str = "auto", check: bool = False,
    ) -> list[str]:  # fmt: skip
        """Words that extract a cohort's features; started again they go on where the last run ended.

        Args:
            workers: processes; 0 for all cores.
            device: ``auto``, ``cpu`` or ``cuda``, for deep features.
            check: the table is checked, nothing is computed.
        """
        words = ["extract", str(cohortFile), "--output", str(output), *_optional("--protocol", protocol)]
        words += ["--features", ",".join(featureSets) or "handcrafted", "--device", device or "auto"]
        return words + _optional("--workers", workers) + (["--dry-run"] if check else [])

    def importCommand(self, table: str | Path, output: str | Path, protocol: str = "") -> list[str]:
        """Words that make a folder of features of another program's table.

        Args:
            protocol: whose features they are; none if empty.
        """
        return ["import", str(table), "--output", str(output), *_optional("--protocol", protocol)]

    def trainCommand(
        self, features: str | Path, endpoint: str, output: str | Path, recipe: str = "",
        featureSets: Sequence[str] = (), partitions: int = 0, workers: int = 0,
    ) -> list[str]:  # fmt: skip
        """Words that train and validate models.

        Args:
            features: folder as ``extract`` wrote it.
            featureSets: all of which there is a table, if empty.
            partitions: 0 for the recipe's number.
            workers: processes; 0 for all cores.
        """
        words = [
            "train",
            str(features),
            "--endpoint",
            endpoint,
            *_optional("--recipe", recipe),
            "--output",
            str(output),
        ]
        words += ["--features", ",".join(featureSets)] if featureSets else []
        return words + _optional("--partitions", partitions) + _optional("--workers", workers)

    def compareCommand(self, runs: Sequence[str | Path], output: str | Path) -> list[str]:
        """Words that compare training runs on the same partitions."""
        return ["compare", *map(str, runs), "--output", str(output)]

    def weightsCommand(self) -> list[str]:
        """Words that list MedicalNet's weights, for ``readWeights``."""
        return ["weights", "list", "--json"]

    def installWeightsCommand(self, depth: int, source: str | Path | None = None) -> list[str]:
        """Words that install weights from a file, or download them where there is none: ask the user first."""
        return ["weights", "install", str(depth), *(["--from", str(source)] if source else [])]

    def modelsCommand(self) -> list[str]:
        """Words that list the shipped models and the user's."""
        return ["models", "list", "--json"]

    def installBundleCommand(self, path: str | Path, name: str = "", replace: bool = False) -> list[str]:
        """Words that keep a model under a name, that on its card if empty."""
        words = ["models", "install", str(path)] + (["--name", name] if name else [])
        return words + (["--replace"] if replace else [])

    def extract(self, *arguments: Any, onLine: OnLine = None, **options: Any) -> Extraction:
        """Extracts a cohort's features; arguments as of ``extractCommand``, without ``check``.

        Raises:
            RuntimeError: the run failed; failures of single patients are in the result.
        """
        words = self.extractCommand(*arguments, **options)
        result = run(words, onLine)
        if result.status != SOME_FAILED or result.cancelled:
            _succeeded(result)
        return self.readExtraction(words[words.index("--output") + 1])

    def train(self, *arguments: Any, onLine: OnLine = None, **options: Any) -> Training:
        """Trains and validates models; arguments as of ``trainCommand``.

        Raises:
            RuntimeError: the run failed.
        """
        words = self.trainCommand(*arguments, **options)
        _succeeded(run(words, onLine))
        return self.readTraining(words[words.index("--output") + 1])

    def compare(self, runs: Sequence[str | Path], output: str | Path) -> Path:
        """Compares training runs; the report's path.

        Raises:
            RuntimeError: the run failed.
        """
        _succeeded(run(self.compareCommand(runs, output)))
        return Path(output) / "report.html"

    def installBundle(self, path: str | Path, name: str = "", replace: bool = False) -> Path:
        """Keeps a model in the user's folder, where it is listed with the shipped ones; the copy's path.

        Raises:
            RuntimeError: not a sound model, or the name is taken.
        """
        result = _succeeded(run(self.installBundleCommand(path, name, replace)))
        return Path(result.standardOutput.splitlines()[-1].removeprefix("installed: "))

    def models(self) -> list[dict[str, Any]]:
        """The shipped models and the user's, as ``models list --json`` gives them.

        Raises:
            RuntimeError: the list could not be had.
        """
        return json.loads(_succeeded(run(self.modelsCommand())).standardOutput)

    def weights(self) -> list[dict[str, Any]]:
        """MedicalNet's weights by depth, installed or not.

        Raises:
            RuntimeError: the list could not be had.
        """
        return self.readWeights(_succeeded(run(self.weightsCommand())).standardOutput)

    def readWeights(self, standardOutput: str) -> list[dict[str, Any]]:
        """The list that ``weightsCommand`` wrote."""
        return json.loads(standardOutput)

    def weightsOffer(self, depth: int) -> str:
        """The question before a download: what, from where, how large, under which licence."""
        message = _(
            "Download MedicalNet ResNet-{depth} (about {size} MB) from TencentMedicalNet/MedicalNet-Resnet{depth} on "
            "Hugging Face?\n\nThe weights are published by Tencent under the MIT licence (Chen, Ma and Zheng, Med3D, "
            "arXiv:1904.00625). They stay on this computer; nothing is sent."
        )
        return message.format(depth=depth, size=_MEGABYTES[depth])

    def readExtraction(self, folder: str | Path) -> Extraction:
        """What ``extract`` wrote. Raises InputError (a ValueError) where it is not whole."""
        return trainingResults.readExtraction(folder)

    def reviewList(self, folder: str | Path) -> list[Any]:
        """The patients of an extraction to look through, the most doubtful first (``cohort.review_list``).

        Raises:
            ValueError: it is not whole, or ``review.csv`` cannot be used.
        """
        from NACResponseLib.cohort.review_list import review_list

        return review_list(Path(folder))

    def decide(self, folder: str | Path, patientId: str, decision: str, reason: str, reviewer: str) -> None:
        """Notes a decision, ``accepted`` or ``rejected``, in the folder's ``review.csv``.

        Raises:
            ValueError: a rejection without a reason, or the file cannot be used.
        """
        from NACResponseLib.features.review import REVIEW, decide

        decide(Path(folder) / REVIEW, patientId, decision, reason, reviewer)

    def readTraining(self, folder: str | Path) -> Training:
        """What ``train`` wrote. Raises InputError (a ValueError) where it is not whole."""
        return trainingResults.readTraining(folder)

    def showMetrics(self, training: Training, show: bool = False) -> slicer.vtkMRMLTableNode:
        """The metrics as a table node; ``show`` puts it into the layout."""
        table = resultViews.metricsTable(training)
        if show:
            resultViews.showTable(table)
        return table

    def showRoc(self, training: Training, show: bool = False) -> slicer.vtkMRMLPlotChartNode:
        """The ROC curves as a chart node; ``show`` puts it into the layout."""
        chart = resultViews.rocChart(training)
        if show:
            resultViews.showChart(chart)
        return chart

    def protocols(self) -> list[str]:
        """Names of the shipped protocols, the usual one first."""
        return trainingChecks.protocols()

    def recipes(self) -> list[str]:
        """Names of the shipped recipes for training on feature tables, the usual one first."""
        return trainingChecks.recipes()

    def recipeFacts(self, recipe: str) -> RecipeFacts:
        """What a recipe says of itself: kind, endpoint, protocol and features."""
        return trainingChecks.recipeFacts(recipe)

    def protocolColumns(self, protocol: str) -> list[str]:
        """The columns of a cohort's table that a protocol reads: patient, images, contours and scanners.

        Raises:
            ValueError: the protocol cannot be read.
        """
        return trainingChecks.protocolColumns(protocol)

    def endpoints(self) -> dict[str, str]:
        """What can be predicted: the positive class by the endpoint's name."""
        from NACResponseLib.endpoints import endpoints

        return {name: endpoint.positive_class for name, endpoint in endpoints().items()}

    def featureSets(self) -> dict[str, str]:
        """All feature sets that can be extracted, label by name."""
        from NACResponseLib.evaluation.verdict import table_label
        from NACResponseLib.features.medicalnet import BACKBONES

        names = ["handcrafted", *(backbone.feature_set for backbone in BACKBONES.values())]
        return {name: table_label(name) for name in names}

    def tableFeatureSets(self, folder: str | Path) -> list[str]:
        """The feature sets of which a folder holds a table."""
        return trainingChecks.tableFeatureSets(folder)

    def missingForExtract(self, *arguments: Any, **options: Any) -> list[str]:
        """See ``trainingChecks.missingForExtract``."""
        return trainingChecks.missingForExtract(*arguments, **options)

    def missingForImport(self, *arguments: Any, **options: Any) -> list[str]:
        """See ``trainingChecks.missingForImport``."""
        return trainingChecks.missingForImport(*arguments, **options)

    def missingForTrain(self, *arguments: Any, **options: Any) -> list[str]:
        """See ``trainingChecks.missingForTrain``."""
        return trainingChecks.missingForTrain(*arguments, **options)


def _optional(option: str, value: int | str) -> list[str]:
    return [option, str(value)] if value else []


def _succeeded(result: RunResult) -> RunResult:
    if not result.ok:
        raise RuntimeError(result.message)
    return result
