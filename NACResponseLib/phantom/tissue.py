"""Paints the tissues of an anatomy and its tumour onto samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .anatomy import Anatomy
from .contrast import Canvas
from .implicit import Array, Index, coverage
from .thorax import organs, table
from .tumour import Tumour

_OEDEMA_MM = 7.0  # over which the oedema fades
_RIM_SHARE = 0.72  # of the relative radius; outside of it lies the rim


@dataclass(frozen=True)
class _Samples:
    """Samples within the body: their points (3, n), depth below the surface, distance from the chest wall, share that
    lies below the skin, and places on the canvas."""

    points: Array
    depth: Array
    wall: Array
    below_skin: Array
    where: Index

    def part(self, index: Index) -> _Samples:
        """Some of them."""
        return _Samples(
            self.points[:, index], self.depth[index], self.wall[index], self.below_skin[index], self.where[index]
        )


def paint(canvas: Canvas, anatomy: Anatomy, tumour: Tumour | None, points: Array, width_mm: float) -> None:
    """Paints what lies at ``points`` (3, n): the skin and what it holds, front to back, the tumour last.

    Args:
        canvas: with n samples, all air.
        width_mm: over which a sample averages.
    """
    if "ct" in canvas.values:
        canvas.paint("table", table(points, anatomy.back_mm, width_mm))
    depth = anatomy.depth(points)
    where = np.flatnonzero(depth > -width_mm)
    points, depth = points[:, where], depth[where]
    framed = anatomy.thorax_frame(points)
    ribs_front = anatomy.ribs_front(framed)
    wall = ribs_front - anatomy.muscle_mm(framed)
    body = _Samples(points, depth, wall, coverage(anatomy.skin_mm - depth, width_mm), where)
    canvas.paint("skin", coverage(-depth, width_mm), where)
    _paint_breast(canvas, anatomy, body, width_mm)
    canvas.paint("muscle", coverage(wall, width_mm) * body.below_skin, where)
    chest = np.flatnonzero(ribs_front < width_mm + 2)
    for tissue, share in organs(anatomy, framed[:, chest], ribs_front[chest], width_mm):
        canvas.paint(tissue, share, where[chest])
    if tumour is not None:
        _paint_tumour(canvas, tumour, body, width_mm)


def _paint_breast(canvas: Canvas, anatomy: Anatomy, body: _Samples, width_mm: float) -> None:
    """Fat everywhere below the skin; septa, gland and veins where a breast can be."""
    possible = (body.wall > -width_mm) & (body.below_skin > 0) & ~anatomy.behind_midaxillary(body.points)
    index = np.flatnonzero(possible)
    front = body.part(index)
    grain = np.zeros(len(body.where))
    grain[index] = anatomy.fields["texture"](front.points)
    canvas.paint("fat", body.below_skin, body.where, grain)
    canvas.paint("septum", anatomy.septa(front.points) * front.below_skin, front.where)
    share = anatomy.gland(front.points, front.depth, front.wall, width_mm) * front.below_skin
    glandular = np.flatnonzero(share)
    texture = anatomy.fields["texture"](front.points[:, glandular][[2, 0, 1]])
    canvas.paint("gland", share[glandular], front.where[glandular], texture)
    canvas.paint("vein", anatomy.veins(front.points, front.depth, width_mm) * front.below_skin, front.where)
    if anatomy.implant_mm:
        implant = coverage(anatomy.implant(front.points), width_mm) * front.below_skin
        canvas.paint("implant", implant, front.where)


def _paint_tumour(canvas: Canvas, tumour: Tumour, body: _Samples, width_mm: float) -> None:
    """The tumour, and before it the oedema of the breast around it."""
    away = body.points - np.array(tumour.centre_mm)[:, None]
    reach = tumour.bounding_radius_mm + 4 * _OEDEMA_MM
    near = body.part(np.flatnonzero(np.einsum("ij,ij->j", away, away) < reach**2))
    relative, level = tumour.position(near.points)
    if tumour.oedema:
        in_breast = near.below_skin * (1 - coverage(near.wall, width_mm))
        canvas.paint("oedema", tumour.oedema * np.exp(-np.maximum(level, 0) / _OEDEMA_MM) * in_breast, near.where)
    solid = coverage(level, width_mm) * coverage(-near.depth, width_mm)
    texture = tumour.heterogeneity * tumour.texture(near.points)
    canvas.paint("tumour", solid, near.where, texture)
    if tumour.rim:
        canvas.paint("rim", solid * tumour.rim * np.clip((relative - _RIM_SHARE) / 0.1, 0, 1), near.where, texture)
    if tumour.necrosis:
        canvas.paint("necrosis", solid * np.clip((tumour.necrosis - relative) / 0.15 + 0.5, 0, 1), near.where)
