"""Where a patient lies among the training patients of her subtype, and which warnings come first."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.model.archive import unpack
from NACResponseLib.model.bundle import bundle_bytes, load_bundle, parts_of
from NACResponseLib.model.subtypes import subtypes_of, training_subtypes
from NACResponseLib.scoring.place import place_of
from NACResponseLib.scoring.predict import score_values

PATIENT = {"age": 50.0, "HR": 1.0, "HER2": 0.0, "tumor_volume_mm3": 20_000.0}


@pytest.fixture(scope="module")
def shipped():
    return load_bundle("ispy-clinical-volume")


def test_a_shipped_models_subtypes_are_those_of_its_table(shipped):
    with (resources() / "Models" / "ispy_clinical_volume.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    found = training_subtypes(shipped)
    assert len(found) == len(rows) == 1020
    negative = [row["hr"] == "0" and row["her2"] == "0" for row in rows]
    assert [one == "HR-/HER2-" for one in found] == negative and sum(negative) > 100
    assert found.count("") == sum("" in (row["hr"], row["her2"]) for row in rows)


def test_the_patient_is_placed_among_her_own_subtype(shipped):
    own = np.array(training_subtypes(shipped)) == "HR+/HER2-"
    scores, reached = shipped.reference.probabilities[own], shipped.reference.outcomes[own]
    place = place_of(shipped, PATIENT, 0.2)
    assert (place["subtype"], place["patients"], place["positives"]) == ("HR+/HER2-", own.sum(), reached.sum())
    assert place["lower"] == (scores < 0.2).sum()
    assert sum(each["patients"] for each in place["bins"]) == own.sum()
    third = place["bins"][2]
    assert third["patients"] == ((scores >= 0.2) & (scores < 0.3)).sum()


def test_without_a_subtype_all_training_patients_are_shown_and_why(shipped):
    unknown = place_of(shipped, {**PATIENT, "HER2": np.nan}, 0.2)
    assert unknown["subtype"] == "" and unknown["patients"] == 1020 and "not known" in unknown["reason"]
    without = replace(shipped, provenance={})
    assert training_subtypes(without) == () and "does not tell" in place_of(without, PATIENT, 0.2)["reason"]


def test_a_table_that_is_not_the_bundles_own_tells_nothing(shipped):
    named = {"name": "ispy_clinical_volume.csv", "sha256": "0" * 64}
    assert training_subtypes(replace(shipped, provenance={"table": named})) == ()
    for name in ("../ispy_clinical_volume.csv", "*", "", "/etc/passwd"):
        assert training_subtypes(replace(shipped, provenance={"table": {**named, "name": name}})) == ()


def test_a_bundle_keeps_its_training_patients_subtypes(shipped):
    subtypes = ("HR+/HER2-", "HR-/HER2-", "", "HR+/HER2+") * 255
    kept = replace(shipped, provenance={}, reference=replace(shipped.reference, subtypes=subtypes))
    again = parts_of(unpack(bundle_bytes(kept), "kept"), "kept")["reference"]
    assert again.subtypes == subtypes
    assert b"subtypes" not in unpack(bundle_bytes(shipped), "shipped")["reference.json"]


@pytest.mark.parametrize("subtypes", [("HR+/HER2-",), ("blue",) * 1020])
def test_subtypes_that_are_none_or_too_few_are_refused(shipped, subtypes):
    wrong = replace(shipped, reference=replace(shipped.reference, subtypes=subtypes))
    with pytest.raises(InputError):
        parts_of(unpack(bundle_bytes(wrong), "wrong"), "wrong")


def test_a_table_with_er_and_pr_has_subtypes_and_one_without_her2_has_none():
    values = np.array([[1, 0, 0], [0, 0, 1], [np.nan, 0, 1], [np.nan, 1, 1]], float)
    assert subtypes_of(("ER", "PR", "HER2"), values) == ("HR+/HER2-", "HR-/HER2+", "", "HR+/HER2+")
    assert subtypes_of(("ER", "PR", "age"), values) == ()


def test_warnings_come_in_the_order_of_what_they_could_change(shipped):
    found = score_values({**PATIENT, "HER2": np.nan, "age": 99.0}, shipped, patient_id="P", warnings=("of a contour",))
    assert list(found.warning_effects) == sorted(found.warning_effects, reverse=True)
    effects = dict(zip((text.split()[0] for text in found.warnings), found.warning_effects, strict=True))
    assert set(effects) == {"HER2", "Age", "of"}
    over = [
        score_values({**PATIENT, "HER2": np.nan, "age": 99.0, "tumor_volume_mm3": volume}, shipped, patient_id="P")
        for volume in np.array(shipped.inputs[3].quantiles or [shipped.inputs[3].p01, shipped.inputs[3].p99])
    ]
    reached = [each.probability for each in over]
    assert 0 < effects["of"] <= max(reached) - min(reached) + 1e-3
