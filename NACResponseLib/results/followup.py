"""``followup``: two examinations of one patient side by side, from the folders that ``score`` wrote."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .result import Result, output_folder
from .score import ScoredCase

if TYPE_CHECKING:
    from ..anatomy.tumour import TumourMeasures
    from ..evaluation.response import Change
    from ..report.followup import Seen

_PATIENT, _ENDED = "patient", "tumor_"
_LITTLE_MM = 5.0


class FollowupResult(Result):
    """What changed between two examinations; a row for each measure in ``changes.csv``.

    Example:
        >>> import NACResponseLib as nac
        >>> changed = nac.followup("score", "score")
        >>> changed.frame()["name"].tolist()
        ['probability']
    """

    marker, about_file, table, command = "followup.json", "followup.json", "changes.csv", "followup"
    own_files = ("changes.csv", "report.html", "report.pdf")
    about_keys = ("patient_id", "earlier", "later", "changes", "response")

    @property
    def response(self) -> str:
        """The category like RECIST's, by contour the first."""
        return str(self.about["response"])


@dataclass(frozen=True)
class Dynamic:
    """The phases that functional tumour volume is measured in.

    Attributes:
        pre, post: before and about 90 seconds after contrast.
        late: a later one, or None.
    """

    pre: str | Path
    post: str | Path
    late: str | Path | None = None


def followup(
    earlier: str | Path | ScoredCase,
    later: str | Path | ScoredCase,
    output: str | Path | None = None,
    *,
    dynamic: tuple[Dynamic, Dynamic] | None = None,
    percent: float | None = None,
    least_ser: float | None = None,
    gone: bool = False,
    pdf: bool = False,
) -> FollowupResult:
    """Compares two examinations of a patient: volume, longest diameter, score, and functional tumour volume.

    Args:
        earlier, later: folders of ``nacresponse score``; of the later one the contours may be gone (``gone``).
        output: folder, new or with an earlier result; a temporary one if None.
        dynamic: the phases of both examinations, in which functional tumour volume is measured inside a box about the
            contour (that of MR where there are several), 5 mm wider than it; the later examination's box is about the
            earlier contour where its own is gone.
        percent, least_ser: enhancement and ratio that a voxel must reach (``functional_volume``); 70 %, none if None.
        gone: a reader found no tumour any more at the later examination: its contours are not measured.
        pdf: write ``report.pdf``, too.

    Raises:
        InputError: folders that hold no score, different patients or contours, dates in the wrong order, images that
            cannot be read, or an output folder that holds something else.

    Example:
        >>> import NACResponseLib as nac
        >>> nac.followup("score", "score", "change").response  # of recorded volumes: no contour, no diameter
        'not measurable'
    """
    from ..report.followup import write_followup

    folder, temporary, _ = output_folder(output, FollowupResult.marker, FollowupResult.own_files, None, pdf)
    pair = tuple(one if isinstance(one, ScoredCase) else ScoredCase.load(one) for one in (earlier, later))
    _check_patients(pair)
    first, second = _measures(pair[0]), {} if gone else _measures(pair[1])
    if not gone and set(first) != set(second):
        found = f"{', '.join(first) or 'none'} and {', '.join(second) or 'none'}"
        raise InputError("the same contours at both examinations", found, "score both with one model")
    seen = _seen(pair, dynamic, percent, least_ser, gone) if dynamic else ()
    about = _about(pair, first, second, seen, gone)
    write_followup(folder, about, seen, pdf=pdf)
    return FollowupResult(folder, temporary)


def _check_patients(pair: Sequence[ScoredCase]) -> None:
    for one in pair:
        score = one.score
        numbers = [score.probability, *score.interval]
        model = score.model if isinstance(score.model, dict) else {}
        texts = [score.patient_id, *(model.get(key) for key in ("name", "version", "positive_class"))]
        known = isinstance(score.examination, dict) and all(
            isinstance(each, str) for each in score.examination.values()
        )
        inside = all(isinstance(each, (int, float)) and 0 <= each <= 1 for each in numbers) and len(numbers) == 3
        if not (inside and known and all(isinstance(each, str) for each in texts)):
            raise InputError("a score.json as 'nacresponse score' writes it", f"another in {one.folder}", "score again")
    names = [one.score.patient_id for one in pair]
    if names[0] != names[1]:
        remedy = "give the right folders; where one is named by its folder, score it with --patient-id"
        raise InputError("two examinations of one patient", f"'{names[0]}' and '{names[1]}'", remedy)
    days = [one.score.examination.get("date", "") for one in pair]
    if all(days) and days[1] < days[0]:
        raise InputError("the earlier examination first", f"{days[0]}, then {days[1]}", "exchange the folders")


def _masks(scored: ScoredCase) -> dict[str, Path]:
    """By contour, those of MR first: in its images functional tumour volume is measured."""
    found = {
        file.name.removeprefix(_ENDED).removesuffix(".nii.gz"): file
        for file in sorted(scored.folder.glob(f"{_ENDED}*.nii.gz"))
    }
    return dict(sorted(found.items(), key=lambda one: not one[0].upper().startswith("MR")))


def _measures(scored: ScoredCase) -> dict[str, TumourMeasures]:
    from ..anatomy.tumour import measure_tumour
    from ..imaging.io import read_mask

    return {name: measure_tumour(read_mask(file), name) for name, file in _masks(scored).items()}


def _seen(
    pair: Sequence[ScoredCase],
    dynamic: tuple[Dynamic, Dynamic],
    percent: float | None,
    least_ser: float | None,
    gone: bool,
) -> tuple[Seen, ...]:
    """The first contour's surroundings at both examinations, with what enhances there."""
    from ..anatomy.enhancement import PERCENT, functional_volume
    from ..imaging.geometry import bounding_box
    from ..imaging.io import read_image, read_mask
    from ..report.followup import Seen

    found = []
    for number, phases in enumerate(dynamic):
        files = _masks(pair[0 if gone else number])
        if not files:
            raise InputError("a contour for the functional tumour volume", f"none in {pair[number].folder}", "score it")
        post = read_image(phases.post)
        tumour = read_mask(next(iter(files.values())), onto=post)
        measured = functional_volume(
            read_image(phases.pre),
            post,
            bounding_box(_on_grid(tumour, post), _LITTLE_MM),
            percent=PERCENT if percent is None else percent,
            late=read_image(phases.late) if phases.late else None,
            least_ser=least_ser,
        )
        found.append(Seen(post, None if gone and number else tumour, tumour, measured))
    return tuple(found)


def _on_grid(mask: Any, image: Any) -> Any:
    from ..imaging.geometry import mask_onto

    return mask_onto(mask, image, "the contour")[0]


def _about(
    pair: Sequence[ScoredCase],
    first: dict[str, TumourMeasures],
    second: dict[str, TumourMeasures],
    seen: Sequence[Seen],
    gone: bool,
) -> dict[str, Any]:
    from ..evaluation.response import UNMEASURABLE, Change, recist_like

    def later(name: str, attribute: str) -> float:
        return 0.0 if gone else float(getattr(second[name], attribute))

    changes: list[Change] = []
    responses: dict[str, str] = {}
    for name, measured in first.items():
        flat = math.isnan(measured.volume_mm3)
        kind, unit = ("area_mm2", "mm2") if flat else ("volume_mm3", "mm3")
        label = f"Tumour {'area' if flat else 'volume'} ({name})"
        changes.append(Change(f"{name}_{kind}", label, unit, getattr(measured, kind), later(name, kind)))
        lengths = measured.longest_diameter_mm, later(name, "longest_diameter_mm")
        changes.append(Change(f"{name}_longest_diameter_mm", f"Longest diameter ({name})", "mm", *lengths))
        responses[name] = recist_like(*lengths)
    if seen:
        volumes = [one.functional.volume_mm3 for one in seen]
        label = f"Functional tumour volume (about {next(iter(first))})"
        changes.append(Change("functional_tumour_volume_mm3", label, "mm3", *volumes))
    scores = [one.score for one in pair]
    same = all(scores[0].model[key] == scores[1].model[key] for key in ("name", "version"))
    comparable = same and not gone and all(one.predicted_class is not None for one in scores)
    if comparable:
        label = f"Probability of {scores[0].model['positive_class']}"
        changes.append(Change("probability", label, "", *(one.probability for one in scores)))
    return {
        "patient_id": scores[0].patient_id,
        "earlier": _examination(pair[0]),
        "later": _examination(pair[1]),
        "changes": [
            {
                **{key: getattr(one, key) for key in ("name", "label", "unit", "earlier", "later")},
                "difference": one.difference,
                "percent": None if math.isnan(one.percent) else one.percent,
            }
            for one in changes
        ],
        "responses": responses,
        "response": next(iter(responses.values()), UNMEASURABLE),
        "gone": gone,
        "warnings": [*_differing(responses), *_of_volumes(seen), *_warnings(pair, same, gone)],
    }


def _differing(responses: dict[str, str]) -> list[str]:
    if len(set(responses.values())) < 2:
        return []
    return [f"The contours differ: {', '.join(f'{name} {response}' for name, response in responses.items())}."]


def _of_volumes(seen: Sequence[Seen]) -> list[str]:
    return [
        f"Functional tumour volume, {which} examination: {text}"
        for which, one in zip(("earlier", "later"), seen, strict=False)
        for text in one.functional.warnings
    ]


def _examination(scored: ScoredCase) -> dict[str, Any]:
    score = scored.score
    return {
        **dict.fromkeys(("date", "laterality", "reader"), ""),
        **score.examination,
        "probability": None if score.predicted_class is None else score.probability,
        "interval": list(score.interval),
        "model": f"{score.model['name']} {score.model['version']}",
    }


def _warnings(pair: Sequence[ScoredCase], same: bool, gone: bool) -> list[str]:
    warnings = []
    sides = {one.score.examination.get("laterality", "") for one in pair} - {""}
    if len(sides) > 1:
        warnings.append(f"The examinations are of different sides ({' and '.join(sorted(sides))}).")
    if not pair[0].score.patient_id:
        warnings.append("No patient is named: that both examinations are of one patient is the user's word.")
    if any(not one.score.examination.get("date") for one in pair):
        warnings.append("The date of an examination is not recorded: that the order is right is the user's word.")
    if not same:
        warnings.append("The scores are of different models or versions and are not compared.")
    elif not gone:
        warnings.append(
            "The model was trained on examinations before treatment: a probability under treatment is outside its "
            "intended use, and a change of it is no measure of response."
        )
    return warnings
