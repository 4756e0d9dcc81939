"""``slicer.app``, its main window, and ``slicer.modules``."""

from __future__ import annotations

import types
from typing import Any

import qt

from .iomanager import IOManager
from .layout import LayoutManager
from .scene import LOGICS, World

VERSIONS = {"5.12": (5, 12, 3), "5.10": (5, 10, 0)}


class ModuleSelector(qt.QWidget):
    """The list of modules in the toolbar: which were selected, in order."""

    moduleSelected = qt.Signal(str)
    history: list[str]

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.history = []

    @property
    def selectedModule(self) -> str:
        return self.history[-1] if self.history else ""

    def selectModule(self, name: str) -> None:
        self.history.append(name)
        self.moduleSelected.emit(name)


class MainWindow(qt.QMainWindow):
    """A main window with a status bar and a module selector."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self._selector = ModuleSelector(self)
        self.statusBar()

    def moduleSelector(self) -> ModuleSelector:
        return self._selector


class ModuleManager(qt.QObject):
    """The loaded modules by name."""

    moduleAboutToBeUnloaded = qt.Signal(str)
    moduleLoaded = qt.Signal(str)

    def __init__(self, modules: Any) -> None:
        super().__init__()
        self._modules = modules

    def module(self, name: str) -> Any:
        return getattr(self._modules, name.lower(), None)

    def loadedModulesNames(self) -> tuple[str, ...]:
        return tuple(module.name for module in vars(self._modules).values() if hasattr(module, "widgetRepresentation"))

    loadedModuleNames = loadedModulesNames

    def factoryManager(self) -> ModuleManager:
        return self


class CoreModule:
    """A module of Slicer itself: its name and its logic."""

    def __init__(self, name: str, logic: Any) -> None:
        self.name, self._logic, self.path = name, logic, ""

    def logic(self) -> Any:
        return self._logic

    def widgetRepresentation(self) -> Any:
        return None


class DicomDatabase:
    """``slicer.dicomDatabase``: tags of files by instance UID; a test fills ``files``, ``values``
    and ``series``."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.values: dict[tuple[str, str], str] = {}
        self.series: dict[str, tuple[str, list[str]]] = {}  # of a UID: its study's, and its files
        self.isOpen = True

    def filesForSeries(self, uid: str) -> list[str]:
        return self.series[uid][1] if uid in self.series else []

    def studyForSeries(self, uid: str) -> str:
        return self.series[uid][0] if uid in self.series else ""

    def seriesForStudy(self, uid: str) -> list[str]:
        return [series for series, (study, _files) in self.series.items() if study == uid]

    def fileForInstance(self, uid: str) -> str:
        return self.files.get(uid, "")

    def fileValue(self, name: str, tag: str) -> str:
        return self.values.get((name, tag), "")

    def instanceValue(self, uid: str, tag: str) -> str:
        return self.fileValue(self.fileForInstance(uid), tag)


class Application(qt.QApplication):
    """The application object. A test may set ``testing`` and call ``setVersion`` or ``showMainWindow``."""

    startupCompleted = qt.Signal()
    testing: bool
    restarted: bool
    paused: int
    majorVersion: int
    minorVersion: int
    patchVersion: int
    temporaryPath: str
    slicerHome: str
    modules: types.SimpleNamespace

    def __init__(self, world: World) -> None:
        super().__init__(["Slicer"])
        self.setApplicationName("Slicer")
        self.setOrganizationName("NA-MIC")
        qt.QSettings.setDefaultFormat(qt.QSettings.IniFormat)
        qt.QSettings.setPath(qt.QSettings.IniFormat, qt.QSettings.UserScope, str(world.folder / "settings"))
        self._world = world
        self.testing, self.paused, self.restarted = False, 0, False
        self._io, self._window = IOManager(world), MainWindow()
        self._layouts: LayoutManager | None = LayoutManager(world)
        self.modules = types.SimpleNamespace()
        self._manager = ModuleManager(self.modules)
        self.temporaryPath = str(world.folder)
        self.slicerHome = str(world.folder)
        self.setVersion("5.12")
        for name, class_name in LOGICS.items():
            proper = class_name.removeprefix("vtkSlicer").removesuffix("Logic").removesuffix("Module")
            setattr(self.modules, name, CoreModule(proper, world.logics[name]))

    def processEvents(self, *flags: Any) -> None:
        """By an event loop: ``QApplication.processEvents`` of PySide6 6.12 takes a reference too many from None."""
        qt.QEventLoop().processEvents(*flags)

    def setVersion(self, version: str) -> None:
        """Behaves as that version does ("5.12", "5.10") in what the fakes tell apart."""
        self.majorVersion, self.minorVersion, self.patchVersion = VERSIONS[version]
        self.setApplicationVersion(".".join(str(part) for part in VERSIONS[version]))

    def forgetConnections(self) -> None:
        """Ends what is connected to the application, and deletes what ``deleteLater`` was called for."""
        self.disconnect()
        self.sendPostedEvents(None, qt.QEvent.DeferredDelete)
        self._manager.disconnect()

    def showMainWindow(self, shown: bool) -> None:
        """Without a main window there is no layout manager either, as with --no-main-window."""
        self._window.setObjectName("qSlicerMainWindow" if shown else "")
        if not shown and self._layouts is not None:
            self._layouts.release()
            self._layouts = None
        elif shown and self._layouts is None:
            self._layouts = LayoutManager(self._world)

    def mrmlScene(self) -> Any:
        return self._world.scene

    def applicationLogic(self) -> Any:
        return self._world.applicationLogic

    def moduleLogic(self, name: str) -> Any:
        return self._world.applicationLogic.GetModuleLogic(name)

    def moduleManager(self) -> ModuleManager:
        return self._manager

    def coreIOManager(self) -> IOManager:
        return self._io

    ioManager = coreIOManager

    def layoutManager(self) -> LayoutManager | None:
        return self._layouts

    def testingEnabled(self) -> bool:
        return self.testing

    def settings(self) -> Any:
        return qt.QSettings()

    userSettings = revisionUserSettings = settings

    def startupEnvironment(self) -> Any:
        return qt.QProcessEnvironment.systemEnvironment()

    def pauseRender(self) -> None:
        self.paused += 1

    def resumeRender(self) -> None:
        self.paused -= 1

    def translate(self, context: str, text: str) -> str:
        return text

    def restart(self) -> None:
        self.restarted = True
