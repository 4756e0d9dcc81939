"""``nacresponse train``: what its options do, and what it says."""

import argparse
import json
import re

import pandas as pd
import pytest
import yaml

from NACResponseLib.cli import train as command
from NACResponseLib.errors import InputError
from NACResponseLib.execution.progress import parse_progress
from NACResponseLib.training.trees.recipe import load_trees_recipe

from ..training.conftest import small
from ..training.signatures.conftest import write_both, write_recipe
from ..training.synthetic import make, write_folder


@pytest.fixture
def folder(tmp_path):
    write_folder(tmp_path / "features", make(patients=90, deep=60, seed=3, strength=1.5))
    recipe = json.loads(json.dumps(small(load_trees_recipe()).plain()))
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return tmp_path


def run(folder, *options):
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    given = ["train", folder / "features", "--recipe", folder / "small.yaml", "--output", folder / "run", *options]
    parsed = parser.parse_args([str(word) for word in given])
    return parsed.run(parsed)


def test_it_trains_writes_a_report_and_states_the_figures(folder, capsys):
    assert run(folder, "--endpoint", "pcr", "--workers", 1, "--partitions", 2, "--no-smote", "--seed", 3) == 0
    printed = capsys.readouterr().out
    steps = [found for line in printed.splitlines() if (found := parse_progress(line))]
    assert steps == [*((k, 6) for k in range(1, 7)), *((k, 8) for k in range(1, 9))], "partitions, then simulations"
    for name in ("resnet10", "clinical", "volume_receptors", "pathological complete response is the positive class"):
        assert name in printed
    assert "synthetic" in printed
    assert "<html" in (folder / "run" / "report.html").read_text(encoding="utf-8")
    record = json.loads((folder / "run" / "run.json").read_text(encoding="utf-8"))
    assert (record["seed"], record["recipe_text"]["sampling"]["method"], record["synthetic"]) == (3, "none", True)
    assert len(record["recipe_text"]) > 5 and record["recipe_text"]["validation"]["partitions"] == 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--endpoint", "pcrr"), "did you mean 'pcr'?"),
        (("--endpoint", "rcb01"), "rcb_class"),
        (("--endpoint", "pcr", "--features", "resnet18"), "did you mean 'resnet10'?"),
        (("--endpoint", "pcr", "--workers", "0"), "at least 1 worker"),
        (("--endpoint", "pcr", "--partitions", "0"), "partitions from 1"),
        (("--endpoint", "pcr", "--partitions", "2", "--partitions-from", "x.csv"), "leave one out"),
        (("--endpoint", "pcr", "--partitions-from", "x.csv"), "x.csv"),
    ],
)
def test_unusable_options_are_refused_before_anything_is_written(folder, options, expected):
    with pytest.raises(InputError) as error:
        run(folder, *options)
    assert expected in str(error.value)
    assert not (folder / "run").exists()


@pytest.fixture
def signatures(tmp_path):
    """A recipe of signatures under the same names, and the features it needs."""
    write_both(tmp_path / "features")
    write_recipe(tmp_path / "small.yaml")
    return tmp_path


@pytest.mark.slow
def test_a_recipe_of_signatures_brings_its_endpoint_and_states_its_models(signatures, capsys):
    assert run(signatures, "--workers", 1) == 0
    printed = capsys.readouterr().out
    assert re.search("pathological complete response .*positive class", printed)
    assert "All together" in printed and "Final model: All together" in printed and "Clinical only" in printed
    record = json.loads((signatures / "run" / "run.json").read_text(encoding="utf-8"))
    assert record["endpoint"] == "pcr" and record["kind"] == "signatures"
    assert "<html" in (signatures / "run" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--no-smote",), "--no-smote"),
        (("--endpoint", "rcb01"), "rcb_class"),
        (("--partitions", 4), "multiples of 3"),
        (("--features", "resnet50"), "resnet50"),
    ],
)
def test_options_that_a_recipe_of_signatures_cannot_bear_are_refused(signatures, options, expected):
    with pytest.raises(InputError) as error:
        run(signatures, *options)
    assert expected in str(error.value) and "\n" not in str(error.value)
    assert not (signatures / "run").exists()


@pytest.mark.slow
def test_a_signature_of_features_that_were_not_asked_for_is_left_out_and_reported(signatures, capsys):
    assert run(signatures, "--workers", 1, "--features", "handcrafted") == 0
    assert re.search("signatures .*left out: deep", capsys.readouterr().out)
    record = json.loads((signatures / "run" / "run.json").read_text(encoding="utf-8"))
    assert "deep" not in record["recipe_text"]["signatures"] and any(
        "left out: deep" in each for each in record["warnings"]
    )


@pytest.mark.slow
def test_a_comparator_whose_variables_are_missing_is_left_out_with_what_was_to_be_compared(signatures, capsys):
    path = signatures / "features" / "cases.csv"
    cases = pd.read_csv(path, dtype=str, keep_default_na=False)
    cases.drop(columns=["ER", "HER2"]).to_csv(path, index=False)
    assert run(signatures, "--workers", 1) == 0
    assert re.search("clinical is left out", capsys.readouterr().out)
    assert json.loads((signatures / "run" / "run.json").read_text(encoding="utf-8"))["nested"] == []


def test_deep_features_that_are_not_there_are_missed_in_one_line(signatures):
    (signatures / "features" / "features_resnet10.parquet").unlink()
    with pytest.raises(InputError, match=r"deep features.* signature deep"):
        run(signatures)


def test_a_recipe_without_an_endpoint_asks_for_one(folder):
    with pytest.raises(InputError, match="--endpoint"):
        run(folder)
