"""What would have stopped and asked a person: recorded, and answered as the test set beforehand.

``dialogs.shown`` lists every box in order; ``dialogs.answer(qt.QMessageBox.Yes)`` and ``dialogs.answerFile(path)``
queue answers; a button that the module added itself is answered by its text. A box with one button needs none; a
question that no answer was queued for raises, so that no test passes by answering what it did not know was asked.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Box:
    """One box or dialog: its kind, texts and the answer that was given."""

    kind: str
    text: str
    title: str = ""
    informativeText: str = ""
    detailedText: str = ""
    buttons: int = 0
    icon: int = 0
    answer: Any = None


@dataclass
class Dialogs:
    """The record of one test. ``openedUrls`` holds what QDesktopServices was asked to open."""

    shown: list[Box] = field(default_factory=list)
    openedUrls: list[str] = field(default_factory=list)
    _answers: deque[Any] = field(default_factory=deque)
    _files: deque[Any] = field(default_factory=deque)

    def answer(self, *answers: Any) -> None:
        """Queues answers to the next questions: buttons for message boxes, results for other dialogs."""
        self._answers.extend(answers)

    def answerFile(self, *answers: Any) -> None:
        """Queues what the next file dialogs return; an empty string is a cancelled dialog."""
        self._files.extend(answers)

    def clear(self) -> None:
        for record in (self.shown, self.openedUrls, self._answers, self._files):
            record.clear()  # type: ignore[attr-defined]

    def unused(self) -> list[Any]:
        """Answers that were queued for questions nobody asked."""
        return [*self._answers, *self._files]

    def texts(self) -> list[str]:
        return [box.text for box in self.shown]

    def ask(self, box: Box, only: Any = None) -> Any:
        """Records a box and gives its answer: the queued one, or the only one there is."""
        self.shown.append(box)
        if only is not None:
            box.answer = only
        elif self._answers:
            box.answer = self._answers.popleft()
        else:
            raise AssertionError(f"a {box.kind} asked '{box.text}' and the test had no answer for it")
        return box.answer

    def askFile(self, kind: str, caption: str) -> Any:
        box = Box(kind, caption)
        self.shown.append(box)
        if not self._files:
            raise AssertionError(f"a file dialog ({kind}, '{caption}') opened and the test had no answer for it")
        box.answer = self._files.popleft()
        return box.answer


dialogs = Dialogs()


def install(qt: Any) -> None:
    """Puts the record in the place of everything modal in the module ``qt``."""
    _message_boxes(qt)
    _file_dialogs(qt)

    def run_dialog(self: Any) -> Any:
        return dialogs.ask(Box(type(self).__name__, self.windowTitle, self.windowTitle))

    for cls in (qt.QDialog, qt.QFileDialog, qt.QInputDialog, qt.QProgressDialog):
        cls.exec = cls.exec_ = run_dialog
    qt.QDesktopServices.openUrl = staticmethod(lambda url: dialogs.openedUrls.append(url.toString()) or True)

    def input_text(parent: Any, title: str, label: str, *_: Any) -> Any:
        return dialogs.ask(Box("QInputDialog", label, title))

    for name in ("getText", "getItem", "getInt", "getDouble"):
        setattr(qt.QInputDialog, name, staticmethod(input_text))


def _message_boxes(qt: Any) -> None:
    message_box = qt.QMessageBox

    def run(self: Any) -> Any:
        buttons = int(self.standardButtons)
        box = Box(
            type(self).__name__,
            self.text,
            self.windowTitle.strip(),
            self.informativeText,
            self.detailedText,
            buttons,
            int(self.icon),
        )
        own = [button for button in self.buttons() if not int(self.standardButton(button)) and not _aside(self, button)]
        one = None if own else buttons or int(message_box.Ok)
        answer = dialogs.ask(box, one if one and one & (one - 1) == 0 else None)
        if isinstance(answer, str):
            pressed = next(button for button in self.buttons() if button.text == answer)
        else:
            pressed = self.button(message_box.StandardButton(answer))
        self.__dict__["_pressed"] = pressed
        return answer

    message_box.exec = message_box.exec_ = run
    message_box.clickedButton = lambda self: self.__dict__.get("_pressed")

    def static(kind: str, usual: int) -> Any:
        def show(parent: Any, title: str, text: str, buttons: int = usual, *_: Any) -> Any:
            buttons = int(buttons)
            one = buttons if buttons & (buttons - 1) == 0 else None
            return dialogs.ask(Box(f"QMessageBox.{kind}", text, title, buttons=buttons), one)

        return staticmethod(show)

    for kind in ("information", "warning", "critical", "about"):
        setattr(message_box, kind, static(kind, int(message_box.Ok)))
    message_box.question = static("question", int(message_box.Yes) | int(message_box.No))


def _aside(box: Any, button: Any) -> bool:
    """Whether a button does not end the box, as "Show Details..." does not."""
    return box.buttonRole(button) in (box.ActionRole, box.HelpRole)


def _file_dialogs(qt: Any) -> None:
    """PythonQt's static functions return the path alone, not a pair."""

    def one(kind: str) -> Any:
        return staticmethod(lambda parent=None, caption="", *_, **__: dialogs.askFile(kind, caption))

    for kind in ("getOpenFileName", "getSaveFileName", "getExistingDirectory", "getOpenFileNames"):
        setattr(qt.QFileDialog, kind, one(kind))
