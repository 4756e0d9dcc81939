"""``nacresponse phantom --protocol``: the user's own protocol, and what is refused, in one line."""

import csv
from pathlib import Path

import pytest

from NACResponseLib.cli import main

OWN = """name: own
description: a frame and a mammogram
source: a test
regions: [Intra]
images:
  FRAME: {{modality: {modality}, contour: FRAME, dimension: 2}}
preprocessing:
  {modality}: {{spacing_mm: 0.2, bin_count: 32}}
"""


def own_protocol(folder: Path, modality: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(OWN.format(modality=modality), encoding="utf-8")
    return path


def test_the_users_own_protocol_gets_its_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own, output = own_protocol(tmp_path, "US"), tmp_path / "cohort"
    assert main(["phantom", "--patients", "2", "--output", str(output), "--protocol", str(own), "--seed", "3"]) == 0
    assert str(output / "COHORT.csv") in capsys.readouterr().out
    with (output / "COHORT.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["FRAME"] for row in table] == ["SYN0001/FRAME.nii.gz", "SYN0002/FRAME.nii.gz"]
    assert all((output / row["tumor_FRAME"]).is_file() and row["scanner_FRAME"].startswith("US-") for row in table)


@pytest.mark.parametrize(
    ("protocol", "expected"), [("janse2026", "did you mean 'janse2025'?"), ("PT", "PT of dimension 2 for FRAME")]
)
def test_a_protocol_that_cannot_be_made_ends_with_one_line_and_status_2(
    protocol: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = str(own_protocol(tmp_path, "PT")) if protocol == "PT" else protocol
    assert main(["phantom", "--patients", "1", "--output", str(tmp_path / "cohort"), "--protocol", named]) == 2
    error = capsys.readouterr().err
    assert expected in error
    assert error.count("\n") == 1
    assert not (tmp_path / "cohort").exists()


def test_the_help_says_how_a_name_decides_what_an_image_shows(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["phantom", "--help"])
    assert stopped.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert all(name in text for name in ("POST3", "PHASE3", "DCE3"))
