"""A cohort's table checked in processes of its own: the same answers, and one that dies takes nobody along."""

import csv

import pytest

from NACResponseLib.cli import main
from NACResponseLib.cohort.check import Checked, check_apart, check_by, check_here
from NACResponseLib.imaging.source import Source

from .tiny import read_rows, write_cohort


def test_files_are_checked_apart_as_they_are_here(cohort):
    (cohort.parent / "bad.mha").write_text("NDims = 127\n", encoding="utf-8")
    files = [Checked(Source(cohort.parent / name)) for name in ("CT_0.mha", "bad.mha", "absent.mha")]
    files.append(Checked(Source(cohort.parent / "tumor_0.nii.gz"), contour=True))
    found = check_apart(files, 2)
    assert found == check_here(files)
    assert [reason is None for reason in found] == [True, False, False, True]


def test_files_checked_with_one_that_kills_are_checked_again_each_by_itself(cohort):
    absent, fatal = (Checked(Source(cohort.parent / name)) for name in ("absent.mha", "CT_0.mha"))
    asked = []

    def pool(pieces, *, work, died):
        for piece in pieces:
            asked.append(len(piece))
            yield died(piece, "was ended") if fatal in [file for _, file in piece] else work(piece)

    found = check_by([absent, fatal, absent, absent, absent], pool, together=2)
    assert asked == [2, 2, 1, 1, 1]  # the first two again
    assert [reason is None for reason in found] == [False, True, False, False, False]


def options(cohort, tmp_path):
    protocol = str(cohort.parent / "protocol.yaml")
    return ["extract", str(cohort), "--output", str(tmp_path / "out"), "--protocol", protocol, "--workers", "2"]


@pytest.mark.slow
def test_a_dry_run_finds_what_the_run_would_stop_at(cohort, tmp_path, capsys):
    """Voxels that are cut short, which no header shows; and a hostile header, which the table's check finds."""
    whole = (cohort.parent / "CT_2.mha").read_bytes()
    (cohort.parent / "CT_2.mha").write_bytes(whole[:-100])
    assert main([*options(cohort, tmp_path), "--dry-run"]) == 1
    printed = capsys.readouterr()
    assert "1 of 6 cannot be read" in printed.out and "P2" in printed.err and "cut short" in printed.err
    assert not (tmp_path / "out").exists()
    (cohort.parent / "CT_2.mha").write_bytes(b"ObjectType = Image\nNDims = 127\n")
    assert main([*options(cohort, tmp_path), "--dry-run", "--strict"]) == 2


@pytest.mark.parametrize("part", ["#2", "::Other"])
def test_a_part_that_is_not_there_is_reported_with_its_cell(cohort, tmp_path, capsys, part):
    rows = read_rows(cohort)
    rows[1]["CT"] += part
    write_cohort(cohort, rows)
    assert main([*options(cohort, tmp_path), "--dry-run", "--strict"]) == 2
    assert "row 3, column CT" in capsys.readouterr().err


def test_a_file_that_is_missing_fails_its_patient_alone(cohort, tmp_path, capsys):
    (cohort.parent / "CT_2.mha").unlink()
    assert main(options(cohort, tmp_path)) == 1
    cases = (tmp_path / "out" / "cases.csv").read_text(encoding="utf-8").splitlines()
    assert [row.partition(",")[0] for row in cases] == ["patient_id", "P0", "P1", "P3", "P4", "P5"]
    with (tmp_path / "out" / "failures.csv").open(encoding="utf-8") as stream:
        [failure] = csv.DictReader(stream)
    assert failure["patient_id"] == "P2" and "CT: " in failure["reason"]
    capsys.readouterr()
    assert main([*options(cohort, tmp_path), "--strict"]) == 2
    assert "row 4, column CT" in capsys.readouterr().err
