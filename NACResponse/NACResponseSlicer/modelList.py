"""The models there are and what each needs, as the command line tells it; asked for once."""

import json
from pathlib import Path
from typing import Any

from . import processRunner


class ModelList:
    """Entries of ``nacresponse models list --json`` and, for a bundle of the user, ``models show FILE --json``.

    A file is asked about again when it was written anew, as by another training in the same folder; also one that
    could not be read is asked about only once. A list that could not be had is asked for again.
    """

    def __init__(self) -> None:
        self._answers: dict[tuple[str, int], processRunner.RunResult] = {}
        self._given: list[dict[str, Any]] | None = None

    def give(self, entries: list[dict[str, Any]]) -> None:
        """Takes the list from whoever asked for it without waiting."""
        self._given = entries

    def entries(self) -> list[dict[str, Any]]:
        """The models that ship with the module, and those installed.

        Raises:
            RuntimeError: the list cannot be had, as where packages are missing.
        """
        if self._given is None:
            self._given = json.loads(_output(processRunner.run(["models", "list", "--json"])))
        return self._given

    def entry(self, wanted: str) -> dict[str, Any]:
        """A model by its name or its file; the default one for an empty text.

        Raises:
            RuntimeError: there is no such model or file, or the list cannot be had.
        """
        for entry in self.entries():
            if wanted in (entry["name"], entry["path"]) or (not wanted and entry["default"]):
                return entry
        state = wanted, _written(wanted)
        if state not in self._answers:
            self._answers[state] = processRunner.run(["models", "show", wanted, "--json"])
        return json.loads(_output(self._answers[state]))

    def known(self, wanted: str) -> dict[str, Any] | None:
        """``entry``, once the list is there; None before, or where there is no such model."""
        if self._given is None:
            return None
        try:
            return self.entry(wanted)
        except RuntimeError:
            return None

    def forget(self) -> None:
        """Lets all be asked for again: packages or a model were installed."""
        self._answers.clear()
        self._given = None


def _output(answer: processRunner.RunResult) -> str:
    if not answer.ok:
        raise RuntimeError(answer.message)
    return answer.standardOutput


def _written(name: str) -> int:
    """When a file was written; 0 for none."""
    try:
        return Path(name).stat().st_mtime_ns
    except OSError:
        return 0
