"""Makes the pictures of this folder from real runs: ``make screenshots``. Needs chromium on the PATH."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from NACResponseLib.cli import main

FOLDER = Path(__file__).parent
WIDTH, HEIGHT = 1000, 2600
"""From the answer to the slices; the model card follows below."""


def photograph(page: Path, picture: Path) -> None:
    """A page as a browser shows it, in 128 colours to keep the repository small."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit(
            "expected chromium to photograph the report, found none: install it (apt-get install chromium)"
        )
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
        options += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        options += [f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture}"]
        subprocess.run([browser, *options, page.as_uri()], check=True, capture_output=True)
    with Image.open(picture) as image:
        image.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(picture, optimize=True)


with tempfile.TemporaryDirectory() as folder:
    output = Path(folder) / "demo"
    if main(["demo", "--output", str(output)]) == 0:
        photograph(output / "report.html", FOLDER / "report.png")
