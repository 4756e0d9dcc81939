"""Reading and writing nodes and scenes (``slicer.app.coreIOManager()``) through MRML's own storage nodes and logics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

SEGMENTATION_ENDS = (".seg.nrrd", ".seg.nhdr", ".seg.vtm")
READERS_BY_END = {
    ".mrml": "SceneFile", ".mrb": "SceneFile",
    ".nrrd": "VolumeFile", ".nhdr": "VolumeFile", ".mha": "VolumeFile", ".mhd": "VolumeFile", ".nii": "VolumeFile",
    ".nii.gz": "VolumeFile", ".dcm": "VolumeFile",
    ".csv": "TableFile", ".tsv": "TableFile",
    ".vtk": "ModelFile", ".vtp": "ModelFile", ".stl": "ModelFile", ".ply": "ModelFile", ".obj": "ModelFile",
    ".mrk.json": "MarkupsFile", ".fcsv": "MarkupsFile",
    ".h5": "TransformFile", ".tfm": "TransformFile",
    ".txt": "TextFile", ".html": "TextFile",
}  # fmt: skip
WRITERS_BY_CLASS = {
    "vtkMRMLSegmentationNode": "SegmentationFile", "vtkMRMLVolumeNode": "VolumeFile", "vtkMRMLTableNode": "TableFile",
    "vtkMRMLModelNode": "ModelFile", "vtkMRMLMarkupsNode": "MarkupsFile", "vtkMRMLTransformNode": "TransformFile",
    "vtkMRMLTextNode": "TextFile",
}  # fmt: skip
LABELMAP, SINGLE_FILE = 1, 8  # options of vtkSlicerVolumesLogic::AddArchetypeVolume


class IOManager:
    """Readers and writers by file type. Every ``newFileLoaded`` is kept in ``loaded``."""

    defaultSceneFileType = "MRML Scene (.mrml)"

    def __init__(self, world: Any) -> None:
        self._world = world
        self.loaded: list[dict[str, Any]] = []

    def fileType(self, name: str) -> str:
        """The type whose reader knows the end of the name; without one, "NoFile"."""
        lowered = str(name).lower()
        if lowered.endswith(SEGMENTATION_ENDS):
            return "SegmentationFile"
        ends = sorted((end for end in READERS_BY_END if lowered.endswith(end)), key=len)
        return READERS_BY_END[ends[-1]] if ends else "NoFile"

    def fileWriterFileType(self, node: Any, extension: str = "") -> str:
        return next((kind for class_name, kind in WRITERS_BY_CLASS.items() if node.IsA(class_name)), "NoFile")

    def loadNodes(self, kind: str, properties: dict[str, Any], nodes: Any = None, messages: Any = None) -> bool:
        """Reads a file; the new nodes go into the collection. False, with a message where there is one, on failure."""
        readers: dict[str, Callable[[str, dict[str, Any], Any], Any]] = {
            "VolumeFile": self._volume,
            "SegmentationFile": self._segmentation,
            "TableFile": self._table,
            "ModelFile": self._model,
            "MarkupsFile": self._markups,
            "TransformFile": self._transform,
            "TextFile": self._text,
            "SceneFile": self._scene,
        }
        name = str(properties["fileName"])
        if kind not in readers or not Path(name).exists():
            return False
        node = readers[kind](name, properties, messages)
        if not node:
            return False
        if nodes is not None and node is not True:
            nodes.AddItem(node)
        self.loaded.append(dict(properties, fileType=kind))
        return True

    def loadScene(self, name: str, clear: bool = True, messages: Any = None) -> bool:
        return self.loadNodes("SceneFile", {"fileName": name, "clear": clear}, None, messages)

    def loadFile(self, name: str, messages: Any = None) -> bool:
        return self.loadNodes(self.fileType(name), {"fileName": name}, None, messages)

    def _volume(self, name: str, properties: dict[str, Any], messages: Any) -> Any:
        options = (LABELMAP if properties.get("labelmap") else 0) | (SINGLE_FILE if properties.get("singleFile") else 0)
        label = properties.get("name") or Path(name).name.split(".")[0]
        node = self._world.logics["volumes"].AddArchetypeVolume(name, label, options)
        if node is not None and properties.get("show", True):
            selection = self._world.applicationLogic.GetSelectionNode()
            labels = node.IsA("vtkMRMLLabelMapVolumeNode")
            (selection.SetActiveLabelVolumeID if labels else selection.SetActiveVolumeID)(node.GetID())
            self._world.applicationLogic.PropagateVolumeSelection()
        return node

    def _segmentation(self, name: str, properties: dict[str, Any], messages: Any) -> Any:
        label = properties.get("name") or ""
        opacities = bool(properties.get("autoOpacities", True))
        return self._world.logics["segmentations"].LoadSegmentationFromFile(name, opacities, label)

    def _table(self, name: str, properties: dict[str, Any], messages: Any) -> Any:
        return self._world.logics["tables"].AddTable(name, properties.get("name") or Path(name).stem)

    def _model(self, name: str, properties: dict[str, Any], messages: Any) -> Any:
        return self._world.logics["models"].AddModel(name)

    def _markups(self, name: str, properties: dict[str, Any], messages: Any) -> Any:
        identifier = self._world.logics["markups"].LoadMarkups(name, properties.get("name") or Path(name).stem)
        return self._world.scene.GetNodeByID(identifier) if identifier else None

    def _transform(self, name: str, properties: dict[str, Any], messages: Any) -> Any:
        return self._world.logics["transforms"].AddTransform(name, self._world.scene)

    def _text(self, name: str, properties: dict[str, Any], messages: Any) -> Any:
        node = self._world.scene.AddNewNodeByClass("vtkMRMLTextNode", properties.get("name") or Path(name).stem)
        node.SetText(Path(name).read_text(encoding="utf-8"))
        return node

    def _scene(self, name: str, properties: dict[str, Any], messages: Any) -> bool:
        """Merges a scene into the current one, or replaces it with ``clear``: merging is Slicer's default here."""
        scene, clear = self._world.scene, bool(properties.get("clear", False))
        if name.lower().endswith(".mrb"):
            return bool(scene.ReadFromMRB(name, clear, messages))
        scene.SetURL(name)
        return bool(scene.Connect(messages) if clear else scene.Import(messages))

    def saveNodes(self, kind: str, properties: dict[str, Any], messages: Any = None) -> bool:
        """Writes the node ``nodeID``, or the scene, to ``fileName``."""
        name = str(properties["fileName"])
        if kind == "SceneFile":
            return self._save_scene(name, messages)
        node = self._world.scene.GetNodeByID(properties["nodeID"])
        if kind == "NoFile" or node is None:
            return False
        storage = node.GetStorageNode()
        if storage is None:
            node.AddDefaultStorageNode(name)
            storage = node.GetStorageNode()
        storage.SetFileName(name)
        if "useCompression" in properties:
            storage.SetUseCompression(int(bool(properties["useCompression"])))
        return bool(storage.WriteData(node))

    def _save_scene(self, name: str, messages: Any) -> bool:
        scene = self._world.scene
        if name.lower().endswith(".mrb"):
            return bool(scene.WriteToMRB(name, None, messages))
        if name.lower().endswith(".mrml"):
            scene.SetURL(name)
            scene.SetRootDirectory(str(Path(name).parent))
            return bool(scene.Commit(name, messages))
        Path(name).mkdir(parents=True, exist_ok=True)
        return bool(scene.SaveSceneToSlicerDataBundleDirectory(name, None, messages))
