"""``nacresponse extract`` and ``stability`` as commands: exit status, dry run, kill and resume."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from NACResponseLib.cli import main

from ..cohort.tiny import TABLES, extracted, make_cohort, read_rows, tables, write_cohort

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "NACResponseLib", "extract")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A cohort of eight and the tables of an undisturbed run."""
    folder = tmp_path_factory.mktemp("cohort")
    cohort = make_cohort(folder / "in", 8)
    extracted(cohort, folder / "out")
    return cohort, tables(folder / "out")


def options(cohort: Path, output: Path, *more: str) -> list[str]:
    protocol = cohort.parent / "protocol.yaml"
    return [str(cohort), "--output", str(output), "--protocol", str(protocol), "--csv", "--workers", "2", *more]


def results(output: Path) -> dict[Path, int]:
    return {file: file.stat().st_mtime_ns for file in (output / "patients").glob("*.json")}


def wait_for_group(leader: int) -> None:
    """Until no process of the group that a process led is left."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.killpg(leader, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("workers of a killed run go on")


@pytest.mark.slow
def test_a_run_killed_at_any_moment_goes_on_to_the_same_tables(undisturbed, tmp_path):
    cohort, expected = undisturbed
    output, kept = tmp_path / "out", {}
    for count in (1, 4):
        run = subprocess.Popen(
            [*COMMAND, *options(cohort, output)],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while len(results(output)) < count and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        assert not (output / "run.json").exists()
        wait_for_group(run.pid)  # its workers finish what they were at, and end
        assert kept.items() <= results(output).items()
        kept = results(output)
        assert count <= len(kept) < 8
    done = subprocess.run([*COMMAND, *options(cohort, output)], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and f"{len(kept)} finished, {8 - len(kept)} to do" in done.stdout, done.stderr
    assert kept.items() <= results(output).items()
    assert tables(output) == expected
    assert json.loads((output / "run.json").read_text(encoding="utf-8"))["n_finished"] == 8


def test_a_dry_run_checks_the_options_too(undisturbed, tmp_path, capsys):
    assert main(["extract", *options(undisturbed[0], tmp_path / "out", "--dry-run", "--scheduler", "tcp://a:1")]) == 2
    assert "--workers or --scheduler" in capsys.readouterr().err


def test_a_dry_run_says_what_is_to_be_done_and_writes_nothing(undisturbed, tmp_path, capsys):
    assert main(["extract", *options(undisturbed[0], tmp_path / "out", "--dry-run")]) == 0
    assert re.search(r"8 patients.*tiny.*handcrafted\n0 finished.*8 to do", capsys.readouterr().out)
    assert not (tmp_path / "out").exists()


def test_every_problem_is_printed_and_the_status_is_2(tmp_path, capsys):
    cohort = make_cohort(tmp_path / "in", 3)
    rows = read_rows(cohort)
    rows[0]["age"], rows[2]["CT"] = "old", "gone.nii.gz"
    write_cohort(cohort, rows)
    assert main(["extract", *options(cohort, tmp_path / "out")]) == 2
    errors = capsys.readouterr().err
    assert "COHORT.csv, row 2, column age:" in errors and "COHORT.csv, row 4, column CT:" in errors
    assert "2 problems" in errors.splitlines()[-1] and not (tmp_path / "out").exists()


def test_a_failed_patient_gives_status_1_and_the_rest_is_written(tmp_path, capsys):
    cohort = make_cohort(tmp_path / "in", 3)
    image = cohort.parent / "CT_1.mha"
    image.write_bytes(image.read_bytes()[:-200])
    output = tmp_path / "out"
    assert main(["extract", *options(cohort, output)]) == 1
    captured = capsys.readouterr()
    assert "P1 failed:" in captured.err and "1 failed: see" in captured.out
    assert [row["patient_id"] for row in read_rows(output / "failures.csv")] == ["P1"]
    assert [row["patient_id"] for row in read_rows(output / "features_handcrafted.csv")] == ["P0", "P2"]
    page = (output / "qc" / "index.html").read_text(encoding="utf-8")
    assert page.count("<article") == 2
    assert {file.name for file in output.iterdir()} == {*TABLES, "run.json", "qc", "patients"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (["--workers", "0"], "at least 1 worker"),
        (["--scheduler", "tcp://127.0.0.1:9"], "--workers or --scheduler"),
        (["--features", "handcrafted,handcrafted"], "each once"),
        (["--features", "radiomics"], "a feature set"),
        (["--protocol", "jang2026"], "did you mean 'jang2025'"),
    ],
)
def test_unusable_options_are_reported_in_one_line(undisturbed, tmp_path, capsys, more, expected):
    assert main(["extract", *options(undisturbed[0], tmp_path / "out", *more)]) == 2
    errors = capsys.readouterr().err
    assert expected in errors and errors.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_stability_writes_an_icc_for_every_feature_and_goes_on(undisturbed, tmp_path, capsys):
    cohort = make_cohort(tmp_path / "in", 2)
    arguments = [argument for argument in options(cohort, tmp_path / "out", "--replicates", "2") if argument != "--csv"]
    assert main(["stability", *arguments]) == 0
    assert "4 of 4 to do" in capsys.readouterr().out
    rows = read_rows(tmp_path / "out" / "stability_handcrafted.csv")
    assert len(rows) == 2 * 107 and rows[0]["n_patients"] == "2"
    record = json.loads((tmp_path / "out" / "stability.json").read_text(encoding="utf-8"))
    assert record["measure"].startswith("ICC(1,1)") and record["n_replicates"] == 2
    assert main(["stability", *arguments]) == 0
    assert "0 of 4 to do" in capsys.readouterr().out
