"""Going on after an interruption: nothing finished is redone, nothing unfinished or changed is taken for finished."""

import os
import shutil
from dataclasses import replace

import pytest
import SimpleITK as sitk

from NACResponseLib.cohort.plan import Settings
from NACResponseLib.cohort.store import read_record, write_record
from NACResponseLib.cohort.task import run_task
from NACResponseLib.errors import InputError
from NACResponseLib.imaging.source import PRIVATE
from NACResponseLib.protocol import Preprocessing

from .tiny import ct, extracted, protocol_of, read_rows, serially, tables, todo, write_cohort, written


def names(tasks) -> list[str]:
    return [task.patient_id for task in tasks]


@pytest.fixture
def finished(cohort, undisturbed, tmp_path):
    """The output of a run over the cohort, copied too."""
    return shutil.copytree(undisturbed[0].parents[1] / "out", tmp_path / "out")


@pytest.mark.slow
def test_a_run_stopped_half_way_is_completed_to_the_same_tables(cohort, expected, tmp_path):
    output = tmp_path / "out"
    first = list(serially(todo(cohort, output)[:3]))
    before = {outcome.task.result: outcome.task.result.stat().st_mtime_ns for outcome in first}
    assert names(todo(cohort, output)) == ["P3", "P4", "P5"]
    extracted(cohort, output)
    assert tables(output) == expected
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("damage", [lambda content: content[:-100], lambda content: b"", lambda content: content[:40]])
def test_a_truncated_result_is_made_again(cohort, expected, finished, damage):
    result = next((finished / "patients").glob("P2-*.json"))
    result.write_bytes(damage(result.read_bytes()))
    assert names(todo(cohort, finished)) == ["P2"]
    extracted(cohort, finished)
    assert tables(finished) == expected


def test_a_result_with_one_changed_byte_is_made_again(cohort, finished):
    result = next((finished / "patients").glob("P2-*.json"))
    content = bytearray(result.read_bytes())
    content[len(content) // 2] ^= 1
    result.write_bytes(content)
    assert names(todo(cohort, finished)) == ["P2"]


def test_an_input_removed_midway_fails_its_patient_alone_and_comes_back(cohort, expected, tmp_path):
    output, image = tmp_path / "out", cohort.parent / "CT_2.mha"
    tasks = todo(cohort, output)
    shutil.move(image, tmp_path / "kept")
    outcomes = list(serially(tasks))
    shutil.move(tmp_path / "kept", image)
    (failed,) = [outcome for outcome in outcomes if outcome.failed]
    assert (failed.task.patient_id, failed.stage) == ("P2", "hash")
    assert "No such file" in failed.reason and "CT_2.mha" in failed.reason
    written(cohort, output, outcomes)
    assert [row["patient_id"] for row in read_rows(output / "cases.csv")] == ["P0", "P1", "P3", "P4", "P5"]
    (row,) = read_rows(output / "failures.csv")
    assert (row["patient_id"], row["stage"], row["reason"]) == ("P2", "hash", failed.reason)
    assert names(todo(cohort, output)) == ["P2"]
    extracted(cohort, output)
    assert tables(output) == expected


def test_an_image_with_other_contents_is_computed_anew(cohort, expected, finished):
    file = cohort.parent / "CT_4.mha"
    size = file.stat().st_size
    sitk.WriteImage(ct(99)[0], str(file))
    assert file.stat().st_size == size
    assert names(todo(cohort, finished)) == ["P4"]
    extracted(cohort, finished)
    now, before = (every["features_handcrafted.csv"].splitlines() for every in (tables(finished), expected))
    assert [row for row, line in enumerate(now) if line != before[row]] == [5]


@pytest.mark.parametrize("small", [1 << 22, 0], ids=["known by content", "known by size and times"])
def test_other_contents_of_the_same_size_and_time_are_noticed(cohort, finished, small, monkeypatch):
    monkeypatch.setattr("NACResponseLib.cohort.plan._SMALL", small)
    extracted(cohort, finished)
    file = cohort.parent / "CT_4.mha"
    before = file.stat()
    sitk.WriteImage(ct(99)[0], str(file))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert names(todo(cohort, finished)) == ["P4"]


def test_a_failure_names_the_file_without_its_folders(cohort, tmp_path, monkeypatch):
    (cohort.parent / "CT_2.mha").write_bytes((cohort.parent / "CT_2.mha").read_bytes()[:-1000])
    failed = [one for one in extracted(cohort, tmp_path / "out") if one.failed]
    assert "CT_2.mha" in failed[0].reason and str(cohort.parent) not in failed[0].reason
    monkeypatch.setenv(PRIVATE, "yes")
    failed = [one for one in extracted(cohort, tmp_path / "private") if one.failed]
    assert "CT_2.mha" not in failed[0].reason and "the image CT" in failed[0].reason


def test_a_touched_or_moved_file_with_the_same_contents_is_not(cohort, finished, tmp_path):
    os.utime(cohort.parent / "CT_1.mha", (1, 1))
    assert not todo(cohort, finished)
    moved = cohort.parent.rename(tmp_path / "elsewhere")
    assert not todo(moved / "COHORT.csv", finished)


def test_another_protocol_or_selector_or_code_is_computed_anew(cohort, finished):
    protocol = protocol_of(cohort)
    finer = replace(protocol, preprocessing={"CT": Preprocessing(spacing_mm=3, bin_width=20)})
    assert len(todo(cohort, finished, Settings(finer))) == 6
    renamed = replace(protocol, name="another", description="the same otherwise")
    assert not todo(cohort, finished, Settings(renamed))
    rows = read_rows(cohort)
    rows[3]["tumor_CT"] += "::1"
    write_cohort(cohort, rows)
    assert names(todo(cohort, finished)) == ["P3"]
    result = next((finished / "patients").glob("P5-*.json"))
    write_record(result, read_record(result) | {"settings": "made by older code"})
    assert names(todo(cohort, finished)) == ["P3", "P5"]


def test_a_patient_who_gets_a_new_image_is_computed_anew_and_a_new_patient_alone(cohort, finished):
    rows = read_rows(cohort)
    for suffix in ("CT_0.mha", "tumor_0.nii.gz"):
        shutil.copy(cohort.parent / suffix, cohort.parent / f"new_{suffix}")
    new = rows[0] | {"patient_id": "New", "CT": "new_CT_0.mha", "tumor_CT": "new_tumor_0.nii.gz"}
    write_cohort(cohort, [*rows, new])
    assert names(todo(cohort, finished)) == ["New"]


def test_a_worker_with_other_code_refuses(cohort, tmp_path):
    task = replace(todo(cohort, tmp_path / "out")[0], code="of another version")
    outcome = run_task(task)
    assert outcome.stage == "start" and "every worker" in outcome.reason
    assert read_record(task.result) is None


def test_failures_of_every_kind_are_reported_in_words_and_stop_no_one(cohort, tmp_path):
    folder = cohort.parent
    sitk.WriteImage(sitk.Image([20, 20, 12], sitk.sitkUInt8), str(folder / "tumor_1.nii.gz"))
    (folder / "CT_3.mha").write_bytes((folder / "CT_3.mha").read_bytes()[:-500])
    outside, grid = ct(4)[1], (folder / "tumor_4.nii.gz")
    outside.SetOrigin([400.0, 400.0, 400.0])
    sitk.WriteImage(outside, str(grid))
    outcomes = extracted(cohort, tmp_path / "out")
    entries = {outcome.task.patient_id: (outcome.stage, outcome.reason) for outcome in outcomes}
    assert [name for name, (stage, _) in entries.items() if stage is None] == ["P0", "P2", "P5"]
    assert entries["P1"][0] == "read" and "mask with voxels" in entries["P1"][1]
    assert entries["P3"][0] == "read" and "cut short" in entries["P3"][1]
    assert entries["P4"][0] == "regions" and "overlap" in entries["P4"][1]


def test_a_disk_that_takes_nothing_stops_the_run_and_leaves_nothing_half(cohort, expected, tmp_path):
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    output = tmp_path / "out"
    tasks = todo(cohort, output)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        outcome = run_task(tasks[0])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert outcome.stage == "write"
    assert [file.name for file in (output / "patients").iterdir()] == ["README.txt"]
    with pytest.raises(InputError, match="what is finished is kept"):
        extracted(cohort, output, run=lambda tasks: iter([outcome]))
    extracted(cohort, output)
    assert tables(output) == expected


def test_an_output_folder_with_other_files_is_left_alone(cohort, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").touch()
    with pytest.raises(InputError, match="thesis"):
        todo(cohort, tmp_path / "out")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["thesis.docx"]
