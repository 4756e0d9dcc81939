"""Two examinations side by side: spheres whose volumes and diameters are known, and a real patient's."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.anatomy.enhancement import functional_volume
from NACResponseLib.cli import main
from NACResponseLib.errors import InputError
from NACResponseLib.results.followup import Dynamic, FollowupResult, followup

DATA = Path(__file__).parents[4] / "shared" / "data" / "nact06"
RADII = {"earlier": 15.0, "later": 9.0}
DATES = {"earlier": "2026-03-01", "later": "2026-05-20"}


def ball(radius, value=1.0):
    z, y, x = np.mgrid[-30:31, -30:31, -30:31]
    image = sitk.GetImageFromArray(np.where(x**2 + y**2 + z**2 <= radius**2, value, 0.0).astype(np.float32))
    image.SetOrigin((-30.0, -30.0, -30.0))
    return image


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """Folders of two examinations, each scored by its contour alone; with phases in which the ball enhances."""
    folder = tmp_path_factory.mktemp("scored")
    noise = np.random.default_rng(1).normal(0, 1, (61, 61, 61)).astype(np.float32)
    for name, radius in RADII.items():
        sitk.WriteImage(sitk.Cast(ball(radius), sitk.sitkUInt8), str(folder / f"{name}_tumor.nii.gz"))
        pre = sitk.GetImageFromArray(100 + noise)
        pre.CopyInformation(ball(radius))
        sitk.WriteImage(pre, str(folder / f"{name}_pre.nii.gz"))
        sitk.WriteImage(pre + ball(radius, 100.0), str(folder / f"{name}_post.nii.gz"))
        words = ["score", "--tumor", f"MRI={folder}/{name}_tumor.nii.gz", "--image"]
        words += [f"MRI_CET1={folder}/{name}_post.nii.gz", "--set", "age=50", "--patient-id", "P 1"]
        words += ["--exam-date", DATES[name], "--laterality", "left", "--output", str(folder / name)]
        assert main(words) == 0
    return folder


def phases(scored, name):
    return Dynamic(scored / f"{name}_pre.nii.gz", scored / f"{name}_post.nii.gz")


def test_volume_diameter_and_functional_volume_are_those_of_the_spheres(scored, tmp_path):
    dynamic = (phases(scored, "earlier"), phases(scored, "later"))
    result = followup(scored / "earlier", scored / "later", tmp_path / "out", dynamic=dynamic)
    found = {row.name: row for row in result.frame().itertuples()}
    for name in ("earlier", "later"):
        volume = 4 / 3 * np.pi * RADII[name] ** 3
        assert getattr(found["MRI_volume_mm3"], name) == pytest.approx(volume, rel=0.03)
        assert getattr(found["functional_tumour_volume_mm3"], name) == pytest.approx(volume, rel=0.03)
        assert getattr(found["MRI_longest_diameter_mm"], name) == pytest.approx(2 * RADII[name], abs=1.5)
    assert found["MRI_volume_mm3"].percent == pytest.approx(100 * ((9 / 15) ** 3 - 1), abs=2)
    assert result.response == "partial response"
    assert result.about["earlier"]["date"] == "2026-03-01" and "probability" in found
    assert any("before treatment" in warning for warning in result.about["warnings"])
    assert "partial response" in (result.folder / "report.html").read_text(encoding="utf-8")
    assert FollowupResult.load(tmp_path / "out").response == result.response


def test_a_phase_that_covers_only_a_part_is_told(scored, tmp_path):
    whole = sitk.ReadImage(str(scored / "later_pre.nii.gz"))
    sitk.WriteImage(whole[:, :, :31], str(tmp_path / "half.nii.gz"))
    half = Dynamic(tmp_path / "half.nii.gz", scored / "later_post.nii.gz")
    result = followup(scored / "earlier", scored / "later", dynamic=(phases(scored, "earlier"), half))
    found = [warning for warning in result.about["warnings"] if "outside the pre-contrast image" in warning]
    assert len(found) == 1 and "later examination" in found[0]


def test_functional_volume_is_measured_about_the_contour_of_mr(scored, tmp_path):
    """The CT contour, whose name comes first, is where nothing enhances."""
    for name in RADII:
        shutil.copytree(scored / name, tmp_path / name)
        elsewhere = ball(5.0)
        elsewhere.SetOrigin((-8.0, -8.0, -8.0))
        sitk.WriteImage(sitk.Cast(elsewhere, sitk.sitkUInt8), str(tmp_path / name / "tumor_CT.nii.gz"))
    dynamic = (phases(scored, "earlier"), phases(scored, "later"))
    result = followup(tmp_path / "earlier", tmp_path / "later", tmp_path / "out", dynamic=dynamic)
    found = {row.name: row for row in result.frame().itertuples()}
    volume = 4 / 3 * np.pi * RADII["earlier"] ** 3
    assert found["functional_tumour_volume_mm3"].earlier == pytest.approx(volume, rel=0.03)
    assert result.response == "partial response"
    assert any("CT stable disease" in warning for warning in result.about["warnings"])


@pytest.mark.parametrize("ratio", [float("nan"), -1.0, float("inf")])
def test_a_ratio_that_no_voxel_can_be_held_to_is_refused(ratio):
    image = ball(15.0, 100.0) + 100.0
    with pytest.raises(InputError, match="signal enhancement ratio"):
        functional_volume(image, image, sitk.Cast(ball(15.0), sitk.sitkUInt8), late=image, least_ser=ratio)


def test_a_tumour_that_is_gone_is_a_complete_response(scored, tmp_path):
    words = ["followup", str(scored / "earlier"), str(scored / "later"), "--gone", "--output", str(tmp_path / "out")]
    assert main(words) == 0
    about = json.loads((tmp_path / "out" / "followup.json").read_text(encoding="utf-8"))
    assert about["response"] == "complete response"
    assert [row["later"] for row in about["changes"]] == [0.0, 0.0]


def test_what_does_not_belong_together_is_refused(scored, tmp_path):
    with pytest.raises(InputError, match="earlier examination first"):
        followup(scored / "later", scored / "earlier")
    with pytest.raises(InputError, match="wrote whole"):
        followup(scored / "earlier", tmp_path)
    other = json.loads((scored / "later" / "score.json").read_text(encoding="utf-8"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "score.json").write_text(json.dumps({**other, "patient_id": "P 2"}), encoding="utf-8")
    with pytest.raises(InputError, match="one patient"):
        followup(scored / "earlier", tmp_path / "other")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"model": ', "[]", '"x"', '{"patient_id": "\\ud800"}', "\0"])
def test_a_damaged_score_is_refused_in_one_line(scored, tmp_path, text, capsys):
    shutil.copytree(scored / "later", tmp_path / "later")
    (tmp_path / "later" / "score.json").write_text(text, encoding="utf-8")
    words = ["followup", str(scored / "earlier"), str(tmp_path / "later"), "--output", str(tmp_path / "out")]
    assert main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1 and not (tmp_path / "out").exists()


@pytest.mark.parametrize("key", ["patient_id", "model", "probability", "interval", "examination"])
@pytest.mark.parametrize("value", [None, 5, float("nan"), "x", [1], {"a": []}])
def test_an_entry_of_another_kind_is_refused(scored, tmp_path, key, value):
    shutil.copytree(scored / "later", tmp_path / "later")
    about = json.loads((scored / "later" / "score.json").read_text(encoding="utf-8"))
    (tmp_path / "later" / "score.json").write_text(json.dumps({**about, key: value}), encoding="utf-8")
    with pytest.raises(InputError):
        followup(scored / "earlier", tmp_path / "later")


@pytest.mark.parametrize(
    "words", [["--percent", "70"], ["--dynamic-earlier", "a", "b"], ["--dynamic-earlier", "a", "--dynamic-later", "b"]]
)
def test_phases_that_are_not_whole_are_refused(scored, tmp_path, words, capsys):
    given = [str(scored / "earlier"), str(scored / "later"), "--output", str(tmp_path / "out"), *words]
    assert main(["followup", *given]) == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")
def test_the_functional_volume_of_a_real_patient_is_that_of_the_published_mask():
    """NACT_06: the mask was derived from percent enhancement above 70 % in the published box."""
    read = {name: sitk.ReadImage(str(DATA / f"nact06_{name}.nii.gz")) for name in ("pre", "post1", "post2")}
    mask = sitk.ReadImage(str(DATA / "nact06_tumor_ftv_derived.nii.gz"), sitk.sitkUInt8)
    box = sitk.LabelShapeStatisticsImageFilter()
    box.Execute(mask)
    start, size = np.split(np.array(box.GetBoundingBox(1)), 2)
    place = (tuple(start.tolist()), tuple(size.tolist()))
    found = functional_volume(read["pre"], read["post1"], place)
    published = sitk.GetArrayFromImage(mask).sum() * np.prod(mask.GetSpacing())
    assert found.volume_mm3 == pytest.approx(published, rel=0.1)
    washing = functional_volume(read["pre"], read["post1"], place, late=read["post2"], least_ser=1.0)
    assert 0 < washing.volume_mm3 < found.volume_mm3
