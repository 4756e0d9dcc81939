"""No name out of a file commands the terminal, whatever prints it."""

import io

from NACResponseLib.cli import main
from NACResponseLib.cli.printable_stream import CLEAR_LINE, PrintableStream


def test_control_characters_are_marked_and_all_else_is_written_as_it_is():
    inner = io.StringIO()
    stream = PrintableStream(inner)
    assert stream.write(f"\r{CLEAR_LINE}12 of 30\tmm³ – ok\n") == 22
    assert inner.getvalue() == f"\r{CLEAR_LINE}12 of 30\tmm³ – ok\n"
    for bad in ("\x1b[2J", "\x07", "\x9b2J", "\u202e", "\x7f", "\0"):
        inner = io.StringIO()
        PrintableStream(inner).write(f"name {bad} end")
        assert bad[0] not in inner.getvalue() and "\ufffd" in inner.getvalue()


def test_a_command_marks_what_files_bring_to_the_terminal(tmp_path, capsys):
    table = tmp_path / "COHORT.csv"
    table.write_text("patient_id,\x1b[2Jname\nP\x1b[31m1,x\n", encoding="utf-8")
    assert main(["extract", str(table), "--output", str(tmp_path / "out")]) == 2
    assert "\x1b" not in "".join(capsys.readouterr())


def test_names_that_no_result_could_hold_are_refused_before_any_work(tmp_path, capsys):
    for name in ("a\udce9", "a\x1b[2Jb", "a\nb"):
        assert main(["score", "--output", str(tmp_path / "out"), "--features", f"{tmp_path}/{name}"]) == 2
        printed = capsys.readouterr().err
        assert "printable letters" in printed and printed.count("\n") == 1
    assert not (tmp_path / "out").exists()
