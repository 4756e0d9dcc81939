"""The texts for Slicer's translators, and the template made of them, ``packaging/NACResponse_en-US.ts``.

    python -m Testing.slicer.texts

writes the template anew. It holds what Slicer's ``Utilities/Scripts/update_translations.py`` finds with Qt's lupdate
6.12 (compared on 2026-11-29: the same texts in the same contexts), without line numbers, and is to be sent to
github.com/Slicer/SlicerLanguageTranslations.
"""

from __future__ import annotations

import ast
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "NACResponse"
TEMPLATE = Path(__file__).parent / "packaging" / "NACResponse_en-US.ts"

Text = tuple[str, str]
"""Context and text, as Slicer looks a text up."""


def module_texts() -> set[Text]:
    """Of ``_("...")`` in Python files, and of the forms."""
    found = {text for path in MODULE.rglob("*.py") for text in _python_texts(path)}
    return found | {text for path in MODULE.rglob("*.ui") for text in _form_texts(path)}


def untranslatable_calls() -> list[str]:
    """Places where ``_`` is given something else than a literal text, which no tool finds."""
    return [
        f"{path.relative_to(ROOT).as_posix()}:{call.lineno}"
        for path in MODULE.rglob("*.py")
        for call in _calls(path)
        if not (len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str))
    ]


def template_texts() -> set[Text]:
    """Of the template."""
    contexts = list(ET.parse(TEMPLATE).iter("context"))
    return {(one.findtext("name") or "", text.text or "") for one in contexts for text in one.iter("source")}


def write_template() -> None:
    """Writes the template: contexts and texts in the order of the alphabet."""
    root = ET.Element("TS", version="2.1", language="en_US")
    for name, texts in groupby(sorted(module_texts()), lambda text: text[0]):
        context = ET.SubElement(root, "context")
        ET.SubElement(context, "name").text = name
        for _context, text in texts:
            message = ET.SubElement(context, "message")
            ET.SubElement(message, "source").text = text
            ET.SubElement(message, "translation", type="unfinished")
    ET.indent(root, "    ")
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    TEMPLATE.write_text(head + ET.tostring(root, encoding="unicode") + "\n", encoding="utf-8")


def _calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            yield node


def _python_texts(path: Path) -> Iterator[Text]:
    """The context is the file's name, after that of its package (``slicer.i18n.getContext``)."""
    package = f"{path.parent.name}." if (path.parent / "__init__.py").is_file() else ""
    for call in _calls(path):
        if call.args and isinstance(call.args[0], ast.Constant):
            yield package + path.stem, str(call.args[0].value)


def _form_texts(path: Path) -> Iterator[Text]:
    tree = ET.parse(path)
    context = tree.findtext("class") or ""
    for owner in tree.iter():
        if owner.tag in ("property", "attribute"):
            lists = [one for one in owner.findall("stringlist") if one.get("notr") != "true"]
            strings = [*owner.findall("string"), *(text for one in lists for text in one.findall("string"))]
            yield from ((context, one.text) for one in strings if one.text and one.get("notr") != "true")


if __name__ == "__main__":
    write_template()
