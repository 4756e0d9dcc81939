"""Columns of feature tables: which contour, delta or class each belongs to."""

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.features.names import deep_names, handcrafted_names
from NACResponseLib.model.columns import DELTA, image_columns
from NACResponseLib.protocol import load_protocol, protocol_plain


@pytest.mark.parametrize("name", ["jang2025", "janse2025", "li2026", "liang2025"])
def test_every_feature_of_every_study_belongs_to_its_contour_or_delta(name):
    protocol = load_protocol(name)
    plain = protocol_plain(protocol)
    names = (*handcrafted_names(protocol), *deep_names(protocol, 10))
    columns = image_columns(names, plain["images"], plain.get("deltas", {}))
    assert [column.name for column in columns] == list(names)
    sources = (*protocol.images, *protocol.contours, *protocol.deltas)
    for column in columns:
        source = max((one for one in sources if column.name.startswith(one)), key=len)
        contour = protocol.images[source].contour if source in protocol.images else source
        assert column.group == (DELTA if source in protocol.deltas else contour)
        assert column.shape == ("_shape" in column.name)


def test_a_contour_whose_name_begins_with_anothers_keeps_its_shape():
    images = {"MRI_CET1": {"contour": "MRI"}, "MRI_LATE_CET1": {"contour": "MRI_LATE"}}
    names = ["MRI_LATE_Intra_shape_Sphericity", "MRI_Intra_shape_Sphericity", "MRI_LATE_CET1_Intra_glcm_Contrast"]
    assert [column.group for column in image_columns(names, images)] == ["MRI_LATE", "MRI", "MRI_LATE"]


def test_a_name_of_no_image_is_refused():
    with pytest.raises(InputError, match=r"begin with an image \(CT\).*'US_Intra_0001'"):
        image_columns(["US_Intra_0001"], {"CT": {"contour": "CT"}})
