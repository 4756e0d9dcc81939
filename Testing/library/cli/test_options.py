import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from NACResponseLib.cli.options import command_line, named_sets
from NACResponseLib.errors import InputError
from NACResponseLib.imaging.source import PRIVATE

ROOT = Path(__file__).parents[3]


def test_names_stand_between_commas_whatever_the_spaces():
    assert named_sets(" handcrafted , resnet34,") == ["handcrafted", "resnet34"]


@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_a_list_without_a_name_is_refused_instead_of_leaving_the_images_out(text):
    with pytest.raises(InputError, match="--features"):
        named_sets(text)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("MRI=/data/Smith Anna/t1.nrrd", "MRI=t1.nrrd"),
        ("--image=MRI_CET1=../Smith/folder::AX DYN#2", "--image=MRI_CET1=folder::AX DYN#2"),
        (r"C:\Users\Smith\scan.nii.gz", "scan.nii.gz"),
        ("/data/Smith/series/", "series"),
        ("--patient-id", "--patient-id"),
        ("age=50", "age=50"),
    ],
)
def test_the_command_in_results_names_files_without_their_folders(word, shown, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["nacresponse", "score", word])
    monkeypatch.delenv(PRIVATE, raising=False)
    assert shlex.split(command_line()) == ["nacresponse", "score", shown]
    monkeypatch.setenv(PRIVATE, "yes")
    assert command_line() == ""


def test_private_results_name_no_file(tmp_path):
    program = "import sys; from NACResponseLib.cli import main; sys.exit(main())"
    folder = tmp_path / "Smith Anna"
    folder.mkdir()
    table = folder / "record.csv"
    table.write_text("patient_id,age,ER,PR,HER2,tumor_volume_mm3\nP1,50,1,1,0,20000\n", encoding="utf-8")
    for more, names in ((["--private"], False), ([], True)):
        out = tmp_path / "".join(["out", *more])
        words = [sys.executable, "-c", program, *more, "score", "--clinical", str(table), "--output", str(out)]
        subprocess.run(words, check=True, capture_output=True, cwd=ROOT)
        written = "".join(file.read_text(encoding="utf-8") for file in out.iterdir())
        assert "Smith" not in written and ("record.csv" in written) is names
