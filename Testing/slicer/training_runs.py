"""Fixtures to import: the logic of cohorts, a tiny cohort, and a study that was really trained on."""

import json
from pathlib import Path

import pytest
import yaml

from Testing.slicer.shared import made_once

PATIENTS = 4  # of the cohort that was extracted
MODULE = Path(__file__).parents[2] / "NACResponse"


@pytest.fixture
def logic(scene, moduleFolder):
    from NACResponseSlicer.trainingLogic import NACResponseTrainingLogic

    return NACResponseTrainingLogic()


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Three patients, one of them without its contour."""
    from Testing.library.cohort.tiny import make_cohort, read_rows, write_cohort

    path = make_cohort(tmp_path_factory.mktemp("cohort") / "images", 3)
    import SimpleITK as sitk

    rows = read_rows(path)
    write_cohort(path, rows)
    file = path.parent / rows[1]["tumor_CT"]
    sitk.WriteImage(sitk.ReadImage(str(file)) * 0, str(file))
    return path


@pytest.fixture(scope="session")
def extracted(tmp_path_factory):
    """A cohort with what the command line made of it, in ``out``; no test changes them."""
    from NACResponseLib.cli import main
    from Testing.library.cohort.tiny import make_cohort

    def make(folder):
        cohort = make_cohort(folder / "in", PATIENTS)
        words = ["extract", cohort, "--output", folder / "out", "--protocol", cohort.parent / "protocol.yaml"]
        assert main([*map(str, words), "--workers", "1"]) == 0

    return made_once(tmp_path_factory, "extraction", make)


@pytest.fixture(scope="session")
def trained(installed, tmp_path_factory):
    """Features of 60 patients, a small recipe, and what ``train`` made of them; no test changes them."""
    return made_once(tmp_path_factory, "study", _train)


def _train(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(MODULE))
        from NACResponseSlicer.trainingLogic import NACResponseTrainingLogic
    from NACResponseLib.training.trees.recipe import load_trees_recipe
    from Testing.library.training.conftest import small
    from Testing.library.training.synthetic import make, write_folder

    write_folder(folder / "features", make(patients=60, deep=30, seed=3, strength=1.5))
    (folder / "features" / "run.json").write_text("{}", encoding="utf-8")  # without it a folder is not whole
    recipe = json.loads(json.dumps(small(load_trees_recipe()).plain()))
    (folder / "small.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    lines = []
    NACResponseTrainingLogic().train(
        folder / "features", "pcr", folder / "run", str(folder / "small.yaml"), partitions=2, workers=1,
        onLine=lines.append,
    )  # fmt: skip
    assert any(line.startswith("6 of 6 partitions") for line in lines)
