"""What the command line gave for a patient: read from its files, kept in the parameter node as text, read back."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ShellResult:
    """A shell that was made.

    Attributes:
        contour: ``MRI`` or ``CT``.
        status: how well the anatomy was found; ``seen``: ``skin`` and ``chest_wall`` in words, with a number of 0 to 1.
        tumorMm3, shellMm3: volumes.
        clipped: volume taken off the shell by what it lay in (``skin``, ``chest_wall``, ``air``, ``other``), mm³.
        warnings: sentences.
        edited: segments of the user that were respected (``Skin``, ``ChestWall``, ``Breast``).
        marginMm, clip: with which it was made.
        contourDigest: of the contour that it was made about.
        wallPoints: the state of the points on the chest wall that it was made with (``wallPoints.pointsState``).
    """

    contour: str
    status: str
    tumorMm3: float
    shellMm3: float
    clipped: dict[str, float]
    warnings: tuple[str, ...]
    edited: tuple[str, ...] = ()
    marginMm: float = 5.0
    clip: bool = True
    contourDigest: str = ""
    wallPoints: str = ""
    seen: dict[str, str] = field(default_factory=dict)

    def toJson(self) -> str:
        """As text for the parameter node."""
        return json.dumps(self.__dict__, ensure_ascii=False)

    @staticmethod
    def fromJson(text: str) -> "ShellResult | None":
        """From the parameter node's text; None where there is none."""
        if not text:
            return None
        values = json.loads(text)
        return ShellResult(**{**values, "warnings": tuple(values["warnings"]), "edited": tuple(values["edited"])})


@dataclass(frozen=True)
class ScoreResult:
    """A score, as ``score.json`` holds it.

    Attributes:
        probability: of the positive class; ``interval`` of it at ``intervalLevel``; ``baseline`` before any input.
        threshold: from which the predicted class is the positive one.
        predictionSet: classes that the patient may belong to at ``setLevel``; None in scores that have none.
        contributions: ``feature``, ``label``, ``unit``, ``value``, ``shown``, ``contribution``, ``log_odds`` each.
        modelName, modelVersion, endpoint, positiveClass, intendedUse: of the model.
        warnings: sentences.
        warningEffects: of each warning, what is at stake, as a share; none in older scores.
        place: among the training patients, as ``NACResponseLib.scoring.place`` tells; empty in older scores.
        madeFrom: digests of what it was made from, by contour, and the choices under ``choices``.
    """

    patientId: str
    probability: float
    interval: tuple[float, float]
    intervalLevel: float
    baseline: float
    threshold: float
    predictedClass: str | None
    positiveClass: str
    modelName: str
    modelVersion: str
    endpoint: str
    intendedUse: str
    contributions: tuple[dict[str, Any], ...]
    warnings: tuple[str, ...]
    predictionSet: tuple[str, ...] | None = None
    setLevel: float = 0.9
    madeFrom: dict[str, str] = field(default_factory=dict)
    warningEffects: tuple[float, ...] = ()
    place: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def fromJson(text: str) -> "ScoreResult | None":
        """From the text of ``score.json``, with ``made_from`` where the module added it; None where there is none."""
        if not text:
            return None
        values = json.loads(text)
        model = values["model"]
        return ScoreResult(
            patientId=values["patient_id"],
            probability=values["probability"],
            interval=tuple(values["interval"]),
            intervalLevel=values["interval_level"],
            baseline=values["baseline"],
            threshold=values["threshold"],
            predictedClass=values["predicted_class"],
            positiveClass=model["positive_class"],
            modelName=model["name"],
            modelVersion=model["version"],
            endpoint=model["endpoint"],
            intendedUse=model["intended_use"],
            contributions=tuple(values["contributions"]),
            warnings=tuple(values["warnings"]),
            predictionSet=tuple(values["prediction_set"]) if values.get("p_values") else None,
            setLevel=values.get("set_level", 0.9),
            madeFrom=values.get("made_from", {}),
            warningEffects=tuple(values.get("warning_effects", ())),
            place=values.get("place", {}),
        )
