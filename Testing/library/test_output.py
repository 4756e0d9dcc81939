"""Results appear whole or not at all, and nothing of the user's is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.output import read_sealed, remove_leftovers, whole_file, whole_folder, write_sealed

ROOT = Path(__file__).parents[2]
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


def test_what_a_killed_program_left_of_a_file_is_written_over(tmp_path):
    killed = "import os, sys; from pathlib import Path; from NACResponseLib.output import whole_file\n"
    killed += (
        "with whole_file(Path(sys.argv[1])) as stream:\n    stream.write(b'x' * 9999); stream.flush(); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", killed, str(tmp_path / "page")], cwd=ROOT).returncode == 9
    assert len(names(tmp_path)) == 1
    with whole_file(tmp_path / "page") as stream:
        stream.write(b"whole")
    assert names(tmp_path) == ["page"] and (tmp_path / "page").read_bytes() == b"whole"


def test_two_programs_that_write_the_same_file_do_not_mix(tmp_path):
    with whole_file(tmp_path / "page") as first, whole_file(tmp_path / "page") as second:
        first.write(b"first")
        second.write(b"second, longer")
    assert names(tmp_path) == ["page"] and (tmp_path / "page").read_bytes() == b"first"


STOP_AND_LOOK = """
import json, shutil, sys
from pathlib import Path
from NACResponseLib.output import whole_folder
from Testing.stopped import stopped_at_each_operation
work, how, earlier = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "earlier"
folder, OWN = work / "out", ("report.html", "tumor.nii.gz", "models")

def fill(text, more):
    with whole_folder(folder, "score.json", OWN) as partial:
        (partial / "models").mkdir()
        for name in ("score.json", "report.html", "models/a", *more):
            (partial / name).write_text(text)

def content():
    return {str(file.relative_to(folder)): file.read_text() for file in sorted(folder.rglob("*")) if file.is_file()}

def anew():
    shutil.rmtree(folder, ignore_errors=True)
    if earlier:
        fill("old", ("tumor.nii.gz",))

anew()
seen = []
for number in stopped_at_each_operation(lambda: fill("new", ()), work, how):
    left = content()
    fill("new", ())
    seen.append((left, content()))
    anew()
print(json.dumps(seen))
"""
OLD = dict.fromkeys(("models/a", "report.html", "score.json", "tumor.nii.gz"), "old")
NEW = dict.fromkeys(("models/a", "report.html", "score.json"), "new")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the work is stopped in a forked process")
@pytest.mark.parametrize("earlier", ["earlier", "nothing"])
@pytest.mark.parametrize("how", ["killed", "failed"])
def test_wherever_writing_is_stopped_a_result_is_there_and_the_next_run_ends_with_nothing_left(tmp_path, how, earlier):
    words = [sys.executable, "-c", STOP_AND_LOOK, str(tmp_path), how, earlier]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert len(seen) > 15
    before = OLD if earlier == "earlier" else {}
    for left, after in seen:
        assert after == NEW
        marked = left.get("score.json")
        there = {name: text for name, text in left.items() if not name.startswith(".nacresponse-")}
        if marked is not None:  # looks whole, and is
            assert there == (NEW if marked == "new" else OLD)
        elif there or before:  # not yet moved: the new one waits whole, apart
            waiting = {name.split("/", 1)[1]: text for name, text in left.items() if name.startswith(".nacresponse-")}
            assert {**{name: text for name, text in there.items() if text == "new"}, **waiting} == NEW


def test_a_sealed_file_comes_back_as_it_was_written_and_an_altered_one_not_at_all(tmp_path):
    file = tmp_path / "record.json"
    assert read_sealed(file) is None
    write_sealed(file, {"a": [1.5, None, "ä"]})
    assert read_sealed(file) == {"a": [1.5, None, "ä"]}
    content = file.read_bytes()
    for altered in (content[: len(content) // 2], content.replace(b"1.5", b"2.5"), b"", content + b" "):
        file.write_bytes(altered)
        assert read_sealed(file) is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_file_gets_the_mode_that_the_user_gives_new_files(tmp_path):
    before = os.umask(0o077)
    try:
        with whole_file(tmp_path / "private") as stream:
            stream.write(b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")
def test_leftovers_are_removed_but_not_what_a_running_program_writes(tmp_path):
    (tmp_path / ".nacresponse-partial-old").mkdir()
    (tmp_path / ".nacresponse-partial-file").write_text("half")
    with whole_folder(tmp_path, "score.json", OWN) as partial, whole_file(tmp_path / "page.html") as stream:
        stream.write(b"going on")
        remove_leftovers(tmp_path)
        assert partial.is_dir() and len(names(tmp_path)) == 2
        (partial / "score.json").write_text("new")
    assert names(tmp_path) == ["page.html", "score.json"]


@pytest.mark.parametrize("name", [".nacresponse-ready", ".nacresponse-moving"])
def test_a_result_of_another_kind_that_waits_is_neither_moved_nor_lost(tmp_path, name):
    fill(tmp_path / "out", "old")
    waiting = tmp_path / "out" / name
    waiting.mkdir()
    (waiting / "shell.json").write_text("of another command")
    with pytest.raises(InputError, match=name):
        fill(tmp_path / "out")
    assert (waiting / "shell.json").is_file()
    assert (tmp_path / "out" / "score.json").read_text() == (tmp_path / "out" / "report.html").read_text() == "old"
