"""A user's own selector, classifier and endpoint, in a package of his own, named in his recipe."""

import importlib
import json
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
import yaml
from scipy import ndimage
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator

import NACResponseLib as nac
from NACResponseLib.cohort.plan import Settings
from NACResponseLib.config import resources
from NACResponseLib.endpoints import endpoints, outcomes_of_both_classes
from NACResponseLib.features.handcrafted import region_mask
from NACResponseLib.features.names import handcrafted_names
from NACResponseLib.features.preparation import CasePreparation
from NACResponseLib.model.linear import Linear
from NACResponseLib.model.trees import Trees
from NACResponseLib.protocol import load_protocol, protocol_from, protocol_plain, protocol_sha256
from NACResponseLib.registry import find, names
from NACResponseLib.training.trees.pipeline import fit_pipeline
from NACResponseLib.training.trees.recipe import load_trees_recipe

from .training.conftest import small
from .training.signatures.conftest import write_both, write_recipe
from .training.synthetic import make, write_folder

STEPS = [{"step": "spread", "least": 0.05}, {"step": "lasso", "rule": "best", "folds": 3}]
MORE = """
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from xgboost import XGBClassifier

from NACResponseLib.endpoints import Endpoint

def half(C=0.5):
    return LogisticRegression(C=C)

def boosted(seed, depth=2):
    return XGBClassifier(n_estimators=20, max_depth=depth, n_jobs=1, random_state=seed)

def forest(seed):
    return RandomForestClassifier(20, random_state=seed)

class Short:
    names = ("Mean", "Other")

    def compute(self, values, region, spacing_mm):
        return {"Mean": values[region].mean()}

KI67 = Endpoint("ki67", "Ki-67 below 10 %", "Ki-67 of 10 % or more", lambda cases: (cases["ki67"] < 10).astype(float))
"""
ENTRY_POINTS = """
[nacresponse.selectors]
spread = a_users_package.selectors:SpreadSelector
gone = a_users_package.nowhere:Selector

[nacresponse.classifiers]
half = a_users_package.more:half
boosted = a_users_package.more:boosted
forest = a_users_package.more:forest

[nacresponse.features]
rim = a_users_package.features:RimFeatures
short = a_users_package.more:Short
shapeless = a_users_package.more:half

[nacresponse.endpoints]
ki67 = a_users_package.more:KI67
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The template in an installed package."""
    place = tmp_path / "site"
    (place / "a_users_package").mkdir(parents=True)
    (place / "a_users_package" / "__init__.py").touch()
    shutil.copy(resources() / "NewSelector.py", place / "a_users_package" / "selectors.py")
    shutil.copy(resources() / "NewFeatures.py", place / "a_users_package" / "features.py")
    (place / "a_users_package" / "more.py").write_text(MORE, encoding="utf-8")
    (place / "a_users_package-1.dist-info").mkdir()
    (place / "a_users_package-1.dist-info" / "METADATA").write_text("Name: a-users-package\nVersion: 1\n")
    (place / "a_users_package-1.dist-info" / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(place)
    importlib.invalidate_caches()
    monkeypatch.setattr("NACResponseLib.registry._loaded", {})
    yield place
    for name in [name for name in sys.modules if name.startswith("a_users_package")]:
        del sys.modules[name]


def test_the_template_is_a_sound_selector_and_selects(package):
    selector = find("selectors", "spread", "a step")
    check_estimator(selector())
    values = np.column_stack([np.arange(100.0), np.r_[np.zeros(99), 1.0]])
    assert selector(0.2).fit(values).get_support().tolist() == [True, False]


@pytest.mark.slow
def test_a_users_selector_and_classifier_are_named_in_his_recipe_and_used(package, tmp_path):
    write_both(tmp_path / "features")
    recipe = write_recipe(tmp_path / "mine.yaml", selection=STEPS, classifiers=["logistic", "half"])
    result = nac.train(tmp_path / "features", None, tmp_path / "run", recipe)
    assert result.about["recipe_text"]["selection"] == STEPS
    compared = pd.read_csv(result.folder / "classifiers.csv")
    assert set(compared["classifier"]) == {"logistic", "half"} and compared["auc"].between(0, 1).all()
    shutil.rmtree(package)
    assert nac.validate(result.bundle, tmp_path / "features").about["n_patients"] > 0, "scored without the package"


def test_the_recipe_is_refused_where_its_step_is_not_as_named(package, tmp_path):
    for steps, expected in (
        ([{"step": "spred"}, STEPS[1]], "did you mean 'spread'"),
        ([{"step": "spread", "most": 1}, STEPS[1]], "least"),
        ([{"step": "spread", "least": 7}, STEPS[1]], "found 7"),
        ([{"step": "gone"}, STEPS[1]], "correct or install that package"),
    ):
        with pytest.raises(nac.InputError, match=expected) as error:
            nac.load_recipe(write_recipe(tmp_path / "mine.yaml", selection=steps))
        assert "\n" not in str(error.value)


def test_a_model_of_a_users_classifier_is_not_shipped_and_that_is_stated_in_a_line(package, tmp_path):
    with pytest.raises(nac.InputError, match="bundle holds a model as data") as error:
        nac.load_recipe(write_recipe(tmp_path / "mine.yaml", classifiers=["half"]))
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def made():
    return make(patients=90, deep=60, seed=3, strength=1.5)


def trees_recipe(folder, **changes):
    """A small recipe of trees without elimination and sampling."""
    plain = json.loads(json.dumps(small(load_trees_recipe("jang2025")).plain()))
    plain |= {"elimination": None, "sampling": {"method": "none"}, **changes}
    file = folder / "mine.yaml"
    file.write_text(yaml.safe_dump(plain), encoding="utf-8")
    return file


@pytest.mark.slow
@pytest.mark.parametrize(("classifier", "kind"), [({"name": "half", "C": 2.0}, Linear), ({"name": "boosted"}, Trees)])
def test_a_users_selector_and_classifier_take_part_in_recipes_of_trees_and_ship_as_data(
    package, tmp_path, made, classifier, kind
):
    write_folder(tmp_path / "features", made)
    steps = {"method": "FCQ", "share": 0.1, "steps": [{"step": "spread", "least": 0.05}]}
    recipe = trees_recipe(tmp_path, selection=steps, classifier=classifier)
    result = nac.train(tmp_path / "features", "pcr", tmp_path / "run", recipe, partitions=2)
    text = result.about["recipe_text"]
    assert text["selection"]["steps"] == steps["steps"] and text["classifier"]["name"] == classifier["name"]
    assert result.frame()["auc"].between(0, 1).all()
    bundle = result.bundle
    assert isinstance(bundle.model, kind)
    shutil.rmtree(package)
    assert nac.validate(bundle, tmp_path / "features").about["n_patients"] == 90, "scored without the package"


def test_a_linear_classifier_of_a_users_gives_what_scikit_learn_gives(package, tmp_path, made):
    recipe = load_trees_recipe(trees_recipe(tmp_path, classifier={"name": "half", "C": 2.0}))
    fitted = fit_pipeline(made.table, recipe, 8)
    values = made.table.values[:, [made.table.names.index(column.name) for column in fitted.columns]]
    prepared = fitted.preparation.apply(values, made.table.scanners)
    reference = LogisticRegression(C=2.0).fit(prepared, made.table.outcome)
    assert fitted.margins(prepared) == pytest.approx(reference.decision_function(prepared), abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"classifier": {"name": "forest"}}, "RandomForestClassifier"),
        ({"classifier": {"name": "half", "D": 1}}, "C"),
        ({"classifier": {"name": "haalf"}}, "half"),
        ({"classifier": None}, "name"),
        ({"classifier": {"name": "half"}, "logistic": {"inverse_penalty": 1.0}}, "leave it out"),
        ({"selection": {"steps": [{"step": "lasso"}]}}, "select features"),
        ({"selection": {"steps": [{"step": "spred"}]}}, "did you mean 'spread'"),
    ],
)
def test_a_recipe_of_trees_is_refused_where_its_own_steps_cannot_be_used(package, tmp_path, changes, found):
    with pytest.raises(nac.InputError, match=found) as error:
        nac.load_recipe(trees_recipe(tmp_path, **changes))
    assert "\n" not in str(error.value)


def test_steps_that_keep_nothing_are_named(package, tmp_path, made):
    strict = {"method": "FCQ", "share": 0.1, "steps": [{"step": "spread", "least": 0.99}]}
    recipe = load_trees_recipe(trees_recipe(tmp_path, selection=strict))
    images = made.table.of_columns(np.flatnonzero([column.group != "clinical" for column in made.table.columns]))
    with pytest.raises(nac.InputError, match="loosen"):
        fit_pipeline(images, recipe, 8)


def own_protocol(*families):
    plain = protocol_plain(load_protocol("jang2025"))
    return protocol_from({**plain, "families": list(families)}, "mine.yaml")


def one_image(files):
    image, tumor = files.write(files.image, "image.nrrd"), files.write(files.tumor, "tumor.nrrd")
    return nac.load_case("P1", {"MRI_CET1": image}, {"MRI": tumor})


def test_a_users_family_of_features_is_computed_of_each_region_beside_the_librarys(package, files):
    protocol, case = own_protocol("rim"), one_image(files)
    names = [name for name in handcrafted_names(protocol) if "_rim_" in name and name.startswith("MRI_CET1_Intra")]
    assert names == ["MRI_CET1_Intra_rim_Contrast", "MRI_CET1_Intra_rim_Share"]
    preparation = CasePreparation(case, protocol)
    found = nac.extract_features(case, protocol, names, preparation=preparation)
    prepared = preparation.image("MRI_CET1")
    region = sitk.GetArrayFromImage(region_mask(prepared.masks["Intra"], prepared.image)) != 0
    values = sitk.GetArrayFromImage(prepared.image)
    core = ndimage.binary_erosion(region)
    rim = region & ~core
    contrast = (values[rim].mean() - values[core].mean()) / values[region].std()
    assert found == pytest.approx({names[0]: contrast, names[1]: rim.sum() / region.sum()}, rel=1e-5)
    others = nac.extract_features(case, load_protocol("jang2025"), ["MRI_CET1_Intra_glcm_Contrast"])
    assert nac.extract_features(case, protocol, list(others)) == others


def test_a_protocol_keeps_its_families_and_counts_as_another(package):
    plain, own = load_protocol("jang2025"), own_protocol("rim")
    assert protocol_from(protocol_plain(own), "again") == own
    assert "families" not in protocol_plain(plain)
    assert protocol_sha256(own) != protocol_sha256(plain)
    assert Settings(own).key("code") != Settings(plain).key("code")


def test_patients_are_computed_anew_when_the_familys_code_changes(package):
    before = Settings(own_protocol("rim")).key("code")
    file = package / "a_users_package" / "features.py"
    file.write_text(file.read_text(encoding="utf-8") + "# another\n", encoding="utf-8")
    assert Settings(own_protocol("rim")).key("code") != before


@pytest.mark.parametrize(
    ("families", "found"),
    [
        (["ridge"], "install the package"),
        (["shapeless"], "shapeless"),
        (["rim", "rim"], "each once"),
        (["Rim"], "small letters"),
    ],
)
def test_a_protocol_is_refused_where_its_family_is_not_as_named(package, families, found):
    with pytest.raises(nac.InputError, match=found) as error:
        own_protocol(*families)
    assert "\n" not in str(error.value)


def test_a_family_that_gives_other_features_than_it_names_is_refused(package, files):
    with pytest.raises(nac.InputError, match="Other of the family short, found Mean"):
        nac.extract_features(one_image(files), own_protocol("short"), ["MRI_CET1_Intra_short_Mean"])


def test_a_users_endpoint_is_one_of_all(package):
    assert endpoints()["ki67"].positive_class == "Ki-67 below 10 %"
    cases = pd.DataFrame({"ki67": [5, 30]}, index=["P1", "P2"])
    assert outcomes_of_both_classes("ki67", cases).tolist() == [1, 0]


def test_without_such_a_package_there_are_only_the_librarys_own():
    assert names("endpoints") == ("pcr", "responder", "rcb01", "apcr")
    with pytest.raises(nac.InputError, match="spearman"):
        find("selectors", "spearmen", "a step")
