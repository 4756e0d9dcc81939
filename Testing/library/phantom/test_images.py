"""Images: tissues in their known ranges, noise with its known distribution, partial volume that conserves signal."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.phantom import Acquisition, Anatomy, Tumour, make_phantom, place_tumour, random_setting

PRONE, SUPINE = Anatomy(seed=2), Anatomy(posture="supine", breast_radii_mm=(66.0, 55.0, 74.0), seed=2, lean_degrees=0.0)
SOLID = Tumour(radii_mm=(11.0, 11.0, 11.0))
COARSE_CT = Acquisition("chest_ct", size=(120, 96, 40), spacing_mm=(3.2, 3.2, 4.0), noise=0)


def array(image: sitk.Image) -> np.ndarray:
    return sitk.GetArrayFromImage(image).astype(float)


def at(image: sitk.Image, point: tuple[float, float, float]) -> float:
    return float(image.GetPixel(image.TransformPhysicalPointToIndex(point)))


def core(mask: sitk.Image, steps: int = 2) -> np.ndarray:
    """The mask without its margin, where partial volume is."""
    return sitk.GetArrayFromImage(sitk.BinaryErode(mask, [steps] * 3)).astype(bool)


# Hounsfield units of the textbooks, portal venous contrast.
@pytest.mark.parametrize(
    ("tissue", "point", "low", "high"),
    [
        ("lung", (-75.0, 95.0, 20.0), -950, -700),
        ("aorta", (24.0, 1.45 * 95, 20.0), 130, 300),
        ("muscle of the back", (60.0, 195.0, 0.0), 40, 80),
        ("air in front", (0.0, -45.0, 0.0), -1024, -980),
    ],
)
def test_ct_shows_tissues_in_their_hounsfield_ranges(
    ct: sitk.Image, tissue: str, point: tuple[float, float, float], low: float, high: float
) -> None:
    assert low <= at(ct, point) <= high, tissue


@pytest.fixture(scope="module")
def ct() -> sitk.Image:
    return make_phantom(SUPINE, place_tumour(SUPINE, SOLID, "right", "middle"), COARSE_CT).image


def test_ct_shows_fat_gland_and_an_enhancing_tumour_in_their_ranges() -> None:
    made = make_phantom(SUPINE, place_tumour(SUPINE, SOLID, "right", "middle"), COARSE_CT)
    values = array(made.image)
    breast = values[core(made.truth["breast"], 1) & ~core(sitk.BinaryDilate(made.truth["tumour"], [3] * 3), 0)]
    assert -120 <= np.percentile(breast, 10) <= -80
    assert 10 <= np.percentile(breast, 97) <= 60
    assert 70 <= values[core(made.truth["tumour"], 1)].mean() <= 140


def test_fat_is_dark_with_fat_suppression_and_bright_without_and_the_tumour_enhances() -> None:
    tumour = place_tumour(PRONE, SOLID, "left", "middle")
    fat, lesion = {}, {}
    for kind in ("sagittal_cet1_fs", "sagittal_cet1", "sagittal_t2", "sagittal_t2_fs"):
        made = make_phantom(PRONE, tumour, Acquisition(kind, (64, 64, 32), (2.4, 2.4, 3.6), noise=0, shading=0))
        values = array(made.image)
        apart = core(made.truth["breast"], 1) & ~core(sitk.BinaryDilate(made.truth["tumour"], [3] * 3), 0)
        suppressed = kind.endswith("_fs")
        fat[kind] = np.percentile(values[apart], 5 if suppressed else 90)
        lesion[kind] = values[core(made.truth["tumour"])].mean()
    assert fat["sagittal_cet1_fs"] < 0.25 * fat["sagittal_cet1"]
    assert fat["sagittal_t2_fs"] < 0.25 * fat["sagittal_t2"]
    assert lesion["sagittal_cet1_fs"] > 4 * fat["sagittal_cet1_fs"]
    assert lesion["sagittal_cet1"] > fat["sagittal_cet1"]


def test_a_coarse_and_a_fine_grid_receive_the_same_signal_of_a_tumour() -> None:
    tumour = place_tumour(PRONE, replace(SOLID, radii_mm=(7.0, 7.0, 7.0)), "left", "middle")
    fatty = replace(PRONE, density=1e-6)
    received = []
    for edges in ((1.0, 1.0, 1.0), (1.5, 1.5, 3.0), (3.0, 3.0, 3.0)):
        size = tuple(int(48 / edge) for edge in edges)
        one = Acquisition("axial_cet1_fs", size, edges, centre_mm=tumour.centre_mm, noise=0, shading=0)
        difference = array(make_phantom(fatty, tumour, one).image) - array(make_phantom(fatty, None, one).image)
        received.append(difference.sum() * np.prod(edges))
    contrast = difference.max()  # in the middle, where no voxel is partly tumour
    np.testing.assert_allclose(received, contrast * 4 / 3 * np.pi * 7**3, rtol=0.06)


def test_noise_in_air_is_rayleigh_distributed() -> None:
    one = Acquisition(
        "axial_cet1", (60, 20, 40), (1.0, 1.0, 1.0), centre_mm=(0.0, -160.0, 0.0), scanner="MR-C", noise=4
    )
    air = array(make_phantom(PRONE, None, one).image)
    # Of a Rayleigh distribution, mean / deviation = sqrt(pi / (4 - pi)).
    assert air.mean() / air.std() == pytest.approx(np.sqrt(np.pi / (4 - np.pi)), rel=0.02)


def test_ct_noise_has_the_deviation_of_its_scanner_and_no_bias() -> None:
    one = replace(COARSE_CT, noise=1.0)
    difference = array(make_phantom(SUPINE, None, one).image) - array(make_phantom(SUPINE, None, COARSE_CT).image)
    heart = difference[15:25, 40:60, 50:70]
    assert heart.std() == pytest.approx(9, rel=0.1)
    assert abs(heart.mean()) < 1


def test_coil_shading_is_smooth_multiplicative_and_differs_between_seeds() -> None:
    one = Acquisition("axial_cet1", (64, 56, 24), (5.0, 5.0, 6.0), noise=0)
    plain = array(make_phantom(PRONE, None, replace(one, shading=0)).image)
    bright = plain > 80
    fields = []
    for seed in (1, 2):
        shaded = array(make_phantom(PRONE, None, one, seed=seed).image)
        fields.append(np.log(shaded / np.where(bright, plain, 1), where=bright, out=np.zeros_like(plain)))
    assert fields[0][bright].std() > 0.05
    assert np.abs(fields[0] - fields[1])[bright].max() > 0.05
    both = bright[:, :, 1:] & bright[:, :, :-1]
    assert np.abs(np.diff(fields[0], axis=2))[both].max() < 0.08


def test_scanners_of_one_modality_differ_in_scale() -> None:
    one = Acquisition("sagittal_cet1", (32, 32, 16), (5.0, 5.0, 8.0))
    means = [array(make_phantom(PRONE, None, replace(one, scanner=f"MR-{name}")).image).mean() for name in "ABC"]
    assert min(abs(a / b - 1) for a, b in ((means[0], means[1]), (means[1], means[2]), (means[0], means[2]))) > 0.2


def test_the_same_seed_gives_the_same_image_and_another_another() -> None:
    anatomy, tumour, acquisition = random_setting(5, "sagittal_t2_fs")
    acquisition = replace(acquisition, size=(32, 32, 12), spacing_mm=(4.0, 4.0, 8.0))
    images = [array(make_phantom(anatomy, tumour, acquisition, seed).image) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(images[0], images[1])
    assert (images[0] != images[2]).any()
    assert random_setting(5, "sagittal_t2_fs") == random_setting(5, "sagittal_t2_fs")
    assert random_setting(6, "sagittal_t2_fs")[0] != anatomy


@pytest.mark.slow
def test_heterogeneity_rim_necrosis_and_oedema_are_visible() -> None:
    one = Acquisition("sagittal_cet1_fs", (48, 48, 30), (1.4, 1.4, 2.2), noise=0, shading=0)
    base = place_tumour(PRONE, SOLID, "left", "middle")
    one = replace(one, centre_mm=base.centre_mm)

    def shown(kind: str, **changes: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        made = make_phantom(PRONE, replace(base, **changes), replace(one, kind=kind))
        return array(made.image), {name: array(mask) > 0 for name, mask in made.truth.items()}

    plain, masks = shown("sagittal_cet1_fs")
    inside = masks["tumour"]
    assert shown("sagittal_cet1_fs", heterogeneity=1.0)[0][inside].std() > plain[inside].std() + 20
    assert shown("sagittal_cet1_fs", rim=1.0)[0][inside].mean() > plain[inside].mean() + 15
    centre = tuple(edge // 2 for edge in plain.shape)
    assert shown("sagittal_cet1_fs", necrosis=0.5)[0][centre] < 0.5 * plain[centre]
    assert shown("sagittal_t2_fs", necrosis=0.5)[0][centre] > 1.5 * shown("sagittal_t2_fs")[0][centre]
    shell = masks["shell"]
    assert shown("sagittal_t2_fs", oedema=0.8)[0][shell].mean() > shown("sagittal_t2_fs")[0][shell].mean() + 60


def test_geometry_of_the_clinic_is_kept_in_the_image() -> None:
    image = make_phantom(PRONE, None, Acquisition("sagittal_t2", (24, 20, 10), (6.0, 7.0, 12.0), side="right")).image
    assert image.GetSize() == (24, 20, 10)
    assert image.GetSpacing() == (6.0, 7.0, 12.0)
    assert image.GetDirection() == (0, 0, -1, 1, 0, 0, 0, -1, 0)
    assert image.TransformContinuousIndexToPhysicalPoint((11.5, 9.5, 4.5))[0] < -60
    assert image.GetPixelID() == sitk.sitkInt16


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kind": "chest_ct"}, "supine"),
        ({"scanner": "CT-A"}, "MR scanner"),
        ({"scanner": "MR-Z"}, "did you mean"),
    ],
)
def test_an_acquisition_that_does_not_fit_is_refused(change: dict, expected: str) -> None:
    one = Acquisition("sagittal_t2", (8, 8, 8), (20.0, 20.0, 20.0))
    with pytest.raises(InputError, match=expected):
        make_phantom(PRONE, None, replace(one, **change))


def test_an_unknown_kind_and_an_empty_grid_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'sagittal_t2'"):
        Acquisition("sagital_t2")
    with pytest.raises(InputError, match="positive"):
        Acquisition(size=(0, 10, 10))
