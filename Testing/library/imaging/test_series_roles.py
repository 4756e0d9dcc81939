"""Roles guessed from the series descriptions of public collections, alone and in whole studies.

The descriptions are those of The Cancer Imaging Archive's collections as their users' published lists and code name
them, and the file names of ODELIA and MAMA-MIA.
"""

import pytest

from NACResponseLib.imaging.series_roles import CET1, CT, LATE, PRE, ROLES, T2, Series, guess_roles

NONE = None
DUKE = {
    "ax dyn pre": PRE,
    "ax dyn 1st pass": CET1,
    "ax dyn 1st pas": CET1,
    "ax dyn 3rd pass": LATE,
    "ax dyn 4th pass": LATE,
    "ax 3d dyn pre": PRE,
    "ax 3d dyn 1st pass": CET1,
    "1st ax dyn": CET1,
    "4th ax dyn": LATE,
    "Ph1/ax 3d dyn": CET1,
    "Ph1/ax 3d dyn MP": CET1,
    "Ph3/ax dynamic": LATE,
    "Ph4/Ax Vibrant MultiPhase": LATE,
    "t1_fl3d_tra_dynVIEWS_spair_ pre": PRE,
    "t1_fl3d_tra_dynVIEWS_spair 1st pass": CET1,
    "t1_fl3d_tra_dynVIEWS_spair_3rd pass": LATE,
    "ax t1": NONE,
    "ax t1 3mm": NONE,
    "ax t1 tse": NONE,
    "ax t1 repeat": NONE,
    "Ax 3D T1 NON FS": NONE,
    "ax 3d t1 bilateral": NONE,
    "AX IDEAL Breast": NONE,
    "ax t1 pre": PRE,
    "ax t1 +c": CET1,
    "ax t1 tse +c": CET1,
}
ISPY1 = {
    "Dynamic-3dfgre": CET1,
    "Dynamic-Unilateral 3dfgre": CET1,
    "Dynamic-3dfgre-Phase=160": CET1,
    "LEFT - Dynamic-3dfgre": CET1,
    "Dynamic-3dfgre SER": NONE,
    "Dynamic-3dfgre PE1": NONE,
    "CTLMID,Sag,3D,SPGR,VBw, GRx,": NONE,
    "CTLMIDSag3DSPGRVBw GRx SER": NONE,
    "PELVICSag3DSPGRVBw GRx PE1": NONE,
    "Breast Tissue Segmentation": NONE,
    "VOI Breast Tissue Segmentation": NONE,
    "BILAT T1 SPGR PRE": PRE,
    "BILAT T1 SPGR POST": CET1,
    "DCE PRE Left": PRE,
    "DCE POST Left": CET1,
    "T1 Sagittal pre": PRE,
    "T1 Sagittal post": CET1,
    "T1 left breast": NONE,
    "T1 left breast post": CET1,
    "T1 left breast post delay": LATE,
    "ACRIN_6657/FL3D_T1_SAG_POS": CET1,
    "LT IR-SPGR SAG": NONE,
    "LT IR-SPGR SAG PRE/POST": CET1,
    "#6657 BreasFS3DSAG 6DYN": CET1,
    "BRSTCA SENSFS3DSAG 6DYN": CET1,
    "Penn-Lesion1/2-3DFatsat-Sa": NONE,
    "NCI/HIGH_RES_SAG": NONE,
    "FSE_T2_SAG_NO_F": T2,
    "FSE_T2_SAG_FS_C": T2,
    "2_FSE_SAGITTAL": T2,
    "T2_LEFT_BREAST": T2,
    "T2_FSE_UNILAT__SAGITTAL": T2,
    "LT_SAG_FSE_T2___FATSAT": T2,
    "UNI_SAG_T2_FSE_L": T2,
    "axial-locator": NONE,
    "SCOUT": NONE,
}
ISPY2_AND_ACRIN_6698 = {
    "ISPY2: VOLSER: uni-lateral cropped: original DCE": CET1,
    "ISPY2: VOLSER: bi-lateral: original DCE": CET1,
    "ISPY2: VOLSER: uni-lateral cropped: Analysis Mask": NONE,
    "ISPY2: VOLSER: uni-lateral cropped: SER": NONE,
    "ISPY2: VOLSER: uni-lateral cropped: PE2": NONE,
    "ISPY2: 15ML OMNI T1 FS DYN SENSE 5": CET1,
    "ISPY2: Ax Vibrant PRE/POST": CET1,
    "ISPY2: SAG IR": NONE,
    "ISPY2 multiPhase38425680-100sec.Dyn.": CET1,
    "ACRIN DYN": CET1,
    "t1_fl3d_tra_SPAIR_POST": CET1,
    "t1_fl3d_tra_vibe spair post": CET1,
    "AX T2 FSE BILATERAL PRE": T2,
    "T2W_SPAIR ACRIN": T2,
    "T2fseidealarc_BP": T2,
    "WATER: Ax T2 FSE-IDEAL": T2,
    "ISPY2 T2 TIRM AX": T2,
    "ISPY2 Ax T2 STIR ASSET": T2,
    "STIR AXIAL": T2,
    "ISPY2 FATIDEAL T2FSEASSET no NP": NONE,
    "ISPY2 InPhaseIDEAL T2FSEASSET no NP": NONE,
    "FieldMap: T2FSE+ASSET": NONE,
    "ACRIN-6698 Ax DWI 100600800 DE": NONE,
    "ACRIN-6698 4bval100260048008T22nexeDWI": NONE,
    "ACRIN-6698: DWI TRACE: from S4: bVals=0,100,600,800": NONE,
    "ACRIN-6698: DWI MASK: from S4: Whole Tumor Manual": NONE,
}
OTHERS = {  # QIN-BREAST; Advanced-MRI-Breast-Lesions; CMB-BRCA; ODELIA; MAMA-MIA
    "multi-flip_T1-map_smartTX": NONE,
    "DWIEPIMPSsmartTX": NONE,
    "PET AC 3DWB": NONE,
    "CTAC": CT,
    "AX Sen Vibrant MASK": PRE,
    "AX Sen Vibrant MultiPhase": CET1,
    "Registered Ax T2 FSE": T2,
    "ROI": NONE,
    "Pre.nii.gz": PRE,
    "Post_1.nii.gz": CET1,
    "Sub_1.nii.gz": NONE,
    "T2.nii.gz": T2,
    "DUKE_001_0000.nii.gz": NONE,
}
IN_OTHER_WORDS = {  # not from collections: other languages, and our own names
    "MRI_CET1": CET1,
    "SYN0001_MRI_T2.nii.gz": T2,
    "CT": CT,
    "t1_vibe_fs_tra nativ": PRE,
    "t1_vibe_tra nach KM": CET1,
    "t1_fl3d_tra ohne KM": PRE,
    "AX T1 VIBE sans injection": PRE,
    "AX T1 VIBE injecté": CET1,
    "T1 ax senza mdc": PRE,
    "T1 ax con mdc": CET1,
    "T1 VIBE sin contraste": PRE,
    "T1 VIBE con contraste": CET1,
    "T1 pós contraste": CET1,
    "T1 VIBE 平扫": PRE,
    "T1 VIBE 增强": CET1,
    "T1 造影前": PRE,
    "T1 造影後": CET1,
    "dyn_eTHRIVE_sub": NONE,
    "soustraction 1": NONE,
    "ADC (10^-6 mm²/s)": NONE,
    "t1_fl3d_tra_dyn_MIP_COR": NONE,
    "Thorax mit KM 3.0 B30f": CT,
    "nact06_pre": PRE,
    "nact06_post1": CET1,
    "Ax VIBRANT FLEX+C": CET1,
    "t1_vibe_dixon_tra_dyn_F": NONE,
    "t1_vibe_dixon_tra_dyn_W": CET1,
    "Tumor_MRI": NONE,
    "breast contour": NONE,
}
EVERY = DUKE | ISPY1 | ISPY2_AND_ACRIN_6698 | OTHERS


def guess(*names, **tags):
    """Roles by the series' name, all with the same tags."""
    return guess_roles([Series(name, name, tags) for name in names])


def test_there_are_enough_descriptions_of_public_collections():
    assert len(EVERY) >= 60 and set(EVERY.values()) == {*ROLES, NONE}


@pytest.mark.parametrize(("name", "role"), [*EVERY.items(), *IN_OTHER_WORDS.items()])
def test_a_series_alone_has_the_role_its_description_states_or_none(name, role):
    assert guess(name) == ({} if role is NONE else {role: name})


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        (  # Duke, Siemens
            ("ax t1", "ax dyn pre", "ax dyn 1st pass", "ax dyn 2nd pass", "ax dyn 3rd pass", "ax dyn 4th pass"),
            {CET1: "ax dyn 1st pass", PRE: "ax dyn pre", LATE: "ax dyn 4th pass"},
        ),
        (  # Duke, GE: the bare name is the phase before contrast
            ("Ax 3D T1 NON FS", "ax dynamic", "Ph1/ax dynamic", "Ph2/ax dynamic", "Ph3/ax dynamic"),
            {CET1: "Ph1/ax dynamic", PRE: "ax dynamic", LATE: "Ph3/ax dynamic"},
        ),
        (  # I-SPY 2, site AAN: there is no bare name, and Ph1 is before contrast
            ("Ph1/Ax dyn mp", "Ph2/Ax dyn mp", "Ph3/Ax dyn mp", "AX T2 FSE BILATERAL PRE"),
            {CET1: "Ph2/Ax dyn mp", PRE: "Ph1/Ax dyn mp", LATE: "Ph3/Ax dyn mp", T2: "AX T2 FSE BILATERAL PRE"},
        ),
        (  # ACRIN-6698
            (
                "ISPY2 Ax T2 STIR ASSET", "ACRIN-6698 Ax DWI 100600800 DE", "ISPY2 Ax VIBRANT MPh C",
                "ISPY2 Ph1Ax VIBRANT MPh C", "ISPY2 Ph2Ax VIBRANT MPh C", "ISPY2 Ph6Ax VIBRANT MPh C",
                "ISPY2 VOLSER uni-lateral cropped SER", "ISPY2 VOLSER uni-lateral cropped PE2",
            ),
            {
                CET1: "ISPY2 Ph1Ax VIBRANT MPh C", PRE: "ISPY2 Ax VIBRANT MPh C", LATE: "ISPY2 Ph6Ax VIBRANT MPh C",
                T2: "ISPY2 Ax T2 STIR ASSET",
            },
        ),
        (  # I-SPY 1
            ("T2_RIGHT_BREAST", "T1 right breast", "T1 right breast post", "T1 right breast post delay"),
            {
                CET1: "T1 right breast post", PRE: "T1 right breast", LATE: "T1 right breast post delay",
                T2: "T2_RIGHT_BREAST",
            },
        ),
        (  # Advanced-MRI-Breast-Lesions
            ("AX Sen Vibrant MASK", "AX Sen Vibrant MultiPhase", "Ax T2 FSE", "ROI"),
            {CET1: "AX Sen Vibrant MultiPhase", PRE: "AX Sen Vibrant MASK", T2: "Ax T2 FSE"},
        ),
        (  # ODELIA
            ("Pre.nii.gz", "Post_1.nii.gz", "Post_2.nii.gz", "Post_3.nii.gz", "Sub_1.nii.gz", "T2.nii.gz"),
            {CET1: "Post_1.nii.gz", PRE: "Pre.nii.gz", LATE: "Post_3.nii.gz", T2: "T2.nii.gz"},
        ),
        (  # MAMA-MIA
            ("DUKE_001_0002", "DUKE_001_0000", "DUKE_001_0001", "DUKE_001_0003"),
            {CET1: "DUKE_001_0001", PRE: "DUKE_001_0000", LATE: "DUKE_001_0003"},
        ),
        (  # QIN-BREAST
            ("CTAC", "PET AC 3DWB", "multi-flip_T1-map_smartTX", "DWIEPIMPSsmartTX", "dynamic_smartTX"),
            {CET1: "dynamic_smartTX", CT: "CTAC"},
        ),
        (  # the sample patient's scan, and maps and a mask made from it
            ("nact06_pre", "nact06_post1", "nact06_post2", "nact06_ser", "nact06_pe1", "nact06_tumor_mask"),
            {CET1: "nact06_post1", PRE: "nact06_pre", LATE: "nact06_post2"},
        ),
        (  # our own
            ("MRI_CET1", "MRI_T2", "CT"),
            {CET1: "MRI_CET1", T2: "MRI_T2", CT: "CT"},
        ),
    ],
)  # fmt: skip
def test_whole_studies(names, roles):
    assert guess(*names) == roles
    assert guess(*reversed(names)) == roles, "whatever the order"


@pytest.mark.parametrize(
    "names",
    [
        ("DCE POST Right", "DCE POST Left"),
        ("T2_LEFT_BREAST", "T2_RIGHT_BREAST"),
        ("ISPY2: Ax Vibrant PRE/POST", "ISPY2: VOLSER: uni-lateral cropped: original DCE"),
    ],
)
def test_two_equally_good_series_have_no_role(names):
    assert guess(*names) == {}


def test_a_plain_t1_is_not_the_phase_before_a_dynamic_series():
    assert guess("ax t1 pre", "ax dyn 1st pass") == {CET1: "ax dyn 1st pass"}
    assert guess("ax t1 tse +c", "ax dyn 1st pass", "ax dyn pre")[CET1] == "ax dyn 1st pass"


def test_t2_by_name_stands_before_stir():
    assert guess("STIR AXIAL", "T2W_SPAIR ACRIN") == {T2: "T2W_SPAIR ACRIN"}


def phases(times, tag="AcquisitionTime", name="t1_vibe_dyn"):
    names = [f"{name} pre", *(f"{name} post {number}" for number in range(1, len(times)))]
    return [Series(number, one, {tag: time}) for number, (one, time) in enumerate(zip(names, times, strict=True))]


@pytest.mark.parametrize(
    ("seconds", "early", "late"),
    [
        ((0, 107, 214, 321, 428, 535), 1, 4),  # I-SPY 2, site AAA: 107 s
        ((0, 30, 36, 42, 88, 94, 300), 4, 6),  # ultrafast: the fourth after contrast is nearest to 90 s
        ((0, 60, 120, 180), 1, 3),  # equally near: the earlier
    ],
)
def test_the_phase_nearest_to_90_seconds_is_the_early_one(seconds, early, late):
    clock = [f"10{58 + (50 + s) // 60:02d}{(50 + s) % 60:02d}.25" for s in seconds]
    clock = [f"11{int(t[2:4]) - 60:02d}{t[4:]}" if int(t[2:4]) >= 60 else t for t in clock]
    expected = {CET1: early, PRE: 0, LATE: late}
    assert guess_roles(phases(clock)) == expected
    assert guess_roles(phases([1000 * s for s in seconds], "TriggerTime")) == expected


def test_times_that_the_scanner_did_not_set_are_not_believed():
    """I-SPY 2's derived series differ by seconds between phases: the order alone counts."""
    assert guess_roles(phases(["075031", "075033", "075035", "075036"])) == {CET1: 1, PRE: 0, LATE: 3}


def test_phases_of_one_name_are_ordered_by_their_temporal_position():
    volumes = [
        Series(place, "15ML OMNI T1 FS DYN", {"Modality": "MR", "TemporalPositionIdentifier": str(place)})
        for place in (3, 1, 2, 7)
    ]
    assert guess_roles(volumes) == {CET1: 2, PRE: 1, LATE: 7}


@pytest.mark.parametrize(
    ("name", "tags", "role"),
    [
        ("Series 5", {"Modality": "MR", "RepetitionTime": 4200, "EchoTime": "92"}, T2),
        ("Series 5", {"Modality": "MR", "RepetitionTime": 5.2, "EchoTime": 2.4, "ContrastBolusAgent": "Gd"}, CET1),
        ("Series 5", {"Modality": "MR", "RepetitionTime": 5.2, "EchoTime": 2.4, "ContrastBolusAgent": "NONE"}, NONE),
        ("Series 5", {"Modality": "MR", "RepetitionTime": 5.2, "EchoTime": 2.4}, NONE),
        ("T2 mislabelled", {"Modality": "MR", "RepetitionTime": 5.2, "EchoTime": 2.4}, NONE),
        ("t1_vibe_tra", {"Modality": "MR", "ContrastBolusAgent": "Dotarem"}, CET1),
        ("Series 5", {"Modality": "CT", "SeriesDescription": "Thorax 3.0 B30f"}, CT),
        ("Series 5", {"Modality": "CT", "SeriesDescription": "Topogram 0.6 T20f"}, NONE),
        ("Series 5", {"Modality": "MR", "SeriesDescription": "ax dyn 1st pass"}, CET1),
        ("ax dyn 1st pass", {"Modality": "PT"}, NONE),
        ("ax dyn 1st pass", {"ImageType": "DERIVED\\SECONDARY\\SUBTRACT\\NONE"}, NONE),
        ("ax dyn 1st pass", {"ImageType": ["DERIVED", "PRIMARY", "MPR"]}, NONE),
        ("t1_vibe_dixon post", {"ImageType": "DERIVED\\PRIMARY\\DIXON\\FAT"}, NONE),
        ("t1_vibe_dixon post", {"ImageType": "DERIVED\\PRIMARY\\DIXON\\WATER"}, CET1),
    ],
)  # fmt: skip
def test_tags_say_what_the_name_does_not(name, tags, role):
    assert guess(name, **tags) == ({} if role is NONE else {role: name})


def test_the_ct_with_contrast_in_a_soft_kernel_is_taken():
    names = (
        "CTAC",
        "Thorax 5.0 B31f",
        "Thorax KM 5.0 B31f",
        "Thorax KM 1.0 B70f lung",
        "Topogram",
        "Thorax KM MPR cor",
    )
    assert guess(*names, Modality="CT") == {CT: "Thorax KM 5.0 B31f"}
    assert guess("CTAC", "Thorax 5.0 B31f", Modality="CT") == {CT: "Thorax 5.0 B31f"}
    assert guess("Thorax 5.0 B31f", "Abdomen 5.0 B31f", Modality="CT") == {}


def test_nothing_is_guessed_from_nothing():
    assert guess_roles([]) == {}
    assert guess("", "3D", "Untitled") == {}
