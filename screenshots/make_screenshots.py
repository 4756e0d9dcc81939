"""Makes the pictures of this folder from real runs: ``make screenshots``. Needs chromium on the PATH."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from matplotlib.figure import Figure
from PIL import Image

from NACResponseLib.anatomy.regions import Regions, find_regions
from NACResponseLib.case import Case
from NACResponseLib.cli import main
from NACResponseLib.config import resources
from NACResponseLib.imaging.geometry import mask_array, mask_image
from NACResponseLib.imaging.io import read_image, read_mask

FOLDER = Path(__file__).resolve().parent
SAMPLE = resources() / "SampleData" / "nact06"
WIDTH, HEIGHT = 1000, 2230
"""From the first page to where the score lies among the training patients'; reasons and slices follow below."""
NOMOGRAM_HEIGHT = 720
STUDY_PATIENTS = 300
"""More than were published, so that the model shows the truth that the patients were drawn from."""
BALLS_MM = {"near the skin": (89.8, -84.0, -15.5), "at the chest wall": (65.0, 6.0, -15.5)}
"""Centres (LPS) of synthetic contours of 8 mm radius on the sample patient."""
ICON = FOLDER.parent / "NACResponse" / "Resources" / "Icons" / "NACResponse.svg"
COLOURS = {"tumor": "#ffd92f", "shell": "#66c2ff", "skin": "#ff7f50", "chest_wall": "#c77dff"}


def photograph(page: Path, picture: Path, height: int = HEIGHT) -> None:
    """A page as a browser shows it."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("expected a browser for the pictures, found none: install chromium")
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
        options += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        options += [f"--user-data-dir={profile}", f"--window-size={WIDTH},{height}", f"--screenshot={picture}"]
        subprocess.run([browser, *options, page.as_uri()], check=True, capture_output=True)
    shrink(picture)


def shrink(picture: Path) -> None:
    """128 colours are enough, and keep the repository small."""
    with Image.open(picture) as image:
        image.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(picture, optimize=True)


def icon() -> None:
    """The module's icon, 128 x 128, from its drawing; needs PySide6."""
    from PySide6 import QtGui, QtSvg

    image = QtGui.QImage(128, 128, QtGui.QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QtGui.QPainter(image)
    QtSvg.QSvgRenderer(str(ICON)).render(painter)
    painter.end()
    image.save(str(ICON.with_suffix(".png")))


def report() -> None:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "demo"
        if main(["demo", "--output", str(output)]) == 0:
            photograph(output / "report.html", FOLDER / "report.png")


def nomogram() -> None:
    """The combined model of the study liang2025, from the report of a training on synthetic patients."""
    sys.path.insert(0, str(FOLDER.parent))
    from Testing.study_files import make_study

    with tempfile.TemporaryDirectory() as folder:
        cohort, run = Path(folder) / "cohort", Path(folder) / "run"
        make_study(cohort, "liang2025", STUDY_PATIENTS)
        options = ["--recipe", "liang2025", "--partitions", "10", "--output", str(run)]
        if main(["train", str(cohort), *options]) == 0:
            photograph(only_nomogram(run / "report.html"), FOLDER / "nomogram.png", NOMOGRAM_HEIGHT)


def only_nomogram(report: Path) -> Path:
    """Beside the report, its head, the notes above its title, and the nomogram."""
    page = report.read_text(encoding="utf-8")
    figure = re.search(r'<figure class="nomogram">.*?</figure>', page, re.DOTALL)
    if figure is None or "SYNTHETIC" not in page:
        raise SystemExit("expected a nomogram of synthetic patients in the training report, found none")
    cut = report.with_name("nomogram.html")
    cut.write_text(f'{page.split("<header>")[0]}<main class="study">{figure[0]}</main></body></html>', encoding="utf-8")
    return cut


def ball(image: sitk.Image, centre: tuple[float, float, float], radius: float = 8.0) -> sitk.Image:
    start = np.array(image.TransformPhysicalPointToContinuousIndex(centre))[::-1]
    offsets = np.indices(image.GetSize()[::-1]).T - start
    return mask_image((np.linalg.norm(offsets * image.GetSpacing()[::-1], axis=-1) <= radius).T, image)


def draw(figure: Figure, image: sitk.Image, regions: Regions, row: int, rows: int, title: str) -> None:
    """Three planes through the tumour's middle, with the outlines of what was found."""
    oriented = {name: sitk.DICOMOrient(mask, "LPS") for name, mask in masks(regions).items()}
    values = sitk.GetArrayFromImage(sitk.DICOMOrient(image, "LPS")).astype(float)
    edges = oriented["tumor"].GetSpacing()[::-1]
    middle = np.median(np.argwhere(mask_array(oriented["tumor"])), axis=0).astype(int)
    for axis, plane in enumerate(("axial", "coronal", "sagittal")):
        panel = figure.add_subplot(rows, 3, 3 * row + axis + 1)
        kept = [edge for k, edge in enumerate(edges) if k != axis]
        style = {"aspect": kept[0] / kept[1], "origin": "upper" if axis == 0 else "lower"}
        slice_ = values.take(middle[axis], axis)
        panel.imshow(slice_, cmap="gray", vmin=0, vmax=np.percentile(slice_, 99), **style)
        for name, mask in oriented.items():
            if (cut := mask_array(mask).take(middle[axis], axis)).any():
                panel.contour(cut, [0.5], colors=COLOURS[name], linewidths=0.9)
        panel.set_title(f"{title}, {plane}" if axis == 0 else plane, fontsize=9)
        panel.set_axis_off()


def masks(regions: Regions) -> dict[str, sitk.Image]:
    found = {"tumor": regions.tumor, "shell": regions.shell}
    assert regions.anatomy is not None, "asked for by find_regions"
    return found | {"skin": regions.anatomy.skin, "chest_wall": regions.anatomy.chest_wall}


def anatomy() -> None:
    """The sample patient: its own contour, and synthetic ones where the shell must be clipped."""
    image = read_image(SAMPLE / "MRI_CET1.nii.gz")
    contours = {"the tumour": read_mask(SAMPLE / "tumor_MRI.nii.gz")}
    contours |= {f"synthetic contour {place}": ball(image, centre) for place, centre in BALLS_MM.items()}
    figure = Figure(figsize=(11, 4.4 * len(contours)), layout="compressed")
    for row, (title, contour) in enumerate(contours.items()):
        case = Case("NACT_06", {"MRI_CET1": image}, {"MRI": contour})
        draw(figure, image, find_regions(case, "MRI", "MRI_CET1", "MR"), row, len(contours), title)
    figure.suptitle("tumour yellow, clipped shell blue, skin orange, chest wall violet", fontsize=10)
    figure.savefig(FOLDER / "anatomy_nact06.png", dpi=100)
    shrink(FOLDER / "anatomy_nact06.png")


if __name__ == "__main__":
    icon()
    report()
    nomogram()
    anatomy()
