"""The cohort's folder: complete, readable, all or nothing; and the command that makes it."""

import argparse
import csv
import re
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.cli import phantom as command
from NACResponseLib.clinical import CLINICAL_VARIABLES
from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import same_grid
from NACResponseLib.phantom import SCANNERS, Acquisition, draw_patient, make_cohort

SMALL_MR = Acquisition(size=(56, 56, 28), spacing_mm=(2.8, 2.8, 4.2))
SMALL_CT = Acquisition("chest_ct", size=(80, 64, 24), spacing_mm=(4.8, 4.8, 6.5))
IMAGES = ("MRI_CET1", "MRI_T2", "CT", "tumor_MRI", "tumor_CT")
OUTCOMES = ("pcr", "longest_diameter_pre_mm", "pathological_size_mm", "residual_cellularity_percent", "rcb_class")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "cohort"
    assert make_cohort(3, folder, seed=4, mr=SMALL_MR, ct=SMALL_CT) == folder / "COHORT.csv"
    return folder


def test_the_table_has_every_column_that_the_program_reads(cohort: Path) -> None:
    table = rows(cohort / "COHORT.csv")
    expected = ("patient_id", *IMAGES, "scanner_MRI", "scanner_CT", *CLINICAL_VARIABLES[:-1], *OUTCOMES, "synthetic")
    assert tuple(table[0]) == expected
    assert [row["patient_id"] for row in table] == ["SYN0001", "SYN0002", "SYN0003"]
    assert all(value for row in table for value in row.values())
    assert all(row["scanner_MRI"] in SCANNERS and row["scanner_CT"] in SCANNERS for row in table)


def test_every_image_is_readable_and_the_contours_fit_their_images(cohort: Path) -> None:
    for row in rows(cohort / "COHORT.csv"):
        images = {name: sitk.ReadImage(str(cohort / row[name])) for name in IMAGES}
        for contour, image in (("tumor_MRI", "MRI_CET1"), ("tumor_MRI", "MRI_T2"), ("tumor_CT", "CT")):
            assert same_grid(images[contour], images[image])
            mask = sitk.GetArrayViewFromImage(images[contour])
            assert images[contour].GetPixelID() == sitk.sitkUInt8
            assert set(np.unique(mask)) == {0, 1}
        assert images["CT"].GetPixelID() == sitk.sitkInt16
        assert sitk.GetArrayViewFromImage(images["CT"]).min() < -950


def test_both_contours_have_the_volume_of_the_truth(cohort: Path) -> None:
    for row, truth in zip(rows(cohort / "COHORT.csv"), rows(cohort / "truth.csv"), strict=True):
        assert row["patient_id"] == truth["patient_id"]
        for contour in ("tumor_MRI", "tumor_CT"):
            mask = sitk.ReadImage(str(cohort / row[contour]))
            volume = sitk.GetArrayViewFromImage(mask).sum() * np.prod(mask.GetSpacing())
            assert volume == pytest.approx(float(truth["tumor_volume_mm3"]), rel=0.12)


def test_the_table_holds_the_drawn_patients(cohort: Path) -> None:
    for number, row in enumerate(rows(cohort / "COHORT.csv"), start=1):
        patient = draw_patient(number, seed=4)
        for name, value in (patient.clinical | patient.outcome).items():
            assert float(row[name]) == pytest.approx(value, rel=1e-5)


def test_a_patient_does_not_depend_on_the_size_of_the_cohort(cohort: Path, tmp_path: Path) -> None:
    make_cohort(1, tmp_path / "one", seed=4, mr=SMALL_MR, ct=SMALL_CT)
    for name in IMAGES:
        one, three = (sitk.ReadImage(str(root / "SYN0001" / f"{name}.nii.gz")) for root in (tmp_path / "one", cohort))
        np.testing.assert_array_equal(sitk.GetArrayViewFromImage(one), sitk.GetArrayViewFromImage(three))
    assert rows(tmp_path / "one" / "COHORT.csv") == rows(cohort / "COHORT.csv")[:1]


def test_the_readme_shouts_that_all_is_synthetic(cohort: Path) -> None:
    text = (cohort / "README.txt").read_text(encoding="utf-8")
    assert "THIS COHORT IS SYNTHETIC" in text
    assert "--patients 3 --seed 4" in text


def test_the_probabilities_are_those_of_the_formula_in_the_readme(cohort: Path) -> None:
    _check_law(cohort)


def test_a_small_cohort_of_strong_effects_says_so(tmp_path: Path) -> None:
    words = ["--patients", "1", "--small", "--effect", "2.5", "--seed", "4", "--output", str(tmp_path / "demo")]
    assert command.run(parse(*words)) == 0
    _check_law(tmp_path / "demo")
    assert "--effect 2.5" in (tmp_path / "demo" / "README.txt").read_text(encoding="utf-8")
    assert float(rows(tmp_path / "demo" / "truth.csv")[0]["pcr_probability"]) != draw_patient(1, 4).probability


def _check_law(cohort: Path) -> None:
    text = (cohort / "README.txt").read_text(encoding="utf-8")
    intercept = float(re.search(r"logit P = (\S+)", text).group(1))
    terms = re.findall(r"([+-][\d.]+) \((\w+) - ([\d.]+)\)", text)
    assert len(terms) == 6
    for truth in rows(cohort / "truth.csv"):
        logit = intercept + sum(float(slope) * (float(truth[name]) - float(centre)) for slope, name, centre in terms)
        assert float(truth["pcr_probability"]) == pytest.approx(1 / (1 + np.exp(-logit)))


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(done: int, name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_cohort(2, tmp_path / "cohort", mr=SMALL_MR, ct=SMALL_CT, report=fail)
    assert list(tmp_path.iterdir()) == []


def test_a_filled_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="new or empty"):
        make_cohort(1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(InputError, match="an output folder"):
        make_cohort(1, tmp_path / "mine.txt")
    with pytest.raises(InputError, match="can be written"):
        make_cohort(1, tmp_path / "mine.txt" / "cohort")


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    return parser.parse_args(["phantom", *words])


@pytest.mark.slow
def test_the_command_makes_a_cohort_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(parse("--patients", "1", "--output", str(tmp_path / "demo"), "--seed", "9")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 of 1 patients, SYN0001"
    assert str(tmp_path / "demo" / "COHORT.csv") in lines[-1]
    size = sum(path.stat().st_size for path in (tmp_path / "demo").rglob("*") if path.is_file())
    assert size < 3_000_000


@pytest.mark.parametrize("count", ["0", "-3"])
def test_the_command_refuses_a_cohort_of_nobody(count: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 1 patient"):
        command.run(parse(f"--patients={count}", "--output", str(tmp_path / "demo")))
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("words", [["--effect", "11"], ["--protocol", "liang2025", "--small"]])
def test_the_command_refuses_an_effect_without_measure_and_small_studies(words: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError):
        command.run(parse("--patients", "1", "--output", str(tmp_path / "demo"), *words))
    assert not (tmp_path / "demo").exists()


def test_the_command_refuses_a_negative_seed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="seed"):
        command.run(parse("--patients", "1", "--output", str(tmp_path / "demo"), "--seed", "-1"))
