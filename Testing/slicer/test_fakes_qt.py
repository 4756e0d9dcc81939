"""``qt``, ``ctk``, forms and message boxes behave as Slicer's, where a module could tell the difference."""

import textwrap

import pytest

pytestmark = pytest.mark.usefixtures("slicerApp")


def test_a_property_is_an_attribute_even_where_a_getter_has_its_name(qt):
    button, combo = qt.QPushButton("a"), qt.QComboBox()
    combo.addItems(["x", "y"])
    button.text = "b"
    combo.currentIndex = 1
    assert (button.text, combo.count, combo.currentText, button.enabled) == ("b", 2, "y", True)
    button.setText("c")
    assert button.text == "c"


def test_a_misspelt_or_read_only_property_is_an_error(qt):
    label = qt.QLabel("a")
    with pytest.raises(AttributeError, match="does not exist"):
        label.txt = "b"
    with pytest.raises(AttributeError, match="not writable"):
        label.hasSelectedText = True
    with pytest.raises(AttributeError, match="overwritten"):
        label.setText = print


def test_a_property_behind_a_static_method_is_set_by_its_setter_alone(qt):
    timer = qt.QTimer()
    with pytest.raises(AttributeError, match="overwritten"):
        timer.singleShot = True
    timer.setSingleShot(True)
    assert timer.isSingleShot() and callable(timer.singleShot)


def test_a_value_that_a_property_does_not_take_is_an_attribute_error(qt):
    with pytest.raises(AttributeError, match="does not accept"):
        qt.QTimer().interval = "soon"


def test_a_class_derived_in_python_may_have_attributes(qt):
    class Panel(qt.QWidget):
        def __init__(self):
            super().__init__()
            self.own = 1

    assert Panel().own == 1


def test_objects_that_qt_hands_back_behave_the_same(qt):
    outer = qt.QWidget()
    layout = qt.QVBoxLayout(outer)
    button = qt.QPushButton("inner")
    button.name = "inner"
    layout.addWidget(button)
    assert layout.itemAt(0).widget().text == "inner"
    assert outer.findChild(qt.QPushButton, "inner").objectName == "inner"
    assert [child.name for child in outer.findChildren("QPushButton")] == ["inner"]
    assert button.className() == "QPushButton"


def test_signals_connect_by_signature_and_by_attribute_and_pass_what_the_slot_takes(qt):
    got, button = [], qt.QPushButton()
    button.checkable = True

    def both(on):
        got.append(("both", on))

    button.connect("clicked(bool)", both)
    button.connect("clicked()", lambda: got.append("none"))
    button.toggled.connect(lambda: got.append("fewer"))
    button.click()
    assert sorted(map(str, got)) == sorted(map(str, [("both", True), "none", "fewer"]))
    assert button.disconnect("clicked(bool)", both)
    assert not button.disconnect("clicked(bool)", both)


def test_connecting_to_a_signal_that_is_not_there_is_an_error(qt):
    with pytest.raises(AttributeError, match="no signal"):
        qt.QPushButton().connect("pressd()", print)
    with pytest.raises(AttributeError, match="no signal"):
        qt.QPushButton().connect("clicked(QString)", print)


def test_enumerators_are_numbers_and_reached_through_class_and_object(qt):
    box = qt.QMessageBox()
    assert qt.QMessageBox.Yes == 16384 and box.Yes == qt.QMessageBox.Yes
    assert qt.Qt.Checked == 2 and qt.QMessageBox.Yes | qt.QMessageBox.No == 81920


def test_file_dialogs_return_the_path_alone(qt, slicerApp):
    slicerApp.dialogs.answerFile("/a/b.csv")
    assert qt.QFileDialog.getSaveFileName(None, "Save", "", "*.csv") == "/a/b.csv"


def test_an_exception_in_a_slot_is_seen(qt, slicerApp):
    button = qt.QPushButton()
    button.clicked.connect(lambda: 1 / 0)
    button.click()
    assert isinstance(slicerApp.raised.pop(), ZeroDivisionError)


def test_a_form_gets_its_custom_widgets_properties_and_connections(slicer, tmp_path):
    form = tmp_path / "form.ui"
    form.write_text(
        textwrap.dedent("""\
        <ui version="4.0"><class>F</class><widget class="qMRMLWidget" name="F"><layout class="QVBoxLayout"><item>
        <widget class="qMRMLNodeComboBox" name="pick"><property name="nodeTypes"><stringlist notr="true">
        <string>vtkMRMLScalarVolumeNode</string></stringlist></property>
        <property name="noneEnabled"><bool>true</bool></property>
        <property name="SlicerParameterName" stdset="0"><string>image</string></property>
        </widget></item><item><widget class="QPushButton" name="go"/></item></layout></widget>
        <customwidgets><customwidget><class>qMRMLNodeComboBox</class><extends>QWidget</extends>
        <header>qMRMLNodeComboBox.h</header></customwidget><customwidget><class>qMRMLWidget</class>
        <extends>QWidget</extends><header>qMRMLWidget.h</header><container>1</container></customwidget></customwidgets>
        <connections><connection><sender>F</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
        <receiver>pick</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection></connections></ui>
        """),
        encoding="utf-8",
    )
    widget = slicer.util.loadUI(str(form))
    ui, clicked = slicer.util.childWidgetVariables(widget), []
    pick = ui.pick
    ui.go.connect("clicked(bool)", lambda on: clicked.append(on))
    ui.go.clicked.connect(lambda: clicked.append("again"))
    ui.go.click()
    assert clicked == [False, "again"]
    assert list(pick.nodeTypes) == ["vtkMRMLScalarVolumeNode"] and pick.noneEnabled
    assert pick.property("SlicerParameterName") == "image"
    widget.setMRMLScene(slicer.mrmlScene)
    assert pick.mrmlScene() is slicer.mrmlScene


def test_a_collapsible_button_hides_its_contents_and_what_comes_later(qt):
    import ctk

    button, seen = ctk.ctkCollapsibleButton(), []
    layout = qt.QVBoxLayout(button)
    shown, hidden, late = qt.QLabel("a"), qt.QLabel("b"), qt.QLabel("c")
    for label in (shown, hidden):
        layout.addWidget(label)
    hidden.setVisible(False)
    button.contentsCollapsed.connect(seen.append)
    button.collapsed = True
    button.collapsed = True
    layout.addWidget(late)
    assert (button.checked, shown.isHidden(), late.isHidden(), seen) == (False, True, True, [True])
    button.collapsed = False
    assert (shown.isHidden(), hidden.isHidden(), late.isHidden(), seen) == (False, True, False, [True, False])


def test_boxes_are_recorded_with_their_details_and_answered_as_queued(qt, slicer, slicerApp):
    slicerApp.dialogs.answer(qt.QMessageBox.No)
    assert not slicer.util.confirmYesNoDisplay("sure?")
    slicer.util.errorDisplay("broken", detailedText="why")
    assert [(box.text, box.detailedText) for box in slicerApp.dialogs.shown] == [("sure?", ""), ("broken", "why")]


def test_a_question_without_a_queued_answer_fails_the_test(slicer):
    with pytest.raises(AssertionError, match="had no answer"):
        slicer.util.confirmOkCancelDisplay("install?")


def test_without_a_main_window_an_error_is_logged_only(slicer, slicerApp, caplog):
    slicerApp.app.showMainWindow(False)
    slicer.util.errorDisplay("broken")
    assert not slicerApp.dialogs.shown and "broken" in caplog.text
    assert slicer.util.mainWindow() is None and slicer.app.layoutManager() is None


def test_an_error_is_shown_once_and_raised_again(slicer, slicerApp):
    with pytest.raises(ValueError, match="deep"), slicer.util.tryWithErrorDisplay("Failed.", waitCursor=True):
        raise ValueError("deep")
    (box,) = slicerApp.dialogs.shown
    assert box.text == "Failed.\n\ndeep" and "Traceback" in box.detailedText
    assert slicer.app.overrideCursor() is None
