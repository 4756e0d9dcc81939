"""The sample patient, NACT_06, which ships with the module: in Sample Data, and loaded with all choices made."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import SimpleITK as sitk
import slicer

from .contours import CLINICAL_FIELDS
from .libraryPath import LIBRARY, ensureLibrary

if TYPE_CHECKING:
    from .parameterNode import NACResponseParameterNode
    from .patientLogic import NACResponseLogic

CATEGORY, NAME = "NACResponse", "NACResponseSample"


def sampleFolder() -> Path:
    """Where the sample patient lies: beside the library in a checkout or a package, inside it after pip.

    Raises:
        FileNotFoundError: it is nowhere.
    """
    library = ensureLibrary()
    for folder in (library / "Resources", library / LIBRARY / "Resources"):
        if (folder / "SampleData" / "nact06" / "sample.json").is_file():
            return folder / "SampleData" / "nact06"
    raise FileNotFoundError(f"the sample patient is not below {library}: install the NACResponse extension again")


def sample() -> dict[str, Any]:
    """What ``sample.json`` says of the patient."""
    return json.loads((sampleFolder() / "sample.json").read_text(encoding="utf-8"))


def registerSampleData() -> None:
    """Adds the patient to the module Sample Data; nothing is downloaded."""
    import SampleData

    described, folder = sample(), sampleFolder()
    image = folder / described["images"]["MRI_CET1"]
    thumbnail = Path(__file__).resolve().parent.parent / "Resources" / "Icons" / "NACResponse.png"
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=NAME,
        uris=[image.as_uri()],
        fileNames=[image.name],
        nodeNames=[_volumeName(described, "MRI_CET1")],
        customDownloader=_load,
        thumbnailFileName=str(thumbnail),
    )


def loadSamplePatient(
    parameterNode: "NACResponseParameterNode | None" = None, logic: "NACResponseLogic | None" = None
) -> slicer.vtkMRMLScalarVolumeNode:
    """Loads the image and the contour and fills the parameter node; the volume of the first image.

    The choices of the patient before are forgotten.
    """
    from .patientLogic import NACResponseLogic

    logic = logic or NACResponseLogic()
    chosen = parameterNode or logic.getParameterNode()
    described, folder = sample(), sampleFolder()
    logic.clearPatient(chosen)
    volumes = []
    for name, file in described["images"].items():
        volume = slicer.util.loadVolume(str(folder / file), {"name": _volumeName(described, name)})
        logic.setImage(chosen, name, volume)
        volumes.append(volume)
    for contour, file in described["contours"].items():
        logic.setContour(chosen, contour, sitk.ReadImage(str(folder / file)))
    with (folder / described["clinical"]).open(newline="", encoding="utf-8") as stream:
        row = next(csv.DictReader(stream))
    with slicer.util.NodeModify(chosen):
        chosen.patientId = described["patient_id"]
        for variable, field in CLINICAL_FIELDS.items():
            setattr(chosen, field, row.get(variable) or "")
    return volumes[0]


def _volumeName(described: dict[str, Any], image: str) -> str:
    return f"{described['patient_id']} {image}"


def _load(_source: Any) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """What Sample Data calls."""
    return [loadSamplePatient()]
