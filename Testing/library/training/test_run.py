"""A run: the same whatever the number of workers, resumed where it was, and honest about its figures."""

import re
from dataclasses import replace

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.metrics import auc
from NACResponseLib.training import run as run_module
from NACResponseLib.training.checkpoint import Checkpoint
from NACResponseLib.training.cohort import read_cohort
from NACResponseLib.training.recipes import strategy_of
from NACResponseLib.training.run import final_feature_set, run_partitions, train_on
from NACResponseLib.training.run_warnings import run_warnings
from NACResponseLib.training.trees.pipeline import inner_folds
from NACResponseLib.training.trees.strategy import TreesStrategy

from .synthetic import make, write_folder


@pytest.fixture(scope="module")
def cohort(tmp_path_factory, recipe):
    folder = write_folder(tmp_path_factory.mktemp("cohort"), make(patients=90, deep=60, seed=3, strength=1.5))
    return read_cohort(folder, "pcr", recipe)


@pytest.fixture(scope="module")
def finished(cohort, recipe):
    return train_on(cohort, "pcr", recipe, workers=1)


@pytest.mark.slow
def test_workers_change_nothing(cohort, recipe, finished):
    assert run_partitions(cohort.tables, finished.partitions, strategy_of(recipe), workers=2) == dict(finished.results)


@pytest.mark.slow
def test_what_a_worker_refuses_is_reported_as_if_there_were_none(cohort, recipe, finished):
    few = replace(cohort.tables["clinical"], outcome=(np.arange(90) < 5).astype(int))
    same, texts = [finished.partitions[0]] * 3, []  # whichever is refused first
    for workers in (1, 2):
        with pytest.raises(InputError) as error:
            run_partitions({"few": few}, same, strategy_of(recipe), workers)
        texts.append(str(error.value))
    assert texts[0] == texts[1] and "SMOTENC" in texts[0]


def test_every_feature_set_is_tested_on_the_same_patients(finished):
    tested = {name: [result.patients for result in results] for name, results in finished.results.items()}
    assert len(tested) == 3 and len({str(each) for each in tested.values()}) == 1


@pytest.mark.slow
def test_a_run_goes_on_where_it_was(tmp_path, cohort, recipe, finished, monkeypatch):
    """The checkpoint of two partitions stands; a run that may do all but those gives the same results."""
    checkpoint = Checkpoint(tmp_path, "inputs")
    for number in (0, 2):
        checkpoint.save(finished.results["resnet10"][number])
    done = []

    def counted(table, name, number, *rest):
        done.append((name, number))
        return original(table, name, number, *rest)

    original = run_module.run_partition
    monkeypatch.setattr(run_module, "run_partition", counted)
    tables = {"resnet10": cohort.tables["resnet10"]}
    results = run_partitions(tables, finished.partitions, strategy_of(recipe), 1, Checkpoint(tmp_path, "inputs"))
    assert done == [("resnet10", 1)]
    assert results["resnet10"] == list(finished.results["resnet10"])
    assert Checkpoint(tmp_path, "other inputs").load("resnet10", 0) is None


def test_a_damaged_or_altered_checkpoint_is_made_again(tmp_path, finished):
    checkpoint, result = Checkpoint(tmp_path, "inputs"), finished.results["clinical"][0]
    checkpoint.save(result)
    file = next(tmp_path.rglob("*.json"))
    whole = file.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole.replace(b'"threshold":0', b'"threshold":1', 1), b""):
        assert damaged != whole
        file.write_bytes(damaged)
        assert checkpoint.load("clinical", 0) is None
    checkpoint.save(result)
    assert checkpoint.load("clinical", 0) == result


def test_the_best_imaging_set_becomes_the_final_model_even_where_a_comparator_is_better(finished):
    good = finished.results["resnet10"]
    poor = [replace(result, probability=tuple(1 - p for p in result.probability)) for result in good]
    assert final_feature_set({"a": poor, "b": good, "clinical": good}, ["clinical"]) == "b"
    assert final_feature_set({"a": poor, "clinical": good}, ["clinical"]) == "a"
    assert final_feature_set({"clinical": poor, "volume": good}, ["clinical", "volume"]) == "volume"


def test_images_that_add_nothing_are_named(finished):
    results = {**finished.results, "clinical": finished.results["resnet10"]}
    warnings = run_warnings(replace(finished, results=results), synthetic=False)
    assert (
        sum(bool(re.match(r"Inconclusive whether ResNet10 \+ clinical adds to clinical ", text)) for text in warnings)
        == 1
    )


def test_a_warning_of_several_models_or_signatures_is_given_once(finished):
    def warned(name, *warnings):
        return [replace(result, warnings=warnings) for result in finished.results[name]]

    empty = [f"the signature {name} is empty" for name in ("US", "CT")]
    results = {**finished.results, "clinical": warned("clinical", "few"), "resnet10": warned("resnet10", "few", *empty)}
    fitted = {name: replace(model, warnings=("few",)) for name, model in finished.final.fitted.items()}
    sentences = run_warnings(
        replace(finished, results=results, final=replace(finished.final, fitted=fitted)), synthetic=False
    )
    count = len(finished.partitions)
    few = next(text for text in sentences if text.startswith("Few."))
    assert few.startswith(f"Few. Of {count} partitions: ")
    assert {f"Clinical only {count}", f"ResNet10 + clinical {count}"} <= set(
        few.split("partitions: ")[1].split(". ")[0].split("; ")
    )
    assert few.endswith(f"In the final model: {finished.label(finished.final.feature_set)}.")
    assert [text for text in sentences if "signature" in text] == [
        f"A signature is empty. Of {count} partitions: US {count}; CT {count}."
    ]


def test_few_events_in_the_test_part_are_reported(finished):
    events = {sum(result.outcome) for result in finished.results["clinical"]}
    assert len(events) == 1
    warnings = run_warnings(finished, synthetic=False)
    expected = f"{events.pop()} events (pathological complete response) in each test part: intervals are wide."
    assert expected in warnings


def test_synthetic_patients_are_reported(finished):
    assert "synthetic" in run_warnings(finished, synthetic=True)[0]


def test_the_interval_is_set_and_checked_on_simulated_cohorts(finished):
    interval = finished.final.interval
    assert (interval.truths, interval.cohorts) == (1, 4)
    assert 1 <= interval.effective_patients <= 90
    assert 0.8 <= interval.coverage <= 1


@pytest.mark.parametrize(("partitions", "cohorts"), [(1, 4), (16, 8), (100, 12)])
def test_as_many_cohorts_are_simulated_as_there_are_partitions_within_bounds(recipe, partitions, cohorts):
    assert TreesStrategy(recipe).simulation(partitions).cohorts == cohorts


def test_both_samplings_of_the_final_model_are_kept(finished):
    assert list(finished.final.fitted) == ["smotenc", "none"]
    assert finished.final.model is finished.final.fitted["smotenc"]
    for fitted in finished.final.fitted.values():
        assert fitted.reference.mean() == pytest.approx(finished.cohort.outcome.mean(), abs=0.02), "calibrated"
        assert auc(finished.cohort.outcome, fitted.reference) > 0.6


def test_too_few_patients_for_partitions_say_what_is_needed(recipe):
    outcome = (np.arange(60) < 5).astype(int)
    with pytest.raises(InputError, match="SMOTENC"):
        strategy_of(recipe).draw(outcome[:40] * (np.arange(40) < 2))
    with pytest.raises(InputError, match="5 folds need 5 patients"):
        for train, _ in strategy_of(recipe).draw(outcome):
            inner_folds(outcome[train], recipe)


def test_a_single_feature_is_reported_in_good_english(finished):
    chosen = finished.final.feature_set
    alone = [
        replace(each, selected=each.selected[:1], train_patients=40, train_positives=8)
        for each in finished.results[chosen]
    ]
    warnings = run_warnings(replace(finished, results={**finished.results, chosen: alone}), synthetic=False)
    assert any(re.match(r"ResNet10 \+ clinical: .*\b1 feature .*8 patients", text) for text in warnings)


def test_partitions_of_other_code_are_not_taken_over(cohort, recipe, tmp_path, finished, monkeypatch):
    done = []
    monkeypatch.setattr(run_module, "run_partitions", lambda *given: done.append(given[4]) or finished.results)
    monkeypatch.setattr(run_module, "run_finals", lambda *given: finished.finals)
    for code in ("as it is", "as it is", "changed"):
        monkeypatch.setattr(run_module, "_code_version", lambda code=code: code)
        run_module.train_on(cohort, "pcr", recipe, finished.partitions, folder=tmp_path)
        done[0].save(finished.results["clinical"][0])
    assert [checkpoint.load("clinical", 0) is not None for checkpoint in done] == [True, True, False]
