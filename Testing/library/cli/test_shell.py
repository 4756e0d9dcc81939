"""``nacresponse shell``: masks and shell.json as its contract says, on a phantom with skin and chest wall."""

import json

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib import phantom
from NACResponseLib.cli import main
from NACResponseLib.imaging.geometry import mask_array

from ..conftest import volume


@pytest.fixture(scope="module")
def breast(tmp_path_factory):
    """A phantom's image, tumour and true shell as files; the tumour touches the skin."""
    folder = tmp_path_factory.mktemp("phantom")
    made = phantom.make_phantom(*phantom.random_setting(5, "sagittal_cet1_fs", "touching_skin", 9.0), seed=1)
    for name, image in {"image": made.image, **made.truth}.items():
        sitk.WriteImage(image, str(folder / f"{name}.nii.gz"))
    return folder


def arguments(folder, output, *more):
    files = ["--image", str(folder / "image.nii.gz"), "--tumor", str(folder / "tumour.nii.gz"), "--modality", "MR"]
    return ["shell", *files, "--output", str(output), *more]


def read(folder, name):
    return mask_array(sitk.ReadImage(str(folder / f"{name}.nii.gz")))


def test_the_command_writes_its_masks_and_what_it_clipped(breast, tmp_path, capsys):
    assert main(arguments(breast, tmp_path / "out")) == 0
    record = json.loads((tmp_path / "out" / "shell.json").read_text(encoding="utf-8"))
    assert set(record) == {
        "status", "confidence", "confidence_in_words", "tumor_volume_mm3", "shell_volume_mm3", "clipped_mm3",
        "wall_points", "warnings",
    }  # fmt: skip
    assert set(record["clipped_mm3"]) >= {"skin", "chest_wall", "air"}
    printed = capsys.readouterr().out
    for part, confidence in record["confidence"].items():
        assert 0 <= confidence <= 1 and record["confidence_in_words"][part].endswith(f"({confidence:.2f})")
        assert record["confidence_in_words"][part] in printed
    masks = {name: read(tmp_path / "out", name) for name in ("body", "skin", "chest_wall", "breast", "shell")}
    assert not (masks["shell"] & ~masks["breast"]).any()
    assert not (masks["breast"] & (masks["skin"] | masks["chest_wall"] | ~masks["body"])).any()
    assert record["clipped_mm3"]["skin"] > 0
    truth = read(breast, "shell")
    overlap = 2 * (masks["shell"] & truth).sum() / (masks["shell"].sum() + truth.sum())
    assert overlap > 0.92
    assert f"{record['shell_volume_mm3']:,.0f} mm³" in printed


def test_without_clipping_nothing_is_taken_off(breast, tmp_path):
    assert main(arguments(breast, tmp_path / "out", "--no-clip")) == 0
    shell = read(tmp_path / "out", "shell")
    record = json.loads((tmp_path / "out" / "shell.json").read_text(encoding="utf-8"))
    assert (
        record["status"] == "not clipped"
        and not record["confidence_in_words"]
        and not any(record["clipped_mm3"].values())
    )
    margin = read(breast, "margin")
    assert 2 * (shell & margin).sum() / (shell.sum() + margin.sum()) > 0.95


def test_points_on_the_muscle_are_kept_with_the_result(breast, tmp_path):
    chest = sitk.ReadImage(str(breast / "chest_wall.nii.gz"))
    inside = mask_array(chest)
    first = inside.argmax(axis=2)
    k, j = inside.shape[0] // 2, inside.shape[1] // 2
    points = [
        chest.TransformIndexToPhysicalPoint((int(first[a, b]), b, a)) for a, b in ((k, j), (k - 6, j), (k, j + 9))
    ]
    (tmp_path / "points.json").write_text(json.dumps(points), encoding="utf-8")
    assert main(arguments(breast, tmp_path / "out", "--wall-points", str(tmp_path / "points.json"))) == 0
    record = json.loads((tmp_path / "out" / "shell.json").read_text(encoding="utf-8"))
    assert np.allclose(record["wall_points"]["tumor"], points)
    assert 0 <= record["confidence"]["skin"] <= 1 and 0 <= record["confidence"]["chest_wall"] <= 1


def test_the_users_own_mask_wins(breast, tmp_path):
    chest = sitk.ReadImage(str(breast / "chest_wall.nii.gz"))
    everything_behind = np.ones_like(mask_array(chest))
    everything_behind[:, :, : everything_behind.shape[2] // 4] = False
    sitk.WriteImage(volume(everything_behind.astype(np.uint8), chest), str(tmp_path / "chest.nii.gz"))
    assert main(arguments(breast, tmp_path / "out", "--chest-wall", str(tmp_path / "chest.nii.gz"))) == 0
    assert not (read(tmp_path / "out", "shell") & everything_behind).any()
    assert np.array_equal(read(tmp_path / "out", "chest_wall"), everything_behind & read(tmp_path / "out", "body"))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (["--margin-mm", "0"], "a margin of 0.5 to 50 mm"),
        (["--margin-mm", "five"], "--margin-mm"),
        (["--modality", "US"], "--modality"),
        (["--no-clip", "--skin", "x.nrrd"], "or --no-clip"),
        (["--no-clip", "--wall-points", "x.json"], "--wall-points alone"),
        (["--wall-points", "x.stl"], "a file of points"),
    ],
)
def test_options_that_make_no_sense_are_refused_in_one_line(breast, tmp_path, capsys, more, expected):
    assert main(arguments(breast, tmp_path / "out", *more)) == 2
    error = capsys.readouterr().err
    assert expected in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_tumour_in_air_is_refused(breast, tmp_path, capsys):
    body = sitk.ReadImage(str(breast / "body.nii.gz"))
    air = np.zeros_like(mask_array(body))
    corner = np.argwhere(~mask_array(body))[0]
    air[tuple(slice(c, c + 3) for c in corner)] = True
    sitk.WriteImage(volume((air & ~mask_array(body)).astype(np.uint8), body), str(tmp_path / "air.nii.gz"))
    given = arguments(breast, tmp_path / "out")
    given[given.index("--tumor") + 1] = str(tmp_path / "air.nii.gz")
    assert main(given) == 2
    assert "inside the body" in capsys.readouterr().err
