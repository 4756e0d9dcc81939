"""The scene and the module logics as the application sets them up, all of them real (slicer-core)."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import slicer

LOGICS = {
    "colors": "vtkSlicerColorLogic",
    "units": "vtkSlicerUnitsLogic",
    "terminologies": "vtkSlicerTerminologiesModuleLogic",
    "subjecthierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "volumes": "vtkSlicerVolumesLogic",
    "models": "vtkSlicerModelsLogic",
    "markups": "vtkSlicerMarkupsLogic",
    "transforms": "vtkSlicerTransformLogic",
    "tables": "vtkSlicerTablesLogic",
    "plots": "vtkSlicerPlotsLogic",
    "texts": "vtkSlicerTextsLogic",
    "segmentations": "vtkSlicerSegmentationsModuleLogic",
    "sequences": "vtkSlicerSequencesLogic",
    "cropvolume": "vtkSlicerCropVolumeLogic",
}
DEFAULT_LAYOUT = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
SCHEMAS = "https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/schemas/"
TERMINOLOGIES = {  # the names of Slicer's files with one entry each: slicer-core ships none
    "SegmentationCategoryTypeModifier-SlicerGeneralAnatomy": ("segment", "Segmentation category and type - 3D Slicer"),
    "SegmentationCategoryTypeModifier-DICOM-Master": ("segment", "Segmentation category and type - DICOM master list"),
    "AnatomicRegionAndModifier-DICOM-Master": ("anatomic", "Anatomic codes - DICOM master list"),
}
OURS_TO_REMOVE = ("vtkMRMLScriptedModuleNode", "vtkMRMLSegmentEditorNode")


def _code(value: str, meaning: str) -> dict[str, str]:
    return {"CodingSchemeDesignator": "SCT", "CodeValue": value, "CodeMeaning": meaning}


def _write_terminologies(folder: Path) -> None:
    """The default terminologies, each with a single entry, so that the real logic finds the files it loads."""
    mass = {**_code("4147007", "Mass"), "recommendedDisplayRGBValue": [144, 238, 144]}
    category = {**_code("49755003", "Morphologically Altered Structure"), "showAnatomy": "true", "Type": [mass]}
    contexts = {
        "segment": {"SegmentationCodes": {"Category": [category]}},
        "anatomic": {"AnatomicCodes": {"AnatomicRegion": [_code("76752008", "Breast")]}},
    }
    for name, (kind, title) in TERMINOLOGIES.items():
        key = "SegmentationCategoryTypeContextName" if kind == "segment" else "AnatomicContextName"
        content = {key: title, "@schema": f"{SCHEMAS}{kind}-context-schema.json#", **contexts[kind]}
        (folder / f"{name}.term.json").write_text(json.dumps(content), encoding="utf-8")


class World:
    """Scene, application logic, module logics and slice logics, held so that none is destroyed."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="slicer-fakes-"))
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.scene = slicer.vtkMRMLScene()
        self.applicationLogic = slicer.vtkSlicerApplicationLogic()
        self.applicationLogic.SetTemporaryPath(str(self.folder))
        self.applicationLogic.SetHomeDirectory(str(self.folder))
        self.applicationLogic.SetShareDirectory("share")
        (self.folder / "share" / "ColorFiles").mkdir(parents=True)
        _write_terminologies(self.folder)
        self.applicationLogic.SetMRMLScene(self.scene)
        self.remoteIO = slicer.vtkMRMLRemoteIOLogic()  # archives of scenes are unpacked into its cache
        self.remoteIO.SetMRMLApplicationLogic(self.applicationLogic)
        self.remoteIO.SetMRMLScene(self.scene)
        self.remoteIO.GetCacheManager().SetRemoteCacheDirectory(str(self.folder / "RemoteIO"))
        self.remoteIO.AddDataIOToScene()
        self.scene.SetRootDirectory(str(self.folder))
        self.logics: dict[str, Any] = {}
        for name, class_name in LOGICS.items():
            logic = getattr(slicer, class_name)()
            self.logics[name] = logic
            if name == "colors":
                self.applicationLogic.SetColorLogic(logic)
            if name == "terminologies":
                logic.SetModuleShareDirectory(str(self.folder))
            logic.SetMRMLApplicationLogic(self.applicationLogic)
            logic.SetMRMLScene(self.scene)
            self.applicationLogic.SetModuleLogic(name.capitalize(), logic)
        for module, name in (("SubjectHierarchy", "subjecthierarchy"), ("CropVolume", "cropvolume")):
            self.applicationLogic.SetModuleLogic(module, self.logics[name])
        self.layoutLogic = slicer.vtkMRMLLayoutLogic()
        self.layoutLogic.SetMRMLScene(self.scene)
        self.layoutLogic.GetLayoutNode().SetViewArrangement(DEFAULT_LAYOUT)
        slicer.mrmlScene = self.scene
        self.sliceLogics: dict[str, Any] = {}
        self.showSlices()
        slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self.scene)

    def showSlices(self) -> None:
        """A logic, and so a composite node, for every slice view that the layout has."""
        for node in slicer.util.getNodesByClass("vtkMRMLSliceNode", self.scene):
            self.sliceLogic(node.GetLayoutName())

    def sliceLogic(self, name: str) -> Any:
        """The logic of a slice view by its layout name (Red), made when first asked for; None without such a view."""
        node = self.scene.GetNodeByID(f"vtkMRMLSliceNode{name}")
        if node is None:
            return None
        if name not in self.sliceLogics:
            logic = slicer.vtkMRMLSliceLogic()
            logic.SetMRMLApplicationLogic(self.applicationLogic)
            logic.SetMRMLScene(self.scene)
            logic.SetSliceNode(node)
            self.sliceLogics[name] = logic
        return self.sliceLogics[name]

    def clear(self) -> None:
        """Closes the scene, and removes what a closed scene keeps of one test for the next."""
        self.scene.Clear(0)
        shutil.rmtree(self.folder / "RemoteIO", ignore_errors=True)
        for class_name in OURS_TO_REMOVE:
            for node in slicer.util.getNodesByClass(class_name):
                self.scene.RemoveNode(node)
        self.layoutLogic.GetLayoutNode().SetViewArrangement(DEFAULT_LAYOUT)
