"""The command line, ``nacresponse``. Exit status: 0 done, 1 some cases failed, 2 unusable input."""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn, TextIO, cast

from .. import __version__
from ..errors import InputError, unknown_name
from ..imaging.files.bounded import LARGEST, largest_bytes
from ..imaging.source import PRIVATE
from ..packages import import_without, missing
from . import (
    compare,
    evaluate,
    export,
    extract,
    followup,
    import_table,
    models,
    phantom,
    review,
    score,
    shell,
    stability,
    suggest,
    train,
    weights,
)
from .printable_stream import PrintableStream


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"a command as in '{self.prog} --help'", message, "correct the command")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: of the command line; those of the process if None.

    Returns:
        The exit status.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows '?'
    out, err = (cast(TextIO, PrintableStream(stream)) for stream in (sys.stdout, sys.stderr))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        _check_letters(given)
        given = _limited([word for word in given if word != "--debug"])
        options = _parser(given).parse_args(given)
        if arguments is None and options.command in ("score", "demo"):
            import_without("xgboost", "sklearn")
        return _flushed(options.run(options))
    except InputError as error:
        if debug:
            raise
        return _fail("\nnacresponse: ".join(map(str, error.mistakes)))
    except ModuleNotFoundError as error:
        if debug or not error.name or error.name.startswith("NACResponseLib"):
            raise
        return _fail(str(missing(error.name)))
    except BrokenPipeError:  # whoever read the output went away; the results are in place
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the rest of the process
        return 0
    except OSError as error:
        if debug:
            raise
        return _fail(f"expected to read and write files, found {error}: check the disk and its permissions")
    except KeyboardInterrupt:
        for child in multiprocessing.active_children():
            child.kill()
        return _fail("interrupted", 130)


def _check_letters(given: list[str]) -> None:
    """Refuses at the start what no result could hold, rather than at the end of the work."""
    for word in given:
        if not word.isprintable():
            raise InputError("arguments and file names of printable letters (UTF-8)", f"'{word}'", "rename the file")


def _limited(given: list[str]) -> list[str]:
    """The arguments without those that go into the environment, so that worker processes know them."""
    left, words = [], iter(given)
    for word in words:
        if word == "--private":
            os.environ[PRIVATE] = "yes"
            continue
        name, equals, value = word.partition("=")
        if name != "--largest-gib":
            left.append(word)
            continue
        os.environ[LARGEST] = value if equals else next(words, "none")
        largest_bytes()
    return left


def _flushed(status: int) -> int:
    sys.stdout.flush()
    return status


def _fail(message: str, status: int = 2) -> int:
    print(f"nacresponse: {message}", file=sys.stderr)
    return status


def _parser(given: list[str]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="nacresponse",
        description="Predicts the response of a breast cancer to neoadjuvant chemotherapy. Research use only.",
        epilog="'nacresponse COMMAND --help' explains a command. --debug shows where an error arose; --largest-gib N "
        "raises the size that an image may have from 4 GiB; with --private results name no file.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"nacresponse {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (
        score,
        shell,
        suggest,
        extract,
        import_table,
        export,
        followup,
        review,
        stability,
        train,
        evaluate,
        compare,
        models,
        weights,
        phantom,
    ):
        module.add_parser(commands)
    names = list(commands.choices)
    if given and not given[0].startswith("-") and given[0] not in names:
        raise unknown_name("a command", given[0], names)
    return parser
