"""Reading a CT series of 300 slices of 512 x 512: time and memory, against SimpleITK's GDCM reader on the same folder.

``make bench-read`` prints a Markdown table: medians over several runs, the two ways one after the other, each in a
process of its own so that its memory is its own. Values and grid must be equal. The voxels are noise in a made body.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import resource
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import numpy as np
import SimpleITK as sitk

from NACResponseLib.hashing import sha256_of
from NACResponseLib.imaging.io import read_image


def write_ct(folder: Path, slices: int, edge: int) -> None:
    """A CT series as a scanner has it: unsigned values, intercept -1024."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    rng = np.random.default_rng(0)
    y, x = np.indices((edge, edge)) / edge - 0.5
    body = np.where((x / 0.45) ** 2 + (y / 0.3) ** 2 < 1, 1060, 24)
    series, study, frame = generate_uid(), generate_uid(), generate_uid()
    for k in range(slices):
        made = Dataset()
        made.file_meta = FileMetaDataset()
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.SOPClassUID, made.SOPInstanceUID, made.Modality = CTImageStorage, generate_uid(), "CT"
        made.SeriesInstanceUID, made.StudyInstanceUID, made.FrameOfReferenceUID = series, study, frame
        made.SeriesDescription, made.InstanceNumber = "CHEST", k + 1
        made.ImagePositionPatient, made.ImageOrientationPatient = [-200, -200, k * 1.25], [1, 0, 0, 0, 1, 0]
        made.PixelSpacing, made.SliceThickness = [0.78, 0.78], 1.25
        made.Rows = made.Columns = edge
        made.SamplesPerPixel, made.PhotometricInterpretation, made.PixelRepresentation = 1, "MONOCHROME2", 0
        made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
        made.RescaleIntercept, made.RescaleSlope = "-1024", "1"
        made.PixelData = (body + rng.integers(0, 60, body.shape)).astype("<u2").tobytes()
        made.save_as(folder / f"{k:04d}.dcm", enforce_file_format=True)


def by_gdcm(folder: Path) -> sitk.Image:
    """As SimpleITK's documentation reads a series."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


def measure(pipe: Connection, ours: bool, folder: Path) -> None:
    """Reads once; sends seconds, those of the processor, peak memory in MB, and what the image is."""
    if ours:
        import pydicom  # noqa: F401 - loading packages is no reading; SimpleITK is loaded for both
    start, worked = time.perf_counter(), time.process_time()
    image = read_image(folder) if ours else by_gdcm(folder)
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    scale = 1024 if platform.system() == "Linux" else 1024**2
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale
    values = sitk.GetArrayViewFromImage(image).astype(np.int32)
    place = [*image.GetSize(), *np.round([*image.GetOrigin(), *image.GetSpacing(), *image.GetDirection()], 6)]
    pipe.send((seconds, worked, memory, (sha256_of(values.tobytes()), list(map(float, place)))))


def measured(ours: bool, folder: Path) -> tuple[float, float, tuple]:
    """In a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=measure, args=(there, ours, folder))
    process.start()
    received = here.recv()
    process.join()
    return received


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--edge", type=int, default=512)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_ct(folder, options.slices, options.edge)
        by_gdcm(folder)  # so that both find the files in the system's cache
        runs = [(measured(True, folder), measured(False, folder)) for _ in range(options.runs)]
    assert all(ours[3] == gdcm[3] for ours, gdcm in runs), "the two ways differ"
    print(f"{options.slices} slices of {options.edge} x {options.edge}; medians of {options.runs}; values equal\n")
    print("| reader | seconds | of the processor | peak memory, MB |\n|---|---|---|---|")
    for label, way in (("NACResponse (pydicom)", 0), ("SimpleITK (GDCM)", 1)):
        seconds, worked, memory = (median(run[way][part] for run in runs) for part in range(3))
        print(f"| {label} | {seconds:.2f} | {worked:.2f} | {memory:.0f} |")
    ratios = (median(ours[part] / gdcm[part] for ours, gdcm in runs) for part in (0, 1))
    print("\nratio of time: {:.2f}, of the processor's {:.2f}".format(*ratios))


if __name__ == "__main__":
    main()
