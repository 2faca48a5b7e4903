"""How the field grows from layer to layer, as a table for the page and as a file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from core.figures.numbers import SPACE, exact
from core.graph.fields.growth import Growth, GrowthPoint

COLUMNS = (
    "Layer",
    "Weighted layers",
    "Field",
    "Shortest path sees",
    "From cell to cell",
    "Of the picture’s side",
    "Remark",
)
_KEYS = (
    "layer",
    "operation",
    "weighted_layers",
    "field_height_px",
    "field_width_px",
    "smallest_path_height_px",
    "smallest_path_width_px",
    "step_height_px",
    "step_width_px",
    "share_of_height",
    "status",
    "reason",
)


@dataclass(frozen=True, slots=True)
class GrowthRow:
    """One row of the table, as text."""

    layer: str
    layers: str
    field: str
    smallest: str
    step: str
    share: str
    remark: str


def growth_rows(growth: Growth) -> tuple[GrowthRow, ...]:
    """The points as text, in execution order."""
    return tuple(_row(point, growth) for point in growth.points)


def growth_csv(growth: Growth) -> str:
    """The points as CSV with a line of headings; sizes in pixels of the input, not cut at the border.

    Where statistics of normalisation or gates alone let a unit see everything, the size is the one without them, and
    the status says so.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_KEYS)
    for point in growth.points:
        smallest = point.smallest or ("", "")
        share = f"{point.reach[0] / growth.picture[0]:.4g}"
        writer.writerow(
            (_safe(point.title), _safe(point.node), point.depth, *point.reach, *smallest, *point.stride, share,
             point.status, point.reason)
        )  # fmt: skip
    return out.getvalue()


def _row(point: GrowthPoint, growth: Growth) -> GrowthRow:
    return GrowthRow(
        layer=point.title,
        layers=str(point.depth),
        field=_size(point.reach),
        smallest=_size(point.smallest) if point.smallest else "–",
        step=_step(point),
        share=f"{exact(round(100 * point.reach[0] / growth.picture[0]))}{SPACE}%",
        remark=_remark(point),
    )


def _remark(point: GrowthPoint) -> str:
    if point.status != "whole image":
        return point.reason
    without = ", field given without it" if point.local else ""
    return f"sees all by {point.reason}{without}" if point.reason else "sees all"


def _size(size: tuple[int, int]) -> str:
    height, width = (exact(side) for side in size)
    return f"{height}{SPACE}px" if height == width else f"{height}{SPACE}×{SPACE}{width}{SPACE}px"


def _step(point: GrowthPoint) -> str:
    if point.stride == (0, 0):
        return "–"
    height, width = (f"{step:.4g}" for step in point.stride)
    return f"{height}{SPACE}px" if height == width else f"{height}{SPACE}×{SPACE}{width}{SPACE}px"


def _safe(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
