"""Results appear whole or not at all, and nothing of the user's is lost."""

import os

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.output import whole_file, whole_folder

OWN = ("report.html", "tumor_MRI.nii.gz")


def fill(folder, text="new", files=("score.json", "report.html")):
    with whole_folder(folder, "score.json", OWN) as partial:
        for name in files:
            (partial / name).write_text(text)


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_a_new_folder_appears_with_its_parents(tmp_path):
    fill(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "score.json").read_text() == "new"
    assert names(tmp_path / "a" / "b") == ["report.html", "score.json"]


def test_an_earlier_result_is_replaced_with_all_its_files(tmp_path):
    fill(tmp_path / "out", "old", ("score.json", "tumor_MRI.nii.gz"))
    fill(tmp_path / "out")
    assert names(tmp_path / "out") == ["report.html", "score.json"]


def test_nothing_remains_of_a_run_that_fails_and_the_earlier_result_stays(tmp_path):
    fill(tmp_path / "out", "old")
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "out", "score.json", OWN) as partial:
        (partial / "score.json").write_text("half")
        raise RuntimeError
    assert names(tmp_path / "out") == ["report.html", "score.json"]
    assert (tmp_path / "out" / "score.json").read_text() == "old"


def test_a_run_that_fails_leaves_no_folder_it_made(tmp_path):
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "a" / "b", "score.json", OWN):
        raise RuntimeError
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["notes.txt", "tumor_MRI.nii.gz"])
def test_a_folder_with_files_that_are_no_earlier_result_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(InputError, match=f"{name} in"):
        fill(tmp_path)
    assert (tmp_path / name).read_text() == "mine"


def test_a_users_file_beside_an_earlier_result_is_left_alone(tmp_path):
    fill(tmp_path / "out", "old")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt in"):
        fill(tmp_path / "out")
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    fill(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "score.json").is_file()


def test_the_working_folder_can_be_the_output(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path)
    assert (tmp_path / "score.json").is_file()


def test_what_a_killed_run_left_behind_does_not_stand_in_the_way(tmp_path):
    (tmp_path / "out" / ".nacresponse-partial-abc").mkdir(parents=True)
    fill(tmp_path / "out")
    assert (tmp_path / "out" / "score.json").is_file()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="folder, found the file"):
        fill(tmp_path / "out")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="that can be written"):
        fill(tmp_path / "file" / "out")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Permission denied"):
        fill(tmp_path / "out")


def test_a_file_is_there_whole_or_as_it_was(tmp_path):
    file = tmp_path / "result"
    file.write_bytes(b"before")

    def fail() -> None:
        with whole_file(file) as stream:
            stream.write(b"half")
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        fail()
    assert file.read_bytes() == b"before" and list(tmp_path.iterdir()) == [file]
    with whole_file(file) as stream:
        stream.write(b"after")
    assert file.read_bytes() == b"after" and list(tmp_path.iterdir()) == [file]
