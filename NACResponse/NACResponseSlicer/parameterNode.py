"""The choices and results of the module, kept in the scene: panels are bound to them, a saved scene holds them."""

from typing import Annotated

import slicer
from slicer.parameterNodeWrapper import Choice, Minimum, WithinRange, parameterNodeWrapper

STATUS = Annotated[str, Choice(["", "positive", "negative"])]


@parameterNodeWrapper
class NACResponseParameterNode:
    """One patient's choices and results, and the settings of a cohort's extraction and training.

    Attributes:
        imageMriCet1, imageMriT2, imageCt: the images scored; ``imagePre`` and ``imageLate`` only help to contour.
        segmentation, segmentationCt: contour, shell and anatomy on the MRI and on the CT, each on its image's grid.
        segmentMri, segmentCt: segment ids of the tumour contours in them.
        wallPointsMri, wallPointsCt: points on the front of the chest wall, which the shell is clipped at.
        suggestionBox, enhancementPercent: where, and from which enhancement, a contour is suggested.
        marginMm, clip: of the shell.
        er, pr, her2, grade, age, tumorSizeMm, nodalStatus, tStage: as typed; empty is unknown
            (``NACResponseLib.clinical``).
        patientId, studyDate: as they shall stand in the report; the date of the first examination, YYYY-MM-DD.
        laterality, reader: the side that was examined, and who drew the contours; empty where not known.
        moreClinical: further variables as typed, for models that ask for them: JSON, text by name.
        study: the images and contours that the model asks for, as JSON (``study``); empty for the usual ones. What
            belongs to images and contours other than these usual ones is kept beside the parameters (``slots``).
        model: a shipped model's name or a bundle's path; empty is the default model.
        shellMriJson, shellCtJson, scoreJson, reportHtml: the results as the command line wrote them.
        featuresTable, contributionsTable, contributionsChart: the results as nodes.
    """

    imageMriCet1: slicer.vtkMRMLScalarVolumeNode
    imageMriT2: slicer.vtkMRMLScalarVolumeNode
    imageCt: slicer.vtkMRMLScalarVolumeNode
    imagePre: slicer.vtkMRMLScalarVolumeNode
    imageLate: slicer.vtkMRMLScalarVolumeNode
    segmentation: slicer.vtkMRMLSegmentationNode
    segmentationCt: slicer.vtkMRMLSegmentationNode
    segmentMri: str = ""
    segmentCt: str = ""
    suggestionBox: slicer.vtkMRMLMarkupsROINode
    wallPointsMri: slicer.vtkMRMLMarkupsFiducialNode
    wallPointsCt: slicer.vtkMRMLMarkupsFiducialNode
    enhancementPercent: Annotated[float, WithinRange(20, 300)] = 70.0
    marginMm: Annotated[float, WithinRange(0.5, 50)] = 5.0
    clip: bool = True

    patientId: str = ""
    studyDate: str = ""
    laterality: str = ""
    reader: str = ""
    er: STATUS = ""
    pr: STATUS = ""
    her2: STATUS = ""
    grade: str = ""
    age: str = ""
    tumorSizeMm: str = ""
    nodalStatus: str = ""
    tStage: str = ""
    moreClinical: str = ""
    scannerMri: str = ""
    scannerCt: str = ""
    model: str = ""
    study: str = ""

    shellMriJson: str = ""
    shellCtJson: str = ""
    scoreJson: str = ""
    reportHtml: str = ""
    featuresTable: slicer.vtkMRMLTableNode
    contributionsTable: slicer.vtkMRMLTableNode
    contributionsChart: slicer.vtkMRMLPlotChartNode

    cohortFile: str = ""
    cohortOutput: str = ""
    reviewer: str = ""
    featureTable: str = ""
    tableOfProtocol: bool = False
    protocol: str = ""
    featureSets: str = ""
    device: str = ""
    partitions: Annotated[int, Minimum(0)] = 0
    workers: Annotated[int, Minimum(0)] = 0
    trainFeatures: str = ""
    trainFeatureSets: str = ""
    endpoint: str = ""
    recipe: str = ""
    trainOutput: str = ""
