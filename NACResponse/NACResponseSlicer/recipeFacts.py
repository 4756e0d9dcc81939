"""What a training recipe says of itself, read line by line: no package is needed, so a panel can tell it at once."""

import re
from dataclasses import dataclass
from pathlib import Path

KINDS = ("radiomics", "signatures")
SIGNATURES = "signatures"
_ENTRY = re.compile(r"(\w+):\s*[\"']?([\w.-]*)")
_FEATURES = re.compile(r"\bfeatures:\s*[\"']?([\w-]+)")


@dataclass(frozen=True)
class RecipeFacts:
    """Of a recipe.

    Attributes:
        kind: ``radiomics``, a model of each feature set; ``signatures``, a study whose models join signatures.
        endpoint: the study's own; empty where the user chooses.
        protocol: by which the features are extracted; empty for any.
        features: what its signatures are made of: ``handcrafted``, ``resnet50``, or ``deep`` for any network.
    """

    kind: str = ""
    endpoint: str = ""
    protocol: str = ""
    features: tuple[str, ...] = ()

    def lacking(self, there: list[str]) -> list[str]:
        """The features that it needs and that are not among the feature sets there are."""
        deep = any(name.startswith("resnet") for name in there)
        return [name for name in self.features if name not in there and not (name == "deep" and deep)]


def readFacts(path: Path) -> RecipeFacts:
    """The facts of a recipe's file; empty ones where it cannot be read, which the command line tells better."""
    try:
        lines = [line.split(" #")[0] for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        return RecipeFacts()
    entries: dict[str, str] = {}
    features: list[str] = []
    section = ""
    for line in lines:
        if match := _ENTRY.match(line):
            section = match.group(1)
            entries[section] = match.group(2)
        if section == SIGNATURES:
            features += _FEATURES.findall(line)
    kind, endpoint, protocol = (entries.get(name, "") for name in ("kind", "endpoint", "protocol"))
    if kind != SIGNATURES:
        return RecipeFacts(kind)
    return RecipeFacts(kind, endpoint, protocol, tuple(dict.fromkeys(features)))
