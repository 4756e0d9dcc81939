"""``slicer.ScriptedLoadableModule``, and how Slicer loads a scripted module, shows, reloads and unloads it."""

from __future__ import annotations

import importlib.util
import sys
import types
import unittest
from pathlib import Path
from typing import Any

import qt
import slicer

from .mrmlwidgets import qMRMLWidget


class ScriptedLoadableModule:
    """The module object: sets the defaults of its ``parent`` and registers its self test."""

    def __init__(self, parent: Any) -> None:
        self.parent = parent
        self.moduleName = type(self).__name__
        parent.title, parent.categories, parent.dependencies, parent.contributors = "", [], [], []
        parent.helpText = parent.acknowledgementText = ""
        for end in (".svg", ".png"):
            icon = Path(parent.path).parent / "Resources" / "Icons" / (self.moduleName + end)
            if icon.is_file():
                parent.icon = qt.QIcon(str(icon))
                break
        if not hasattr(slicer, "selfTests"):
            slicer.selfTests = {}
        slicer.selfTests[self.moduleName] = self.runTest

    def resourcePath(self, filename: str) -> str:
        return str(Path(self.parent.path).parent / "Resources" / filename)

    def getDefaultModuleDocumentationLink(self, docPage: str | None = None) -> str:
        return f"<p>For more information, see the <a href='{docPage or self.moduleName}'>online documentation</a>.</p>"

    def runTest(self, msec: int = 100, **kwargs: Any) -> None:
        """Runs the class <ModuleName>Test of the module's file."""
        test = getattr(sys.modules[type(self).__module__], self.moduleName + "Test")()
        test.messageDelay = msec
        test.runTest(**kwargs)


class ScriptedLoadableModuleWidget:
    """The panel; made in ``parent``, or in a window of its own that is set up and shown at once."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()  # the next base of the derived class, mostly VTKObservationMixin
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = slicer.util.settingsValue("Developer/DeveloperMode", False, converter=slicer.util.toBool)
        self.parent = parent
        if not parent:
            self.parent = slicer.qMRMLWidget()
            self.parent.setLayout(qt.QVBoxLayout())
            self.parent.setMRMLScene(slicer.mrmlScene)
        self.layout = self.parent.layout()
        if not parent:
            self.setup()
            self.parent.show()
        slicer.app.moduleManager().connect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

    def resourcePath(self, filename: str) -> str:
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / filename)

    def cleanup(self) -> None:
        """Called before the module is unloaded or reloaded."""

    def _onModuleAboutToBeUnloaded(self, moduleName: str) -> None:
        if moduleName == self.moduleName:
            self.cleanup()
            slicer.app.moduleManager().disconnect("moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded)

    def setup(self) -> None:
        if self.developerMode:
            self.reloadButton = qt.QPushButton("Reload")
            self.reloadButton.clicked.connect(self.onReload)
            self.layout.addWidget(self.reloadButton)

    def onReload(self) -> None:
        slicer.util.reloadScriptedModule(self.moduleName)

    def onTest(self, **kwargs: Any) -> None:
        with slicer.util.tryWithErrorDisplay("Test failed."):
            slicer.selfTests[self.moduleName](**kwargs)

    def onReloadAndTest(self, **kwargs: Any) -> None:
        with slicer.util.tryWithErrorDisplay("Reload and Test failed."):
            self.onReload()
            slicer.selfTests[self.moduleName](**kwargs)


class ScriptedLoadableModuleLogic:
    """The logic; its parameter node is a singleton named by the class less "Logic", or one of several."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self) -> Any:
        if self.isSingletonParameterNode:
            node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
            if node is not None:
                if node.GetAttribute("ModuleName") != self.moduleName:  # closing the scene removes it
                    node.SetAttribute("ModuleName", self.moduleName)
                return node
        nodes = [] if self.isSingletonParameterNode else self.getAllParameterNodes()
        return nodes[0] if nodes else slicer.mrmlScene.AddNode(self.createParameterNode())

    def getAllParameterNodes(self) -> list[Any]:
        nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
        return [node for node in nodes if node.GetAttribute("ModuleName") == self.moduleName]

    def createParameterNode(self) -> Any:
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
        node.UnRegister(None)
        if self.isSingletonParameterNode:
            node.SetSingletonTag(self.moduleName)
        node.SetAttribute("ModuleName", self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """The base of a module's self test; ``runTest`` is the derived class's."""

    messageDelay = 0

    def delayDisplay(self, message: str, requestedDelay: int | None = None, msec: int | None = None) -> None:
        slicer.util.delayDisplay(message, 0)


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """What holds the Python panel: makes it, sets it up, and passes on that the module is entered or left."""

    def __init__(self, path: str, class_name: str) -> None:
        super().__init__()
        self._path, self._class_name, self._python, self._entered = path, class_name, None, False
        self.setLayout(qt.QVBoxLayout())
        self.setMRMLScene(slicer.mrmlScene)
        self.reload()

    def self(self) -> Any:
        return self._python

    def reload(self) -> None:
        """A panel of the class that now lies in ``sys.modules``, set up, and ``slicer.modules.<Name>Widget``."""
        module = sys.modules[Path(self._path).stem]
        self._python = getattr(module, self._class_name)(self)
        setattr(slicer.modules, self._class_name, self._python)
        self._python.setup()

    @property
    def isEntered(self) -> bool:
        return self._entered

    def enter(self) -> None:
        """The user comes to the module's panel."""
        self._entered = True
        if hasattr(self._python, "enter"):
            self._python.enter()

    def exit(self) -> None:
        """The user leaves for another module."""
        self._entered = False
        if hasattr(self._python, "exit"):
            self._python.exit()


class qSlicerScriptedLoadableModule:
    """A loaded scripted module (the ``parent`` that the Python module is given)."""

    def __init__(self, path: str) -> None:
        self.path, self.name = path, Path(path).stem
        self.icon, self.hidden = None, False
        self.title, self.helpText, self.acknowledgementText = "", "", ""
        self.categories: list[str] = []
        self.dependencies: list[str] = []
        self.contributors: list[str] = []
        self._widget: Any = None

    def widgetRepresentation(self) -> Any:
        if self._widget is None:
            self._widget = qSlicerScriptedLoadableModuleWidget(self.path, self.name + "Widget")
        return self._widget

    def createNewWidgetRepresentation(self) -> Any:
        return qSlicerScriptedLoadableModuleWidget(self.path, self.name + "Widget")

    def logic(self) -> Any:
        return None

    def self(self) -> Any:
        return self.python


def loadModule(path: str | Path, finishStartup: bool = True) -> Any:
    """Loads a scripted module as Slicer does: its folder alone on ``sys.path``, the file run, the module object made.

    Returns ``slicer.modules.<name>``; its panel is made when ``widgetRepresentation()`` is first asked for.
    """
    path = Path(path).resolve()
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    source: types.ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = source
    spec.loader.exec_module(source)
    module = qSlicerScriptedLoadableModule(str(path))
    setattr(slicer.modules, path.stem.lower(), module)
    module.python = getattr(source, path.stem)(module)  # type: ignore[attr-defined]
    setattr(slicer.modules, path.stem + "Instance", module.python)
    if finishStartup:
        slicer.app.startupCompleted.emit()
    return module


def unloadModule(name: str) -> None:
    """Ends a module as the application does when it quits: its panel is cleaned up and deleted."""
    slicer.app.moduleManager().moduleAboutToBeUnloaded.emit(name)
    module = getattr(slicer.modules, name.lower())
    if module._widget is not None:
        module._widget.deleteLater()
    for attribute in (name.lower(), name + "Widget", name + "Instance"):
        if hasattr(slicer.modules, attribute):
            delattr(slicer.modules, attribute)
    sys.modules.pop(name, None)


def make_module() -> types.ModuleType:
    """The module ``slicer.ScriptedLoadableModule``. It hands on what Slicer's own does with a star import."""
    module = types.ModuleType("slicer.ScriptedLoadableModule")
    names = [name for name in globals() if name.startswith("ScriptedLoadableModule")]
    module.__dict__.update({name: globals()[name] for name in names}, __all__=names)
    return module
