"""Scores one patient in 3D Slicer without a window: the whole Patient tab as a script to start from.

    Slicer --no-main-window --python-script score_without_window.py --output result
    Slicer --no-main-window --python-script score_without_window.py --output result \
        --cet1 ce_t1.nrrd --contour tumor.nrrd --entry age=52 --entry er=positive --entry pr=negative

Without --cet1 it is the sample patient. The folder then holds shell, report, the model's inputs, and the scene, which
Slicer opens with everything in it. A model of other images than CE-T1, T2 and CT gets each by name, and its contours:

    ... --model study.nacmodel --image US=us.nrrd --tumor US=us_tumor.nrrd --image CT=ct.nrrd --tumor CT=ct_tumor.nrrd

The folder is then that of the command line: score, report, features, masks.
Exit status: 0 done, 2 unusable input or a missing package.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import SimpleITK as sitk
import slicer

FIELDS = ("age", "er", "pr", "her2", "grade", "tumorSizeMm", "nodalStatus", "tStage")


def parseArguments(words: list[str]) -> argparse.Namespace:
    """The command line; --entry is given once for each clinical value."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cet1", type=Path, help="contrast-enhanced T1 volume")
    parser.add_argument("--contour", type=Path, help="label map of the tumour, on any grid")
    parser.add_argument("--image", action="append", default=[], metavar="NAME=FILE", help="an image by its name")
    parser.add_argument("--tumor", action="append", default=[], metavar="CONTOUR=FILE", help="a contour by its name")
    parser.add_argument("--scanner", action="append", default=[], metavar="CONTOUR=NAME", help="with --image")
    parser.add_argument("--entry", action="append", default=[], metavar="FIELD=VALUE", help=", ".join(FIELDS))
    parser.add_argument("--model", default="", help="name or file of a model; the bundled one without")
    parser.add_argument("--output", type=Path, required=True, help="folder for the results")
    arguments = parser.parse_args(words)
    arguments.entry = dict(entry.partition("=")[::2] for entry in arguments.entry)
    unknown = sorted(set(arguments.entry) - set(FIELDS))
    if unknown or (arguments.cet1 is None) != (arguments.contour is None):
        parser.error(f"no such entry: {', '.join(unknown)}" if unknown else "--cet1 and --contour go together")
    if arguments.image and arguments.cet1 is not None:
        parser.error("give every image with --image, or use --cet1")
    return arguments


def loadPatient(logic: Any, parameterNode: Any, arguments: argparse.Namespace) -> None:
    """Volumes into the scene, a segmentation with the tumour, and the clinical data."""
    if arguments.cet1 is None:
        from NACResponseSlicer import sampleData

        sampleData.loadSamplePatient(parameterNode, logic)
    else:
        parameterNode.imageMriCet1 = slicer.util.loadVolume(str(arguments.cet1), {"show": False})
        logic.setContour(parameterNode, "MRI", sitk.ReadImage(str(arguments.contour)) > 0)
    for field, value in arguments.entry.items():
        setattr(parameterNode, field, value)
    parameterNode.model = arguments.model


def export(logic: Any, parameterNode: Any, folder: Path) -> None:
    """Shell as a label map, report, the model's inputs, and the whole scene."""
    segmentation = parameterNode.segmentation
    labelmap = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Shell")
    slicer.modules.segmentations.logic().ExportSegmentsToLabelmapNode(
        segmentation, [logic.anatomySegments(parameterNode, "MRI")["Shell"]], labelmap, parameterNode.imageMriCet1
    )
    logic.saveReport(parameterNode, folder / "report.html")
    logic.saveFeatures(parameterNode, folder / "features.csv")
    saved = slicer.util.saveNode(labelmap, str(folder / "shell.nrrd"))
    slicer.mrmlScene.RemoveNode(labelmap)
    if not (saved and slicer.util.saveScene(str(folder / "scene.mrb"))):
        raise OSError(f"the results could not be written to {folder}")


def scoreNamedImages(arguments: argparse.Namespace) -> int:
    """Scores with the command line, which takes every image and contour that a model may need; the exit status."""
    from NACResponseSlicer import processRunner
    from NACResponseSlicer.contours import CLINICAL_FIELDS

    words = ["score", "--output", str(arguments.output), *(["--model", arguments.model] if arguments.model else [])]
    for option in ("image", "tumor", "scanner"):
        for value in getattr(arguments, option):
            words += [f"--{option}", value]
    for variable, field in CLINICAL_FIELDS.items():
        if field in arguments.entry:
            words += ["--set", f"{variable}={arguments.entry[field]}"]
    result = processRunner.run(words)
    print(result.standardOutput if result.ok else result.message, file=sys.stdout if result.ok else sys.stderr)
    return 0 if result.ok else 2


def main(words: list[str]) -> int:
    """Scores the patient; the exit status."""
    from NACResponseSlicer import dependencies

    from NACResponse import NACResponseLogic

    arguments = parseArguments(words)
    needs = [need.name for need in dependencies.missing("score")]
    if needs:
        print(f"Packages are missing; score a patient in Slicer's window once: {', '.join(needs)}", file=sys.stderr)
        return 2
    logic = NACResponseLogic()
    if arguments.image:
        return scoreNamedImages(arguments)
    parameterNode = logic.getParameterNode()
    try:
        arguments.output.mkdir(parents=True, exist_ok=True)
        loadPatient(logic, parameterNode, arguments)
        if missing := logic.missingFor("score", parameterNode):
            raise ValueError(" ".join(missing))
        shell = logic.makeShell(parameterNode, "MRI")
        score = logic.score(parameterNode)
        export(logic, parameterNode, arguments.output)
    except (ValueError, RuntimeError, OSError) as error:  # what logic and Slicer raise for input they cannot use
        print(error, file=sys.stderr)
        return 2
    low, high = score.interval
    print(f"Shell: {shell.shellMm3 / 1000:.1f} cm3 about a tumour of {shell.tumorMm3 / 1000:.1f} cm3")
    print(f"Probability of {score.positiveClass}: {score.probability:.0%} (95 % interval {low:.0%} to {high:.0%})")
    print(f"Results: {arguments.output.resolve()}")
    print("Research use only: not for diagnosis or treatment decisions.")
    return 0


if __name__ == "__main__":
    slicer.util.exit(main(sys.argv[1:]))
