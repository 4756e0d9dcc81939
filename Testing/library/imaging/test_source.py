"""One way to name a part of a file."""

import unicodedata
from pathlib import Path

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.imaging.source import Source, parse_source


@pytest.mark.parametrize(
    ("text", "name", "phase"),
    [
        ("a.nrrd", None, None),
        ("a.nrrd::Tumor", "Tumor", None),
        ("a.nrrd#2", None, "2"),
        ("a.nrrd#PRE", None, "pre"),
        ("a.nrrd#first-post", None, "first-post"),
        ("a.nrrd::AX DYN#last", "AX DYN", "last"),
        ("a.nrrd::Tumor::left", "Tumor::left", None),
    ],
)
def test_a_part_is_read_from_the_end_of_the_path_and_written_the_same(tmp_path, text, name, phase):
    (tmp_path / "a.nrrd").touch()
    found = parse_source(text, tmp_path)
    assert (found.path, found.name, found.phase) == (tmp_path / "a.nrrd", name, phase)
    assert parse_source(str(found)) == found


def test_what_exists_is_a_path_whatever_signs_it_holds(tmp_path):
    for name in ("a#2", "b::c", "d#pre::e"):
        (tmp_path / name).touch()
        assert parse_source(name, tmp_path) == Source(tmp_path / name)
    assert parse_source("a#2#1", tmp_path) == Source(tmp_path / "a#2", None, "1")
    assert parse_source("b::c::Tumor", tmp_path).name == "Tumor"


def test_accents_may_be_composed_either_way(tmp_path):
    (tmp_path / unicodedata.normalize("NFD", "Läsion.nrrd")).touch()
    assert parse_source(unicodedata.normalize("NFC", "Läsion.nrrd") + "::x", tmp_path).path.exists()


@pytest.mark.parametrize("text", ["a.nrrd#0", "a.nrrd#second", "a.nrrd::"])
def test_a_part_that_names_nothing_is_refused(tmp_path, text):
    (tmp_path / "a.nrrd").touch()
    with pytest.raises(InputError):
        parse_source(text, tmp_path)


def test_a_name_may_end_like_a_phase():
    assert Source(Path("x"), "Tumor", "2").names == ("Tumor#2", "Tumor")
