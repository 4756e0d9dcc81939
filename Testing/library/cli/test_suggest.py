"""``nacresponse suggest``: the mask it writes, the line it prints, and what it refuses."""

import argparse
import re

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.cli import suggest
from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import mask_array, same_grid

from ..conftest import ball, grid_of, volume


@pytest.fixture
def folder(tmp_path):
    """A ball of 8 mm at L -5, P 3, S 0 that enhances by 150 %, everything else by 20 %; another ball at L 20."""
    grid = grid_of((60, 50, 30), (1.0, 1.0, 2.0), origin=(-30.0, -25.0, -30.0))
    lesion, other = ball(grid, (-5, 3, 0), 8), ball(grid, (20, 0, 0), 6)
    pre = np.full(lesion.shape, 100, np.int16)
    post = np.where(lesion | other, 250, 120).astype(np.int16)
    late = np.where(lesion | other, 200, 140).astype(np.int16)
    box = ball(grid, (-5, 3, 0), 12).astype(np.uint8)
    for name, array in {"pre": pre, "post": post, "late": late, "box": box, "truth": lesion.astype(np.uint8)}.items():
        if name == "pre":
            array[0, 0, 0] = 99  # an image without contrast is refused when it is read
        sitk.WriteImage(volume(array, grid), str(tmp_path / f"{name}.nii.gz"))
    return tmp_path


def run(folder, *words, box=("-20", "10", "-12", "18", "-16", "16"), output="out.nii.gz"):
    parser = argparse.ArgumentParser()
    suggest.add_parser(parser.add_subparsers())
    given = ["suggest", "--pre", folder / "pre.nii.gz", "--post", folder / "post.nii.gz", "--box", *box]
    options = parser.parse_args([str(word) for word in (*given, "--output", folder / output, *words)])
    return options.run(options)


@pytest.mark.parametrize("form", ["numbers", "mask"])
def test_the_contour_in_a_box_is_written_and_printed_in_one_line(folder, capsys, form):
    assert run(folder, **({} if form == "numbers" else {"box": (folder / "box.nii.gz",)})) == 0
    found, truth = (sitk.ReadImage(str(folder / f"{name}.nii.gz")) for name in ("out", "truth"))
    assert same_grid(found, truth) and np.array_equal(mask_array(found), mask_array(truth))
    voxels = mask_array(truth).sum()
    (line,) = capsys.readouterr().out.splitlines()
    assert f"{2 * voxels:,} mm³" in line and f"{voxels:,} voxels" in line and str(folder / "out.nii.gz") in line


def test_a_later_phase_adds_the_ratio_and_a_narrow_box_its_warning(folder, capsys):
    assert run(folder, "--late", folder / "late.nii.gz", box=("-20", "-5", "-12", "18", "-16", "16")) == 0
    printed = capsys.readouterr().out
    assert "1.3 to 1.75 100 %" in printed, "(250 - 100) / (200 - 100) is 1.5"
    assert re.search("Warning: .*border of the box", printed)


def test_every_part_above_a_size_is_kept_where_that_is_asked_for(folder):
    assert run(folder, "--smallest-part-mm3", "500", box=("-30", "29", "-25", "24", "-30", "28")) == 0
    found = mask_array(sitk.ReadImage(str(folder / "out.nii.gz")))
    assert np.array_equal(found, mask_array(sitk.ReadImage(str(folder / "post.nii.gz")) > 200))


@pytest.mark.parametrize(
    ("words", "given", "expected"),
    [
        (("--percent", "160"), {}, "enhance by 160 %"),
        (("--percent", "5"), {}, "a percent enhancement of 20 to 300"),
        ((), {"box": ("1", "2", "3")}, "a box of six numbers"),
        ((), {"box": ("1", "2", "3", "4", "5", "up")}, "a box of six numbers"),
        ((), {"box": ("900", "910", "0", "10", "0", "10")}, "a box that overlaps the image"),
        ((), {"box": ("none.nii.gz",)}, "nothing at none.nii.gz"),
        ((), {"output": "out.png"}, "ends in"),
        ((), {"output": "none/out.nii.gz"}, "an existing folder"),
        ((), {"output": "post.nii.gz"}, "of its own"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_written(folder, words, given, expected):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(InputError, match=expected):
        run(folder, *words, **given)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
