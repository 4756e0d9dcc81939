"""Deep features of a cohort: each patient's own, added to what is finished."""

import json

import numpy as np
import pytest

from NACResponseLib.cohort.extraction import extract, run_here, settings_for
from NACResponseLib.cohort.store import read_record, write_record
from NACResponseLib.errors import InputError
from NACResponseLib.features.table import read_table
from NACResponseLib.imaging.io import load_case
from NACResponseLib.protocol import load_protocol

from .modalities import coarse, four_modalities
from .tiny import extracted, protocol_of, read_rows, serially, todo, write_cohort

pytestmark = pytest.mark.torch


@pytest.mark.slow
def test_deep_features_are_those_of_the_case_alone_and_handcrafted_ones_stay(weights, cohort, tmp_path):
    from NACResponseLib.features.deep import extract_deep

    output, protocol = tmp_path / "out", protocol_of(cohort)
    write_cohort(cohort, read_rows(cohort)[2:4])
    extracted(cohort, output)
    before = (output / "features_handcrafted.parquet").read_bytes()
    settings = settings_for(protocol, ["handcrafted", "resnet10"])
    tasks = todo(cohort, output, settings)
    assert len(tasks) == 2 and all(task.todo == ("resnet10",) and task.keep for task in tasks)
    extracted(cohort, output, lambda tasks: run_here(tasks, 2), settings)
    assert not todo(cohort, output, settings) and not list((output / "patients").glob("*.npz"))
    assert (output / "features_handcrafted.parquet").read_bytes() == before

    table = read_table(output / "features_resnet10.parquet")
    folder = cohort.parent
    case = load_case("P3", {"CT": folder / "CT_3.mha"}, {"CT": folder / "tumor_3.nii.gz"})
    alone = extract_deep(case, protocol, 10, device="cpu").values
    assert list(table.values.columns) == list(alone)
    np.testing.assert_allclose(table.values.loc["P3"], list(alone.values()), rtol=1e-4, atol=1e-6)
    assert table.metadata["depth"] == 10 and table.metadata["weights_sha256"] == weights.sha256
    assert table.metadata["computed"][0]["device"] == "cpu"


@pytest.mark.slow
def test_features_of_other_weights_are_made_again(weights, cohort, tmp_path):
    settings = settings_for(protocol_of(cohort), ["resnet10"])
    tasks = todo(cohort, tmp_path / "out", settings)[:1]
    assert not [one for one in extract(tasks, settings, serially, "cpu") if one.failed]
    assert len(todo(cohort, tmp_path / "out", settings)) == 5
    record = read_record(tasks[0].result)
    record["features"]["resnet10"]["weights_sha256"] = "0" * 64
    write_record(tasks[0].result, json.loads(json.dumps(record)))
    assert [task.todo for task in todo(cohort, tmp_path / "out", settings)] == [("resnet10",)] * 6


def test_weights_that_are_not_installed_are_reported_before_anything_runs(cohort, tmp_path, monkeypatch):
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path / "none"))
    with pytest.raises(InputError, match="weights install 34"):
        settings_for(protocol_of(cohort), ["handcrafted", "resnet34"])
    with pytest.raises(InputError, match="did you mean 'resnet34'"):
        settings_for(protocol_of(cohort), ["resnet33"])


@pytest.mark.slow
def test_patches_that_were_damaged_on_the_way_fail_one_patient_and_no_other(weights, cohort, tmp_path):
    def damaging(tasks):
        for outcome in serially(tasks):
            if outcome.task.patient_id == "P2":
                content = outcome.task.patches.read_bytes()
                outcome.task.patches.write_bytes(content[: len(content) // 2])
            yield outcome

    settings = settings_for(protocol_of(cohort), ["resnet10"])
    tasks = [task for task in todo(cohort, tmp_path / "out", settings) if task.patient_id in ("P1", "P2", "P3")]
    failed = {one.task.patient_id: one.reason for one in extract(tasks, settings, damaging, "cpu") if one.failed}
    assert list(failed) == ["P2"] and failed["P2"].endswith("damaged")


def test_a_patient_of_2d_images_alone_has_empty_deep_features(weights, tmp_path):
    cohort, protocol = four_modalities(tmp_path, 2), load_protocol(coarse("liang2025", tmp_path))
    rows = read_rows(cohort)
    rows[0] |= {name: "" for name in rows[0] if name.endswith(("CT", "MRI", "MRI_CET1"))}
    write_cohort(cohort, rows)
    outcomes = extracted(cohort, tmp_path / "out", settings=settings_for(protocol, ["resnet10"]), draw=None)
    assert not any(outcome.failed for outcome in outcomes), outcomes
    table = read_table(tmp_path / "out" / "features_resnet10.parquet").values
    assert {name.rsplit("_", 1)[0] for name in table} == {"CT_Intra", "MRI_CET1_Intra"}
    assert table.loc["P0"].isna().all() and np.isfinite(table.loc["P1"]).all()
