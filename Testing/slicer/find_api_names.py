"""Finds where Slicer's sources define a name, and keeps ``api_names.csv``.

Run with checkouts (or exported trees) of Slicer 5.12 and 5.10 and of CTK, and the names to add:

    python Testing/slicer/find_api_names.py --new SLICER_5_12 --old SLICER_5_10 --ctk CTK slicer.util.loadUI ...

Names: ``slicer.util.x``, ``slicer.app.x``, ``slicer.modules.x``, ``slicer.<module>.x``, ``slicer.Class``,
``ctk.Class``, ``qt.Class``, ``SampleData.x``, and ``Class.member`` for members of widgets and nodes (looked for in the
base classes, too). Without names the whole list is looked up again; a name that is nowhere ends the run with status 1.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("api_names.csv")
COLUMNS = ("name", "kind", "defined_in_5_12", "defined_in_5_10", "note")
PYTHON = {
    "util": "Base/Python/slicer/util.py",
    "i18n": "Base/Python/slicer/i18n.py",
    "packaging": "Base/Python/slicer/packaging.py",
    "ScriptedLoadableModule": "Base/Python/slicer/ScriptedLoadableModule.py",
}
FOLDERS = {"parameterNodeWrapper": "Base/Python/slicer/parameterNodeWrapper"}
APP = (
    "Base/QTGUI/qSlicerApplication.h", "Base/QTCore/qSlicerCoreApplication.h",
    "Applications/SlicerApp/qSlicerAppMainWindow.h",
)  # fmt: skip
START_UP = "Base/Python/slicerqt.py"
MOVED = {START_UP: "Base/Python/slicer/slicerqt.py"}  # where 5.10 has it
DECORATORS = "Base/QTCore/qSlicerBaseQTCorePythonQtDecorators.h"
SLICER_ITSELF = {  # attributes of the module slicer that no class defines
    "mrmlScene": (START_UP, 'setattr(slicer, "mrmlScene"'),
    "app": (START_UP, 'setattr(slicer, "app"'),
    "modules": ("Base/Python/slicer/__init__.py", "modules"),
    "dicomDatabase": ("Modules/Scripted/DICOM/DICOM.py", "slicer.dicomDatabase ="),
    "selfTests": ("Base/Python/slicer/ScriptedLoadableModule.py", "slicer.selfTests = {}"),
}


@cache
def headers(root: Path) -> dict[str, Path]:
    """The header of each class, by the class's name."""
    return {path.stem: path for folder in ("Libs", "Base", "Modules") for path in (root / folder).rglob("*.h")}


def line_of(root: Path, path: Path | str, pattern: str) -> str:
    """``path:line`` of the first line that matches; empty where the file or the line is missing."""
    file = root / path
    if not file.is_file():
        return ""
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if re.search(pattern, line):
            return f"{file.relative_to(root).as_posix()}:{number}"
    return ""


def class_line(root: Path, name: str) -> str:
    header = headers(root).get(name)
    return line_of(root, header, rf"^class .*\b{name}\b") if header else ""


def visible_line(root: Path, header: Path, member: str) -> str:
    """Where a Qt class declares a member that PythonQt shows: a public slot, signal, property or Q_INVOKABLE method."""
    shown = False
    for number, line in enumerate(header.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        section = re.match(r"\s*(public|protected|private)?\s*(slots|Q_SLOTS|signals|Q_SIGNALS)?\s*:\s*$", line)
        if section and (section.group(1) or section.group(2)):
            shown = bool(section.group(2)) and section.group(1) in ("public", None)
        declared = re.search(rf"\b{member}\s*\(", line) and not line.lstrip().startswith("/")
        constant = re.search(rf"(^\s+|[{{,]\s*){member}\b\s*(=|,|$)", line)
        if (
            (declared and (shown or "Q_INVOKABLE" in line))
            or re.search(rf"Q_PROPERTY\(\S+ {member}\b", line)
            or constant
        ):
            return f"{header.relative_to(root).as_posix()}:{number}"
    return ""


def member_line(roots: list[Path], name: str, member: str) -> str:
    """Where a class or a base of it declares a member: a method, a property, a signal, a constant or a macro's pair."""
    plain = re.sub(r"^(Get|Set|Is|(On|Off)$)", "", member)
    patterns = [
        rf"\b{member}\s*\(",
        rf"Macro\({plain}\b",
        rf"(^\s+|[{{,]\s*){member}\b\s*(=|,|$)",
    ]
    for root in roots:
        header = headers(root).get(name)
        if header is None:
            continue
        lines = [line_of(root, header, pattern) for pattern in patterns if not name.startswith(("q", "ctk"))]
        for found in lines or [visible_line(root, header, member)]:
            if found:
                return found if root == roots[0] else f"CTK {found}"
        text = header.read_text(encoding="utf-8", errors="replace")
        base = re.search(rf"class [^;{{]*\b{name}\b[^;{{]*?:\s*public ([\w:]+)", text)
        return member_line(roots, base.group(1), member) if base else ""
    return ""


def find(name: str, root: Path, ctk: Path) -> str:
    """``path:line`` of a name in one tree."""
    first, _, rest = name.partition(".")
    second, _, third = rest.partition(".")
    if first == "qt":
        return "Qt, wrapped by PythonQt"
    if first == "ctk":
        found = class_line(ctk, rest)
        return f"CTK {found}" if found else ""
    if first == "SampleData":
        return line_of(root, "Modules/Scripted/SampleData/SampleData.py", rf"^\s*(def|class) {rest}\b")
    if first != "slicer":
        return member_line([root, ctk], first, rest)
    if second in PYTHON:
        return line_of(root, PYTHON[second], rf"^(def|class) {third}\b|^{third} = ")
    if second in FOLDERS:
        files = sorted((root / FOLDERS[second]).glob("*.py"))
        lines = [line_of(root, file, rf"^(def|class) {third}\b|^{third} = ") for file in files]
        return next((line for line in lines if line), "")
    if second == "app" and third:
        lines = [member_line([root], Path(file).stem, third) for file in APP]
        lines.append(line_of(root, DECORATORS, rf"qSlicerCoreApplication_{third}\("))
        return next((line for line in lines if line), "") or ("Qt: QApplication" if third in QT_APP else "")
    if second == "modules" and third:
        folders = [path for kind in ("Loadable", "Scripted") for path in (root / "Modules" / kind).glob("*")]
        match = [path for path in folders if path.name.lower() == third.lower()]
        return match[0].relative_to(root).as_posix() if match else ""
    if second in SLICER_ITSELF:
        path, text = SLICER_ITSELF[second]
        return line_of(root, path, re.escape(text)) or line_of(root, MOVED.get(path, path), re.escape(text))
    return class_line(root, second)


QT_APP = {
    "processEvents", "applicationVersion", "applicationName", "setOverrideCursor", "restoreOverrideCursor",
    "connect", "disconnect", "translate", "topLevelWidgets", "clipboard", "screens",
}  # fmt: skip


def kind_of(name: str) -> str:
    first, *rest = name.split(".")
    if first in ("qt", "ctk"):
        return "widget class"
    if first == "slicer":
        if rest[0] in ("util", "i18n", "packaging", "app"):
            return rest[0]
        if rest[0] in ("modules", *PYTHON, *FOLDERS):
            return rest[0] if len(rest) > 1 else "attribute"
        return "attribute" if rest[0] in SLICER_ITSELF else "class"
    return "function" if first == "SampleData" else "member"


def read() -> dict[str, dict[str, str]]:
    if not LIST.is_file():
        return {}
    with LIST.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--new", "--old", "--ctk"):
        parser.add_argument(option, type=Path, required=True)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    rows = read()
    missing = []
    for name in options.names or list(rows):
        new, old = (find(name, root, options.ctk) for root in (options.new, options.old))
        if not new and not old:
            missing.append(name)
            rows.pop(name, None)
            continue
        note = rows.get(name, {}).get("note", "")
        rows[name] = dict(zip(COLUMNS, (name, kind_of(name), new, old, note), strict=True))
    with LIST.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[name] for name in sorted(rows, key=str.lower))
    print("\n".join(f"nowhere: {name}" for name in missing), end="\n" if missing else "", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
