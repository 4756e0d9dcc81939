"""Reads from Slicer's sources what its Python functions take, and writes ``python_signatures.csv``.

Run with checkouts (or exported trees) of Slicer 5.12 and 5.10:

    python Testing/slicer/find_signatures.py --new SLICER_5_12 --old SLICER_5_10

Columns: the name as a module writes it (``slicer.util.loadVolume``, ``SampleData.SampleDataLogic.downloadSample``; a
class stands for its ``__init__``), the parameters in 5.12 and in 5.10. An empty field: not in that version. Only names
of ``api_names.csv``, with their methods, are kept.
"""

from __future__ import annotations

import argparse
import ast
import csv
from pathlib import Path

TABLE = Path(__file__).with_name("python_signatures.csv")
NAMES = Path(__file__).with_name("api_names.csv")
COLUMNS = ("name", "parameters_5_12", "parameters_5_10")
SOURCES = {
    "slicer.util": "Base/Python/slicer/util.py",
    "slicer.i18n": "Base/Python/slicer/i18n.py",
    "slicer.packaging": "Base/Python/slicer/packaging.py",
    "slicer.ScriptedLoadableModule": "Base/Python/slicer/ScriptedLoadableModule.py",
    "slicer.parameterNodeWrapper": "Base/Python/slicer/parameterNodeWrapper",
    "SampleData": "Modules/Scripted/SampleData/SampleData.py",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def parameters(function: Function, method: bool) -> str:
    """The parameters as written, without annotations and, of a method that has one, without ``self`` or ``cls``."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    for argument in every:
        if argument is not None:
            argument.annotation = None
    static = any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in function.decorator_list)
    if method and not static:
        del (arguments.posonlyargs or arguments.args)[0]
    return ast.unparse(arguments) or "()"


def signatures(tree: ast.Module, prefix: str) -> dict[str, str]:
    """The public functions, classes and methods of one file."""
    found = {}
    for item in tree.body:
        if isinstance(item, Function) and not item.name.startswith("_"):
            found[f"{prefix}.{item.name}"] = parameters(item, method=False)
        elif isinstance(item, ast.ClassDef) and not item.name.startswith("_"):
            for member in item.body:
                if isinstance(member, Function) and member.name == "__init__":
                    found[f"{prefix}.{item.name}"] = parameters(member, method=True)
                elif isinstance(member, Function) and not member.name.startswith("_"):
                    found[f"{prefix}.{item.name}.{member.name}"] = parameters(member, method=True)
    return found


def read(root: Path) -> dict[str, str]:
    """All signatures of one version."""
    found = {}
    for prefix, place in SOURCES.items():
        path = root / place
        files = [path] if path.suffix else sorted(path.glob("*.py"))
        for file in files:
            if file.is_file():
                found.update(signatures(ast.parse(file.read_text(encoding="utf-8")), prefix))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--new", "--old"):
        parser.add_argument(option, type=Path, required=True)
    options = parser.parse_args()
    new, old = read(options.new), read(options.old)
    with NAMES.open(encoding="utf-8", newline="") as file:
        used = {row["name"] for row in csv.DictReader(file)}
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for name in sorted(new | old, key=str.lower):
            if name in used or name.rpartition(".")[0] in used:
                writer.writerow([name, new.get(name, ""), old.get(name, "")])


if __name__ == "__main__":
    main()
