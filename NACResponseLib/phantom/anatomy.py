"""The outer anatomy: body outline, skin, breasts, gland and the front of the chest wall.

The thorax is an elliptic cylinder whose axis leans back towards the head. In front of its ribs lies the pectoral
muscle, in front of that fat, and the breasts are ellipsoids that melt into the trunk. Prone they hang, supine they are
flat and fall to the sides. The origin lies in the midline on the outer surface of the ribs, at nipple height.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Literal

import numpy as np

from ..errors import InputError, unknown_name
from .implicit import Array, Mask, RandomField, coverage, distance, ellipsoid, ramp, smooth_union

Side = Literal["left", "right"]
Posture = Literal["prone", "supine"]
_SKIN_BAND_MM = 9.0
_BASE_MM = 110.0  # from the neck of a breast to its vanishing point inside the chest
_SUBCUTANEOUS_MM, _RETROMAMMARY_MM = 5.0, 6.0
_LOBULES_MM = 24.0  # no lobule reaches farther out of the gland's region
_VEIN_DEPTH_MM = 8.0
_IMPLANT_GAP_MM, _IMPLANT_SHARE = 1.0, 0.75
_SIDE_MUSCLE_MM, _BACK_MUSCLE_MM = 3.0, 20.0


@dataclass(frozen=True)
class Anatomy:
    """The anatomy of one woman in one posture. Lengths in mm, points (3, n) in LPS.

    Attributes:
        posture: ``prone`` (MRI) or ``supine`` (CT).
        breast_radii_mm: half width, projection from the ribs and half height of a breast.
        breast_offset_mm: how far from the midline a breast is centred.
        skin_mm: thickness of the skin, the same everywhere.
        fat_mm: between the muscle and the skin of the trunk.
        pectoral_mm: greatest thickness of the pectoral muscle.
        density: share of fibroglandular tissue within the gland's region, above 0, below 1.
        thorax_radii_mm: half width and half depth of the rib cage.
        lean_degrees: by how much the breastbone leans back.
        seed: of the gland, the septa and the veins.
        implant_mm: greatest thickness of an implant in each breast, between gland and muscle; 0 for none.
    """

    posture: Posture = "prone"
    breast_radii_mm: tuple[float, float, float] = (58.0, 100.0, 64.0)
    breast_offset_mm: float = 76.0
    skin_mm: float = 2.0
    fat_mm: float = 12.0
    pectoral_mm: float = 10.0
    density: float = 0.45
    thorax_radii_mm: tuple[float, float] = (135.0, 95.0)
    lean_degrees: float = 9.0
    seed: int = 0
    implant_mm: float = 0.0
    fields: dict[str, RandomField] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.posture not in ("prone", "supine"):
            raise unknown_name("a posture", self.posture, ("prone", "supine"))
        if not 0.5 <= self.skin_mm <= 6:
            raise InputError("skin_mm between 0.5 and 6", f"{self.skin_mm:g}", "choose a thickness of real skin")
        if not 0 < self.density < 1:
            raise InputError("a density above 0 and below 1", f"{self.density:g}", "choose one between them")
        if not 0 < self.breast_offset_mm < 0.95 * self.thorax_radii_mm[0]:
            expected = f"breast_offset_mm from 0 to 95 % of the thorax's half width {self.thorax_radii_mm[0]:g}"
            raise InputError(expected, f"{self.breast_offset_mm:g}", "centre the breasts on the front of the thorax")
        scales = {"lobules": 7.0, "texture": 2.5, "septa": 11.0}
        fields = {name: RandomField((self.seed, k), scale) for k, (name, scale) in enumerate(scales.items())}
        object.__setattr__(self, "fields", fields)

    def thorax_frame(self, points: Array) -> Array:
        """The points turned so that the axis of the thorax is the third coordinate."""
        angle = np.deg2rad(self.lean_degrees)
        x, y, z = points
        return np.stack([x, y * np.cos(angle) - z * np.sin(angle), y * np.sin(angle) + z * np.cos(angle)])

    def ribs_front(self, framed: Array) -> Array:
        """Implicit function of the outer surface of the rib cage, at points in the thorax frame."""
        return ellipsoid(framed[:2], (0, self.thorax_radii_mm[1]), self.thorax_radii_mm)

    def muscle_mm(self, framed: Array) -> Array:
        """Thickness of the muscle over the ribs: pectoral in front, thin at the side, strong at the back."""
        x, y, z = framed
        aside = np.abs(x)
        pectoral = ramp(aside, 4, 34) * ramp(-aside, -125, -85) * ramp(z, -75, -25)
        back = ramp(y, self.thorax_radii_mm[1], 2 * self.thorax_radii_mm[1])
        front = _SIDE_MUSCLE_MM + (self.pectoral_mm - _SIDE_MUSCLE_MM) * pectoral
        return front + (_BACK_MUSCLE_MM - front) * back

    def chest_wall(self, points: Array) -> Array:
        """Implicit function of the muscle's outer surface; the chest wall is what lies behind it."""
        framed = self.thorax_frame(points)
        return self.ribs_front(framed) - self.muscle_mm(framed)

    def behind_midaxillary(self, points: Array) -> Mask:
        """True behind the midaxillary line, where no breast is."""
        return self.thorax_frame(points)[1] > self.thorax_radii_mm[1]

    @property
    def neck_share(self) -> float:
        """Share of the projection over which a breast keeps its width."""
        return 0.42 if self.posture == "prone" else 0.0

    @property
    def blend_mm(self) -> float:
        """Width of the fillet between breast and trunk."""
        return 20.0 if self.posture == "prone" else 40.0

    def breast_centre_mm(self, side: Side) -> Array:
        """The centre of the breast's base, on the ribs."""
        aside = self.breast_offset_mm
        half_width, half_depth = self.thorax_radii_mm
        behind = half_depth * (1 - np.sqrt(1 - (aside / half_width) ** 2))
        return np.array([aside if side == "left" else -aside, behind, 0.0])

    def nipple_mm(self, side: Side) -> Array:
        """The tip of the breast."""
        tip = self.breast_centre_mm(side)
        tip[1] -= self.breast_radii_mm[1]
        return tip

    @property
    def back_mm(self) -> float:
        """y of the skin of the back, in the midline at nipple height."""
        return 2 * self.thorax_radii_mm[1] + _BACK_MUSCLE_MM + self.fat_mm + self.skin_mm

    def outline(self, points: Array) -> Array:
        """Implicit function of the body's surface; its slope is not one (see ``depth``)."""
        x, y, z = points
        centre, radii = self.breast_centre_mm("left"), self.breast_radii_mm
        mirrored = np.stack([np.abs(x), y, z])
        # A hanging breast narrows slowly from its neck to its base, and is an ellipsoid from there to its tip.
        neck = self.neck_share * radii[1]
        ahead = y - (centre[1] - neck)
        ahead = np.where(ahead > 0, ahead * (radii[1] - neck) / _BASE_MM, ahead)
        breast = ellipsoid(
            np.stack([mirrored[0] - centre[0], ahead, z]), (0, 0, 0), (radii[0], radii[1] - neck, radii[2])
        )
        trunk = self.chest_wall(points) - self.fat_mm - self.skin_mm
        body = smooth_union(breast, trunk, self.blend_mm)
        nipple = ellipsoid(mirrored, self.nipple_mm("left"), (5.0, 5.5, 5.0))
        return smooth_union(body, nipple, 5)

    def depth(self, points: Array) -> Array:
        """How far a point lies below the body's surface: true distance to 9 mm, monotone beyond, negative in air."""
        return -distance(self.outline, points, _SKIN_BAND_MM)

    def gland(self, points: Array, depth: Array, wall: Array, width_mm: float) -> Array:
        """Share of fibroglandular tissue: an ellipsoid behind the nipple, eaten into by lobules of fat.

        Args:
            points: shape (3, n), with their ``depth`` and distance ``wall`` from the chest wall.
            width_mm: over which a sample averages.
        """
        x, y, z = points
        radii = np.array(self.breast_radii_mm)
        centre = self.breast_centre_mm("left") - (0, 0.52 * radii[1], 0)
        region = ellipsoid(np.stack([np.abs(x), y, z]), centre, radii * (0.82, 0.46, 0.8))
        region = np.maximum(region, np.maximum(self.skin_mm + _SUBCUTANEOUS_MM - depth, _RETROMAMMARY_MM - wall))
        inner = -9.0 * NormalDist().inv_cdf(self.density)
        share = np.zeros(points.shape[1])
        near = np.flatnonzero(region < _LOBULES_MM)
        points = points[:, near]
        stretched = points * np.array([[1.0], [0.6], [1.0]])  # lobes run towards the nipple
        lobules = 8.4 * self.fields["lobules"](stretched) + 3.2 * self.fields["texture"](points)
        share[near] = coverage(np.maximum(region[near], inner) + lobules, max(width_mm, 3.0))
        return share

    def implant(self, points: Array) -> Array:
        """Implicit function of the implants: lenses on the muscle; positive everywhere without them."""
        if not self.implant_mm:
            return np.full(points.shape[1], np.inf)
        x, y, z = points
        half, radii = self.implant_mm / 2, self.breast_radii_mm
        centre = self.breast_centre_mm("left")
        # Its back follows the muscle a little way in front of it.
        ahead = centre[1] - self.pectoral_mm - _IMPLANT_GAP_MM - half
        lens = (_IMPLANT_SHARE * radii[0], half, _IMPLANT_SHARE * radii[2])
        return np.maximum(
            ellipsoid(np.stack([np.abs(x), y, z]), (centre[0], ahead, 0.0), lens),
            _IMPLANT_GAP_MM - self.chest_wall(points),
        )

    def septa(self, points: Array) -> Array:
        """Share of connective tissue in the fat: thin sheets (Cooper's ligaments)."""
        return 0.35 * np.exp(-((self.fields["septa"](points) / 0.07) ** 2))

    def veins(self, points: Array, depth: Array, width_mm: float) -> Array:
        """Share of superficial veins: tubes where a sheet meets the level 8 mm below the surface."""
        share = np.zeros(points.shape[1])
        near = np.flatnonzero(np.abs(depth - _VEIN_DEPTH_MM) < 5)
        field = self.fields["septa"]
        sheet = (field(points[:, near][[1, 2, 0]]) - 0.6) * field.scale_mm
        across = np.hypot(0.8 * sheet, depth[near] - _VEIN_DEPTH_MM)
        share[near] = coverage(across - 1.1, max(width_mm, 1.0))
        return share
