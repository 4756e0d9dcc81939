"""What the command line needs and Slicer lacks: asked for once, installed, or explained."""

import importlib.util
import sys
import types
import typing
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OK, CANCEL = 0x400, 0x400000
IMPORTED_BY_SCORE = """
import runpy, sys
sys.argv = ["nacresponse", *sys.argv[1:]]
try: runpy.run_module("NACResponseLib", run_name="__main__")
except SystemExit as end: assert not end.code, end.code
print(*sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""
MODULES = {
    "PyYAML": "yaml",
    "scikit-learn": "sklearn",
    "imbalanced-learn": "imblearn",
    "Pillow": "PIL",
    "Jinja2": "jinja2",
}


@pytest.fixture
def dependencies(moduleFolder):
    from NACResponseSlicer import dependencies

    return dependencies


@pytest.fixture
def lacking(monkeypatch):
    """Makes modules of extensions look absent."""
    find = importlib.util.find_spec

    def hide(*names):
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name, *rest: None if name in names else find(name, *rest)
        )

    return hide


class PyTorchUtilsLogic:
    """The logic of the extension PyTorch, as far as it is called."""

    asked: typing.ClassVar = []

    def installTorch(self, askConfirmation=False, forceComputationBackend=None, torchVersionRequirement=None):
        self.asked.append((askConfirmation, torchVersionRequirement))


@pytest.fixture
def pytorch(monkeypatch):
    module = types.ModuleType("PyTorchUtils")
    module.PyTorchUtilsLogic, module.__spec__ = PyTorchUtilsLogic, importlib.util.spec_from_loader("PyTorchUtils", None)
    monkeypatch.setitem(sys.modules, "PyTorchUtils", module)
    PyTorchUtilsLogic.asked = []
    return PyTorchUtilsLogic


def project():
    tomllib = pytest.importorskip("tomllib")  # came with Python 3.11
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_requirement_lines_are_those_of_the_project(dependencies):
    brought = {"numpy", "scipy", "SimpleITK", "torch", "xgboost-cpu"}  # xgboost: on every system
    stated = [*project()["dependencies"], *project()["optional-dependencies"]["deep"]]
    lines = {line.partition(";")[0].strip() for line in stated}
    wanted = {line for line in lines if line.split(">=")[0] not in brought}
    assert set(dependencies.requirementLines().values()) == wanted


def test_every_package_of_every_purpose_has_a_line_or_an_extension_and_a_use(dependencies):
    lines = dependencies.requirementLines()
    named = {name for names in dependencies.PURPOSES.values() for name in names}
    assert named == set(lines) | set(dependencies.EXTENSIONS)
    assert all(dependencies._use(name) for name in named)


@pytest.mark.slow
def test_scoring_a_patient_imports_no_package_beyond_those_of_its_purpose(dependencies, tmp_path):
    import subprocess

    import SimpleITK as sitk

    from Testing.library.cohort.tiny import ct, mri

    sitk.WriteImage(mri(1), str(tmp_path / "image.nrrd"))
    sitk.WriteImage(ct(1)[1], str(tmp_path / "tumor.nrrd"))
    words = [
        "score", "--image", f"MRI_CET1={tmp_path}/image.nrrd", "--tumor", f"MRI={tmp_path}/tumor.nrrd",
        "--set", "age=50", "--set", "ER=positive", "--set", "PR=positive", "--set", "HER2=negative",
        "--output", str(tmp_path / "out"),
    ]  # fmt: skip
    done = subprocess.run([sys.executable, "-c", IMPORTED_BY_SCORE, *words], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    every = {name for names in dependencies.PURPOSES.values() for name in names} - set(dependencies.EXTENSIONS)
    used = {name for name in every if MODULES.get(name, name) in loaded}
    assert used == set(dependencies.PURPOSES["score"])
    assert not loaded & {"radiomics", "torch"}


def test_where_nothing_is_missing_nothing_is_asked(dependencies, slicerApp):
    for purpose in ("shell", "models", "score", "training"):
        assert dependencies.missing(purpose) == []
        dependencies.ensure(purpose)
    assert not slicerApp.dialogs.shown and not slicerApp.installations.asked


def test_one_question_names_each_package_and_its_use_and_then_they_are_installed(dependencies, slicerApp):
    slicerApp.installations.missing |= {"xgboost", "PyYAML"}
    slicerApp.dialogs.answer(OK)
    dependencies.ensure("score")
    (box,) = slicerApp.dialogs.shown
    least = dependencies.requirementLines()["xgboost"].removeprefix("xgboost")
    assert f"xgboost-cpu{least}: the models' trees" in box.text and "PyYAML>=6.0.1: reads" in box.text
    assert slicerApp.installations.asked == [["PyYAML>=6.0.1", f"xgboost-cpu{least}"]]
    assert dependencies.missing("score") == []


def test_declining_is_one_clear_sentence_and_installs_nothing(dependencies, slicerApp):
    slicerApp.installations.missing.add("xgboost")
    slicerApp.dialogs.answer(CANCEL)
    with pytest.raises(dependencies.MissingPackages) as error:
        dependencies.ensure("score")
    assert "xgboost" in str(error.value) and str(error.value).count(".") == 2
    assert not slicerApp.installations.asked and len(slicerApp.dialogs.shown) == 1


def test_an_installation_that_fails_names_the_packages(dependencies, slicerApp):
    slicerApp.installations.missing.add("xgboost")
    slicerApp.installations.fails = True
    slicerApp.dialogs.answer(OK)
    with pytest.raises(dependencies.MissingPackages, match=r"^xgboost .*exit status 1"):
        dependencies.ensure("score")


def test_what_is_missing_after_the_installation_is_named(dependencies, slicerApp, tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text(dependencies.REQUIREMENTS.read_text().replace("xgboost>=", "xgboost>=999."))
    slicerApp.dialogs.answer(OK)
    with pytest.raises(dependencies.MissingPackages, match=r"^xgboost .*missing"):
        dependencies.ensure("score", file)


def test_nothing_is_installed_while_testing(dependencies, slicerApp):
    slicerApp.installations.missing.add("xgboost")
    slicerApp.app.testing = True
    with pytest.raises(dependencies.MissingPackages, match=r"^Not installed while testing: xgboost"):
        dependencies.ensure("score")
    assert not slicerApp.installations.asked


def test_in_5_10_pip_is_given_the_lines_and_constraints(dependencies, slicerApp, tmp_path):
    slicerApp.setVersion("5.10")
    file = tmp_path / "requirements.txt"
    file.write_text(dependencies.REQUIREMENTS.read_text().replace("xgboost>=", "xgboost>=999."))
    assert [need.line for need in dependencies.missing("score", file)] == ["xgboost-cpu>=999.2.1.4"]
    slicerApp.dialogs.answer(OK)
    with pytest.raises(dependencies.MissingPackages, match="still missing"):
        dependencies.ensure("score", file)
    ((line, option, constraints),) = slicerApp.installations.asked
    assert line == "xgboost-cpu>=999.2.1.4" and option == "--constraint" and constraints.endswith("constraints.txt")
    assert not Path(constraints).exists()


def test_in_5_10_a_package_that_is_nowhere_is_missing(dependencies, slicerApp, tmp_path, monkeypatch):
    slicerApp.setVersion("5.10")
    file = tmp_path / "requirements.txt"
    file.write_text("# comment\n\nno-such-package>=1.0\n")
    monkeypatch.setitem(dependencies.PURPOSES, "score", ("no-such-package",))
    monkeypatch.setattr(dependencies, "_use", lambda name: "nothing")
    assert [need.name for need in dependencies.missing("score", file)] == ["no-such-package"]


def test_versions_are_compared_as_numbers(dependencies):
    numbers = dependencies._numbers
    assert numbers("2.10.0+cpu") == (2, 10) > numbers("2.9.1") and numbers("2.0") == numbers("2") == (2,)
    assert numbers("odd") == () < numbers("0.1")


def test_an_old_xgboost_is_renewed_and_macos_gets_the_only_one_there_is(dependencies, slicerApp, tmp_path, monkeypatch):
    slicerApp.setVersion("5.10")
    file = tmp_path / "requirements.txt"
    file.write_text(dependencies.REQUIREMENTS.read_text().replace("xgboost>=", "xgboost>=999."))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "darwin")
        assert [need.line for need in dependencies.missing("score", file)] == ["xgboost>=999.2.1.4"]
    version = dependencies._version
    monkeypatch.setattr(dependencies, "_version", lambda name: "1.7" if name == "xgboost" else version(name))
    assert [need.line for need in dependencies.missing("score", file)] == ["xgboost>=999.2.1.4"]


def test_a_requirement_of_another_form_is_refused(dependencies, tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text("xgboost==2.1\n")
    with pytest.raises(ValueError, match=r"xgboost==2\.1"):
        dependencies.requirementLines(file)


def test_the_constraints_keep_what_slicer_has(dependencies):
    import numpy
    import SimpleITK

    with dependencies._constraints() as file:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    assert f"numpy=={numpy.__version__}" in lines and f"SimpleITK=={SimpleITK.Version.VersionString()}" in lines
    assert not any(line.startswith(("xgboost", "pandas")) for line in lines)


def test_a_version_that_pip_cannot_read_is_no_constraint(dependencies, monkeypatch):
    monkeypatch.setattr(dependencies, "_version", lambda name: "5.12-g0f3a-dirty" if name == "vtk" else None)
    with dependencies._constraints() as file:
        assert Path(file).read_text(encoding="utf-8").strip() == ""


def test_handcrafted_features_need_no_extension(dependencies, slicerApp, lacking):
    lacking("radiomics", "torch")
    assert dependencies.missing("radiomics") == []
    dependencies.ensure("radiomics")
    assert not slicerApp.dialogs.shown


def test_missing_torch_sends_to_its_extension_where_that_is_not_there(dependencies, slicerApp, lacking):
    lacking("torch", "PyTorchUtils")
    with pytest.raises(dependencies.MissingPackages, match=r"^torch .*extension PyTorch"):
        dependencies.ensure("deep")
    assert not slicerApp.dialogs.shown


@pytest.mark.torch
def test_torch_is_installed_by_the_extension_that_is_there_after_the_one_question(
    dependencies, slicerApp, lacking, pytorch
):
    lacking("torch")
    slicerApp.installations.missing.add("monai")
    slicerApp.dialogs.answer(OK)
    with pytest.raises(dependencies.MissingPackages, match=r"^torch are still missing"):  # nothing was truly installed
        dependencies.ensure("deep")
    assert pytorch.asked == [(False, ">=2.10")] and slicerApp.installations.asked == [
        [dependencies.requirementLines()["monai"]]
    ]
    assert len(slicerApp.dialogs.shown) == 1


@pytest.mark.torch
def test_torch_alone_asks_pip_for_nothing(dependencies, slicerApp, lacking, pytorch):
    lacking("torch")
    slicerApp.dialogs.answer(OK)
    with pytest.raises(dependencies.MissingPackages):
        dependencies.ensure("deep")
    assert pytorch.asked and not slicerApp.installations.asked


def test_the_purpose_follows_from_the_model_and_from_the_feature_sets(dependencies):
    assert dependencies.purposeOfModel({"protocol": None, "weights_depth": None}) == "score"
    assert dependencies.purposeOfModel({"protocol": "jang2025", "weights_depth": None}) == "radiomics"
    assert dependencies.purposeOfModel({"protocol": "jang2025", "weights_depth": 34}) == "deep"
    assert dependencies.purposeOfFeatures(["handcrafted"]) == "radiomics"
    assert dependencies.purposeOfFeatures(["handcrafted", "resnet10"]) == "deep"
