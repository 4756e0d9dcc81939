"""Fakes for the parts of Slicer that slicer-core (real MRML) and PySide6 (real widgets) lack.

``install()`` once per process, before anything imports ``qt``, ``ctk`` or a Slicer module. See README.md for what each
fake keeps of the behaviour it replaces. Nothing in ``NACResponse/`` knows of them.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from dataclasses import dataclass, field
from typing import Any

NEEDED = ("slicer_core", "PySide6", "vtk")


def missing() -> list[str]:
    """The packages that the fakes need and this Python lacks."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


@dataclass
class StandIns:
    """What a test steers and looks at."""

    scene: Any
    app: Any
    dialogs: Any  # every box shown, and the answers to give: dialogs.Dialogs
    installations: Any  # what pip was asked for: packaging.Installations
    world: Any
    raised: list[BaseException] = field(default_factory=list)  # what slots raised in this test

    def loadModule(self, path: Any, finishStartup: bool = True) -> Any:
        from .scriptedmodule import loadModule

        return loadModule(path, finishStartup)

    def unloadModule(self, name: str) -> None:
        from .scriptedmodule import unloadModule

        unloadModule(name)

    def setVersion(self, version: str) -> None:
        """Behave as Slicer "5.12" or "5.10", which lacks ``slicer.packaging`` and some functions."""
        import slicer

        from . import packaging as pip
        from .sampledata import SampleDataLogic

        for owner, name in (
            (slicer.util, "executePythonModule"),
            (SampleDataLogic, "registerCustomSampleDataCategory"),
        ):
            if name in vars(owner):
                _of_5_12[name] = vars(owner)[name]
                delattr(owner, name)
            if version != "5.10":
                setattr(owner, name, _of_5_12[name])
        self.app.setVersion(version)
        if version == "5.10":
            sys.modules["slicer.packaging"] = None  # type: ignore[assignment]  # importing it then raises ImportError
            vars(slicer).pop("packaging", None)
            slicer.util.pip_install = pip.pip_install_of_5_10
        else:
            slicer.packaging = sys.modules["slicer.packaging"] = _packaging
            slicer.util.pip_install = pip.pip_install_of_util

    def reset(self) -> None:
        """Everything as at the start: no module, an empty scene, a main window, no box shown, no answer queued."""
        self._unload_all()
        self.setVersion("5.12")
        self.app.testing, self.app.restarted, self.app.paused = False, False, 0
        self.app.showMainWindow(True)
        self.raised.clear()
        self.dialogs.clear()
        self.installations.clear()
        self.world.clear()
        self.setWebView()

    def setWebView(self, there: bool = True, *failing: str) -> None:
        """Slicer with or without its web view; ``failing``: it cannot ``load`` or ``print``."""
        import slicer

        from . import webwidget

        vars(slicer).pop("qSlicerWebWidget", None)
        if there:
            slicer.qSlicerWebWidget = webwidget.qSlicerWebWidget
        webwidget.broken.clear()
        webwidget.broken.update(failing)

    def _unload_all(self) -> None:
        """Ends what an earlier test left: its modules, what waits for the start of the application, its samples."""
        import slicer

        for module in list(vars(slicer.modules).values()):
            if isinstance(module, slicer.qSlicerScriptedLoadableModule):
                self.unloadModule(module.name)
        self.app.forgetConnections()
        for samples in ("sampleDataSources", "sampleDataSourceCategories"):
            vars(slicer.modules).pop(samples, None)
        slicer.dicomDatabase.files.clear()
        slicer.dicomDatabase.values.clear()
        slicer.dicomDatabase.series.clear()


_installed: StandIns | None = None
_packaging: Any = None
_of_5_12: dict[str, Any] = {}  # what 5.10 lacks, to be put back


def install() -> StandIns:
    """Puts ``qt``, ``ctk``, ``SampleData`` and the rest of ``slicer`` in place and starts the application."""
    global _installed
    if _installed is None:
        _installed = _install()
    return _installed


def _module(name: str, module: types.ModuleType) -> types.ModuleType:
    import slicer

    sys.modules[name] = module
    if name.startswith("slicer."):
        setattr(slicer, name.removeprefix("slicer."), module)
    return module


def _install() -> StandIns:
    global _packaging
    from . import dialogs, pythonqt

    sys.modules["qt"] = pythonqt.make_module()
    dialogs.install(sys.modules["qt"])

    import slicer

    from . import ctkwidgets

    sys.modules["ctk"] = ctkwidgets.make_module()
    from . import mrmlwidgets, segmenteditor, webwidget

    widgets = {**mrmlwidgets.classes(), **segmenteditor.classes(), "qSlicerWebWidget": webwidget.qSlicerWebWidget}
    for name, cls in widgets.items():
        setattr(slicer, name, cls)
    shown = [item for item in vars(sys.modules["ctk"]).values() if isinstance(item, type)]
    pythonqt.custom_widgets.extend([*shown, *widgets.values()])

    from .scene import World

    world = World()
    from .application import Application, DicomDatabase

    slicer.app = Application(world)
    slicer.modules = slicer.app.modules
    slicer.dicomDatabase = DicomDatabase()
    _module("slicer.i18n", _translation())
    from . import packaging, parameternode, sampledata, scriptedmodule

    _packaging = _module("slicer.packaging", packaging.make_module())
    slicer.util.pip_install, slicer.util.pip_uninstall = packaging.pip_install_of_util, packaging.pip_uninstall
    _module("slicer.ScriptedLoadableModule", scriptedmodule.make_module())
    for cls in (scriptedmodule.qSlicerScriptedLoadableModule, scriptedmodule.qSlicerScriptedLoadableModuleWidget):
        setattr(slicer, cls.__name__, cls)
    _module("slicer.parameterNodeWrapper", parameternode.make_module())
    sys.modules["SampleData"] = sampledata.make_module()
    return StandIns(slicer.mrmlScene, slicer.app, dialogs.dialogs, packaging.installations, world)


def _translation() -> types.ModuleType:
    """``slicer.i18n`` in English: the text itself."""
    module = types.ModuleType("slicer.i18n")
    module.tr = lambda text: text  # type: ignore[attr-defined]
    module.translate = lambda context, text: text  # type: ignore[attr-defined]
    module.getContext = lambda path: path  # type: ignore[attr-defined]
    return module
