"""Features of 2D images: shape against analytic figures, all against pyradiomics called plainly with ``force2D``."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.case import Case
from NACResponseLib.errors import InputError
from NACResponseLib.features.extraction import extract_features
from NACResponseLib.features.handcrafted import intensity_features, region_mask, shape_features
from NACResponseLib.features.names import INTENSITY, SHAPE_2D, deep_names, handcrafted_names
from NACResponseLib.features.preparation import CasePreparation
from NACResponseLib.imaging.geometry import mask_array
from NACResponseLib.protocol import Preprocessing, protocol_from

DATA = {
    "name": "planar",
    "description": "made for tests",
    "source": "made for tests",
    "regions": ["Intra"],
    "images": {"US": {"modality": "US", "contour": "US", "dimension": 2}},
    "preprocessing": {"US": {"zscore": True, "spacing_mm": 0.1, "bin_count": 16}},
}


def protocol(**steps):
    return protocol_from(DATA | {"preprocessing": {"US": DATA["preprocessing"]["US"] | steps}}, "a test")


def flat(array: np.ndarray, spacing=(0.1, 0.1)) -> sitk.Image:
    image = sitk.GetImageFromArray(array[None])
    image.SetSpacing((*spacing, 1.0))
    return image


def figure(kind: str) -> np.ndarray:
    y, x = np.indices((120, 140))
    rng = np.random.default_rng(3)
    disc = (y - 60) ** 2 + (x - 70) ** 2 <= 40**2
    return {"disc": disc, "ragged": disc & (rng.random(disc.shape) > 0.3)}[kind]


@pytest.fixture
def case():
    """A frame with a dark border, as a sector leaves it, and a tumour."""
    rng = np.random.default_rng(5)
    values = np.clip(rng.normal(110, 25, (120, 140)), 1, 255).round()
    values[:20], values[:, :15] = 0, 0
    values[figure("disc")] = values[figure("disc")] // 2 + 3
    spacing = (0.08, 0.12)
    image, tumor = flat(values.astype(np.uint8), spacing), flat(figure("disc").astype(np.uint8), spacing)
    return Case("A", {"US": image}, {"US": tumor})


def plain(image: sitk.Image, mask: sitk.Image, *classes: str, **settings) -> dict[str, float]:
    """pyradiomics' own extractor."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    extractor = RadiomicsFeatureExtractor(force2D=True, force2Ddimension=0, additionalInfo=False, **settings)
    extractor.disableAllFeatures()
    for name in classes:
        extractor.enableFeatureClassByName(name)
    found = extractor.execute(image, mask)
    return {key.removeprefix("original_"): float(value) for key, value in found.items()}


def test_a_rectangle_has_the_shape_that_is_computed_by_hand():
    inside = np.zeros((60, 110), np.uint8)
    inside[10:50, 30:90] = 1
    found = shape_features(flat(inside, (0.1, 0.2)))
    wide, high = 60 * 0.1, 40 * 0.2
    corner = (0.05, 0.1)  # the mesh cuts a right triangle off every corner
    area = wide * high - 4 * corner[0] * corner[1] / 2
    perimeter = 2 * (wide - 0.1) + 2 * (high - 0.2) + 4 * np.hypot(*corner)
    variances = [edge**2 * (n**2 - 1) / 12 for edge, n in ((0.1, 60), (0.2, 40))]
    minor, major = (4 * np.sqrt(v) for v in sorted(variances))
    assert found == pytest.approx(
        {
            "shape2D_Elongation": minor / major,
            "shape2D_MajorAxisLength": major,
            "shape2D_MaximumDiameter": max(np.hypot(wide - 0.1, high), np.hypot(wide, high - 0.2)),
            "shape2D_MeshSurface": area,
            "shape2D_MinorAxisLength": minor,
            "shape2D_Perimeter": perimeter,
            "shape2D_PerimeterSurfaceRatio": perimeter / area,
            "shape2D_PixelSurface": wide * high,
            "shape2D_Sphericity": 2 * np.sqrt(np.pi * area) / perimeter,
        }
    )


def test_a_disc_has_its_area_and_axes():
    found = shape_features(flat(figure("disc").astype(np.uint8)))
    assert found["shape2D_MeshSurface"] == pytest.approx(np.pi * 16, rel=0.005)
    assert found["shape2D_MajorAxisLength"] == pytest.approx(8, rel=0.005)
    assert found["shape2D_Elongation"] == pytest.approx(1)
    assert found["shape2D_MaximumDiameter"] == pytest.approx(8, abs=0.15)


@pytest.mark.parametrize("kind", ["disc", "ragged"])
def test_shape_equals_plain_pyradiomics(kind):
    mask = flat(figure(kind).astype(np.uint8), (0.08, 0.12))
    found = shape_features(mask)
    assert list(found) == [feature.key for feature in SHAPE_2D]
    assert found == pytest.approx(plain(mask, mask, "shape2D"), rel=1e-9)


@pytest.mark.parametrize("kind", ["disc", "ragged"])
@pytest.mark.parametrize("levels", [{"bin_count": 32}, {"bin_width": 4.0}], ids=["32 bins", "width 4"])
def test_textures_of_one_slice_equal_plain_pyradiomics(kind, levels):
    image = flat(np.random.default_rng(1).normal(100, 20, (120, 140)))
    mask = flat(figure(kind).astype(np.uint8))
    found = intensity_features(image, mask, Preprocessing(0.1, **levels))
    assert list(found) == [feature.key for feature in INTENSITY]
    settings = {"binCount": 32} if "bin_count" in levels else {"binWidth": 4.0}
    classes = ("firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
    assert found == pytest.approx(plain(image, mask, *classes, **settings), rel=1e-9)


def test_a_2d_case_has_the_features_of_its_prepared_image(case):
    asked = protocol()
    found = extract_features(case, asked)
    assert tuple(found) == handcrafted_names(asked) and len(found) == 9 + 93
    assert deep_names(asked, 10) == ()
    prepared = CasePreparation(case, asked).image("US")
    assert prepared.image.GetSpacing() == (0.1, 0.1, 1.0)
    local = region_mask(prepared.masks["Intra"], prepared.image)
    theirs = plain(prepared.image, local, "firstorder", "glcm", "ngtdm", "shape2D", binCount=16)
    assert {name: found[f"US_Intra_{name}"] for name in theirs} == pytest.approx(theirs, rel=1e-6)
    assert found["US_Intra_shape2D_MeshSurface"] == pytest.approx(np.pi * 3.2 * 4.8, rel=0.01)


def test_the_dark_border_does_not_count_in_the_zscore(case):
    values = sitk.GetArrayFromImage(case.images["US"])[0].astype(float)
    found = extract_features(case, protocol(spacing_mm=0.08), ["US_Intra_firstorder_Mean"])
    bright, inside = values[values > 0], mask_array(case.contours["US"])[0]
    expected = (values[inside].mean() - bright.mean()) / bright.std()
    assert found["US_Intra_firstorder_Mean"] == pytest.approx(expected, abs=0.02)
    raw = extract_features(case, protocol(zscore=False), ["US_Intra_firstorder_Mean"])
    assert raw["US_Intra_firstorder_Mean"] == pytest.approx(values[inside].mean(), rel=0.01)


def test_a_volume_where_a_frame_is_asked_for_is_refused(files):
    with pytest.raises(InputError, match="image US in 2D, found a 3D one"):
        extract_features(Case("A", {"US": files.image}, {"US": files.tumor}), protocol())


def test_a_volume_of_ultrasound_has_features_of_the_tumour_alone(files):
    data = DATA | {"images": {"US": {"modality": "US", "contour": "US"}}}
    data["preprocessing"] = {"US": {"zscore": True, "spacing_mm": 2, "bin_count": 16}}
    asked = protocol_from(data, "a test")
    found = extract_features(Case("A", {"US": files.image}, {"US": files.tumor}), asked)
    assert tuple(found) == handcrafted_names(asked) and len(found) == 107
    assert found["US_Intra_shape_MeshVolume"] == pytest.approx(4 / 3 * np.pi * 9**3, rel=0.05)
