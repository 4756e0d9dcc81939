"""Text and JSON out of files of others: in every encoding that spreadsheets write, and never without end."""

import os
from pathlib import Path

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.text_file import parse_json, read_json, read_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_comes_back_in_the_encodings_of_spreadsheets(tmp_path, encoding):
    (tmp_path / "a.csv").write_bytes("Größe,Jürgen\r\n".encode(encoding))
    assert read_text(tmp_path / "a.csv", "a table") == "Größe,Jürgen\r\n"


@pytest.mark.parametrize("name", ["none.csv", ".", "a\0b"])
def test_what_is_no_file_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="expected a table"):
        read_text(tmp_path / name, "a table")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_device_without_end_is_not_read():
    with pytest.raises(InputError, match="expected a table"):
        read_text(Path("/dev/zero"), "a table")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="expected a table"):
        read_text(tmp_path / "pipe", "a table")


def test_a_file_that_is_too_large_and_null_characters_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * 11)
    assert read_text(path, "a table", most=11)
    with pytest.raises(InputError, match="more in"):
        read_text(path, "a table", most=10)
    path.write_bytes(b"a\0b")
    with pytest.raises(InputError, match="null characters"):
        read_text(path, "a table")


@pytest.mark.parametrize("text", ["{", "[" * 100000, '"\\ud800"', '{"\\udfff": 1}', "1" * 5000, ""])
def test_what_is_no_json_or_no_text_is_refused_in_a_line(text):
    with pytest.raises(InputError, match="expected an object") as error:
        parse_json(text, "an object", "a.json", "correct it")
    assert len(str(error.value)) < 400


def test_json_comes_back_as_plain_data(tmp_path):
    (tmp_path / "a.json").write_text('{"ä": [1, 2.5, null, "\\u00e4"]}', encoding="utf-8")
    assert read_json(tmp_path / "a.json", "an object", "correct it") == {"ä": [1, 2.5, None, "ä"]}
