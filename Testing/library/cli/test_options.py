import pytest

from NACResponseLib.cli.options import named_sets
from NACResponseLib.errors import InputError


def test_names_stand_between_commas_whatever_the_spaces():
    assert named_sets(" handcrafted , resnet34,") == ["handcrafted", "resnet34"]


@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_a_list_without_a_name_is_refused_instead_of_leaving_the_images_out(text):
    with pytest.raises(InputError, match="--features"):
        named_sets(text)
