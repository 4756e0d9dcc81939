"""The compare command: what it prints and writes, and its errors."""

import argparse
import re

import pytest

from NACResponseLib.cli import compare
from NACResponseLib.errors import InputError

from ..report.simulated_run import simulate_run


def run(*words):
    parser = argparse.ArgumentParser()
    compare.add_parser(parser.add_subparsers())
    options = parser.parse_args(["compare", *map(str, words)])
    return options.run(options)


def test_compare_says_whether_imaging_adds_and_where_the_report_is(tmp_path, capsys):
    folder = simulate_run(tmp_path / "run", patients=80, partitions=4)
    assert run(folder, "--output", tmp_path / "out", "--figures", tmp_path / "figures") == 0
    printed = capsys.readouterr().out
    assert "adds to clinical variables alone" in printed
    assert re.search(r"adds to .*volume", printed)
    assert "Research use only" in printed
    present = {file.name for file in (tmp_path / "out").iterdir()}
    assert present == {"comparison.csv", "tests.csv", "predictions.csv", "run.json", "report.html"}
    assert {"roc.svg", "roc.pdf", "roc.png"} <= {file.name for file in (tmp_path / "figures").iterdir()}


def test_compare_says_when_there_is_nothing_to_say_on_imaging(tmp_path, capsys):
    folder = simulate_run(
        tmp_path / "run", patients=80, partitions=3, sets=("clinical", "volume_receptors"), final="clinical"
    )
    assert run(folder, "--output", tmp_path / "out") == 0
    assert re.search(r"nothing .*imaging", capsys.readouterr().out)


def test_a_folder_of_others_is_left_alone(tmp_path):
    folder = simulate_run(tmp_path / "run", patients=60, partitions=2)
    with pytest.raises(InputError, match="empty or new output folder"):
        run(folder, "--output", folder)
    assert (folder / "metrics.csv").is_file()


def test_figures_in_the_folder_of_the_results_are_refused_before_anything_is_written(tmp_path):
    folder = simulate_run(tmp_path / "run", patients=60, partitions=2)
    with pytest.raises(InputError, match="outside that of the results"):
        run(folder, "--output", tmp_path / "out", "--figures", tmp_path / "out" / "figures")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"run\.json"):
        run(tmp_path, "--output", tmp_path / "out")
    assert not (tmp_path / "out").exists()
