"""What a bundle holds once it is read: a trained model with all that scoring a patient needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.calibration import Calibration
from ..learning.recipe import ImageNeeds
from ..protocol import Protocol
from .bundle_parts import BundleInput, IntervalSettings, Reference
from .card import ModelCard
from .linear import Linear
from .protocols import USUAL_PROTOCOL, shipped_protocol
from .trees import Trees

if TYPE_CHECKING:
    from ..learning.radiomics.preparation import Preparation


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

    @cached_property
    def protocol(self) -> Protocol:
        """By which its images are prepared and its features extracted."""
        return self.own_protocol or shipped_protocol(self.images.protocol or USUAL_PROTOCOL)
