"""A recipe of signatures with the user's own choice of feature tables."""

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.training.signatures.recipe import load_signature_recipe
from NACResponseLib.training.signatures.tables import restricted


def test_all_features_that_are_asked_for_leave_the_recipe_as_it_is():
    li = load_signature_recipe("li2026")
    assert restricted(li, ["handcrafted", "resnet50"]) == (li, ())


def test_without_deep_features_their_signature_and_what_is_made_of_it_alone_go():
    li = load_signature_recipe("li2026")
    rest, result = restricted(li, ["handcrafted"])
    assert set(rest.signatures) == {"radiomics"} and set(rest.models) == {"radiomics", "combined"}
    assert rest.models["combined"].signatures == ("radiomics",)
    assert rest.models["combined"].clinical == li.models["combined"].clinical
    assert rest.nested == (("combined", "clinical"), ("combined", "radiomics"))
    assert "left out: deep" in result[0] and "deep" in result[1]


def test_a_model_that_lost_a_signature_is_not_called_after_it():
    rest, _ = restricted(load_signature_recipe("li2026"), ["handcrafted"])
    assert rest.models["combined"].label == "" and rest.models["radiomics"].label == "Radiomics"


def test_a_question_about_deep_features_is_not_answered_without_them():
    with pytest.raises(InputError, match="final model deep_volume_subtype"):
        restricted(load_signature_recipe("janse2025"), ["handcrafted"])
