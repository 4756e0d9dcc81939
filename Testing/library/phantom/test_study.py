"""A study's cohort on disk: the columns that its protocol wants, files that can be read, the truth in the images."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.clinical import CLINICAL_VARIABLES
from NACResponseLib.cohort.manifest import read_manifest
from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import same_grid
from NACResponseLib.phantom import Acquisition, ImageRequest, Patient, draw_patient, draw_response, make_study_cohort
from NACResponseLib.phantom.contrast import CONTRASTS
from NACResponseLib.phantom.dynamics import enhancement
from NACResponseLib.phantom.study import examinations
from NACResponseLib.protocol import Protocol, load_protocol

SMALL_MR = Acquisition(size=(56, 56, 28), spacing_mm=(2.8, 2.8, 4.2))
SMALL_CT = Acquisition("chest_ct", size=(80, 64, 24), spacing_mm=(4.8, 4.8, 6.5))
STUDIES = ("janse2025", "li2026", "liang2025")
pytestmark = pytest.mark.slow  # four studies are made, which takes seconds


def wanted_of(protocol: Protocol) -> dict[str, ImageRequest]:
    images = protocol.images
    return {
        name: ImageRequest(image.modality, image.contour, image.dimension, image.time) for name, image in images.items()
    }


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def voxels(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path))).astype(float)


def make(study: str, output: Path, count: int = 2) -> Path:
    return make_study_cohort(count, output, study, wanted_of(load_protocol(study)), 4, SMALL_MR, SMALL_CT)


@pytest.fixture(scope="module")
def cohorts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("studies")
    return {study: make(study, folder / study).parent for study in STUDIES}


@pytest.mark.parametrize("study", STUDIES)
def test_the_table_has_exactly_the_columns_of_its_protocol(cohorts: dict[str, Path], study: str) -> None:
    protocol = load_protocol(study)
    contours = [f"{prefix}_{name}" for prefix in ("tumor", "scanner") for name in protocol.contours]
    expected = ["patient_id", *protocol.images, *contours, *CLINICAL_VARIABLES, "pcr", "rcb_class", "apcr", "synthetic"]
    assert list(rows(cohorts[study] / "COHORT.csv")[0]) == expected


@pytest.mark.parametrize("study", STUDIES)
def test_the_program_reads_every_file_and_knows_that_all_is_synthetic(cohorts: dict[str, Path], study: str) -> None:
    protocol = load_protocol(study)
    manifest = read_manifest(cohorts[study] / "COHORT.csv", protocol)
    assert manifest.synthetic
    assert not manifest.missing(protocol)
    for patient in manifest.patients:
        for name, image in protocol.images.items():
            shown, mask = sitk.ReadImage(patient.images[name]), sitk.ReadImage(patient.contours[image.contour])
            assert same_grid(mask, shown)
            assert set(np.unique(sitk.GetArrayViewFromImage(mask))) == {0, 1}
            assert (shown.GetSize()[2] == 1) == (image.dimension == 2)
            assert sitk.GetArrayViewFromImage(shown).std() > 0
            if image.dimension == 2:
                assert shown.GetSpacing()[:2] == pytest.approx((0.2, 0.2))


@pytest.mark.parametrize("study", STUDIES)
def test_contours_have_the_volumes_of_the_truth(cohorts: dict[str, Path], study: str) -> None:
    protocol = load_protocol(study)
    for row, truth in zip(rows(cohorts[study] / "COHORT.csv"), rows(cohorts[study] / "truth.csv"), strict=True):
        for contour in protocol.contours:
            if protocol.spec_of(contour).dimension == 3:
                mask = sitk.ReadImage(str(cohorts[study] / row[f"tumor_{contour}"]))
                volume = sitk.GetArrayViewFromImage(mask).sum() * np.prod(mask.GetSpacing())
                time = protocol.spec_of(contour).time
                assert volume == pytest.approx(float(truth[f"tumor_volume_mm3_{time}"]), rel=0.15)


def test_after_treatment_the_tumour_has_shrunk_by_the_residual_share() -> None:
    fine = Acquisition(size=(96, 96, 96), spacing_mm=(1.6, 1.6, 1.6))
    wanted = {name: ImageRequest("MR", name, time=name) for name in ("pre", "post")}
    patient = draw_patient(1, 4)
    response = draw_response(patient, (4, 1))
    made = examinations(patient, response, wanted, (4, 1), fine)
    before, after = (sitk.GetArrayFromImage(made[name].images()[1]).sum() for name in ("pre", "post"))
    assert response.residual_share < 0.9
    assert after / before == pytest.approx(response.residual_share, rel=0.03)


def test_another_time_point_has_other_noise_and_another_position(cohorts: dict[str, Path]) -> None:
    folder = cohorts["li2026"] / "SYN0001"
    before, after = (sitk.ReadImage(str(folder / f"{time}_T2.nii.gz")) for time in ("PRE", "POST"))
    assert not same_grid(before, after)
    moved = np.array(before.GetOrigin()) - after.GetOrigin()
    assert 0.5 < np.linalg.norm(moved) < 30
    corner = (slice(0, 6), slice(0, 12), slice(0, 12))
    first, second = (sitk.GetArrayFromImage(image)[corner].ravel() for image in (before, after))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.5


def solid(number: int) -> Patient:
    """A drawn patient whose tumour is uniform, on a scanner that leaves signals as they are."""
    patient = draw_patient(number, 4)
    tumour = replace(patient.tumour, necrosis=0.0, rim=0.0, oedema=0.0, heterogeneity=0.0)
    return replace(patient, tumour=tumour, scanners={"MRI": "MR-A", "CT": "CT-A"})


def core(mask: sitk.Image) -> np.ndarray:
    """The mask without its margin, where partial volume is."""
    inside = sitk.GetArrayFromImage(sitk.BinaryErode(mask, [1, 1, 1])) > 0
    assert inside.sum() > 5
    return inside


def test_each_phase_of_an_examination_shows_the_tumour_as_bright_as_its_curve() -> None:
    patient = solid(3)
    wanted = wanted_of(load_protocol("janse2025"))
    made = examinations(patient, draw_response(patient, (4, 3)), wanted, (4, 3), replace(SMALL_MR, shading=0))
    images, mask = replace(made["MRI"], noise=0).images()
    means = [sitk.GetArrayFromImage(images[name])[core(mask)].mean() for name in wanted]
    before, first = CONTRASTS["t1_fs"]["tumour"].mean, CONTRASTS["cet1_fs"]["tumour"].mean
    expected = [before + enhancement("tumour", phase) * (first - before) for phase in range(4)]
    np.testing.assert_allclose(means, expected, rtol=0.02)
    assert means[0] < means[3] < means[2]


def test_a_tumour_that_responds_enhances_less_after_treatment() -> None:
    patient = solid(3)
    response = replace(draw_response(patient, (4, 3)), residual_share=0.5)
    wanted = {name: ImageRequest("MR", name, time=name) for name in ("pre", "post")}
    made = examinations(patient, response, wanted, (4, 3), replace(SMALL_MR, shading=0))
    found = {}
    for name, examination in made.items():
        images, mask = replace(examination, noise=0).images()
        found[name] = sitk.GetArrayFromImage(images[name])[core(mask)].mean() - CONTRASTS["t1_fs"]["tumour"].mean
    assert found["post"] / found["pre"] == pytest.approx(0.35 + 0.65 * 0.5, rel=0.03)


def test_diffusion_in_the_tumour_is_that_of_the_truth_and_rises_with_response() -> None:
    patient = solid(3)
    response = draw_response(patient, (4, 3))
    made = examinations(patient, response, wanted_of(load_protocol("li2026")), (4, 3), SMALL_MR)
    found = {}
    for time, progress in (("PRE", 0.0), ("POST", 1.0)):
        images, mask = made[f"{time}_MRI"].images()
        found[time] = sitk.GetArrayFromImage(images[f"{time}_ADC"])[core(mask)].mean()
        assert found[time] == pytest.approx(response.adc(progress), rel=0.1)
    assert 700 < found["PRE"] < found["POST"] < 2000


@pytest.mark.parametrize("study", ["li2026", "liang2025"])
def test_a_patient_does_not_depend_on_the_size_of_the_cohort(
    cohorts: dict[str, Path], study: str, tmp_path: Path
) -> None:
    make(study, tmp_path / "one", 1)
    assert rows(tmp_path / "one" / "COHORT.csv") == rows(cohorts[study] / "COHORT.csv")[:1]
    files = sorted((tmp_path / "one" / "SYN0001").iterdir())
    assert len(files) == len(load_protocol(study).images) + len(load_protocol(study).contours)
    for file in files:
        np.testing.assert_array_equal(voxels(file), voxels(cohorts[study] / "SYN0001" / file.name))


def test_outcomes_and_stage_are_those_that_were_drawn(cohorts: dict[str, Path]) -> None:
    for number, row in enumerate(rows(cohorts["li2026"] / "COHORT.csv"), start=1):
        patient = draw_patient(number, 4)
        response = draw_response(patient, (4, number))
        expected = (f"{response.pcr}", f"{response.rcb_class}", "" if response.apcr is None else f"{response.apcr}")
        assert (row["pcr"], row["rcb_class"], row["apcr"]) == expected
        size = patient.clinical["tumor_size_mm"]
        assert row["T_stage"] == ("1" if size <= 20 else "2" if size <= 50 else "3")


def test_the_truth_follows_the_formulas_of_the_readme(cohorts: dict[str, Path]) -> None:
    text = (cohorts["li2026"] / "README.txt").read_text(encoding="utf-8")
    assert text.startswith("THIS COHORT IS SYNTHETIC")
    assert "NOT THE SIMULATION OF A DEVICE" in text
    assert re.search("POST_ADC: .*diffusion.* post", text)
    assert "--patients 2 --seed 4 --protocol li2026" in text
    assert max(map(len, text.splitlines())) <= 120
    intercept, slope, nodes = map(float, re.search(r"(\S+) (\S+) latent_response (\S+) \(nodal", text).groups())
    truths = [truth for study in STUDIES for truth in rows(cohorts[study] / "truth.csv")]
    assert any(truth["apcr_probability"] for truth in truths)
    for truth in truths:
        logit = intercept + slope * float(truth["latent_response"]) + nodes * (float(truth["nodal_status"]) - 1)
        if float(truth["nodal_status"]) == 0:
            assert truth["apcr_probability"] == ""
        else:
            assert float(truth["apcr_probability"]) == pytest.approx(1 / (1 + np.exp(-logit)))


def test_a_protocol_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="PT of dimension 3 for PET"):
        make_study_cohort(1, tmp_path / "cohort", "mine", {"PET": ImageRequest("PT", "PET")})
    assert list(tmp_path.iterdir()) == []
