"""What a bundle holds once it is read: a trained model with all that scoring a patient needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import DEFAULT_PROTOCOL
from ..endpoints import Endpoint, endpoint_named
from ..errors import InputError
from ..evaluation.calibration import Calibration
from ..protocol import Protocol
from ..variables import Variables, known_variables
from .bundle_parts import BundleInput, ImageNeeds, IntervalSettings, Reference
from .card import ModelCard
from .linear import Linear
from .preparation import Preparation, completions
from .protocols import shipped_protocol
from .shipped import SHIPPED
from .trees import Trees


@dataclass(frozen=True)
class Bundle:
    """A trained model, ready to score.

    Attributes:
        images: protocol (None: no image features), contour and margin that the inputs come from.
        provenance: recipe, training table and package versions.
        model: from prepared inputs to log-odds.
        sha256: of the file it was read from; empty for one not yet saved.
        preparation: of the inputs before the model sees them; None if it sees them as they are.
        own_protocol: the definition of a protocol that does not ship; ``protocol`` is it, or the one that ships.
        own_variables: of the clinical inputs other than the basic ones; ``variables`` are all known ones.
        own_endpoint: the user's, by a file; ``endpoint`` is it, or the one of the card's name.
    """

    card: ModelCard
    inputs: tuple[BundleInput, ...]
    calibration: Calibration
    threshold: float
    interval: IntervalSettings
    images: ImageNeeds
    reference: Reference
    provenance: Mapping[str, Any]
    model: Trees | Linear
    sha256: str = ""
    preparation: Preparation | None = None
    own_protocol: Protocol | None = None
    own_variables: Variables = field(default_factory=dict)
    own_endpoint: Endpoint | None = None

    @property
    def shipped(self) -> bool:
        """Whether it is the file that ships with the program."""
        return self.sha256 in SHIPPED.values()

    @property
    def origin(self) -> str:
        """The same in words."""
        return "a shipped model" if self.shipped else "not a shipped model: whoever gave it to you can say who made it"

    @property
    def nothing_learned(self) -> str:
        """Why the model says nothing about a patient, in a sentence; empty where it learned something."""
        if not self.calibration.learned_nothing:
            return ""
        return (
            "This model learned nothing: its predictions for patients left out of training did not follow the outcome. "
            f"Its probability is about the share with {self.card.positive_class}, whoever the patient is; no class "
            "is predicted."
        )

    def prepared(self, row: NDArray[Any], scanners: Mapping[str, str]) -> NDArray[np.float64]:
        """A patient's inputs as the model sees them, (inputs,).

        Args:
            row: (inputs,), raw, NaN where missing.
            scanners: by group of features (``MRI``, ``CT``), where known.

        Raises:
            InputError: a scanner without training patients, where the model refuses those, or a value that has no
                logarithm where the model takes it.
        """
        if self.preparation is None:
            return row
        for number in self.preparation.log:
            if row[number] <= 0:
                name = self.inputs[number].name
                raise InputError(f"a value of {name} above 0", f"{row[number]:g}", f"correct {name}")
        labels = {group: np.array([name]) for group, name in scanners.items()}
        self.preparation.check(row[None], labels)
        return self.preparation.apply(row[None], labels)[0]

    def completions(self, row: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The patients that a row may stand for, (n, inputs), and their weights, (n,), which sum to 1.

        Args:
            row: (inputs,), as the model sees it (``prepared``), NaN where missing; other kinds than statuses stay
                missing.

        Raises:
            InputError: too many missing statuses, or one whose prevalence the bundle does not give.
        """
        unknown = [i for i, item in enumerate(self.inputs) if item.kind == "binary" and math.isnan(row[i])]
        for item in (self.inputs[index] for index in unknown):
            if item.prevalence is None:
                raise InputError(
                    f"a value of {item.name}, since the model does not tell how common it is",
                    "none",
                    f"give {item.name}",
                )
        return completions(row, unknown, [float(self.inputs[index].prevalence or 0) for index in unknown])

    def probabilities(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) calibrated probabilities of prepared rows (n, inputs), none averaged."""
        return self.calibration.probability(self.model.margins(rows))

    def averaged_probability(self, row: NDArray[Any]) -> float:
        """The weighted mean probability of a prepared row's completions; its own where no status is missing."""
        rows, weights = self.completions(row)
        return float(weights @ self.probabilities(rows))

    @cached_property
    def variables(self) -> Variables:
        """The clinical variables that ship, and as the bundle defines them."""
        return known_variables(self.own_variables)

    @property
    def endpoint(self) -> Endpoint:
        """The outcome.

        Raises:
            InputError: it is one of a package that is not installed.
        """
        return self.own_endpoint or endpoint_named(self.card.endpoint)

    @property
    def imported_inputs(self) -> tuple[str, ...]:
        """The features of another program among the inputs."""
        names = [item.name for item in self.inputs if item.name not in self.variables]
        return tuple(names) if self.images.imported is not None else ()

    @cached_property
    def protocol(self) -> Protocol:
        """By which its images are prepared and its features extracted."""
        return self.own_protocol or shipped_protocol(self.images.protocol or DEFAULT_PROTOCOL)
