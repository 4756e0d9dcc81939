"""Every reader meets the inputs that were findings once, and some new ones; ``make fuzz`` tries many more."""

import shutil
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from .__main__ import fuzz
from .damage import unnoticed
from .readers import READERS
from .worker import LONGEST_LINE, fault

CORPUS = Path(__file__).parent / "corpus"
KEPT = sorted(file for file in CORPUS.rglob("*") if file.is_file())


def marked(name):
    return pytest.param(name, marks=[pytest.mark.torch] if READERS[name].needs == "torch" else [], id=name)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory and time as Linux has them")
@pytest.mark.parametrize("name", [marked(name) for name in READERS])
def test_new_inputs_give_a_value_or_one_printable_line(name):
    if not find_spec(READERS[name].needs):
        pytest.skip(f"no {READERS[name].needs} here")
    done, found, memory = fuzz(name, seed=12, count=40, until=time.monotonic() + 60)
    assert not found
    assert done == 40 and memory < 2000


@pytest.mark.parametrize("kept", KEPT, ids=lambda file: file.relative_to(CORPUS).as_posix())
def test_what_was_a_finding_once_is_read_or_refused_well(kept, tmp_path):
    reader = READERS[kept.parent.name.replace("_", " ")]
    _, _, changed = kept.name.partition("-")
    target = next(file for file in reader.make(tmp_path) if file.name == changed)
    shutil.copy(kept, target)
    assert fault(lambda: reader.read(target)) is None


def test_the_judge_knows_what_is_wrong():
    from NACResponseLib.errors import InputError

    def raising(error):
        def read():
            raise error

        return read

    assert fault(lambda: 1) is None
    assert fault(raising(InputError("a", "b", "c"))) is None
    long = InputError("a", "b", "c")
    long.args = ("x" * LONGEST_LINE,)
    control = InputError("a", "b", "c")
    control.args = ("a\x1b[2J",)
    for error in (ValueError("no"), RecursionError(), MemoryError(), KeyError("a"), long, control):
        assert fault(raising(error))


@pytest.mark.parametrize("kind", ["model file", "finished patient", "feature table", "NIfTI, packed"])
def test_one_flipped_bit_of_what_has_a_checksum_is_never_believed(kind):
    harmful, silent = unnoticed(kind, flips=40)
    assert harmful > 20 and silent == 0
