"""Writes the reference out of the program itself, so that it cannot say anything else: Markdown, by directive.

``{commands}`` the command line; ``{public-names}`` the Python names; ``{keys} KIND`` the keys of a protocol or of a
kind of recipe; ``{steps} GROUP`` what can be named in recipes; ``{variables}``, ``{features}``, ``{endpoints}`` the
tables of their names; ``{schemas}`` the JSON schemas; ``{files} COMMAND`` what a command writes, described in
``files.yaml``.
"""

import argparse
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import yaml

HERE = Path(__file__).parent
Lines = Iterator[str]


def cell(text: object) -> str:
    """A cell of a table: one line, no bar."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def table(header: tuple[str, ...], rows: Iterator[tuple[object, ...]] | list[tuple[object, ...]]) -> Lines:
    yield "| " + " | ".join(header) + " |"
    yield "|---" * len(header) + "|"
    for row in rows:
        yield "| " + " | ".join(map(cell, row)) + " |"
    yield ""


# The command line ----------------------------------------------------------------------------------------------------


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command, of ``models`` and ``weights`` those of what they do."""
    from NACResponseLib.cli import _parser

    found: dict[str, argparse.ArgumentParser] = {}
    for name, command in subcommands(_parser([])).items():
        inner = subcommands(command)
        found |= {f"{name} {each}": parser for each, parser in inner.items()} if inner else {name: command}
    return found


def subcommands(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    return next((each.choices for each in parser._actions if isinstance(each, argparse._SubParsersAction)), {})


def commands(_: str) -> Lines:
    for name, parser in parsers().items():
        yield f"## nacresponse {name}\n"
        if parser.description:
            yield " ".join(parser.description.split()) + "\n"
        usage = re.sub(r"\n {7}", "\n", parser.format_usage().removeprefix("usage: "))
        yield f"```text\n{usage}```\n"
        yield f"```{{program}} nacresponse {name}\n```\n"
        for action in parser._actions:
            if isinstance(action, argparse._HelpAction):
                continue
            yield from option(parser, action)
        if parser.epilog:
            yield " ".join(parser.epilog.split()) + "\n"


def option(parser: argparse.ArgumentParser, action: argparse.Action) -> Lines:
    value = parser._get_formatter()._format_args(action, action.dest.upper()) if action.nargs != 0 else ""
    if action.choices and not action.metavar:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    names = [f"{name} {value}".strip() for name in action.option_strings] or [value]
    said = parser._get_formatter()._expand_help(action) if action.help else ""
    needed = "Needed." if action.required and action.option_strings else ""
    text = " ".join(part for part in (said[:1].upper() + said[1:], needed) if part)
    yield f"````{{option}} {', '.join(names)}\n{text}\n````\n"


# Python --------------------------------------------------------------------------------------------------------------


def public_names(_: str) -> Lines:
    import NACResponseLib
    from NACResponseLib import estimators

    names = [f"NACResponseLib.{name}" for name in NACResponseLib.__all__ if not name.startswith("__")]
    classes = [name for name in names if inspect.isclass(getattr(NACResponseLib, name.rpartition(".")[2]))]
    steps_of_training = [f"NACResponseLib.estimators.{name}" for name in estimators.__all__]
    for title, kind, members in (
        ("Functions", "function", [*(name for name in names if name not in classes), *HELPERS]),
        ("What they return and take", "class", [*classes, *PARTS]),
        ("Steps of training, for pipelines of scikit-learn", "class", steps_of_training),
    ):
        yield f"## {title}\n"
        for name in members:
            own = "\n   :no-inherited-members:" if "estimators" in name else ""
            yield f"```{{eval-rst}}\n.. auto{'exception' if name.endswith('Error') else kind}:: {name}{own}\n```\n"


HELPERS = ("NACResponseLib.clinical.parse_clinical",)
PARTS = ("NACResponseLib.scoring.result.Score", "NACResponseLib.scoring.result.Contribution")


# Protocols and recipes -----------------------------------------------------------------------------------------------


def parts_of(kind: str) -> Mapping[str, type]:
    """The dataclasses that a file of a kind is made of, by the key that holds them; "" for the file itself."""
    from NACResponseLib.protocol import Protocol
    from NACResponseLib.training.clinical.recipe import Recipe
    from NACResponseLib.training.signatures.recipe import SignatureRecipe
    from NACResponseLib.training.trees.recipe import TreesRecipe
    from NACResponseLib.variables import ClinicalVariable

    recipes = {"trees": TreesRecipe, "signatures": SignatureRecipe, "clinical": Recipe}
    whole = {"protocol": Protocol, "variables": ClinicalVariable, **recipes}[kind]
    types = get_type_hints(whole)
    own = {each.name: types[each.name] for each in fields(whole) if "read" not in each.metadata}
    return {"": whole, **{key: part for key, type_ in own.items() for part in _dataclasses_in(type_)}}


def _dataclasses_in(kind: Any) -> Iterator[type]:
    if is_dataclass(kind):
        yield kind
    for each in get_args(kind):
        yield from _dataclasses_in(each)


HIDDEN = {"modality_regions", "own_classifier", "folder"}  # of the program, not of the file


def attributes(kind: type) -> dict[str, str]:
    """What a docstring says of each attribute."""
    found, names = {}, []
    _, _, text = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:")
    text, _, _ = text.partition("\n\nExample:")
    for line in inspect.cleandoc(text).splitlines():
        start = re.match(r"(\w+(?:, \w+)*): (.*)", line)
        if start:
            names = start[1].split(", ")
            found |= dict.fromkeys(names, start[2])
        elif line.strip():
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def described(kind: str, place: str, part: type) -> dict[str, str]:
    """Each key of a part of a file, with what it means: the code's own words, else those of ``keys.yaml``."""
    ours = yaml.safe_load((HERE / "keys.yaml").read_text(encoding="utf-8"))
    said = attributes(part)
    more = {**ours["all"].get(place, {}), **ours.get(kind, {}).get(place, {})}
    return {
        each.name: more.get(each.name) or said.get(each.name, "") for each in fields(part) if each.name not in HIDDEN
    }


def allowed(each: Any) -> str:
    """The values that a key may have, and what stands where it is not given."""
    meta, words = each.metadata, []
    if "limits" in meta:
        low, high = meta["limits"]
        words.append(f"{low:g} to {high:g}" if high < 1e6 else f"from {low:g}")
    if "known" in meta:
        words.append(", ".join(f"`{name}`" for name in meta["known"]))
    if not words and str(each.type) in ("bool", "str", "int", "float"):
        words.append({"bool": "true, false", "str": "text", "int": "number", "float": "number"}[str(each.type)])
    if each.default is MISSING and each.default_factory is MISSING:
        return "; ".join([*words, "needed"])
    usual = each.default
    if usual is not MISSING and usual not in (None, "", ()):
        shown = {True: "true", False: "false"}.get(usual, usual) if isinstance(usual, bool) else usual
        words.append(f"{list(shown) if isinstance(shown, tuple) else shown} if left out")
    return "; ".join(words) or "may be left out"


TITLES = {
    "protocol": "Keys",
    "trees": "Recipes of trees: `kind: radiomics`",
    "signatures": "Recipes of signatures: `kind: signatures`",
    "clinical": "Recipes with a table of their own",
    "variables": "Clinical variables",
}


def keys(kind: str) -> Lines:
    yield f"## {TITLES[kind]}\n"
    for place, part in parts_of(kind).items():
        if place:
            yield f"### {place}\n"
            said, _, _ = inspect.cleandoc(part.__doc__ or "").partition("\n\n")
            if not said.startswith("Attributes"):
                yield " ".join(said.split()) + "\n"
        known = {each.name: each for each in fields(part)}
        words = described(kind, place, part)
        yield from table(("key", "meaning", "values"), [(f"`{n}`", t, allowed(known[n])) for n, t in words.items()])


def steps(group: str) -> Lines:
    from NACResponseLib.registry import find, names

    rows = []
    for name in names(group):
        found = find(group, name, group)
        taken = [str(each).split(":")[0] + _default(each) for each in inspect.signature(found).parameters.values()
                 if each.name not in ("seed", "random_state", "outcome")]  # fmt: skip
        said = (inspect.getdoc(found) or "").partition("\n\n")[0]
        rows.append((f"`{name}`", said, ", ".join(f"`{each}`" for each in taken) or "none"))
    yield from table(("name", "what it does", "parameters"), rows)


def _default(each: inspect.Parameter) -> str:
    return "" if each.default is inspect.Parameter.empty or ":" not in str(each) else f" = {each.default}"


# Names of columns ----------------------------------------------------------------------------------------------------


def variables(_: str) -> Lines:
    from NACResponseLib.variables import known_variables

    rows = []
    for name, each in known_variables({}).items():
        low_high = f"{each.range[0]:g} to {each.range[1]:,.10g}" if each.range else ""
        levels = "; ".join(f"{code:g} {level}" for code, level in each.level_names.items())
        rows.append((f"`{name}`", each.label, f"{low_high or levels} {each.unit}", ", ".join(each.synonyms)))
    yield from table(("column", "meaning", "values", "other headings"), rows)


def endpoints(_: str) -> Lines:
    from NACResponseLib.endpoints import endpoints as known

    rows = [(f"`{name}`", each.positive_class, each.negative_class, each.needed) for name, each in known().items()]
    yield from table(("endpoint", "positive class (1)", "negative class (0)", "from the columns"), rows)


def features(_: str) -> Lines:
    from NACResponseLib.features.names import ALL

    rows = [(each.feature_class, f"`{each.name}`", each.ibsi) for each in ALL]
    yield from table(("class", "feature", "IBSI"), rows)


def files(command: str) -> Lines:
    described_files = yaml.safe_load((HERE / "files.yaml").read_text(encoding="utf-8"))
    for name, entry in described_files[command].items():
        yield f"**`{name}`**: {' '.join(entry['what'].split())}\n"
        if "columns" in entry:
            yield from table(("column", "meaning"), [(f"`{n}`", t) for n, t in entry["columns"].items()])
        if "keys" in entry:
            yield from table(("key", "meaning"), [(f"`{n}`", t) for n, t in entry["keys"].items()])


def schemas(_: str) -> Lines:
    folder = HERE.parents[1] / "Resources" / "Schemas"
    titles = {file: json.loads(file.read_text(encoding="utf-8"))["title"] for file in sorted(folder.glob("*.json"))}
    rows = [
        (f"{{download}}`{file.name} </../../Resources/Schemas/{file.name}>`", each) for file, each in titles.items()
    ]
    yield from (line.replace("&lt;", "<") for line in table(("file", "of what"), rows))


KINDS = {
    "schemas": schemas,
    "commands": commands,
    "public-names": public_names,
    "keys": keys,
    "steps": steps,
    "variables": variables,
    "endpoints": endpoints,
    "features": features,
    "files": files,
}
