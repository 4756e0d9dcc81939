"""Progress: a bar on a terminal, plain lines elsewhere."""

import io

from NACResponseLib.cohort.progress import Progress, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_with_rate_and_remaining_time():
    stream = Terminal()
    progress = Progress(4, stream)
    for name in "abcd":
        progress.step(name)
    first, *_, last = stream.getvalue().split("\r\x1b[K")[1:]
    assert "[#######.....................] 1 of 4 patients" in first
    assert "a minute" in first and "left" in first and "\n" not in first
    assert last.startswith(f"[{'#' * 28}] 4 of 4") and last.endswith("\n") and "left" not in last


def test_elsewhere_there_are_few_plain_lines_and_every_failure():
    stream = io.StringIO()
    progress = Progress(400, stream)
    for number in range(400):
        progress.step(f"P{number}", "it was empty" if number == 7 else None)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "P7 failed: it was empty" and len(lines) == 21
    assert lines[-1].startswith("400 of 400 patients, 1 failed, ") and "\r" not in stream.getvalue()


def test_durations_are_in_units_a_person_reads():
    assert [duration(s) for s in (0.4, 45, 720, 11100)] == ["0 s", "45 s", "12 min", "3 h 05 min"]
