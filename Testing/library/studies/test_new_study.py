"""The chapter on a new study: its files are whole and its study can be trained."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from NACResponseLib.config import resources
from NACResponseLib.model.bundle import load_bundle
from NACResponseLib.protocol import load_protocol
from NACResponseLib.results.training import train
from NACResponseLib.training.cohort import read_cohort
from NACResponseLib.training.signatures.recipe import load_signature_recipe
from Testing.studies import Study, populate
from Testing.study_files import write_cohort

CHAPTER = resources() / "NewStudy.md"
STUDY = Study(
    160, 0.35, ("pcr", ("1",), ("0",)), {"US": 0, "MRI": 0, "change": 1.5}, {"ER": -1, "HER2": 1, "T_stage": -0.5}
)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> tuple[Path, Path]:
    """The two files of the chapter, as a reader would save them."""
    folder = tmp_path_factory.mktemp("chapter")
    text = CHAPTER.read_text(encoding="utf-8")
    blocks = re.findall(r"## The (\w+): `([\w.-]+)`\n\n```yaml\n(.*?)```", text, re.DOTALL)
    assert [kind for kind, *_ in blocks] == ["protocol", "recipe"]
    for _, name, block in blocks:
        (folder / name).write_text(block, encoding="utf-8")
    return tuple(folder / name for _, name, _ in blocks)


@pytest.fixture(scope="module")
def truth(files):
    protocol, recipe = files
    return populate(STUDY, load_protocol(protocol), yaml.safe_load(recipe.read_text(encoding="utf-8")), 90)


@pytest.fixture(scope="module")
def trained(files, truth, tmp_path_factory):
    folder = tmp_path_factory.mktemp("new")
    write_cohort(folder / "features", truth, STUDY.patients, 3)
    return train(folder / "features", None, folder / "run", files[1], partitions=5)


def test_both_files_load_and_fit_each_other(files):
    protocol, recipe = load_protocol(files[0]), load_signature_recipe(files[1])
    assert recipe.protocol == protocol.name == files[0].stem
    for signature in recipe.signatures.values():
        assert set(signature.contours) <= {*protocol.contours, "delta"}


@pytest.mark.parametrize("place", (0, 1))
def test_every_key_of_the_files_is_explained(files, place):
    text = CHAPTER.read_text(encoding="utf-8").split("```")[2 * (place + 1)]
    keys = yaml.safe_load(files[place].read_text(encoding="utf-8"))
    assert [key for key in keys if key not in ("name", "version") and f"`{key}`" not in text] == []


def test_no_shipped_study_is_like_it(files):
    for shipped in (resources() / "Protocols").glob("*.yaml"):
        assert set(load_protocol(shipped).images) != set(load_protocol(files[0]).images)


@pytest.mark.slow
def test_its_study_is_trained_and_its_final_model_finds_the_change(trained, truth):
    held = {name: np.concatenate([one.probability for one in found]) for name, found in trained.fitted.results.items()}
    outcome = np.concatenate([one.outcome for one in trained.fitted.results["combined"]])
    areas = {name: _area(outcome, probability) for name, probability in held.items()}
    assert areas["combined"] > areas["clinical"]
    assert areas["combined"] == pytest.approx(truth.oracle()["combined"].auc, abs=0.12)  # three standard errors


@pytest.mark.slow
def test_its_model_carries_its_own_protocol(trained, files):
    bundle = load_bundle(trained.folder / "model.nacmodel")
    assert bundle.protocol == load_protocol(files[0])
    assert {path.stem for path in (trained.folder / "models").iterdir()} == set(trained.fitted.results)


def test_features_of_another_protocol_are_refused(files, truth, tmp_path):
    from NACResponseLib.errors import InputError
    from Testing.study_files import make_study

    make_study(tmp_path, "liang2025", 40)
    with pytest.raises(InputError, match="us-mri-change"):
        read_cohort(tmp_path, "pcr", load_signature_recipe(files[1]))


def _area(outcome, probability):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(outcome, probability)
