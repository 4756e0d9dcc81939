"""The models there are and what each needs, as the command line tells it; asked for once."""

import json
from typing import Any

from . import processRunner


class ModelList:
    """Entries of ``nacresponse models list --json`` and, for a bundle of the user, ``models show FILE --json``.

    What could not be had is not asked for again until ``forget``.
    """

    def __init__(self) -> None:
        self._answers: dict[tuple[str, ...], processRunner.RunResult] = {}
        self._given: list[dict[str, Any]] | None = None

    def give(self, entries: list[dict[str, Any]]) -> None:
        """Takes the list from whoever asked for it without waiting."""
        self._given = entries

    def entries(self) -> list[dict[str, Any]]:
        """The models that ship with the module, and those installed.

        Raises:
            RuntimeError: the list cannot be had, as where packages are missing.
        """
        return json.loads(self._ask("list", "--json")) if self._given is None else self._given

    def entry(self, wanted: str) -> dict[str, Any]:
        """A model by its name or its file; the default one for an empty text.

        Raises:
            RuntimeError: there is no such model or file, or the list cannot be had.
        """
        for entry in self.entries():
            if wanted in (entry["name"], entry["path"]) or (not wanted and entry["default"]):
                return entry
        return json.loads(self._ask("show", wanted, "--json"))

    def forget(self) -> None:
        """Lets all be asked for again: packages or a model were installed."""
        self._answers.clear()
        self._given = None

    def _ask(self, *words: str) -> str:
        if words not in self._answers:
            self._answers[words] = processRunner.run(["models", *words])
        answer = self._answers[words]
        if not answer.ok:
            raise RuntimeError(answer.message)
        return answer.standardOutput
