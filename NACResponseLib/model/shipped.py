"""The models that ship and the SHA-256 of each file: another file cannot bear a shipped model's name and version.

The checksums inside a bundle show damage, not who made it: whoever alters a member can make them right again. These
hashes are in the code. ``models verify`` of a new build names the hash to put here.
"""

from __future__ import annotations

from ..errors import InputError
from .card import ModelCard

SHIPPED = {
    ("ispy-clinical-volume", "2.0"): "d1b5ebc3d39d939dd1f5e52b1b188ffdd3b635c43fd980aacc9dddc867c3bdb9",
    ("ispy-radiomics", "1.0"): "64999d7dfa970a180d6aa5a4505e954d4c369a3dd94a48fc5f1a1e8f764f9573",
    ("ispy-radiomics-signature", "1.0"): "a64f672e1572c3b9e991fa4a3848d9fc09237f4261231e71d2e7d8cc335d3dd6",
    ("phantom-multimodal", "1.0"): "6397f3bbc94532bcadfd328286446f34eb12c5ddece05b719c47d3eb695d55ee",
}


def check_shipped(card: ModelCard, sha256: str, where: str) -> None:
    """Refuses a bundle that bears a shipped model's name and version and is another file.

    Args:
        sha256: of the file.
        where: its name, for the error.

    Raises:
        InputError: it does and is.
    """
    expected = SHIPPED.get((card.name, card.version), sha256)
    if sha256 != expected:
        raise InputError(
            f"the shipped {card.name} {card.version}, whose SHA-256 is {expected}",
            f"{sha256} of {where}",
            "do not use this file; if you made it, give it another name or version",
        )
