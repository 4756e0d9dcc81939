"""Choices are kept in the scene: defaults, limits, and what a saved scene brings back."""

import pytest


@pytest.fixture
def chosen(slicerApp, moduleFolder):
    from NACResponseSlicer.patientLogic import NACResponseLogic

    return NACResponseLogic().getParameterNode()


def test_an_untouched_node_has_empty_entries_and_usual_settings(chosen):
    values = {name: chosen.getValue(name) for name in chosen.allParameters}
    settings = {"enhancementPercent": 70.0, "marginMm": 5.0, "clip": True, "partitions": 0, "workers": 0}
    settings["tableOfProtocol"] = False
    assert {name: value for name, value in values.items() if value not in (None, "")} == settings


def test_what_is_out_of_bounds_is_refused(chosen):
    for name, value in (("marginMm", 60.0), ("enhancementPercent", 10.0), ("er", "+"), ("workers", -1)):
        with pytest.raises(ValueError):
            setattr(chosen, name, value)


def test_every_choice_survives_a_saved_scene(chosen, tmp_path):
    import slicer
    from NACResponseSlicer.patientLogic import NACResponseLogic

    made = {}
    for name in chosen.allParameters:
        kind = chosen.dataType(name)
        if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode):
            node = slicer.mrmlScene.AddNewNodeByClass(kind.__name__, f"node {name}")
            chosen.setValue(name, node)
            made[name] = node.GetName()
    given = {"er": "positive", "pr": "negative", "her2": "positive", "marginMm": 7.5, "enhancementPercent": 90.0}
    given |= {"clip": False, "workers": 3, "partitions": 30, "tableOfProtocol": True}
    given |= {name: f'ä "{name}" <b>&amp;\n' for name in chosen.allParameters if {name} - given.keys() - made.keys()}
    for name, value in given.items():
        chosen.setValue(name, value)
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "scene.mrb"), {"clear": True})
    again = NACResponseLogic().getParameterNode()
    assert {name: again.getValue(name) for name in given} == given
    assert {name: again.getValue(name).GetName() for name in made} == made
