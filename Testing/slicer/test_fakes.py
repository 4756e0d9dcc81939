"""Node selector, Segment Editor, application, files and modules behave as Slicer's."""

import textwrap

import numpy as np
import pytest

from .made import selector, volume

pytestmark = pytest.mark.usefixtures("slicerApp")


def test_a_selector_is_disabled_without_a_scene(slicer):
    combo = slicer.qMRMLNodeComboBox()
    assert not combo.enabled
    combo.setMRMLScene(slicer.mrmlScene)
    assert combo.enabled


def test_without_none_the_first_node_that_comes_is_chosen(slicer):
    with_none, without = selector(), selector(none=False)
    first, _ = volume("a"), volume("b")
    assert with_none.currentNode() is None and without.currentNode() is first
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    assert without.nodeCount() == 2


def test_a_labelmap_is_a_scalar_volume_unless_child_types_are_hidden(slicer):
    combo = selector()
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    assert combo.nodeCount() == 1
    combo.showChildNodeTypes = False
    assert combo.nodeCount() == 0


def test_a_removed_node_is_announced_while_it_is_still_in_the_scene(slicer):
    combo, node, seen = selector(), volume(), []
    combo.setCurrentNode(node)
    combo.currentNodeChanged.connect(lambda now: seen.append((now, node.GetScene() is not None)))
    slicer.mrmlScene.RemoveNode(node)
    assert seen == [(None, True)] and combo.currentNode() is None


def test_a_rename_fires_and_a_change_between_nodes_of_one_name_does_not(slicer):
    combo, first, second, seen = selector(), volume("same"), volume("same"), []
    combo.setCurrentNode(first)
    combo.currentNodeChanged.connect(seen.append)
    combo.setCurrentNode(second)
    assert combo.currentNode() is second and seen == []
    second.SetName("other")
    assert seen == [second] and combo._combo.currentText == "other"


def test_what_the_user_adds_is_chosen_and_named(slicer):
    combo, added = selector(), []
    combo.connect("nodeAddedByUser(vtkMRMLNode*)", added.append)
    combo.baseName = "mine"
    assert combo.addNode() is combo.currentNode() and added == [combo.currentNode()]
    assert combo.currentNode().GetName() == "mine"


def test_closing_the_scene_empties_a_selector(slicer):
    combo, node = selector(), volume()
    combo.setCurrentNode(node)
    slicer.mrmlScene.Clear(0)
    assert combo.nodeCount() == 0 and combo.currentNode() is None


def editor(slicer):
    widget = slicer.qMRMLSegmentEditorWidget()
    widget.setMRMLScene(slicer.mrmlScene)
    widget.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    return widget


def test_choosing_a_segmentation_ends_the_effect_and_takes_source_and_segment(slicer):
    image, widget = volume(), editor(slicer)
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(image)
    identifier = segmentation.GetSegmentation().AddEmptySegment("", "Tumor")
    widget.setActiveEffectByName("Paint")
    widget.setSegmentationNode(segmentation)
    assert (widget.sourceVolumeNode(), widget.currentSegmentID()) == (image, identifier)
    assert widget.activeEffect() is None
    widget.setActiveEffectByName("Scissors")
    assert (
        widget.activeEffect().name == "Scissors" and widget.mrmlSegmentEditorNode().GetActiveEffectName() == "Scissors"
    )


def test_setters_that_are_no_slots_are_hidden_as_pythonqt_hides_them(slicer):
    widget, combo = slicer.qMRMLSegmentEditorWidget(), slicer.qMRMLNodeComboBox()
    widget.setReadOnly(True)
    widget.unorderedEffectsVisible = False
    assert widget.readOnly and not widget.unorderedEffectsVisible
    assert not hasattr(widget, "setUnorderedEffectsVisible") and not hasattr(combo, "setNoneEnabled")


def test_the_editor_knows_only_slicers_effects(slicer):
    widget = editor(slicer)
    widget.setEffectNameOrder(["Paint", "Erase"])
    assert widget.effectNameOrder() == ("Paint", "Erase")
    with pytest.raises(ValueError, match="no effect"):
        widget.setEffectNameOrder(["Brush"])


def test_volumes_tables_and_segmentations_are_read_and_written(slicer, tmp_path):
    image = volume()
    assert slicer.util.saveNode(image, str(tmp_path / "v.nrrd"))
    again = slicer.util.loadVolume(str(tmp_path / "v.nrrd"), {"name": "again"})
    assert again.GetName() == "again"
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(again), slicer.util.arrayFromVolume(image))
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "seg")
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(image)
    identifier = segmentation.GetSegmentation().AddEmptySegment("", "Tumor")
    mask = (slicer.util.arrayFromVolume(image) > 60).astype(np.uint8)
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, segmentation, identifier, image)
    assert slicer.util.saveNode(segmentation, str(tmp_path / "s.seg.nrrd"))
    read = slicer.util.loadSegmentation(str(tmp_path / "s.seg.nrrd"))
    assert read.GetSegmentation().GetNthSegment(0).GetName() == "Tumor"
    with pytest.raises(RuntimeError, match="Failed to load"):
        slicer.util.loadVolume(str(tmp_path / "none.nrrd"))


def test_layouts_and_slice_views_are_those_of_the_real_nodes(slicer):
    image, layouts, seen = volume(), slicer.app.layoutManager(), []
    layouts.connect("layoutChanged(int)", seen.append)
    layouts.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpPlotView)
    assert seen == [slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpPlotView] and layouts.plotViewCount == 1
    slicer.util.setSliceViewerLayers(background=image, fit=True)
    red = layouts.sliceWidget("Red")
    assert red.mrmlSliceCompositeNode().GetBackgroundVolumeID() == image.GetID()
    red.mrmlSliceNode().SetOrientation("Sagittal")
    assert red.sliceOrientation == "Sagittal"
    with pytest.raises(AttributeError):
        red.sliceView().explode()


def test_pip_is_asked_after_a_question_and_installs_nothing(qt, slicer, slicerApp):
    import slicer.packaging as pip

    slicerApp.installations.missing.add("numpy")
    slicerApp.dialogs.answer(qt.QMessageBox.Cancel)
    with pytest.raises(RuntimeError, match="declined"):
        pip.pip_ensure("numpy>=1", requester="NACResponse")
    slicerApp.dialogs.answer(qt.QMessageBox.Ok)
    pip.pip_ensure("numpy>=1", requester="NACResponse")
    assert slicerApp.installations.asked == [["numpy>=1"]] and pip.pip_check("numpy>=1")


def test_slicer_5_10_has_no_packaging_and_a_simpler_pip_install(slicer, slicerApp):
    slicerApp.setVersion("5.10")
    with pytest.raises(ImportError):
        import slicer.packaging
    slicer.util.pip_install("a b")
    with pytest.raises(TypeError):
        slicer.util.pip_install("a", requester="x")
    assert slicerApp.installations.asked == [["a", "b"]] and slicer.app.minorVersion == 10
    assert not hasattr(slicer.util, "executePythonModule")
    slicerApp.setVersion("5.12")
    import slicer.packaging

    assert slicer.util.executePythonModule and slicer.packaging.pip_ensure


def test_a_sample_is_loaded_from_local_files_and_never_downloaded(slicer, tmp_path):
    import SampleData

    slicer.util.saveNode(volume(), str(tmp_path / "v.nrrd"))
    register = SampleData.SampleDataLogic.registerCustomSampleDataSource
    here = (tmp_path / "v.nrrd").as_uri()
    register(category="T", sampleName="Local", uris=[here], fileNames=["v.nrrd"], nodeNames=["Local"])
    register(category="T", sampleName="Far", uris=["https://example.org/v"], fileNames=["v.nrrd"], nodeNames=["Far"])
    assert SampleData.downloadSample("Local").GetName() == "Local"
    with pytest.raises(AssertionError, match="downloaded"):
        SampleData.downloadSample("Far")


def test_a_module_is_loaded_entered_reloaded_and_unloaded(slicer, slicerApp, tmp_path):
    source = """\
        import slicer
        from slicer.ScriptedLoadableModule import *
        class Toy(ScriptedLoadableModule):
            def __init__(self, parent):
                super().__init__(parent)
                parent.title = "Toy"
                slicer.app.connect("startupCompleted()", lambda: slicer.toyLog.append("started"))
        class ToyWidget(ScriptedLoadableModuleWidget):
            def setup(self):
                super().setup()
                slicer.toyLog.append("setup")
            def enter(self):
                slicer.toyLog.append("enter")
            def cleanup(self):
                slicer.toyLog.append("cleanup")
    """
    (tmp_path / "Toy.py").write_text(textwrap.dedent(source), encoding="utf-8")
    slicer.toyLog = []
    module = slicerApp.loadModule(tmp_path / "Toy.py")
    assert slicer.modules.toy.title == "Toy" and slicer.util.modulePath("Toy") == str(tmp_path / "Toy.py")
    module.widgetRepresentation().enter()
    slicer.util.reloadScriptedModule("Toy")
    slicerApp.unloadModule("Toy")
    assert slicer.toyLog == ["started", "setup", "enter", "cleanup", "setup", "cleanup"]
    assert not hasattr(slicer.modules, "toy")
    del slicer.toyLog


def test_what_one_test_leaves_does_not_reach_the_next(slicer, slicerApp, tmp_path):
    source = """\
        import slicer
        from slicer.ScriptedLoadableModule import *
        class Left(ScriptedLoadableModule):
            def __init__(self, parent):
                super().__init__(parent)
                slicer.app.connect("startupCompleted()", lambda: slicer.leftLog.append("started"))
        class LeftWidget(ScriptedLoadableModuleWidget):
            def cleanup(self):
                slicer.leftLog.append("cleanup")
    """
    (tmp_path / "Left.py").write_text(textwrap.dedent(source), encoding="utf-8")
    slicer.leftLog = []
    slicerApp.loadModule(tmp_path / "Left.py", finishStartup=False).widgetRepresentation()
    volume()
    slicerApp.reset()
    slicer.app.startupCompleted.emit()
    assert slicer.leftLog == ["cleanup"] and not hasattr(slicer.modules, "left")
    assert not slicer.util.getNodesByClass("vtkMRMLVolumeNode")
    del slicer.leftLog
