"""The shipped models of image features, trained again from their table."""

import math
from dataclasses import replace

import pytest

from NACResponseLib.model.bundle import bundle_bytes, load_bundle, model_files
from NACResponseLib.results.rebuild import LAST_DIGITS, largest_difference, rebuild
from NACResponseLib.training.run import versions


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ispy-radiomics", "ispy-radiomics-signature"])
def test_a_model_of_image_features_is_rebuilt_but_for_the_processors_rounding(name):
    shipped = load_bundle(name)
    if shipped.provenance["packages"] != versions():
        pytest.skip("other versions of packages than the shipped file names")
    assert largest_difference(bundle_bytes(rebuild(name, workers=2)), model_files()[name].read_bytes()) <= LAST_DIGITS


@pytest.mark.parametrize("name", ["ispy-radiomics", "ispy-radiomics-signature"])
def test_a_model_of_image_features_is_at_least_as_good_as_clinical_variables_and_says_that_images_add_nothing(name):
    card = load_bundle(name).card
    auc = next(metric for metric in card.metrics if metric.name == "auc")
    assert auc.value >= auc.comparator and (card.patients, card.positives) == (839, 269)
    assert "CC BY-NC 4.0" in card.licence
    assert any("does not add" in limit for limit in card.limits)


def test_bundles_differ_by_their_largest_difference_and_by_anything_that_is_no_number():
    shipped = load_bundle("ispy-radiomics")
    moved = replace(shipped, threshold=shipped.threshold + 1e-6)
    renamed = replace(shipped, card=replace(shipped.card, source="elsewhere"))
    one, other, third = map(bundle_bytes, (shipped, moved, renamed))
    assert largest_difference(one, one) == 0
    assert largest_difference(one, other) == pytest.approx(1e-6, rel=1e-3)
    assert largest_difference(one, third) == math.inf
