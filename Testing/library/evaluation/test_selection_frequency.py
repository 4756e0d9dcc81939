"""Origins of features by their names, and the paper's way of counting."""

import pytest

from NACResponseLib.evaluation.selection_frequency import (
    Origin,
    count_origins,
    origin_of,
    selection_frequency,
    summarize,
)
from NACResponseLib.features.names import deep_names, handcrafted_names
from NACResponseLib.protocol import load_protocol
from NACResponseLib.variables import shipped_variables


@pytest.mark.parametrize(
    ("feature", "origin"),
    [
        ("MRI_T2_Peri_0271", Origin("MRI_T2", "Peri", "deep")),
        ("CT_Intra_2047", Origin("CT", "Intra", "deep")),
        ("MRI_T2_Peri_glcm_Contrast", Origin("MRI_T2", "Peri", "texture")),
        ("CT_Intra_firstorder_90Percentile", Origin("CT", "Intra", "first-order")),
        ("MRI_Peri_shape_Sphericity", Origin("MRI", "Peri", "shape")),
        ("HER2", Origin("", "", "clinical")),
        ("tumor_volume_mm3", Origin("", "", "clinical")),
    ],
)
def test_a_name_shows_where_a_feature_comes_from(feature, origin):
    assert origin_of(feature, shipped_variables()) == origin


def test_every_feature_of_the_papers_protocol_has_an_origin():
    protocol = load_protocol("jang2025")
    kinds = [origin_of(name, ()).kind for name in handcrafted_names(protocol)]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"shape": 56, "first-order": 108, "texture": 450}
    assert {origin_of(name, ()).kind for name in deep_names(protocol, 34)} == {"deep"}


def test_features_are_ordered_by_frequency_and_counted_as_in_the_paper():
    times = {"HER2": 10, "MRI_T2_Peri_0271": 7, "ER": 7, "CT_Intra_0003": 5, "age": 4, "CT_Peri_0001": 1, "PR": 0}
    selected = selection_frequency(times, 10, shipped_variables())
    assert [row.feature for row in selected] == [
        "HER2",
        "ER",
        "MRI_T2_Peri_0271",
        "CT_Intra_0003",
        "age",
        "CT_Peri_0001",
    ]
    assert [row.recurrent for row in selected] == [True, True, True, True, False, False]
    summary = summarize(selected)
    assert (summary.unique, summary.per_partition, summary.once, summary.recurrent) == (6, 3.4, 1, 4)
    assert count_origins(selected) == [("clinical", 2), ("CT Intra, deep", 1), ("MRI_T2 Peri, deep", 1)]


@pytest.mark.parametrize(
    ("feature", "kind"),
    [
        ("original_glcm_Contrast", "texture"),
        ("wavelet-LLH_firstorder_Mean", "first-order"),
        ("original_shape_Sphericity", "shape"),
        ("morph_volume", "shape"),
        ("cm_contrast_d1_3d_avg_fbn_n32", "texture"),
        ("stat_mean", "first-order"),
        ("radscore", "other"),
        ("HER2", "clinical"),
    ],
)
def test_features_of_other_programs_have_a_kind(feature, kind):
    assert origin_of(feature, shipped_variables()).kind == kind


def test_a_users_own_clinical_variable_is_clinical():
    assert origin_of("AR", ()).kind == "other" and origin_of("AR", {"AR"}).kind == "clinical"
