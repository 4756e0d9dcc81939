"""JSON schemas of the files that users write, and of ``score.json``, from the types that read and write them
and the documentation's words for each key.

``python -m Testing.json_schemas`` writes them to ``Resources/Schemas``; editors complete and check YAML by them. What
depends on several entries at once, only the program checks.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from NACResponseLib.config import resources
from NACResponseLib.endpoints import EndpointFile
from NACResponseLib.protocol import REGIONS, Protocol
from NACResponseLib.protocol.parts import NATIVE, Preprocessing
from NACResponseLib.registry import names
from NACResponseLib.scoring.result import Score
from NACResponseLib.training.clinical.recipe import Recipe
from NACResponseLib.training.signatures.recipe import SignatureRecipe
from NACResponseLib.training.trees.recipe import Selection, TreesRecipe
from NACResponseLib.variables import ClinicalVariable

sys.path.insert(0, str(resources() / "Documentation"))
from generated import TITLES, attributes, described, parts_of  # beside the pages that it fills

DIALECT = "http://json-schema.org/draft-07/schema#"
_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}
_WORD = {"type": ["string", "number", "boolean"]}  # YAML's yes, no and 1 are words, too
_WORDS = {"anyOf": [_WORD, {"type": "array", "items": _WORD}]}
_MEANINGS = {part: described(kind, place, part) for kind in TITLES for place, part in parts_of(kind).items()}


def schema_of(kind: Any, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The schema of a type; the limits or known names of a field are those of each of its values."""
    metadata = metadata or {}
    origin, inside = get_origin(kind), get_args(kind)
    if type(None) in inside:
        return {"anyOf": [schema_of(inside[0], metadata), {"type": "null"}]}
    if is_dataclass(kind):
        return _object(kind)
    if origin is Mapping:
        return {"type": "object", "additionalProperties": schema_of(inside[1], metadata)}
    if origin is tuple:
        items = {"type": "array", "items": schema_of(inside[0], metadata)}
        if inside[-1] is not ...:
            return items | {"minItems": len(inside), "maxItems": len(inside)}
        return items | ({"minItems": 1} if metadata.keys() & {"limits", "known"} else {})
    schema = {"type": _SCALARS[kind]} if kind in _SCALARS else {}
    if "limits" in metadata:
        schema |= dict(zip(("minimum", "maximum"), metadata["limits"], strict=True))
    return schema | ({"enum": list(metadata["known"])} if "known" in metadata else {})


def _object(kind: Any) -> dict[str, Any]:
    types, words = get_type_hints(kind), _MEANINGS.get(kind) or attributes(kind)
    properties, required = {}, []
    for each in fields(kind):
        schema = _OTHERS.get((kind, each.name), schema_of(types[each.name], each.metadata))
        if schema is None:
            continue
        meaning = words.get(each.name, "").replace("``", "`")
        properties[each.name] = ({"description": meaning} if meaning else {}) | schema
        if _is_required(each) and (kind, each.name) not in _FILLED_IN:
            required.append(each.name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _is_required(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _named(group: str, key: str) -> dict[str, Any]:
    """A step or classifier of the library's or a user's package, with its parameters."""
    name = {"type": "string", "examples": list(names(group))}
    return {"type": "object", "properties": {key: name}, "required": [key]}


_STEPS = {"type": "array", "items": _named("selectors", "step")}
_VARIABLE: dict[tuple[type, str], Any] = {
    (ClinicalVariable, "name"): None,  # is the key
    (ClinicalVariable, "levels"): {"type": "array", "items": _WORDS},
    **{(ClinicalVariable, key): _WORDS for key in ("prefixes", "unknown", "synonyms")},
}
_FILLED_IN = {
    *((TreesRecipe, key) for key in ("monotone", "comparators")),
    *((SignatureRecipe, key) for key in ("signatures", "models", "comparators")),
}
"""Fields without a default that a file may leave out."""
_REGIONS = {"type": "array", "items": {"enum": list(REGIONS)}, "minItems": 1, "uniqueItems": True}
_OTHERS = dict(_VARIABLE)
_VARIABLES = {"type": "object", "additionalProperties": _object(ClinicalVariable)}
_OTHERS |= {
    (EndpointFile, "positive"): _WORDS,
    (EndpointFile, "negative"): _WORDS,
    (Preprocessing, "spacing_mm"): {
        "anyOf": [{"type": "number", "minimum": 0.01, "maximum": 10}, {"enum": [NATIVE, None]}]
    },
    (Protocol, "regions"): {"anyOf": [_REGIONS, {"type": "object", "additionalProperties": _REGIONS}]},
    (Protocol, "modality_regions"): None,  # a file says it by 'regions'
    (Selection, "steps"): _STEPS,
    (SignatureRecipe, "selection"): _STEPS,
    (SignatureRecipe, "variables"): _VARIABLES,
    (TreesRecipe, "variables"): _VARIABLES,
    (TreesRecipe, "monotone"): {"type": "object", "additionalProperties": {"enum": [-1, 1]}},
    (TreesRecipe, "own_classifier"): None,  # a file says it by 'classifier'
    (Recipe, "folder"): None,  # is the file's
}
"""Fields that a file writes otherwise than by their type; None for those it cannot have."""


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by the name of its file."""
    trees = _object(TreesRecipe)
    trees["properties"]["classifier"] = {
        "anyOf": [*trees["properties"]["classifier"]["anyOf"][:1], _named("classifiers", "name")]
    }
    score = _object(Score)
    score["required"] = [each.name for each in fields(Score)]
    found = {
        "protocol": ("What is extracted from a patient's images", _object(Protocol)),
        "recipe-radiomics": ("A recipe for feature tables: trees", trees),
        "recipe-signatures": ("A recipe for feature tables: models of signatures", _object(SignatureRecipe)),
        "recipe-clinical": ("A recipe with a training table of its own", _object(Recipe)),
        "endpoint": ("An outcome in a column of its own", _object(EndpointFile)),
        "variables": ("Clinical variables by name", _VARIABLES),
        "score": ("A patient's score, as 'nacresponse score' writes it", score),
    }
    return {
        f"{name}.schema.json": {"$schema": DIALECT, "title": title, **schema} for name, (title, schema) in found.items()
    }


def write_schemas(folder: Path) -> None:
    """Writes every schema, one to a file."""
    folder.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (folder / name).write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_schemas(resources() / "Schemas")
