"""Handcrafted features against the consensus values of the Image Biomarker Standardisation Initiative."""

import csv
import math
from decimal import Decimal
from pathlib import Path

import pytest
import SimpleITK as sitk

from NACResponseLib.features.handcrafted import intensity_features, shape_features
from NACResponseLib.features.names import HANDCRAFTED
from NACResponseLib.protocol import Preprocessing

FOLDER = Path(__file__).parents[2] / "reference" / "ibsi_digital_phantom"
VOXELS = 74
DEVIATIONS = {  # of pyradiomics, as the folder's README lists them
    "firstorder_Kurtosis": lambda value: value + 3,
    **{
        f"shape_{axis}AxisLength": lambda value: value * math.sqrt((VOXELS - 1) / VOXELS)
        for axis in ("Major", "Minor", "Least")
    },
}

TAGS = {
    "shape": (
        "Elongation:morph_pca_elongation Flatness:morph_pca_flatness LeastAxisLength:morph_pca_least_axis "
        "MajorAxisLength:morph_pca_maj_axis Maximum3DDiameter:morph_diam MeshVolume:morph_volume "
        "MinorAxisLength:morph_pca_min_axis Sphericity:morph_sphericity SurfaceArea:morph_area_mesh "
        "SurfaceVolumeRatio:morph_av VoxelVolume:morph_vol_approx"
    ),
    "firstorder": (
        "10Percentile:stat_p10 90Percentile:stat_p90 Energy:stat_energy Entropy:ih_entropy "
        "InterquartileRange:stat_iqr Kurtosis:stat_kurt Maximum:stat_max MeanAbsoluteDeviation:stat_mad "
        "Mean:stat_mean Median:stat_median Minimum:stat_min Range:stat_range "
        "RobustMeanAbsoluteDeviation:stat_rmad RootMeanSquared:stat_rms Skewness:stat_skew Uniformity:ih_uniformity "
        "Variance:stat_var"
    ),
    "glcm": (
        "Autocorrelation:auto_corr ClusterProminence:clust_prom ClusterShade:clust_shade ClusterTendency:clust_tend "
        "Contrast:contrast Correlation:corr DifferenceAverage:diff_avg DifferenceEntropy:diff_entr "
        "DifferenceVariance:diff_var Id:inv_diff Idm:inv_diff_mom Idmn:inv_diff_mom_norm Idn:inv_diff_norm "
        "Imc1:info_corr1 Imc2:info_corr2 InverseVariance:inv_var JointAverage:joint_avg JointEnergy:energy "
        "JointEntropy:joint_entr MaximumProbability:joint_max SumAverage:sum_avg SumEntropy:sum_entr "
        "SumSquares:joint_var"
    ),
    "glrlm": (
        "GrayLevelNonUniformity:glnu GrayLevelNonUniformityNormalized:glnu_norm GrayLevelVariance:gl_var "
        "HighGrayLevelRunEmphasis:hgre LongRunEmphasis:lre LongRunHighGrayLevelEmphasis:lrhge "
        "LongRunLowGrayLevelEmphasis:lrlge LowGrayLevelRunEmphasis:lgre RunEntropy:rl_entr "
        "RunLengthNonUniformity:rlnu RunLengthNonUniformityNormalized:rlnu_norm RunPercentage:r_perc "
        "RunVariance:rl_var ShortRunEmphasis:sre ShortRunHighGrayLevelEmphasis:srhge "
        "ShortRunLowGrayLevelEmphasis:srlge"
    ),
    "glszm": (
        "GrayLevelNonUniformity:glnu GrayLevelNonUniformityNormalized:glnu_norm GrayLevelVariance:gl_var "
        "HighGrayLevelZoneEmphasis:hgze LargeAreaEmphasis:lze LargeAreaHighGrayLevelEmphasis:lzhge "
        "LargeAreaLowGrayLevelEmphasis:lzlge LowGrayLevelZoneEmphasis:lgze SizeZoneNonUniformity:zsnu "
        "SizeZoneNonUniformityNormalized:zsnu_norm SmallAreaEmphasis:sze SmallAreaHighGrayLevelEmphasis:szhge "
        "SmallAreaLowGrayLevelEmphasis:szlge ZoneEntropy:zs_entr ZonePercentage:z_perc ZoneVariance:zs_var"
    ),
    "gldm": (
        "DependenceEntropy:dc_entr DependenceNonUniformity:dcnu DependenceNonUniformityNormalized:dcnu_norm "
        "DependenceVariance:dc_var GrayLevelNonUniformity:glnu GrayLevelVariance:gl_var "
        "HighGrayLevelEmphasis:hgce LargeDependenceEmphasis:hde LargeDependenceHighGrayLevelEmphasis:hdhge "
        "LargeDependenceLowGrayLevelEmphasis:hdlge LowGrayLevelEmphasis:lgce SmallDependenceEmphasis:lde "
        "SmallDependenceHighGrayLevelEmphasis:ldhge SmallDependenceLowGrayLevelEmphasis:ldlge"
    ),
    "ngtdm": ("Busyness:busyness Coarseness:coarseness Complexity:complexity Contrast:contrast Strength:strength"),
}
FRAME = {"shape": "{}", "firstorder": "{}", "glcm": "cm_{}_3D_avg", "glrlm": "rlm_{}_3D_avg", "glszm": "szm_{}_3D",
         "gldm": "ngl_{}_3D", "ngtdm": "ngt_{}_3D"}  # fmt: skip
CASES = {
    f"{kind}_{name}": FRAME[kind].format(tag)
    for kind, entries in TAGS.items()
    for name, tag in (entry.split(":") for entry in entries.split())
}


@pytest.fixture(scope="module")
def computed():
    image = sitk.Cast(sitk.ReadImage(str(FOLDER / "phantom.nii.gz")), sitk.sitkFloat64)
    mask = sitk.ReadImage(str(FOLDER / "mask.nii.gz")) != 0
    levels = Preprocessing(spacing_mm=2.0, bin_width=1)  # the phantom's values are grey levels already
    return shape_features(mask) | intensity_features(image, mask, levels)


@pytest.fixture(scope="module")
def reference():
    with (FOLDER / "ibsi_1_dig_phantom.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    return {row["tag"]: (row["reference value"], row["tolerance"]) for row in rows}


@pytest.mark.parametrize("feature", CASES)
def test_a_feature_lies_within_the_tolerance_of_the_consensus(feature, computed, reference):
    value, tolerance = reference[CASES[feature]]
    third_digit = 10.0 ** (Decimal(value).adjusted() - 2)
    expected = DEVIATIONS.get(feature, float)(float(value))
    assert computed[feature] == pytest.approx(expected, abs=float(tolerance or 0) + third_digit / 2)


def test_every_feature_with_an_ibsi_code_is_compared_with_the_consensus():
    assert {feature.key for feature in HANDCRAFTED if feature.ibsi} == set(CASES)
