"""DICOM files written with pydicom and highdicom from arrays: series, Enhanced files, segmentations, structure sets."""

import numpy as np
import SimpleITK as sitk
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from SimpleITK import GetArrayFromImage as array

MR, CT, ENHANCED_MR, RTSTRUCT = (f"1.2.840.10008.5.1.4.1.1.{n}" for n in ("4", "2", "4.1", "481.3"))


def like(voxels: np.ndarray, image: sitk.Image) -> sitk.Image:
    made = sitk.GetImageFromArray(voxels.astype(np.uint8) if voxels.dtype == bool else voxels)
    made.CopyInformation(image)
    return made


def axes(image):
    """Rows of unit length: along a row's pixels, along a column's, from slice to slice."""
    return np.array(image.GetDirection()).reshape(3, 3).T


def texts(numbers):
    return [format(x, ".8g") for x in numbers]


def uid(*parts):
    return generate_uid(entropy_srcs=list(parts))


def item(**entries):
    d = Dataset()
    for key, value in entries.items():
        setattr(d, key, value)
    return d


def dataset(sop_class, modality, series, file, planes=None, signed=True):
    """A DICOM data set; its UIDs follow from the names. ``planes``: its pixels (frame, row, column)."""
    d = item(SOPClassUID=sop_class, SOPInstanceUID=uid(series, file), SeriesInstanceUID=uid(series), Modality=modality)
    d.file_meta, d.StudyInstanceUID, d.FrameOfReferenceUID = FileMetaDataset(), uid("study"), uid("frame")
    d.file_meta.TransferSyntaxUID, d.PositionReferenceIndicator = ExplicitVRLittleEndian, ""
    d.PatientName, d.PatientID, d.PatientBirthDate, d.PatientSex = "Test^Input", "T1", "", "F"
    d.StudyDate, d.StudyTime, d.AccessionNumber, d.ReferringPhysicianName = "20200101", "100000", "", ""
    d.Manufacturer, d.SeriesDescription, d.InstanceNumber, d.SeriesNumber, d.StudyID = "None", "AX T1 POST", 1, 1, "1"
    if planes is not None:
        d.Rows, d.Columns, d.SamplesPerPixel, d.PhotometricInterpretation = *planes.shape[1:], 1, "MONOCHROME2"
        d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 16, 15, int(signed)
        d.PixelData = planes.astype("<i2" if signed else "<u2").tobytes()
    return d


def position(image, k):
    return texts(np.array(image.GetOrigin()) + k * axes(image)[2] * image.GetSpacing()[2])


def series(folder, image, tags=lambda k: {}, modality="MR", name="slice"):
    """A file for each slice, in slice order; ``tags(k)`` are slice k's own."""
    folder.mkdir(exist_ok=True)
    files = [folder / f"{name}{k + 1:04d}.dcm" for k in range(image.GetSize()[2])]
    for k, file in enumerate(files):
        plane = array(image[:, :, k : k + 1])
        d = dataset(CT if modality == "CT" else MR, modality, folder.name, file.name, plane)
        d.InstanceNumber, d.ImageType = k + 1, ["ORIGINAL", "PRIMARY", "OTHER"]
        d.ImagePositionPatient, d.ImageOrientationPatient = position(image, k), texts(axes(image)[:2].ravel())
        d.PixelSpacing, d.SliceThickness = texts(image.GetSpacing()[1::-1]), f"{image.GetSpacing()[2]:g}"
        if modality == "CT":
            d.RescaleIntercept, d.RescaleSlope, d.RescaleType, d.KVP = "0", "1", "HU", "120"
        d.update(item(**tags(k)))
        d.save_as(file, enforce_file_format=True)
    return files


def enhanced(path, image, order, slopes=(1.0,) * 46):
    """An Enhanced MR file of the image's slices in this order; ``slopes`` to rescale each slice by."""
    d, thickness = dataset(ENHANCED_MR, "MR", path.name, path.name, array(image)[order], False), image.GetSpacing()[2]
    d.NumberOfFrames, d.ImageType = len(order), ["ORIGINAL", "PRIMARY", "T1", "NONE"]
    edges = item(PixelSpacing=list(image.GetSpacing()[1::-1]), SliceThickness=thickness, SpacingBetweenSlices=thickness)
    turned = item(ImageOrientationPatient=axes(image)[:2].ravel().tolist())
    d.SharedFunctionalGroupsSequence = [item(PixelMeasuresSequence=[edges], PlaneOrientationSequence=[turned])]
    d.PerFrameFunctionalGroupsSequence = [item() for _ in order]
    for k, groups in zip(order, d.PerFrameFunctionalGroupsSequence, strict=True):
        groups.FrameContentSequence = [item(StackID="1", InStackPositionNumber=k + 1, DimensionIndexValues=[1, k + 1])]
        groups.PlanePositionSequence = [item(ImagePositionPatient=position(image, k))]
        rescale = {"RescaleIntercept": "0", "RescaleSlope": f"{slopes[k]:.6g}", "RescaleType": "US"}
        groups.PixelValueTransformationSequence = [item(**rescale)]
    d.save_as(path, enforce_file_format=True)
