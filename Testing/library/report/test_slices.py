import re
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.report.planes import PLANES
from NACResponseLib.report.slices import PANEL, View, grey_window, plane_pairs, tumor_focus

CENTRE = np.array([10.0, -20.0, 30.0])
MARKER = np.array([25.0, -20.0, 15.0])  # from the centre, LPS: to the patient's left, anterior and superior
SAGITTAL = np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]], float)
OBLIQUE = np.array(sitk.VersorTransform((0.3, 0.2, -0.25, 0.898610)).GetMatrix()).reshape(3, 3)
GRIDS = {
    "axial": (np.eye(3), (1.0, 1.0, 3.0)),
    "sagittal": (SAGITTAL, (0.8, 0.8, 2.0)),
    "oblique": (OBLIQUE, (1.0, 1.2, 2.0)),
    "flipped": (np.diag([-1.0, -1.0, 1.0]), (1.0, 1.0, 2.0)),
}


def grid(direction, spacing, extent_mm=100.0, centre=CENTRE):
    """An empty image of about a cube around the centre."""
    size = [round(extent_mm / edge) for edge in spacing]
    image = sitk.Image(size, sitk.sitkUInt8)
    image.SetSpacing(spacing)
    image.SetDirection(direction.ravel().tolist())
    image.SetOrigin((centre - direction @ ((np.array(size) - 1) / 2 * spacing)).tolist())
    return image


def positions(image):
    """Patient coordinates of every voxel, (z, y, x, 3)."""
    index = np.stack(np.indices(image.GetSize()[::-1])[::-1], axis=-1)
    direction = np.array(image.GetDirection()).reshape(3, 3)
    return np.array(image.GetOrigin()) + (index * np.array(image.GetSpacing())) @ direction.T


def painted(image, inside, value=1, kind=np.uint8):
    result = sitk.GetImageFromArray((inside * value).astype(kind))
    result.CopyInformation(image)
    return result


def box_mask(image, size_mm, centre=CENTRE):
    offset = np.abs(positions(image) - centre)
    return painted(image, np.all(offset < np.array(size_mm) / 2, axis=-1))


def outline_mm(path, side_mm):
    """Points of an outline, (n, 2), rightwards and downwards from the panel's centre."""
    return (np.array(re.findall(r"-?[\d.]+", path), float).reshape(-1, 2) / PANEL - 0.5) * side_mm


def extents_mm(path, side_mm):
    return np.ptp(outline_mm(path, side_mm), axis=0)


def middle_mm(panel):
    points = outline_mm(panel.tumor, panel.side_mm)
    return tuple((points.min(axis=0) + points.max(axis=0)) / 2)


@pytest.mark.parametrize("acquisition", GRIDS)
def test_a_bright_marker_lies_where_the_letters_say_whatever_the_acquisition(acquisition):
    lattice = grid(*GRIDS[acquisition])
    inside = np.linalg.norm(positions(lattice) - (CENTRE + MARKER), axis=-1) < 9
    view = View("MRI", painted(lattice, inside, 1000, np.float32), painted(lattice, inside), None, "MR")
    toward = {"L": MARKER[0], "A": -MARKER[1], "S": MARKER[2]}
    toward |= {"R": -toward["L"], "P": -toward["A"], "I": -toward["S"]}
    for pair in plane_pairs(view):
        panel = pair.whole
        rows, columns = np.nonzero(panel.pixels > 127)
        scale = panel.side_mm / len(panel.pixels)
        right = (columns.mean() - (len(panel.pixels) - 1) / 2) * scale
        down = (rows.mean() - (len(panel.pixels) - 1) / 2) * scale
        letters = pair.plane.letters
        expected = (toward[letters["right"]], toward[letters["bottom"]])
        assert (right, down) == pytest.approx(expected, abs=1.0)
        assert middle_mm(panel) == pytest.approx(expected, abs=1.0)  # the outline lies on what it outlines
        assert middle_mm(pair.zoom) == pytest.approx((0, 0), abs=1.0)  # and the zoom is centred on it


def test_slices_follow_the_radiological_convention():
    edges = {plane.name: (plane.letters["left"], plane.letters["top"]) for plane in PLANES}
    assert edges == {"Axial": ("R", "A"), "Coronal": ("R", "S"), "Sagittal": ("A", "S")}


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 5.0), (0.5, 1.0, 2.0), (2.0, 2.0, 2.0)])
def test_a_box_keeps_its_millimetres_on_anisotropic_grids(spacing):
    # A mask's half level runs along its voxels' faces; the box's faces are voxel faces on each of these grids.
    lattice = grid(np.eye(3), spacing, extent_mm=120.0)
    tumor = box_mask(lattice, (20, 32, 40))
    view = View("MRI", painted(lattice, np.ones(lattice.GetSize()[::-1]), 50, np.float32), tumor, None, "MR")
    expected = {"Axial": (20, 32), "Coronal": (20, 40), "Sagittal": (32, 40)}
    for pair in plane_pairs(view):
        for panel in (pair.zoom, pair.whole):
            assert extents_mm(panel.tumor, panel.side_mm) == pytest.approx(expected[pair.plane.name], abs=0.8)


def test_a_mask_on_another_grid_is_drawn_in_its_true_place():
    image = painted(lattice := grid(OBLIQUE, (0.9, 0.9, 3.0)), np.ones(lattice.GetSize()[::-1]), 50, np.float32)
    tumor = box_mask(grid(np.eye(3), (1.0, 1.0, 1.0), centre=CENTRE + 5), (20, 30, 40))
    axial = plane_pairs(View("MRI", image, tumor, None, "MR"))[0]
    assert extents_mm(axial.zoom.tumor, axial.zoom.side_mm) == pytest.approx((20, 30), abs=1.2)


def test_the_box_on_the_whole_slice_frames_what_is_enlarged():
    lattice = grid(np.eye(3), (1.0, 1.0, 2.0))
    tumor = box_mask(lattice, (20, 20, 20), CENTRE + np.array([20, -10, 8]))
    axial = plane_pairs(View("MRI", painted(lattice, np.ones((50, 100, 100)), 5, np.float32), tumor, None, "MR"))[0]
    x, y, side = np.array(axial.whole.box) * axial.whole.side_mm / PANEL
    assert side == pytest.approx(axial.zoom.side_mm)
    assert (x + side / 2 - 50, y + side / 2 - 50) == pytest.approx((20, -10), abs=0.6)


def test_the_shell_is_one_line_around_tumour_and_shell_and_none_where_no_shell_is():
    lattice = grid(np.eye(3), (1.0, 1.0, 1.0))
    tumor, outer = box_mask(lattice, (20, 20, 20)), box_mask(lattice, (30, 30, 30))
    view = View("MRI", sitk.Cast(outer, sitk.sitkFloat32), tumor, outer - tumor, "MR")
    for pair in plane_pairs(view):
        assert pair.zoom.shell.count("M") == 1
        assert extents_mm(pair.zoom.shell, pair.zoom.side_mm) == pytest.approx((30, 30), abs=0.6)
    assert all(pair.zoom.shell == "" for pair in plane_pairs(replace(view, shell=None)))


def test_every_plane_cuts_a_hollow_tumour():
    lattice = grid(np.eye(3), (1.0, 1.0, 2.0))
    distance = np.linalg.norm(positions(lattice) - CENTRE, axis=-1)
    tumor = painted(lattice, (distance < 20) & (distance > 15))
    image = painted(lattice, distance < 45, 100, np.float32)
    assert all(pair.zoom.tumor for pair in plane_pairs(View("MRI", image, tumor, None, "MR")))
    voxel = tumor.TransformPhysicalPointToIndex(tumor_focus(tumor).tolist())
    assert tumor[voxel] == 1


def test_the_scale_bar_is_as_long_as_it_says():
    lattice = grid(np.eye(3), (1.0, 1.0, 2.0))
    view = View(
        "MRI", sitk.Cast(box_mask(lattice, (40, 40, 40)), sitk.sitkFloat32), box_mask(lattice, (20, 20, 20)), None, "MR"
    )
    for pair in plane_pairs(view):
        for panel in (pair.zoom, pair.whole):
            assert panel.bar / PANEL * panel.side_mm == pytest.approx(panel.bar_mm)
            assert panel.bar < PANEL / 2


def test_soft_tissue_of_ct_is_mid_grey_and_air_outside_the_scan_black():
    lattice = grid(np.eye(3), (1.0, 1.0, 2.0))
    image = painted(lattice, np.ones((50, 100, 100)), 40, np.int16)
    axial = plane_pairs(View("CT", image, box_mask(lattice, (20, 20, 20)), None, "CT"))[0]
    assert set(np.unique(axial.zoom.pixels)) == {128}
    shifted = plane_pairs(View("CT", image, box_mask(lattice, (20, 20, 20), CENTRE + 38), None, "CT"))[0]
    assert set(np.unique(shifted.zoom.pixels)) == {0, 128}


def test_the_window_of_mr_ignores_a_few_very_bright_voxels():
    values = np.concatenate([np.zeros(5000), np.linspace(200, 400, 10000), np.full(20, 1e5)])
    low, high = grey_window("MR", values)
    assert low == 0
    assert 395 < high <= 400


def test_an_empty_mask_and_a_tumour_outside_the_image_are_refused():
    lattice = grid(np.eye(3), (1.0, 1.0, 2.0))
    image = painted(lattice, np.ones((50, 100, 100)), 5, np.float32)
    with pytest.raises(InputError, match="empty mask"):
        plane_pairs(View("MRI", image, lattice, None, "MR"))
    elsewhere = grid(np.eye(3), (1.0, 1.0, 2.0), centre=CENTRE + 500)
    with pytest.raises(InputError, match="outside"):
        plane_pairs(View("MRI", image, box_mask(elsewhere, (20, 20, 20), CENTRE + 500), None, "MR"))


@pytest.mark.parametrize(
    "direction", [np.eye(3), OBLIQUE, np.diag([-1.0, 1.0, -1.0])], ids=["plain", "oblique", "flipped"]
)
def test_an_image_of_a_single_plane_is_shown_once_as_it_was_taken(direction):
    grey = np.zeros((1, 120, 200), np.float32)
    grey[0, 20:40, 150:180] = 100.0  # up and to the right of the middle, as the file has it
    image = sitk.GetImageFromArray(grey)
    image.SetSpacing((0.25, 0.25, 1.0))
    image.SetDirection(direction.ravel().tolist())
    image.SetOrigin((7.0, -30.0, 90.0))
    tumor = painted(image, grey > 0)
    (pair,) = plane_pairs(View("US", image, tumor, None, "US"))
    assert set(pair.plane.letters.values()) == {""}
    assert pair.position == ""
    assert pair.whole.side_mm == pytest.approx(200 * 0.25)
    rows, columns = np.nonzero(pair.whole.pixels > 127)
    scale = 200 / pair.whole.pixels.shape[0]  # file's pixels in one of the panel; the image lies in the square's middle
    assert columns.mean() * scale == pytest.approx(165, abs=1.5)
    assert rows.mean() * scale - 40 == pytest.approx(30, abs=1.5)
    assert pair.zoom.side_mm == 20.0
    assert pair.zoom.pixels[176, 176] > 127
    assert pair.zoom.tumor.startswith("M")
    assert pair.zoom.shell == ""
