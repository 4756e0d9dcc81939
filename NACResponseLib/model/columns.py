"""The columns a model may be made of: clinical variables with their kind and unit, and image features."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..variables import Variables, shipped_variables

_SHAPE = re.compile(r"(^|_)(shape|shape2D|morph|morphology)_")
"""In the names of pyradiomics and MIRP."""
CLINICAL = "clinical"
"""Group of the columns that come from no image."""
DELTA = "delta"
"""Group of what changed between two time points."""
VOLUME = "tumor_volume_mm3"


@dataclass(frozen=True)
class Column:
    """Attributes:
    label: in words.
    kind: ``continuous``, ``binary`` (1 positive, 0 negative) or ``ordinal``.
    unit: of the value.
    group: the contour whose images an image feature comes from (``MRI``, ``CT``), whose scanner it is harmonized by
        and among which it is selected; ``delta`` for what changed between time points; ``clinical`` for others.
    shape: a shape feature, which does not depend on grey values.
    """

    name: str
    label: str
    kind: str = "continuous"
    unit: str = ""
    group: str = CLINICAL
    shape: bool = False


def clinical_column(name: str, variables: Variables | None = None) -> Column:
    """The column of a clinical variable.

    Args:
        variables: that are known; those that ship if None.
    """
    variable = (shipped_variables() if variables is None else variables)[name]
    return Column(variable.name, variable.label, variable.column_kind, variable.unit)


def imported_columns(names: Iterable[str], group: str) -> tuple[Column, ...]:
    """Columns of a table that another program made, under the names that it gave.

    Args:
        group: whose scanner they are harmonized by.
    """
    return tuple(Column(name, name, group=group, shape=bool(_SHAPE.search(name))) for name in names)


def image_columns(
    names: Iterable[str], images: Mapping[str, Mapping[str, Any]], deltas: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[Column, ...]:
    """Columns of a feature table.

    Args:
        names: ``MRI_T2_Peri_glcm_Contrast``, ``MRI_Peri_shape_Sphericity``, ``CT_Intra_0007``,
            ``DELTA_T2_Intra_glcm_Contrast``.
        images: modality and contour by image name, as the table's metadata give them.
        deltas: by name, as the table's metadata give them.

    Raises:
        InputError: a name that begins with no image, contour or delta.
    """
    changes = {f"{name}_": DELTA for name in deltas or {}}
    of_image = _longest_first({f"{name}_": str(image["contour"]) for name, image in images.items()} | changes)
    of_contour = _longest_first({f"{image['contour']}_": str(image["contour"]) for image in images.values()} | changes)

    def column(name: str) -> Column:
        shape = "_shape_" in name or "_shape2D_" in name
        found = next((group for start, group in (of_contour if shape else of_image) if name.startswith(start)), None)
        if found is None:
            raise InputError(
                f"features whose names begin with an image ({', '.join(images)})",
                f"'{name}'",
                "make the table again with 'nacresponse extract'",
            )
        return Column(name, name.replace("_", " "), group=found, shape=shape)

    return tuple(column(name) for name in names)


def _longest_first(groups: Mapping[str, str]) -> list[tuple[str, str]]:
    """Beginnings of names with their group, so that of two that fit the longer comes first."""
    return sorted(groups.items(), key=lambda pair: -len(pair[0]))
