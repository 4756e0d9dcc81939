"""Progress: a bar on a terminal, plain lines elsewhere."""

import io

import pytest

from NACResponseLib.execution.progress import Progress, TimeLeft, duration, parse_progress


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


@pytest.mark.parametrize("noun", ["patients", "replicates"])
@pytest.mark.parametrize("total", [1, 7, 400])
def test_plain_lines_are_read_back_and_failures_are_not_taken_for_them(noun, total):
    stream = io.StringIO()
    progress = Progress(total, stream, noun)
    read = []
    for number in range(total):
        progress.step("3 of 4 patients", "it was empty" if number == 5 else None)
        read.append((progress.done, total))
    lines = stream.getvalue().splitlines()
    found = [parse_progress(line) for line in lines]
    assert [one for one in found if one] == [one for one in read if one in found] and found[-1] == (total, total)
    assert [line for line, one in zip(lines, found, strict=True) if one is None] == [
        "3 of 4 patients failed: it was empty" for _ in range(total > 5)
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("12 of 177 patients, 1 failed, 3.2 a minute, 51 min left", (12, 177)),
        ("5 of 30 partitions, resnet34 2\n", (5, 30)),
        ("30 of 30 partitions", (30, 30)),
        ("12 of 177 patients are in features", None),
        ("177 patients, 5 replicates: 12 of 885 to do", None),
        ("[####......] 12 of 177 patients", None),
        ("P12 failed: 3 of 4 slices, unreadable", None),
        ("Mean AUC over 30 partitions", None),
        ("", None),
    ],
)
def test_only_lines_of_progress_are_read(line, expected):
    assert parse_progress(line) == expected


def test_durations_are_in_units_a_person_reads():
    assert [duration(s) for s in (0.4, 45, 720, 11100)] == ["0 s", "45 s", "12 min", "3 h 05 min"]


def test_the_time_left_is_added_to_lines_that_do_not_tell_it():
    now = [0.0]
    with_time = TimeLeft(lambda: now[0])
    lines = []
    for seconds, line in [
        (0, "2 of 10 partitions, finished before"),
        (10, "3 of 10 partitions, clinical 1"),
        (30, "4 of 10 partitions, clinical 2"),
        (190, "10 of 10 partitions, clinical 8"),
        (200, "final model: clinical"),
        (260, "1 of 4 simulations, clinical"),
        (320, "2 of 4 simulations, clinical"),
    ]:
        now[0] = seconds
        lines.append(with_time(line))
    assert [line.rpartition(", ")[2] for line in lines] == [
        "finished before", "70 s left", "2 min left", "clinical 8", "final model: clinical",
        "3 min left", "2 min left",
    ]  # fmt: skip
    assert [parse_progress(line) for line in lines[1:3]] == [(3, 10), (4, 10)]
