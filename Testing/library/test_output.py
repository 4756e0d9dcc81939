"""Results appear whole or not at all."""

import os

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.output import whole_folder

OWN = ("score.json", "*_*.nii.gz")


def fill(folder, text="new"):
    with whole_folder(folder, OWN) as partial:
        (partial / "score.json").write_text(text)


def test_a_new_folder_appears_with_its_parents(tmp_path):
    fill(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "score.json").read_text() == "new"


def test_an_earlier_result_is_replaced_with_all_its_files(tmp_path):
    fill(tmp_path / "out", "old")
    (tmp_path / "out" / "tumor_CT.nii.gz").touch()
    fill(tmp_path / "out")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["score.json"]


def test_nothing_remains_of_a_run_that_fails_and_the_earlier_result_stays(tmp_path):
    fill(tmp_path / "out", "old")
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "out", OWN) as partial:
        (partial / "score.json").write_text("half")
        raise RuntimeError
    assert [file.name for file in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "score.json").read_text() == "old"


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    fill(tmp_path / "out", "old")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes.txt in"):
        fill(tmp_path / "out")
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="an output folder, found the file"):
        fill(tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="that can be written"):
        fill(tmp_path / "file" / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Permission denied"):
        fill(tmp_path / "out")
