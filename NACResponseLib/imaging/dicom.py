"""One volume out of a folder of DICOM files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..errors import InputError

_DESCRIPTION, _POSITION = "0008|103e", "0020|0032"


def read_series(folder: Path, wanted: str | None) -> sitk.Image:
    """The DICOM series of a folder as a volume, in the stored units (Hounsfield units for CT).

    Args:
        folder: holds the files of one series, or of several when ``wanted`` names one.
        wanted: series instance UID or series description.

    Raises:
        InputError: no DICOM, several series and no choice, no such series, or slices that do not make a
            regular stack (missing slices, or several time points in one series).
    """
    files = series_files(folder, wanted)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(files)
    reader.MetaDataDictionaryArrayUpdateOn()
    try:
        image = reader.Execute()
    except RuntimeError:
        raise InputError("DICOM slices of one size", f"an unreadable series in {folder}", "export it again") from None
    if len(files) > 1:
        _check_stack(reader, len(files), image, folder)
    return image


def series_files(folder: Path, wanted: str | None) -> tuple[str, ...]:
    """The files of a folder's series, in the order of their slices.

    Args:
        wanted: series instance UID or series description.

    Raises:
        InputError: no DICOM, several series and no choice, or no such series.
    """
    found = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    series = {uid: sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder), uid) for uid in found}
    if not series:
        raise InputError(
            "a folder of DICOM files", f"none in {folder}{_below(folder)}", "choose the folder of the slices"
        )
    return series[_choose(series, wanted, folder)]


def _below(folder: Path) -> str:
    """The subfolders that do hold DICOM files, as a hospital's export has them."""
    inner = [sub for sub in sorted(folder.glob("**/")) if sub != folder]
    found = [str(sub.relative_to(folder)) for sub in inner[:50] if sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(sub))]
    return f" itself, but in its subfolders {', '.join(found[:5])}" if found else ""


def _choose(series: dict[str, tuple[str, ...]], wanted: str | None, folder: Path) -> str:
    described = {uid: _description(files[0]) for uid, files in series.items()}
    matches = [uid for uid, text in described.items() if wanted is None or wanted in (uid, text)]
    if len(matches) == 1:
        return matches[0]
    listed = "; ".join(
        f"{text or 'no description'} ({uid}, {len(series[uid])} files)" for uid, text in described.items()
    )
    what = f"one DICOM series in {folder}" if wanted is None else f"one DICOM series '{wanted}' in {folder}"
    raise InputError(what, listed, "add '::' and the series UID or description to the folder")


def _description(file: str) -> str:
    reader = sitk.ImageFileReader()
    reader.SetFileName(file)
    reader.ReadImageInformation()
    return reader.GetMetaData(_DESCRIPTION).strip() if reader.HasMetaDataKey(_DESCRIPTION) else ""


def _check_stack(reader: sitk.ImageSeriesReader, slices: int, image: sitk.Image, folder: Path) -> None:
    if not all(reader.HasMetaDataKey(i, _POSITION) for i in range(slices)):
        raise InputError("slice positions", f"DICOM slices without them in {folder}", "export the series again")
    positions = np.array([[float(x) for x in reader.GetMetaData(i, _POSITION).split("\\")] for i in range(slices)])
    normal = np.array(image.GetDirection()).reshape(3, 3)[:, 2]
    steps = np.diff(positions @ normal)
    if np.abs(steps - np.median(steps)).max() > 0.1 * abs(np.median(steps)) or not np.median(steps):
        raise InputError(
            "evenly spaced slices",
            f"steps of {np.abs(steps).min():.2f} to {np.abs(steps).max():.2f} mm in {folder}",
            "complete the series, or give one of its time points",
        )
