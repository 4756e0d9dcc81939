"""Contours written from masks: DICOM SEG by highdicom, RTSTRUCT by pydicom, ``.seg.nrrd`` of Slicer up to 4.10."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import highdicom as hd
import numpy as np
import SimpleITK as sitk
from pydicom import dcmread
from pydicom.sr.codedict import codes

from .dicom_files import MR, RTSTRUCT, axes, dataset, item, like, position, texts, uid


def dicom_seg(path: Path, files: Sequence[Path], masks: Mapping[str, np.ndarray], kind: str = "BINARY", **more) -> None:
    """A DICOM SEG with a segment for each named mask (fractions where ``FRACTIONAL``); empty frames are omitted."""
    mass = (codes.SCT.MorphologicallyAbnormalStructure, codes.SCT.Neoplasm, "MANUAL")
    described = [hd.seg.SegmentDescription(n, name, *mass) for n, name in enumerate(masks, 1)]
    stacked, sources = np.stack(list(masks.values()), -1), [dcmread(file) for file in files]
    stacked = stacked.astype(float if kind == "FRACTIONAL" else np.uint8)
    identity = (uid("seg", path.name), 2, uid("seg file", path.name), 1, "None", "None", "1", "1")
    d = hd.seg.Segmentation(sources, stacked, kind, described, *identity, **{"omit_empty_frames": True} | more)
    for entry in (*d.DimensionOrganizationSequence, *d.DimensionIndexSequence):
        entry.DimensionOrganizationUID = uid("dimensions", path.name)
    d.ContentDate, d.ContentTime, d.InstanceCreationDate, d.InstanceCreationTime = ("20200101", "100000") * 2
    d.pop("ContributingEquipmentSequence", None)  # when and where it was made
    d.save_as(path)


def outlines(mask: np.ndarray) -> Iterator[np.ndarray]:
    """Closed polygons (column, row) along the pixel edges of a slice, one for each piece and each hole."""
    ways, padded = {}, np.pad(mask, 1)
    for row, column in np.argwhere(mask).tolist():
        for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1)):  # clockwise along the pixel's sides; (y, -x) is outwards
            if not padded[row + 1 - x, column + 1 + y]:
                ways.setdefault((column + (y - x) / 2, row - (x + y) / 2), []).append((x, y))
    while ways:
        at, way, points = next(iter(ways)), (0, 0), []
        while at in ways:
            turn, there = (-way[1], way[0]), ways.pop(at)  # where pixels touch at a corner, stay with the pixel
            chosen = there.pop(there.index(turn) if turn in there else 0)
            ways |= {at: there} if there else {}
            points += [at] if chosen != way else []
            at, way = (at[0] + chosen[0], at[1] + chosen[1]), chosen
        yield np.array(points)


def rtstruct(
    path: Path, files: Sequence[Path], image: sitk.Image, masks: Mapping[str, np.ndarray], frame: str = "frame"
) -> None:
    """An RTSTRUCT with a region for each named mask, drawn along its pixels' edges."""
    d, folder = dataset(RTSTRUCT, "RTSTRUCT", path.name, path.name), files[0].parent.name
    used = [item(ReferencedSOPClassUID=MR, ReferencedSOPInstanceUID=uid(folder, file.name)) for file in files]
    study = item(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1", ReferencedSOPInstanceUID=uid("study"))
    study.RTReferencedSeriesSequence = [item(SeriesInstanceUID=uid(folder), ContourImageSequence=used)]
    d.ReferencedFrameOfReferenceSequence = [item(FrameOfReferenceUID=uid(frame), RTReferencedStudySequence=[study])]
    d.StructureSetLabel, d.StructureSetDate, d.StructureSetTime = "CONTOURS", "20200101", "100000"
    pixel, rois, regions, seen = axes(image)[:2] * np.array(image.GetSpacing()[:2])[:, None], [], [], []
    for n, (name, mask) in enumerate(masks.items(), 1):
        rois.append(item(ROINumber=n, ReferencedFrameOfReferenceUID=uid(frame), ROIName=name))
        rois[-1].ROIGenerationAlgorithm = "MANUAL"
        seen.append(item(ObservationNumber=n, ReferencedROINumber=n, RTROIInterpretedType="GTV", ROIInterpreter=""))
        contours = []
        for k, polygon in ((j, drawn) for j in np.flatnonzero(mask.any((1, 2))) for drawn in outlines(mask[j])):
            points = np.array(position(image, k), float) + polygon @ pixel
            contours.append(item(ContourGeometricType="CLOSED_PLANAR", ContourData=texts(points.ravel())))
            contours[-1].NumberOfContourPoints, contours[-1].ContourImageSequence = len(points), [used[k]]
        regions.append(item(ReferencedROINumber=n, ContourSequence=contours))
    d.StructureSetROISequence, d.ROIContourSequence, d.RTROIObservationsSequence = rois, regions, seen
    d.save_as(path, enforce_file_format=True)


def legacy_seg_nrrd(path: Path, image: sitk.Image, masks: Mapping[str, np.ndarray]) -> None:
    """Slicer 4.10 and before: a component of a list axis for each segment, neither ``LabelValue`` nor ``Layer``."""
    stacked = sitk.Compose([like(mask, image) for mask in masks.values()])
    for n, name in enumerate(masks):
        extent = " ".join(f"0 {edge - 1}" for edge in image.GetSize())
        for key, text in {"ID": f"Segment_{n + 1}", "Name": name, "Extent": extent}.items():
            stacked.SetMetaData(f"Segment{n}_{key}", text)
    stacked.SetMetaData("Segmentation_MasterRepresentation", "Binary labelmap")
    sitk.WriteImage(stacked, path, True)
    path.write_bytes(path.read_bytes().replace(b"kinds: vector", b"kinds: list", 1))
