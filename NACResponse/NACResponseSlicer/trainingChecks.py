"""What is missing before a cohort can be extracted or a model trained: sentences, found without a process or a delay.

The command line checks everything again, and more: the contents of the tables.
"""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from slicer.i18n import tr as _

from .recipeFacts import KINDS, SIGNATURES, RecipeFacts, readFacts

EXTRACTION_FILES = (
    "run.json",
    "cases.csv",
    "failures.csv",
    "variables.yaml",
    "qc",
    "features_*.parquet",
    "features_*.csv",
    "review.csv",
)
PATIENTS = "patients"
_PARTIAL = ".nacresponse-*"


def shippedFiles(folder: str) -> dict[str, Path]:
    """The shipped files of a folder below ``Resources`` by name, the usual one first."""
    from NACResponseLib.config import DEFAULT_PROTOCOL, DEFAULT_RECIPE, named_files

    files = named_files(folder, ".yaml")
    usual = {"Protocols": DEFAULT_PROTOCOL, "Recipes": DEFAULT_RECIPE}[folder]
    return {name: files[name] for name in sorted(files, key=lambda name: (name != usual, name))}


def protocols() -> list[str]:
    """Names of the shipped protocols."""
    return list(shippedFiles("Protocols"))


def recipes() -> list[str]:
    """Names of the shipped recipes that ``train`` follows."""
    return [name for name, file in shippedFiles("Recipes").items() if readFacts(file).kind in KINDS]


def protocolColumns(protocol: str) -> list[str]:
    """The columns that a protocol, shipped or a file of the user's, reads from a cohort's table.

    Raises:
        InputError: the protocol cannot be read.
    """
    from NACResponseLib.cohort.manifest import PATIENT, SCANNER, TUMOR
    from NACResponseLib.config import DEFAULT_PROTOCOL
    from NACResponseLib.protocol import load_protocol

    chosen = load_protocol(protocol or DEFAULT_PROTOCOL)
    contours = [f"{prefix}{contour}" for prefix in (TUMOR, SCANNER) for contour in chosen.contours]
    return [PATIENT, *chosen.images, *contours]


def recipeFacts(recipe: str) -> RecipeFacts:
    """What a shipped recipe or a file of the user's says of itself; empty is the usual one."""
    if Path(recipe).suffix == ".yaml":
        return readFacts(Path(recipe))
    files = shippedFiles("Recipes")
    file = files.get(recipe or next(iter(files)))
    return readFacts(file) if file else RecipeFacts()


def missingForExtract(cohortFile: str, output: str, protocol: str, featureSets: Sequence[str]) -> list[str]:
    """What is missing before a cohort's features can be extracted; empty where it can begin."""
    found = _file(cohortFile, _("Choose the cohort's table: CSV, Excel or Parquet."))
    found += _known(protocol, protocols, _("There is no protocol '{name}'."))
    found += _withoutWeights(featureSets)
    own = EXTRACTION_FILES if output and (Path(output) / PATIENTS).is_dir() else ()
    return found + _output(output, _("Choose the folder for the features."), (PATIENTS, *own))


def missingForImport(table: str, output: str) -> list[str]:
    """What is missing before another program's table of features can be imported; empty where it can begin."""
    found = _file(table, _("Choose the table of features: CSV, Excel or Parquet."))
    return found + _output(output, _("Choose the folder for the features."), EXTRACTION_FILES)


def missingForTrain(
    features: str, endpoint: str, output: str, recipe: str, featureSets: Sequence[str] = ()
) -> list[str]:
    """What is missing before models can be trained; empty where it can begin."""
    from NACResponseLib.run_folder import MARKER, OWN_FILES

    found = _features(features, featureSets)
    if not endpoint:
        found.append(_("Choose what is to be predicted."))
    found += _known(recipe, recipes, _("There is no recipe '{name}'.")) or _study(features, recipeFacts(recipe))
    own = (MARKER, *OWN_FILES) if output and (Path(output) / MARKER).is_file() else ()
    found += _output(output, _("Choose the folder for the results."), own)
    if features and output and Path(features).resolve() == Path(output).resolve():
        found.append(_("Choose a folder for the results that is not the features' own."))
    return found


def tableFeatureSets(folder: str | Path) -> list[str]:
    """The feature sets of which a folder holds a table."""
    from NACResponseLib.errors import InputError
    from NACResponseLib.features.table import feature_tables

    try:
        return list(feature_tables(Path(folder))) if str(folder) else []
    except InputError:
        return []


def _features(folder: str, featureSets: Sequence[str]) -> list[str]:
    if not folder:
        return [_("Choose the folder of extracted features.")]
    if not Path(folder).is_dir():
        return [_("There is no folder {path}.").format(path=folder)]
    if not (Path(folder) / "cases.csv").is_file():
        return [_("{path} is not a folder of extracted features: cases.csv is missing.").format(path=folder)]
    absent = [name for name in featureSets if name not in tableFeatureSets(folder)]
    if absent:
        message = _("There is no table of {names} in {path}.")
        return [message.format(names=", ".join(absent), path=folder)]
    return []


def _study(folder: str, facts: RecipeFacts) -> list[str]:
    """What a recipe of signatures needs that the folder of features does not hold."""
    if facts.kind != SIGNATURES or not (Path(folder) / "cases.csv").is_file():
        return []
    found = []
    lacking = facts.lacking(tableFeatureSets(folder))
    if lacking:
        message = _("The recipe needs {names} features: extract them with the protocol {protocol}.")
        found.append(message.format(names=", ".join(lacking), protocol=facts.protocol))
    protocol = _protocolOf(folder)
    if facts.protocol and protocol not in ("", facts.protocol):
        message = _("The recipe is for features of the protocol {wanted}; these are of {found}.")
        found.append(message.format(wanted=facts.protocol, found=protocol))
    return found


def _protocolOf(folder: str) -> str:
    """The protocol that features were extracted by; empty where the folder does not say."""
    try:
        return str(json.loads((Path(folder) / EXTRACTION_FILES[0]).read_text(encoding="utf-8"))["protocol"]["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _file(path: str, choose: str) -> list[str]:
    if not path:
        return [choose]
    return [] if Path(path).is_file() else [_("There is no file {path}.").format(path=path)]


def _known(name: str, names: Callable[[], list[str]], message: str) -> list[str]:
    """A shipped name, or a file of the user's; empty is the usual one."""
    if Path(name).suffix == ".yaml":
        return _file(name, "")
    return [] if not name or name in names() else [message.format(name=name)]


def _withoutWeights(featureSets: Sequence[str]) -> list[str]:
    from NACResponseLib.features.medicalnet import BACKBONES
    from NACResponseLib.features.weights import installed_weights

    if not any(name.startswith("resnet") for name in featureSets):
        return []
    there = {weights.depth for weights in installed_weights()}
    lacking = [
        backbone.label
        for depth, backbone in BACKBONES.items()
        if backbone.feature_set in featureSets and depth not in there
    ]
    return [_("Install the weights of {names} first.").format(names=", ".join(lacking))] if lacking else []


def _output(path: str, choose: str, own: Sequence[str]) -> list[str]:
    """A folder that can be written and holds nothing but earlier results of the same kind."""
    if not path:
        return [choose]
    folder = Path(path)
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not nearest.is_dir():
        return [_("{path} is a file: choose a folder.").format(path=nearest)]
    if not os.access(nearest, os.W_OK):
        return [_("{path} cannot be written: choose another folder.").format(path=nearest)]
    if nearest != folder:
        return []
    try:
        names = sorted(file.name for file in folder.iterdir())
    except OSError as error:
        return [_("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror)]
    foreign = [name for name in names if not any(Path(name).match(pattern) for pattern in (_PARTIAL, *own))]
    if not foreign:
        return []
    message = _("{path} holds other files ({name}): choose an empty or a new folder.")
    return [message.format(path=path, name=foreign[0])]
