"""A scored patient as DICOM: a segmentation of tumour and shell, a structured report (TID 1500), and the report as PDF.

All refer to the series that the images were read from and belong to its study, so that an archive files them there.
highdicom checks each object against the standard while it is made (PS3.3, A.51, A.35.13 and A.45.1; PS3.16, TID 1500).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from .. import __version__
from ..anatomy.regions import Regions
from ..errors import InputError
from ..imaging.dicom.instances import read_header, read_whole, reading
from ..imaging.geometry import mask_array
from ..scoring.patient import ScoredPatient
from ..scoring.result import Score

SEGMENTATION, MEASUREMENTS, DOCUMENT = "seg_{}.dcm", "measurements.dcm", "report.dcm"
_NAME, _SCHEME, _SERIES = "NACResponse", "99NACRESPONSE", 9700
_PDF_STORAGE = "1.2.840.10008.5.1.4.1.1.104.1"
_PROCEDURES = {
    "MR": ("241615005", "SCT", "Magnetic resonance imaging of breast"),
    "CT": ("169069000", "SCT", "Computed tomography of chest"),
}


def dicom_files(contours: Sequence[str]) -> tuple[str, ...]:
    """Names of the files that ``write_dicom`` may write."""
    return (*(SEGMENTATION.format(contour) for contour in contours), MEASUREMENTS, DOCUMENT)


def write_dicom(
    folder: Path, scored: ScoredPatient, series: Mapping[str, Sequence[Path]], pdf: Path
) -> tuple[Path, ...]:
    """Writes the objects of a score into a folder.

    Args:
        series: the files that an image was read from, by image name; images from other files are left out.
        pdf: the report.

    Returns:
        The files.

    Raises:
        InputError: no contour was drawn on an image that was read from DICOM, or its files cannot serve as a source.
    """
    drawn = {name: regions for name, regions in scored.regions.items() if series.get(regions.image_name)}
    if not drawn:
        raise InputError("an image read from DICOM, for --dicom", "none", "give a DICOM folder, or leave out --dicom")
    written, parts, evidence = [], [], []
    for number, (contour, regions) in enumerate(drawn.items()):
        files = series[regions.image_name]
        with reading(files[0].parent):
            sources = [read_whole(file) for file in files]
            segmentation = _segmentation(regions, sources, _SERIES + 1 + number)
            segmentation.save_as(folder / SEGMENTATION.format(contour))
            parts += _measured(contour, regions, segmentation, sources)
        written.append(folder / SEGMENTATION.format(contour))
        evidence += [*sources, segmentation]
    modalities = [regions.modality for regions in drawn.values()]
    with reading(folder):
        _report(scored.score, parts, evidence, modalities).save_as(folder / MEASUREMENTS)
        _document(pdf, evidence[0]).save_as(folder / DOCUMENT, enforce_file_format=True)
    for name in written:
        read_header(name)
    return (*written, folder / MEASUREMENTS, folder / DOCUMENT)


def _segmentation(regions: Regions, sources: Sequence[Any], number: int) -> Any:
    """Tumour and, where there is one, shell, as segments 1 and 2 on the image's grid."""
    import highdicom as hd
    from pydicom.sr.codedict import codes

    abnormal, tissue = codes.SCT.MorphologicallyAbnormalStructure, codes.SCT.Tissue
    algorithm = hd.AlgorithmIdentificationSequence(
        "peritumoral shell", codes.cid7162.ArtificialIntelligence, __version__, source=_NAME
    )
    shell = hd.sr.CodedConcept("PERITUMORAL", _SCHEME, "Peritumoral shell")
    masks = {"Tumor": regions.tumor} | ({"Peritumoral shell": regions.shell} if regions.shell is not None else {})
    described = [
        hd.seg.SegmentDescription(
            1, "Tumor", abnormal, codes.SCT.Neoplasm, "MANUAL", tracking_uid=hd.UID(), tracking_id="Tumor"
        ),
        hd.seg.SegmentDescription(
            2, "Peritumoral shell", tissue, shell, "AUTOMATIC", algorithm, hd.UID(), "Peritumoral shell"
        ),
    ][: len(masks)]
    stacked = np.stack([mask_array(mask) for mask in masks.values()], -1).astype(np.uint8)
    volume = hd.Volume(
        stacked,
        _affine(regions.tumor),
        "PATIENT",
        sources[0].FrameOfReferenceUID,
        channels={"SegmentNumber": list(range(1, len(masks) + 1))},
    )
    return hd.seg.Segmentation(
        sources, volume, "BINARY", described, hd.UID(), number, hd.UID(), 1, _NAME, _NAME, __version__, "none",
        series_description=f"{_NAME}: tumor and shell, for research",
    )  # fmt: skip


def _affine(image: sitk.Image) -> np.ndarray:
    """From slice, row, column to LPS."""
    steps = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = steps[:, ::-1], image.GetOrigin()
    return affine


def _measured(contour: str, regions: Regions, segmentation: Any, sources: Sequence[Any]) -> list[Any]:
    """The groups of measurements of tumour and shell."""
    import highdicom as hd
    from pydicom.sr.codedict import codes

    volume, millimetre = codes.UCUM.CubicMillimeter, codes.UCUM.Millimeter
    diameter = hd.sr.CodedConcept("LONGEST3D", _SCHEME, "Longest diameter in 3D")
    tumour = {codes.SCT.Volume: (regions.measures.volume_mm3, volume)}
    tumour[diameter] = (regions.measures.longest_diameter_mm, millimetre)
    wanted = [tumour] + ([{codes.SCT.Volume: (regions.shell_mm3, volume)}] if regions.shell is not None else [])
    series = hd.sr.SourceSeriesForSegmentation(sources[0].SeriesInstanceUID)
    groups = []
    for described, values in zip(segmentation.SegmentSequence, wanted, strict=True):
        referenced = hd.sr.ReferencedSegment(
            segmentation.SOPClassUID, segmentation.SOPInstanceUID, described.SegmentNumber, source_series=series
        )
        groups.append(
            hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
                hd.sr.TrackingIdentifier(described.TrackingUID, f"{described.TrackingID} {contour}"),
                referenced_segment=referenced,
                finding_type=hd.sr.CodedConcept.from_dataset(described.SegmentedPropertyTypeCodeSequence[0]),
                measurements=[
                    hd.sr.Measurement(name, float(value), unit)
                    for name, (value, unit) in values.items()
                    if math.isfinite(value)
                ],
            )
        )
    return groups


def _probability(score: Score) -> Any:
    """The group of the probability: its interval, threshold, model and class."""
    import highdicom as hd
    from pydicom.sr.codedict import codes

    def concept(code: str, meaning: str) -> Any:
        return hd.sr.CodedConcept(code, _SCHEME, meaning[:64])

    positive, level = score.model["positive_class"], f"{100 * score.interval_level:g} %"
    one = codes.UCUM.NoUnits
    model = hd.sr.AlgorithmIdentification(score.model["name"], score.model["version"])
    named = {
        concept("PROBABILITY", f"Probability of {positive}"): score.probability,
        concept("INTERVAL_LOW", f"Lower end of the {level} interval of it"): score.interval[0],
        concept("INTERVAL_HIGH", f"Upper end of the {level} interval of it"): score.interval[1],
        concept("THRESHOLD", f"Threshold of {positive}"): score.threshold,
    }
    predicted = "POSITIVE" if score.probability >= score.threshold else "NEGATIVE"
    if score.predicted_class is None:
        category = concept("CLASS_NONE", "None: the model learned nothing")
    else:
        category = concept(f"CLASS_{predicted}", score.predicted_class)
    notes = [
        hd.sr.QualitativeEvaluation(concept("PREDICTED", "Predicted class"), category),
        hd.sr.QualitativeEvaluation(
            concept("USE", "Intended use"), concept("RESEARCH", "Research only, not for diagnosis or treatment")
        ),
    ]
    return hd.sr.MeasurementsAndQualitativeEvaluations(
        hd.sr.TrackingIdentifier(hd.UID(), "Predicted response"),
        algorithm_id=model,
        measurements=[hd.sr.Measurement(name, float(value), one) for name, value in named.items()],
        qualitative_evaluations=notes,
    )


def _report(score: Score, parts: Sequence[Any], evidence: Sequence[Any], modalities: Sequence[str]) -> Any:
    """The structured report."""
    import highdicom as hd
    from pydicom.sr.codedict import codes

    device = hd.sr.DeviceObserverIdentifyingAttributes(hd.UID(), name=_NAME, model_name=f"{_NAME} {__version__}")
    context = hd.sr.ObservationContext(
        observer_device_context=hd.sr.ObserverContext(codes.DCM.Device, device),
    )
    procedures = [hd.sr.CodedConcept(*_PROCEDURES[kind]) for kind in dict.fromkeys(modalities) if kind in _PROCEDURES]
    content = hd.sr.MeasurementReport(
        observation_context=context,
        procedure_reported=procedures or [codes.SCT.ImagingProcedure],
        imaging_measurements=[*parts, _probability(score)],
        title=codes.DCM.ImagingMeasurementReport,
    )
    return hd.sr.Comprehensive3DSR(
        evidence, content, hd.UID(), _SERIES, hd.UID(), 1, _NAME, is_complete=True,
        series_description=f"{_NAME}: measurements, for research",
    )  # fmt: skip


def _document(pdf: Path, source: Any) -> Any:
    """The report as an encapsulated PDF."""
    import highdicom as hd
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    content, now, made = pdf.read_bytes(), datetime.now(), Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    kept = "SpecificCharacterSet PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID StudyDate StudyTime"
    for keyword in (*kept.split(), "StudyID", "AccessionNumber", "ReferringPhysicianName"):
        if keyword in source:
            setattr(made, keyword, source.get(keyword))
        elif keyword != "SpecificCharacterSet":
            setattr(made, keyword, "")
    made.SOPClassUID, made.SOPInstanceUID, made.SeriesInstanceUID = _PDF_STORAGE, hd.UID(), hd.UID()
    made.Modality, made.SeriesNumber, made.InstanceNumber = "DOC", _SERIES + 90, 1
    made.SeriesDescription, made.ConversionType = f"{_NAME}: report, for research", "WSD"
    made.Manufacturer, made.ManufacturerModelName, made.SoftwareVersions = _NAME, _NAME, __version__
    made.ContentDate, made.ContentTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    made.AcquisitionDateTime, made.BurnedInAnnotation, made.DocumentTitle = "", "YES", f"{_NAME} report"
    made.ConceptNameCodeSequence = []
    made.MIMETypeOfEncapsulatedDocument = "application/pdf"
    made.EncapsulatedDocumentLength = len(content)
    made.EncapsulatedDocument = content + b"\0" * (len(content) % 2)
    return made
