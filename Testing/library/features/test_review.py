"""``review.csv``: decisions of a reader, written by the program or by anyone with a spreadsheet."""

import os

import pandas as pd
import pytest

from NACResponseLib.cli import main
from NACResponseLib.errors import InputError
from NACResponseLib.features.review import Decision, counted, decide, read_review, without_rejected, write_review
from Testing.stopped import KILLED, stopped_at_each_operation

CASES = pd.DataFrame({"age": ["50", "60", "70"]}, index=pd.Index(["P1", "=P2", "P3"], name="patient_id"))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "review.csv"


def test_decisions_are_read_as_they_were_made_and_the_last_one_counts(file):
    decide(file, "P1", "rejected", 'contour leaks into the chest wall, see "slice 12"', "A. Berg")
    decide(file, "=P2", "accepted")
    last = decide(file, "P1", "accepted", reviewer="C")
    assert read_review(file) == {"P1": last, "=P2": read_review(file)["=P2"]}
    assert last.time.endswith("+00:00") and last.reason == ""
    assert counted(read_review(file), CASES.index) == "2 accepted, 0 rejected, 1 not reviewed"


def test_a_table_that_was_written_by_hand_is_enough(file):
    file.write_text("patient_id;decision;reason\nP1;rejected;artefact\n;;\n", encoding="utf-8")
    assert read_review(file) == {"P1": Decision("P1", "rejected", "artefact")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("patient_id,decision\nP1,rejected\n", "no reason"),
        ("patient_id,decision,reason\nP1,rejected,\n", "a reason for the rejection"),
        ("patient_id,decision,reason\nP1,maybe,\n", "accepted, rejected"),
        ("patient_id,decision,reason\nP1,accepted,\nP1,accepted,\n", "P1 twice"),
        ("patient_id,decision,reason,reviewer,time\nP1,accepted,,,yesterday\n", "a time"),
        ("patient_id,decision,reason\nP9,accepted,\n", "P9"),
    ],
)
def test_what_cannot_be_used_is_refused(file, text, said):
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_review(file, ["P1", "P2"])


def test_rejected_patients_are_left_out_and_told_with_their_reason(file):
    write_review(
        file, [Decision("=P2", "rejected", "no tumour"), Decision("P1", "accepted"), Decision("X", "accepted")]
    )
    kept, warnings = without_rejected(CASES, file)
    assert list(kept.index) == ["P1", "P3"]
    assert warnings[0] == "1 of 3 patients were rejected by a reader and left out: =P2 (no tumour)."
    assert "X" in warnings[1]
    assert without_rejected(CASES, None)[1] == ()
    write_review(file, [Decision(name, "rejected", "all") for name in CASES.index])
    with pytest.raises(InputError, match="does not reject"):
        without_rejected(CASES, file)


def test_the_command_decides_lists_and_checks(tmp_path, capsys):
    CASES.drop(index="=P2").to_csv(tmp_path / "cases.csv")
    assert main(["review", str(tmp_path), "--reject", "P1", "--reason", "motion", "--accept", "P3"]) == 0
    out = capsys.readouterr().out
    assert "P1  rejected  motion" in out and "1 accepted, 1 rejected, 0 not reviewed" in out
    before = (tmp_path / "review.csv").read_bytes()
    half = ["--accept", "P1", "--reject", "P3"]
    for wrong in (["--reject", "P3"], half, ["--accept", "P8"], ["--accept", "P1", "--reject", "P1", "--reason", "x"]):
        assert main(["review", str(tmp_path), *wrong]) == 2
        assert (tmp_path / "review.csv").read_bytes() == before
    shown = capsys.readouterr().err  # another patient is never suggested
    assert "the patient 'P8' in cases.csv" in shown and "did you mean" not in shown


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the command is stopped in a forked process")
def test_decisions_that_are_given_at_once_are_written_all_or_none(tmp_path):
    folder = tmp_path / "features"
    folder.mkdir()
    CASES.to_csv(folder / "cases.csv")
    words = ["review", str(folder), "--reject", "P1", "--reject", "P3", "--reason", "motion"]
    points = 0
    for _ in stopped_at_each_operation(lambda: main(words), folder, KILLED):
        points += 1
        assert not (folder / "review.csv").exists() or set(read_review(folder / "review.csv")) == {"P1", "P3"}
        (folder / "review.csv").unlink(missing_ok=True)
    assert points > 5 and set(read_review(folder / "review.csv")) == {"P1", "P3"}
