"""``nacresponse models``: list, show, verify, install and rebuild the models that score patients."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config import find_resource, worker_count
from ..errors import InputError
from ..hashing import sha256_of
from ..model.bundle import DEFAULT_MODEL, SUFFIX, Bundle, load_bundle, model_files, models_folder, save_bundle
from ..model.bundle_parts import BundleInput
from ..model.card import Metric, ModelCard
from ..model.card_check import check_card
from ..model.installed import install_bundle
from ..model.shipped import SHIPPED
from ..model.signature import PUBLIC_ENDING, sign, signer
from ..protocol import ImageSpec
from ..scoring.explanation import shown_range
from ..scoring.needs import needs_of
from ..variables import Variables, variables_plain

if TYPE_CHECKING:
    from argparse import ArgumentParser

_WIDTH = 100


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """Adds ``models`` and its actions; ``run`` does what was parsed."""
    parser = commands.add_parser("models", help="list, show, verify, install or rebuild models")
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the models that ship with the program, and yours")
    listing.add_argument("--json", action="store_true", help="for programs: with what each model needs")
    show = actions.add_parser("show", help="a model's card, inputs and provenance")
    show.add_argument("model", metavar="NAME|FILE")
    show.add_argument("--json", action="store_true", help="for programs: the entry of 'models list --json'")
    verify = actions.add_parser("verify", help="check a model file: checksums, content, card, and who signed it")
    verify.add_argument("model", metavar="FILE")
    verify.add_argument("--key", metavar="FOLDER", type=Path, help="of public keys, one of which must have signed it")
    signing = actions.add_parser("sign", help="sign a model file, for those who have your public key")
    signing.add_argument("model", metavar="FILE", type=Path)
    signing.add_argument("--key", metavar="FOLDER", type=Path, required=True, help="of your keys, or for new ones")
    install = actions.add_parser("install", help="keep a model of yours, to be called by its name", allow_abbrev=False)
    install.add_argument("model", metavar="FILE", type=Path)
    install.add_argument("--name", metavar="NAME", help="default: the name on its card")
    install.add_argument("--replace", action="store_true", help="another model of that name gives way")
    rebuild = actions.add_parser("rebuild", help="train a shipped model again from its table and recipe")
    rebuild.add_argument("model", metavar="NAME", help="a shipped recipe, or your own recipe's file (.yaml)")
    rebuild.add_argument("--output", metavar="FILE", type=Path, required=True, help=f"the new bundle ({SUFFIX})")


def run(args: argparse.Namespace) -> int:
    """Does the action and returns the exit status: 0 done, 1 rebuilt but not equal to the shipped file."""
    if args.action == "rebuild":
        return _rebuild(args.model, args.output)
    if args.action == "install":
        print(f"installed: {install_bundle(args.model, args.name, replace_other=args.replace)}")
        return 0
    if args.action == "sign":
        load_bundle(args.model)
        print(f"wrote {sign(args.model, args.key)}; others verify it with {args.key / 'own'}{PUBLIC_ENDING}")
        return 0
    if args.action == "list":
        lines = iter([json.dumps(_entries(), indent=1)]) if args.json else _listed()
    else:
        bundle = load_bundle(args.model)
        if args.action == "show" and args.json:
            lines = iter([json.dumps(_entry(bundle.card.name, _file_of(args.model), bundle), indent=1)])
        else:
            lines = _described(bundle) if args.action == "show" else _verified(bundle, args.model, args.key)
    print("\n".join(lines))
    return 0


def _known() -> Iterator[tuple[str, Path, Bundle]]:
    """Every model that has a name; of the user's own, those that cannot be used are named and left out."""
    for name, path in model_files().items():
        bundle = _usable(path) if path.parent == models_folder() else load_bundle(path)
        if bundle is not None:
            yield name, path, bundle


def _usable(path: Path) -> Bundle | None:
    try:
        return load_bundle(path)
    except InputError as error:
        print(f"{path} is left out: {error}", file=sys.stderr)
        return None


def _entries() -> list[dict[str, Any]]:
    """The models as plain data. The keys are kept; later versions may add others."""
    return [_entry(*known) for known in _known()]


def _entry(name: str, path: Path, bundle: Bundle) -> dict[str, Any]:
    card, needs = bundle.card, needs_of(bundle)
    return {
        "name": name,
        "version": card.version,
        "title": card.title,
        "endpoint": card.endpoint,
        "positive_class": card.positive_class,
        "negative_class": card.negative_class,
        "intended_use": card.intended_use,
        "cohort": card.cohort,
        "patients": card.patients,
        "positives": card.positives,
        "demonstration": card.demonstration,
        "licence": card.licence,
        "default": name == DEFAULT_MODEL,
        "installed_by_user": path.parent == models_folder(),
        "shipped": bundle.shipped,
        "path": str(path),
        "sha256": bundle.sha256,
        "protocol": bundle.images.protocol,
        "margin_mm": bundle.images.margin_mm,
        "images": list(needs.images),
        "contours": list(needs.contours),
        "protocol_images": {name: _image(spec, bundle) for name, spec in bundle.protocol.images.items()},
        "clinical": [_clinical(item, bundle.variables) for item in needs.clinical],
        "variables": variables_plain({item.name: bundle.variables[item.name] for item in needs.clinical}),
        "imported": bundle.images.imported,
        "weights_depth": bundle.images.depth,
        "weights_sha256": bundle.images.weights_sha256,
    }


def _image(spec: ImageSpec, bundle: Bundle) -> dict[str, Any]:
    """An image of the protocol, for whoever asks for it; ``shell``: whether features come from about the tumour."""
    words = {name: getattr(spec, name) for name in ("modality", "contour", "dimension", "time")}
    protocol = bundle.protocol
    shell = spec.shows_anatomy and any("Peri" in protocol.regions_of(one) for one in protocol.images_of(spec.contour))
    return {**words, "shell": shell}


def _clinical(item: BundleInput, variables: Variables) -> dict[str, Any]:
    """A clinical input, for whoever asks for it."""
    levels = list(variables[item.name].level_names.values())
    return {
        "name": item.name,
        "label": item.label,
        "unit": item.unit,
        "levels": levels,
        "needed": not item.missing_allowed,
    }


def _listed() -> Iterator[str]:
    for name, _, bundle in _known():
        card = bundle.card
        figure = next((metric for metric in card.metrics if metric.name == "auc"), None)
        yield f"{name} {card.version}{'  (demonstration only)' if card.demonstration else ''}"
        yield f"    {card.title}"
        if not bundle.shipped:
            yield f"    {bundle.origin}"
        yield f"    probability of {card.positive_class}; {card.patients:,} patients, {card.positives} with it"
        if card.licence:
            yield f"    {card.licence}"
        if figure:
            yield f"    AUC {figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
    yield "Research use only. 'nacresponse models show NAME' prints a model's card."


def _verified(bundle: Bundle, model: str, keys: Path | None) -> Iterator[str]:
    read = bundle.model.size
    yield f"{bundle.card.name} {bundle.card.version}: checksums right, content complete, {read} read"
    compared = ", ".join(check_card(bundle))
    yield f"the card's figures fit the out-of-fold predictions: {compared or 'none to compare'}"
    yield bundle.origin
    if keys is not None:
        yield f"signed by the key {signer(_file_of(model), keys)} of {keys}"
    yield f"sha256 {bundle.sha256}"


def _file_of(model: str) -> Path:
    return find_resource("model", model, "Models", SUFFIX, models_folder()).resolve()


def _described(bundle: Bundle) -> Iterator[str]:
    card = bundle.card
    yield f"{card.name} {card.version}"
    yield card.title
    yield bundle.origin
    if card.demonstration:
        yield "DEMONSTRATION ONLY: trained on synthetic patients"
    yield ""
    yield from _paragraphs(card)
    yield ""
    yield "Inputs"
    for item in bundle.inputs:
        missing = "may be missing" if item.missing_allowed else "needed"
        span = "positive or negative" if item.kind == "binary" else shown_range(item, item.low, item.high)
        yield f"    {item.name:<20} {item.label}: {span} in training; {missing}"
    if bundle.images.contour:
        protocol = bundle.images.protocol or "none needed"
        protocol += " (its definition is in the bundle)" if bundle.own_protocol else ""
        yield f"    The tumour's contour is '{bundle.images.contour}'; protocol: {protocol}"
    yield ""
    yield f"Validation, with 95 % intervals; {card.positive_class} is the positive class"
    yield f"    {'':<34} {'this model':<26} {card.comparator}"
    yield from (_metric_line(metric) for metric in card.metrics)
    yield ""
    yield "Limits"
    for limit in card.limits:
        yield from textwrap.wrap(limit, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    yield ""
    yield "Provenance"
    yield from _plain(bundle.provenance)
    yield f"    bundle sha256: {bundle.sha256}"


def _paragraphs(card: ModelCard) -> Iterator[str]:
    share = f"{card.patients:,} patients, {card.positives} ({100 * card.positives / card.patients:.0f} %) positive"
    entries = {
        "Predicts": f"the probability of {card.positive_class} (else {card.negative_class}); endpoint {card.endpoint}",
        "Intended use": card.intended_use,
        "Cohort": f"{card.cohort} {share}.",
        "Validation": card.validation,
        "Calibration": card.calibration,
        "Constraints": card.constraints,
        "Threshold": card.threshold_rule,
        "Interval": f"{card.interval} {card.interval_coverage}",
        "Source": card.source,
        "Licence": card.licence,
    }
    for title, text in entries.items():
        if text:
            yield from textwrap.wrap(f"{title:<14}{text}", _WIDTH, subsequent_indent=" " * 14)


def _metric_line(metric: Metric) -> str:
    ours = f"{metric.value:.3f} ({metric.low:.3f} to {metric.high:.3f})"
    plain = f"{metric.comparator:.3f} ({metric.comparator_low:.3f} to {metric.comparator_high:.3f})"
    return f"    {metric.label:<34} {ours:<26} {plain}"


def _plain(entries: Mapping[str, Any]) -> Iterator[str]:
    for name, value in entries.items():
        text = ", ".join(f"{key} {entry}" for key, entry in value.items()) if isinstance(value, dict) else value
        yield f"    {name}: {text}"


def _rebuild(name: str, output: Path) -> int:
    from ..results.rebuild import rebuild

    if output.suffix != SUFFIX:
        raise InputError(f"an output file that ends in {SUFFIX}", f"{output}", f"name it {output.stem}{SUFFIX}")
    if not output.resolve().parent.is_dir():
        raise InputError("an existing folder for the output", f"none at {output.parent}", "make it first")
    bundle = rebuild(name, workers=worker_count(None))
    save_bundle(bundle, output)
    print(f"wrote {output}")
    return _compared(output, bundle)


def _compared(file: Path, bundle: Bundle) -> int:
    """Says whether a rebuilt bundle equals the shipped one of its name, and if not, what differs."""
    from ..results.rebuild import LAST_DIGITS, largest_difference

    card, sha256 = bundle.card, sha256_of(file.read_bytes())
    if SHIPPED.get((card.name, card.version)) == sha256:
        print("identical, byte for byte, to the shipped model")
        return 0
    if all(card.name != name for name, _ in SHIPPED):
        print("no shipped model to compare it with")
        return 0
    difference = largest_difference(file.read_bytes(), model_files()[card.name].read_bytes())
    if difference <= LAST_DIGITS:
        print(f"equal to the shipped model but for rounding: numbers differ by {difference:.0e} at most")
        return 0
    print(f"to ship it, put it among Resources/Models, and its hash {sha256} into model/shipped.py")
    now, then = bundle.provenance, load_bundle(card.name).provenance
    differing = [
        f"{package} {then['packages'].get(package)} then, {version} now"
        for package, version in now["packages"].items()
        if then["packages"].get(package) != version
    ]
    differing += [f"another {part}" for part in ("recipe", "table") if now.get(part) != then.get(part)]
    print(f"differs from the shipped model: {'; '.join(differing) or 'same versions, recipe and table'}")
    return 1
