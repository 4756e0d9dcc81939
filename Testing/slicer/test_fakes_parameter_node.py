"""``slicer.parameterNodeWrapper`` stores, limits and shows values as Slicer's does."""

import enum
import pathlib
from typing import Annotated

import pytest

from .made import selector, volume

pytestmark = pytest.mark.usefixtures("slicerApp")


class Receptor(enum.Enum):
    positive = 1
    negative = 2


def wrapped():
    import slicer
    from slicer.parameterNodeWrapper import Choice, Default, WithinRange, parameterNodeWrapper

    @parameterNodeWrapper
    class Parameters:
        name: str = "start"
        margin: Annotated[float, WithinRange(0.5, 50)] = 5.0
        grade: Annotated[str, Choice(["", "1", "2", "3"])] = ""
        clip: bool = True
        workers: Annotated[int, Default(2)]
        receptor: Receptor = Receptor.negative
        image: slicer.vtkMRMLScalarVolumeNode | None
        names: list[str]
        table: dict[str, float]
        folder: pathlib.Path = pathlib.Path("a")

    return Parameters


def parameter_node():
    from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

    class SomethingLogic(ScriptedLoadableModuleLogic):
        pass

    return SomethingLogic().getParameterNode()


def test_the_parameter_node_is_one_singleton_named_by_the_logic(slicer):
    node = parameter_node()
    assert node is parameter_node() and node.GetSingletonTag() == "Something"
    assert node.GetAttribute("ModuleName") == "Something"


def test_parameters_have_their_defaults_and_keep_to_their_limits(slicer):
    parameters = wrapped()(parameter_node())
    assert (parameters.name, parameters.margin, parameters.workers, parameters.image) == ("start", 5.0, 2, None)
    assert parameters.default("margin").value == 5.0 and parameters.isCached("margin")
    for field, wrong, kind in (("margin", 51, ValueError), ("grade", "4", ValueError), ("name", 3, TypeError)):
        with pytest.raises(kind):
            setattr(parameters, field, wrong)
    assert parameters.margin == 5.0


def test_parameters_are_stored_in_the_names_and_texts_of_slicer(slicer):
    node, image = parameter_node(), volume()
    parameters = wrapped()(node)
    parameters.clip, parameters.image, parameters.names = False, image, ["a", "b"]
    parameters.table["x"] = 1.5
    stored = {name: node.GetParameter(name) for name in node.GetParameterNames()}
    assert stored["clip"] == "False" and stored["receptor"] == "negative" and stored["margin"] == "5.0"
    assert stored["names.len"] == "2" and stored["names.1"] == "b" and stored["table.0.0"] == "x"
    assert node.GetNodeReferenceID("image.0") == image.GetID()  # the first type of the union


def test_parameters_survive_a_saved_scene(slicer, tmp_path):
    parameters, image = wrapped()(parameter_node()), volume("kept")
    parameters.name, parameters.margin, parameters.image = 'ä <b> & "q"\nline', 7.5, image
    parameters.names.append("one")
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "scene.mrb"), {"clear": True})
    again = wrapped()(parameter_node())
    assert again.name == 'ä <b> & "q"\nline'
    assert (again.margin, again.image.GetName(), list(again.names)) == (7.5, "kept", ["one"])


def test_a_removed_node_is_none(slicer):
    parameters, image = wrapped()(parameter_node()), volume()
    parameters.image = image
    slicer.mrmlScene.RemoveNode(image)
    assert parameters.image is None


def form(qt, *named):
    outer = qt.QWidget()
    inner = qt.QWidget(outer)  # bound widgets may lie deeper
    layout = qt.QVBoxLayout(inner)
    for name, widget in named:
        widget.setProperty("SlicerParameterName", name)
        layout.addWidget(widget)
    return outer


def test_widgets_and_parameters_follow_each_other(qt, slicer):
    import ctk

    line, slider, combo, check, pick = qt.QLineEdit(), ctk.ctkSliderWidget(), qt.QComboBox(), qt.QCheckBox(), selector()
    names = ("name", "margin", "grade", "clip", "image")
    gui = form(qt, *zip(names, (line, slider, combo, check, pick), strict=True))
    parameters, image = wrapped()(parameter_node()), volume()
    tag = parameters.connectGui(gui)
    assert (line.text, slider.value, slider.maximum, combo.count) == ("start", 5.0, 50.0, 4)
    line.text, slider.value, combo.currentIndex, check.checked = "typed", 8, 2, False
    pick.setCurrentNode(image)
    assert (parameters.name, parameters.margin, parameters.grade, parameters.clip) == ("typed", 8.0, "2", False)
    assert parameters.image is image
    parameters.name, parameters.grade, parameters.image = "set", "3", None
    assert (line.text, combo.currentText, pick.currentNode()) == ("set", "3", None)
    parameters.disconnectGui(tag)
    line.text = "alone"
    assert parameters.name == "set"


@pytest.mark.parametrize(
    ("name", "widget"), [("name", "QComboBox"), ("name", "QPlainTextEdit"), ("workers", "QLineEdit"), ("name", "ctk")]
)
def test_a_pair_that_slicer_does_not_know_cannot_be_tied(qt, slicer, name, widget):
    import ctk

    gui = form(qt, (name, ctk.ctkPathLineEdit() if widget == "ctk" else getattr(qt, widget)()))
    with pytest.raises(RuntimeError):
        wrapped()(parameter_node()).connectGui(gui)


def test_a_module_may_register_a_connector_of_its_own(qt, slicer):
    from slicer.parameterNodeWrapper import GuiConnector, parameterNodeGuiConnector

    @parameterNodeGuiConnector
    class PlainText(GuiConnector):
        @staticmethod
        def canRepresent(widget, datatype):
            return type(widget) is qt.QPlainTextEdit

        @staticmethod
        def create(widget, datatype):
            return PlainText(widget)

        def __init__(self, widget):
            super().__init__()
            self._widget = widget

        def _connect(self):
            self._widget.textChanged.connect(self.changed)

        def _disconnect(self):
            self._widget.textChanged.disconnect(self.changed)

        def widget(self):
            return self._widget

        def read(self):
            return self._widget.toPlainText()

        def write(self, value):
            if value != self._widget.toPlainText():
                self._widget.setPlainText(value)

    text, parameters = qt.QPlainTextEdit(), wrapped()(parameter_node())
    gui = form(qt, ("name", text))
    try:
        parameters.connectGui(gui)
    finally:
        from Testing.slicer.fakes.parameternode.connectors import connectors

        connectors.pop()
    text.setPlainText("typed")
    assert parameters.name == "typed"


def test_a_reserved_or_unstorable_attribute_is_refused(slicer):
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    with pytest.raises(ValueError, match="reserved"):
        parameterNodeWrapper(type("P", (), {"__annotations__": {"default": str}}))
    with pytest.raises(Exception, match="serializer"):
        parameterNodeWrapper(type("P", (), {"__annotations__": {"x": set}}))
