"""``nacresponse weights``: which of MedicalNet's weights are installed, and installing them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError

if TYPE_CHECKING:
    from argparse import ArgumentParser


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """Adds ``weights`` and its actions; ``run`` does what was parsed."""
    parser = commands.add_parser("weights", help="list or install MedicalNet's weights, for deep features")
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what is installed, and where")
    listing.add_argument("--json", action="store_true", help="for programs")
    install = actions.add_parser(
        "install",
        help="download and check the weights of one depth, or take them from a file",
        description="Downloads MedicalNet's published weights from Hugging Face, or takes them from a file.",
        allow_abbrev=False,
    )
    install.add_argument("depth", metavar="DEPTH", help="10, 18, 34 or 50")
    install.add_argument("--from", metavar="FILE", dest="file", type=Path, help="a file; nothing is downloaded")


def run(args: argparse.Namespace) -> int:
    """Does the action and returns the exit status."""
    from ..features.weights import install_from_file, install_from_hub

    if args.action == "list":
        print(json.dumps(_entries(), indent=1) if args.json else "\n".join(_listed()))
        return 0
    if not str(args.depth).isdigit():
        raise InputError("a depth (10, 18, 34 or 50)", f"'{args.depth}'", "write it as a number")
    depth = int(args.depth)
    weights = install_from_file(depth, args.file) if args.file else install_from_hub(depth, _say)
    print(f"ResNet-{depth} installed: {weights.path}")
    print(f"sha256 {weights.sha256}")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _entries() -> list[dict[str, Any]]:
    """Every depth as plain data; None where nothing is installed. The keys are kept; later versions may add others."""
    from ..features.medicalnet import BACKBONES
    from ..features.weights import installed_weights

    found = {weights.depth: weights for weights in installed_weights()}
    return [
        {
            "depth": depth,
            "label": backbone.label,
            "feature_set": backbone.feature_set,
            "installed": depth in found,
            "path": str(found[depth].path) if depth in found else None,
            "sha256": found[depth].sha256 if depth in found else None,
            "source": found[depth].source if depth in found else None,
        }
        for depth, backbone in BACKBONES.items()
    ]


def _listed() -> Iterator[str]:
    from ..features.medicalnet import BACKBONES
    from ..features.weights import VARIABLE, installed_weights, weights_folder

    yield f"Weights in {weights_folder()} (another folder: set {VARIABLE})"
    installed = {weights.depth: weights for weights in installed_weights()}
    for depth, backbone in BACKBONES.items():
        weights = installed.get(depth)
        if weights is None:
            yield f"{backbone.label}  not installed: 'nacresponse weights install {depth}'"
        else:
            yield f"{backbone.label}  {weights.path.name}, {weights.size / 1e6:,.0f} MB, from {weights.source}"
            yield f"           sha256 {weights.sha256}"
