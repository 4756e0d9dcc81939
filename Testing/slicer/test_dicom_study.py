"""From Slicer's DICOM browser to a patient: real DICOM files of a dynamic series, other images, SEG and RTSTRUCT."""

from types import SimpleNamespace

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread

from Testing.library.imaging.hospital.contour_files import dicom_seg, rtstruct
from Testing.library.imaging.hospital.dicom_files import series
from Testing.slicer.opened_module import ball, contoured

PHASES = ("100000", "100130", "100300")  # acquired before contrast, 90 s and 180 s later
TUMOUR = ball(6.0)


def image(values):
    made = sitk.GetImageFromArray(np.asarray(values, np.int16))
    made.SetSpacing((1.0, 1.0, 2.0))
    made.SetOrigin((-20.0, -30.0, 10.0))
    return made


def about(description, **more):
    return {"SeriesDescription": description, "PatientAge": "047Y", "Manufacturer": "Maker",
            "ManufacturerModelName": "One", "StudyDate": "20240305", **more}  # fmt: skip


def dynamic(folder):
    """Three phases of one series, a file for each slice and phase."""
    folder.mkdir()
    for number, time in enumerate(PHASES):
        values = 100 + 100 * number * TUMOUR
        tags = about("AX T1 DYN", AcquisitionTime=time, TemporalPositionIdentifier=str(number + 1))
        series(folder, image(values), lambda _k, tags=tags: tags, name=f"phase{number}_")
    return sorted(folder.glob("*.dcm"))


@pytest.fixture
def database(slicerApp, tmp_path):
    """The series of one study in Slicer's database; the DICOM browser has the first one selected."""
    import slicer

    files = {"dynamic": dynamic(tmp_path / "dynamic")}
    t2 = about("AX T2 TSE", AcquisitionTime="095000", EchoTime="90", RepetitionTime="4000")
    files["t2"] = series(tmp_path / "t2", image(50 + 20 * TUMOUR), lambda _k: t2)
    for name, its in files.items():
        slicer.dicomDatabase.series[name] = ("study", [str(file) for file in its])
        for file in its:
            header = dcmread(file, stop_before_pixels=True)
            slicer.dicomDatabase.files[header.SOPInstanceUID] = str(file)
    tables = SimpleNamespace(currentSeriesSelection=lambda: ["dynamic"], currentStudiesSelection=list)
    browser = SimpleNamespace(dicomBrowser=SimpleNamespace(dicomTableManager=lambda: tables))
    slicer.modules.DICOMInstance = SimpleNamespace(browserWidget=browser)
    yield files
    del slicer.modules.DICOMInstance


def add(name, file):
    """A contour's file, in the database."""
    import slicer

    slicer.dicomDatabase.series[name] = ("study", [str(file)])
    kind = dcmread(file, stop_before_pixels=True).Modality
    slicer.dicomDatabase.values[(str(file), "0008,0060")] = kind


def first_post(files):
    """The files of the second phase, in slice order."""
    return [file for file in files["dynamic"] if file.name.startswith("phase1_")]


def test_phases_images_and_the_record_are_taken_over(opened, database):
    import slicer

    opened.listed()
    opened.widget.images.ui.dicomButton.click()
    opened.settle()
    node = opened.node
    text = opened.widget.images.ui.imagesMessage.text
    assert text.startswith("Taken from DICOM"), text
    for field, number in (("imagePre", 0), ("imageMriCet1", 1), ("imageLate", 2)):
        voxels = slicer.util.arrayFromVolume(getattr(node, field))
        np.testing.assert_array_equal(voxels, 100 + 100 * number * TUMOUR)
    assert node.imageMriT2.GetName() == "AX T2 TSE"
    uids = node.imageMriCet1.GetAttribute("DICOM.instanceUIDs").split()
    assert [slicer.dicomDatabase.fileForInstance(uid) for uid in uids] == list(map(str, first_post(database)))
    assert (node.patientId, node.age, node.studyDate, node.scannerMri) == ("T1", "47", "2024-03-05", "Maker One")
    sequence = slicer.util.getNodesByClass("vtkMRMLSequenceNode")[0]
    assert sequence.GetNumberOfDataNodes() == 3
    for number in range(3):
        phase = slicer.util.arrayFromVolume(sequence.GetNthDataNode(number))
        np.testing.assert_array_equal(phase, 100 + 100 * number * TUMOUR)


def test_an_image_that_the_model_needs_and_no_series_clearly_is_is_told(opened, database):
    opened.listed()
    opened.node.model = "phantom-multimodal"
    opened.settle()
    opened.widget.images.ui.dicomButton.click()
    opened.settle()
    assert "No series is clearly the image CT: choose it." in opened.widget.images.ui.imagesMessage.text
    assert "T2: choose" not in opened.widget.images.ui.imagesMessage.text
    assert opened.widget.images.marks["CT"].text == "missing"


def test_a_volume_lies_where_its_dicom_series_lies(opened, database):
    from NACResponseSlicer.sceneBridge import volumeImage

    opened.listed()
    opened.widget.images.ui.dicomButton.click()
    made, expected = volumeImage(opened.node.imageMriCet1), image(100 + 100 * TUMOUR)
    assert made.GetOrigin() == pytest.approx(expected.GetOrigin())
    assert made.GetSpacing() == pytest.approx(expected.GetSpacing())
    assert made.GetDirection() == pytest.approx(expected.GetDirection())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["SEG", "RTSTRUCT"])
def test_the_tumour_of_a_contour_file_becomes_the_contour_and_is_scored_with_one_more_click(
    opened, database, tmp_path, kind
):
    import slicer

    file, masks = tmp_path / "contour.dcm", {"Breast": ball(12.0), "Tumor": TUMOUR}
    if kind == "SEG":
        dicom_seg(file, first_post(database), masks)
    else:
        rtstruct(file, first_post(database), image(TUMOUR), masks)
        header = dcmread(file)
        references = header.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
        uid = dcmread(database["dynamic"][0], stop_before_pixels=True).SeriesInstanceUID
        references.RTReferencedSeriesSequence[0].SeriesInstanceUID = uid
        header.save_as(file)
    add("contours", file)
    opened.listed()
    opened.widget.images.ui.dicomButton.click()
    opened.settle()
    node = opened.node
    assert "MRI contour: segment Tumor" in opened.widget.images.ui.imagesMessage.text
    drawn = slicer.util.arrayFromSegmentBinaryLabelmap(node.segmentation, node.segmentMri, node.imageMriCet1)
    np.testing.assert_array_equal(drawn, TUMOUR)
    assert opened.widget.score.bar.runButton.enabled, opened.widget.score.bar.missingLabel.text


def test_two_segments_that_may_be_the_tumour_are_left_to_the_user(opened, database, tmp_path):
    file = tmp_path / "contour.dcm"
    dicom_seg(file, first_post(database), {"Lesion 1": ball(6.0), "Lesion 2": ball(3.0, (5, 10, 10))})
    add("contours", file)
    opened.listed()
    opened.widget.images.ui.dicomButton.click()
    assert "'Lesion 1', 'Lesion 2'" in opened.widget.images.ui.imagesMessage.text
    assert not opened.node.segmentMri


def test_studies_of_two_patients_are_refused_and_nothing_is_chosen(opened, database):
    header = dcmread(database["t2"][0])
    header.PatientID = "another"
    header.save_as(database["t2"][0])
    opened.listed()
    opened.widget.images.ui.dicomButton.click()
    assert "one patient" in opened.widget.images.ui.imagesMessage.text
    assert opened.node.imageMriCet1 is None


def test_without_a_choice_the_dicom_browser_is_opened(opened, slicerApp):
    import slicer

    opened.listed()
    opened.widget.images.ui.dicomButton.click()
    assert "Choose a study in the DICOM browser" in opened.widget.images.ui.imagesMessage.text
    assert slicer.util.mainWindow().moduleSelector().selectedModule == "DICOM"


def test_the_choice_in_the_visual_browser_counts_where_it_is_used(slicerApp, moduleFolder, database):
    import slicer
    from NACResponseSlicer.dicomStudy import chosenStudies

    browser = slicer.modules.DICOMInstance.browserWidget
    view = SimpleNamespace(selectedSeriesInstanceUIDs=lambda: ["t2", "dynamic"])
    browser.dicomBrowser.dicomTableManager().currentSeriesSelection = list
    assert chosenStudies() == []
    browser.dicomVisualBrowser = SimpleNamespace(patientView=lambda: view)
    browser.useVisualDICOMBrowser = True
    assert chosenStudies() == ["study"]


@pytest.mark.slow
def test_where_no_contour_exists_drawing_it_is_all_that_is_left_between_loading_and_the_score(opened, database):
    """The click list of NACResponse/Tutorial.md: load, create, draw, score."""
    opened.listed()
    opened.widget.images.ui.dicomButton.click()
    opened.settle()
    assert not opened.widget.score.bar.runButton.enabled
    opened.widget.contour.ui.createButton.click()
    opened.widget.contour.editor.paint(TUMOUR)
    opened.settle()
    assert opened.widget.score.bar.runButton.enabled, opened.widget.score.bar.missingLabel.text


@pytest.mark.slow
def test_where_no_contour_exists_a_box_and_one_button_suggest_it(opened, database):
    opened.listed()
    opened.widget.images.ui.dicomButton.click()
    opened.settle()
    ui = opened.widget.contour.ui
    ui.boxButton.click()
    opened.node.suggestionBox.SetCenterWorld(0, 10, 40)  # dragged about the tumour
    opened.settle()
    ui.suggestButton.click()
    opened.settle()
    assert opened.widget.score.bar.runButton.enabled, opened.widget.score.bar.missingLabel.text


def fill(opened):
    """A first patient, by hand: contour, receptors, side, who accepted it."""
    from NACResponseSlicer.acceptance import accept

    contoured(opened)
    node = opened.node
    node.imageMriT2 = node.imageCt = node.imageMriCet1
    node.er, node.her2, node.laterality, node.tumorSizeMm, node.reader = "negative", "positive", "left", "31", "AB"
    accept(node, "MRI", "AB")


def test_nothing_of_another_patient_stays_when_a_study_is_loaded(opened, database):
    from NACResponseSlicer.acceptance import acceptance

    opened.listed()
    fill(opened)
    opened.node.patientId = "P0"
    opened.widget.images.ui.dicomButton.click()
    opened.settle()
    node = opened.node
    assert (node.patientId, node.segmentation, node.segmentMri, node.imageCt) == ("T1", None, "", None)
    assert (node.er, node.her2, node.laterality, node.tumorSizeMm, node.reader) == ("", "", "", "", "")
    assert acceptance(node, "MRI") is None and "before was cleared" in opened.widget.images.ui.imagesMessage.text


def test_of_another_examination_of_the_patient_no_contour_stays(opened, database):
    opened.listed()
    fill(opened)
    opened.node.patientId, opened.node.studyDate = "T1", "2023-11-02"
    opened.widget.images.ui.dicomButton.click()
    opened.settle()
    node = opened.node
    assert (node.segmentMri, node.tumorSizeMm, node.imageCt, node.studyDate) == ("", "", None, "2024-03-05")
    assert (node.er, node.her2) == ("negative", "positive")


def test_the_same_study_once_more_and_values_typed_before_any_image_are_kept(opened, database):
    opened.listed()
    opened.node.er = "negative"
    opened.widget.images.ui.dicomButton.click()
    opened.settle()
    opened.widget.contour.ui.createButton.click()
    opened.widget.contour.editor.paint(TUMOUR)
    opened.widget.images.ui.dicomButton.click()
    assert (opened.node.er, opened.node.segmentMri) == ("negative", "Tumor_MRI")
