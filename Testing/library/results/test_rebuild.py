"""The shipped models of image features, trained again from their table."""

import pytest

from NACResponseLib.model.bundle import bundle_bytes, load_bundle, model_files
from NACResponseLib.results.rebuild import rebuild
from NACResponseLib.training.run import versions


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ispy-radiomics", "ispy-radiomics-signature"])
def test_a_model_of_image_features_is_rebuilt_byte_for_byte(name):
    shipped = load_bundle(name)
    if shipped.provenance["packages"] != versions():
        pytest.skip("other versions of packages than the shipped file names")
    assert bundle_bytes(rebuild(name, workers=2)) == model_files()[name].read_bytes()


@pytest.mark.parametrize("name", ["ispy-radiomics", "ispy-radiomics-signature"])
def test_a_model_of_image_features_is_at_least_as_good_as_clinical_variables_and_says_that_images_add_nothing(name):
    card = load_bundle(name).card
    auc = next(metric for metric in card.metrics if metric.name == "auc")
    assert auc.value >= auc.comparator and (card.patients, card.positives) == (839, 269)
    assert "CC BY-NC 4.0" in card.licence
    assert any("does not add" in limit for limit in card.limits)
