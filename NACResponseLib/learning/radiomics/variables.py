"""The columns a model may be made of: clinical variables with their kind and unit, and image features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import InputError

CLINICAL = "clinical"
"""Group of the columns that come from no image."""
VOLUME = "tumor_volume_mm3"


@dataclass(frozen=True)
class Column:
    """Attributes:
    label: in words.
    kind: ``continuous``, ``binary`` (1 positive, 0 negative) or ``ordinal``.
    unit: of the value.
    group: the contour whose images an image feature comes from (``MRI``, ``CT``), whose scanner it is harmonized by
        and among which it is selected; ``clinical`` for others.
    shape: a shape feature, which does not depend on grey values.
    """

    name: str
    label: str
    kind: str = "continuous"
    unit: str = ""
    group: str = CLINICAL
    shape: bool = False


CLINICAL_COLUMNS = {
    column.name: column
    for column in (
        Column("age", "Age", unit="years"),
        Column("ER", "Estrogen receptor", "binary"),
        Column("PR", "Progesterone receptor", "binary"),
        Column("HER2", "HER2", "binary"),
        Column("HR", "Hormone receptor", "binary"),
        Column("grade", "Histological grade", "ordinal"),
        Column("tumor_size_mm", "Tumour size", unit="mm"),
        Column("nodal_status", "Clinical nodal status", "ordinal"),
        Column(VOLUME, "Tumour volume", unit="mm³"),
    )
}


def image_columns(names: Iterable[str], images: Mapping[str, Mapping[str, Any]]) -> tuple[Column, ...]:
    """Columns of a feature table.

    Args:
        names: ``MRI_T2_Peri_glcm_Contrast``, ``MRI_Peri_shape_Sphericity``, ``CT_Intra_0007``.
        images: modality and contour by image name, as the table's metadata give them.

    Raises:
        InputError: a name that begins with no image and no contour.
    """
    contours = {name: str(told["contour"]) for name, told in images.items()}
    shape_prefix = {f"{contour}_": contour for contour in contours.values()}
    prefixes = sorted(((f"{name}_", contour) for name, contour in contours.items()), key=lambda pair: -len(pair[0]))

    def column(name: str) -> Column:
        if "_shape_" in name:
            found = next((contour for prefix, contour in shape_prefix.items() if name.startswith(prefix)), None)
        else:
            found = next((contour for prefix, contour in prefixes if name.startswith(prefix)), None)
        if found is None:
            raise InputError(
                f"features whose names begin with an image ({', '.join(contours)})",
                f"'{name}'",
                "make the table again with 'nacresponse extract'",
            )
        return Column(name, name.replace("_", " "), group=found, shape="_shape_" in name)

    return tuple(column(name) for name in names)
