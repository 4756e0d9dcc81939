"""The Python packages that the command line needs and Slicer lacks: which are missing; installing them after asking.

torch comes from the extension PyTorch. What Slicer itself brings (numpy, SimpleITK, VTK) and an installed torch stay as
they are: pip gets their versions as constraints.
"""

import importlib
import importlib.metadata
import importlib.util
import logging
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

REQUESTER = "NACResponse"
REQUIREMENTS = Path(__file__).resolve().parents[1] / "Resources" / "requirements.txt"
KEPT = ("numpy", "scipy", "SimpleITK", "vtk", "torch", "torchvision", "pydicom")
MIN_TORCH = ">=2.10"
WITHOUT_CUDA = {"xgboost": "xgboost-cpu"}  # the same module without a CUDA library of 469 MB; not made for macOS
_LINE = re.compile(r"([\w.-]+)>=([\d.]+)")
_PUBLIC = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-z0-9.]+)?")  # what pip understands

_SCORE = ("PyYAML", "threadpoolctl", "xgboost", "contourpy", "Pillow", "Jinja2")
_TABLES = ("pandas", "pyarrow", "openpyxl", "scikit-learn")
_RADIOMICS = (*_SCORE, *_TABLES)
PURPOSES = {
    "shell": (),
    "models": ("PyYAML",),
    "score": _SCORE,
    "radiomics": _RADIOMICS,
    "dicom": (*_SCORE, "pydicom", "highdicom"),
    "training": (*_SCORE, *_TABLES, "imbalanced-learn", "matplotlib", "neuroCombat"),
    "deep": (*_RADIOMICS, "torch", "monai"),
    "weights": ("torch", "monai"),
    "download": ("torch", "monai", "huggingface_hub"),
}
"""Packages by what is to be done: ``dicom`` is a score that is written as DICOM; ``radiomics`` and ``deep`` are
extraction of such features, or a model of them."""
EXTENSIONS = {"torch": ("torch", "PyTorch")}


class MissingPackages(RuntimeError):
    """Packages are missing still; the text is the sentence to show."""


@dataclass(frozen=True)
class Need:
    """A package that is missing.

    Attributes:
        name: of the distribution; ``line`` as pip gets it.
        use: what it is for, in words.
        extension: of Slicer that brings it; empty where pip does.
    """

    name: str
    line: str
    use: str
    extension: str = ""


def missing(purpose: str, file: Path = REQUIREMENTS) -> list[Need]:
    """What is missing for a purpose.

    Args:
        purpose: one of ``PURPOSES``.
        file: with the requirement lines.
    """
    lines = requirementLines(file)
    needs = []
    for name in PURPOSES[purpose]:
        if name in EXTENSIONS:
            module, extension = EXTENSIONS[name]
            if importlib.util.find_spec(module) is None:
                needs.append(Need(name, name, _use(name), extension))
        elif not any(map(_installed, packings := _packings(name, lines[name]))):
            needs.append(Need(name, packings[0], _use(name)))
    return needs


def purposeOfModel(model: Mapping[str, Any]) -> str:
    """What scoring with a model needs.

    Args:
        model: an entry of ``models list --json``.
    """
    if model.get("weights_depth") is not None:
        return "deep"
    return "radiomics" if model.get("protocol") else "score"


def purposeOfFeatures(featureSets: Iterable[str]) -> str:
    """What extracting feature sets needs."""
    return "deep" if any(name.startswith("resnet") for name in featureSets) else "radiomics"


def requirementLines(file: Path = REQUIREMENTS) -> dict[str, str]:
    """The lines of a requirements file by name, each ``name>=version``."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    return {_parts(line)[0]: line for line in lines if line and not line.startswith("#")}


def ensure(purpose: str, file: Path = REQUIREMENTS) -> None:
    """Asks once and installs what is missing; does nothing where nothing is.

    Call it on the user's action only, from the main thread.

    Raises:
        MissingPackages: the user declined, an extension is to be installed first, or pip failed.
    """
    needs = missing(purpose, file)
    if not needs:
        return
    _checkExtensions(needs)
    if slicer.app.testingEnabled():
        raise MissingPackages(_("Not installed while testing: {names}.").format(names=_names(needs)))
    if not _confirmed(needs):
        message = _("This step needs Python packages that are not installed: {names}. Run it again to install them.")
        raise MissingPackages(message.format(names=_names(needs)))
    try:
        _install(needs)
    except (subprocess.CalledProcessError, RuntimeError, OSError) as error:
        logging.exception("NACResponse: packages could not be installed")
        message = _("{names} could not be installed: {reason} Slicer's error log has the details.")
        reason = f"{error}".strip().rstrip(".") + "."
        raise MissingPackages(message.format(names=_names(needs), reason=reason)) from error
    importlib.invalidate_caches()
    left = missing(purpose, file)
    if left:
        message = _("{names} are still missing after the installation. Restart Slicer and try again.")
        raise MissingPackages(message.format(names=_names(left)))


def _checkExtensions(needs: Sequence[Need]) -> None:
    """Extensions are the user's to install; PyTorch's, once there, installs torch itself."""
    for need in needs:
        if need.extension and not (need.name == "torch" and importlib.util.find_spec("PyTorchUtils")):
            message = _("{package} ({use}) is missing: install the extension {extension} in the Extensions Manager, "
                     "then restart Slicer.")  # fmt: skip
            raise MissingPackages(message.format(package=need.name, use=need.use, extension=need.extension))


def _confirmed(needs: Sequence[Need]) -> bool:
    lines = "\n".join(f"- {need.line}: {need.use}" for need in needs)
    question = _("NACResponse needs Python packages that Slicer does not have yet:\n\n{packages}\n\n"
             "They will be downloaded from the Python Package Index and installed in Slicer's Python. "
             "What Slicer already has stays as it is. Install them now?")  # fmt: skip
    return slicer.util.confirmOkCancelDisplay(
        question.format(packages=lines), _("NACResponse: install Python packages")
    )


def _install(needs: Sequence[Need]) -> None:
    if any(need.name == "torch" for need in needs):
        import PyTorchUtils

        PyTorchUtils.PyTorchUtilsLogic().installTorch(askConfirmation=False, torchVersionRequirement=MIN_TORCH)
        importlib.invalidate_caches()
    lines = [need.line for need in needs if not need.extension]
    if not lines:
        return
    with _constraints() as file:
        try:
            from slicer.packaging import pip_ensure  # 5.11 and later
        except ImportError:
            slicer.util.pip_install([*lines, "--constraint", file])
        else:
            pip_ensure(lines, constraints=file, prompt_install=False, requester=REQUESTER)


@contextmanager
def _constraints() -> Iterator[str]:
    """A file that keeps pip from changing what Slicer and its extensions brought."""
    lines = [f"{name}=={version}" for name in KEPT if (version := _version(name)) and _PUBLIC.fullmatch(version)]
    with tempfile.TemporaryDirectory(prefix="NACResponse-", dir=slicer.app.temporaryPath) as folder:
        file = Path(folder) / "constraints.txt"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield str(file)


def _packings(name: str, line: str) -> list[str]:
    """A requirement under each name that its package has on this system, the one to install first."""
    if name not in WITHOUT_CUDA or sys.platform == "darwin":
        return [line]
    packings = [line.replace(name, WITHOUT_CUDA[name], 1), line]
    return packings if _version(name) is None else packings[::-1]  # an old one is renewed, not laid over


def _installed(line: str) -> bool:
    """Whether a requirement is met, by Slicer's own judgement where it has one."""
    try:
        from slicer.packaging import pip_check  # 5.11 and later
    except ImportError:
        name, least = _parts(line)
        version = _version(name)
        return version is not None and _numbers(version) >= _numbers(least)
    return pip_check(line)


def _parts(line: str) -> tuple[str, str]:
    """Name and least version.

    Raises:
        ValueError: the line has another form.
    """
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"'{line}' is not of the form name>=version")
    return found.group(1), found.group(2)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """``2.10.0+cpu`` as (2, 10): without zeros at the end, so that 2.0 equals 2."""
    release = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in release.group().split(".")] if release else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _names(needs: Sequence[Need]) -> str:
    return ", ".join(need.name for need in needs)


def _use(name: str) -> str:
    uses = {
        "PyYAML": _("reads protocols and recipes"),
        "pydicom": _("reads and writes DICOM"),
        "highdicom": _("DICOM segmentations and structured reports"),
        "pandas": _("tables"),
        "pyarrow": _("feature tables on disk"),
        "openpyxl": _("Excel tables"),
        "scikit-learn": _("statistics and model building"),
        "imbalanced-learn": _("oversampling of the smaller class"),
        "neuroCombat": _("harmonization of scanners"),
        "threadpoolctl": _("one thread a process"),
        "xgboost": _("the models' trees"),
        "contourpy": _("outlines in the report"),
        "matplotlib": _("figures of the training report"),
        "Pillow": _("pictures in the report"),
        "Jinja2": _("writes the report"),
        "torch": _("deep image features; a large download"),
        "monai": _("networks for deep image features"),
        "huggingface_hub": _("downloads the networks' weights"),
    }
    return uses[name]
