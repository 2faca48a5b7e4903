"""Two effective receptive fields of one cell side by side: heat, theoretical box, a line around 95 % of the effect."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np

from core.figures.effect_statements import held
from core.figures.heat_contours import smoothed
from core.figures.maps import colour_map, encode_png
from core.figures.sight_heat import contour_path, smoothing
from core.figures.svg import element, label, number
from core.figures.theme import BODY_SIZE, FONT, SMALL_SIZE, palette
from core.probes.records import EffectiveReceptiveField

SHARE = 0.95
"""Of the effect, around which the line is drawn."""
SIDE = 260.0
"""Px of a panel's longer side in the saved picture."""
_GAP, _HEAD, _FOOT, _MARGIN = 28.0, 30.0, 40.0, 14.0


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the two: what it is called, and what was measured."""

    title: str
    field: EffectiveReceptiveField


def panel_picture(field: EffectiveReceptiveField) -> str:
    """The heat of one field as SVG in pixels of the network's input.

    Viridis over the square root of the smoothed heat, from 0 to its own maximum. The solid frame is what the cell can
    see, the dashed line goes around the pixels that hold 95 % of the effect; in white over black, to be seen on every
    colour.
    """
    height, width = field.heat.shape
    return element(
        "svg",
        _drawn(field),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
    )


def numbers(field: EffectiveReceptiveField) -> str:
    """``"95 % of the effect on 12,431 px, half of what it can see"``."""
    pixels, part = held(field, SHARE)
    return f"95\u00a0% of the effect on {pixels}" + (f", {part}" if part else "")


def pair_picture(left: Panel, right: Panel, *, dark: bool = False) -> str:
    """Both panels with their titles and numbers as one SVG, to be saved."""
    colours = palette(dark)
    style = (
        f"text{{font-family:{FONT};fill:{colours.ink};font-size:{SMALL_SIZE}px}}"
        f".title{{font-size:{BODY_SIZE}px;font-weight:600}}.quiet{{fill:{colours.ink_2}}}"
    )
    width, tallest = 2 * (SIDE + _MARGIN) + _GAP, max(_size(panel.field)[1] for panel in (left, right))
    height = _HEAD + tallest + _FOOT + _MARGIN
    columns = [
        _column(panel, _MARGIN + place * (SIDE + _GAP), tallest) for place, panel in enumerate((left, right))
    ]
    return element(
        "svg",
        (
            element("style", style),
            element("rect", width=width, height=height, fill=colours.background),
            *columns,
        ),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
    )


def _column(panel: Panel, x: float, tallest: float) -> str:
    wide, high = _size(panel.field)
    rows, columns = panel.field.heat.shape
    first, _, second = numbers(panel.field).partition(", ")
    return "".join(
        (
            label(panel.title, x, _HEAD - 10, "title", "start"),
            element(
                "svg",
                _drawn(panel.field),
                x=x,
                y=_HEAD,
                width=wide,
                height=high,
                viewBox=f"0 0 {columns} {rows}",
            ),
            label(first, x, _HEAD + tallest + 18, "number", "start"),
            label(second, x, _HEAD + tallest + 34, "quiet", "start"),
        )
    )


def _size(field: EffectiveReceptiveField) -> tuple[float, float]:
    rows, columns = field.heat.shape
    scale = SIDE / max(rows, columns)
    return columns * scale, rows * scale


def _drawn(field: EffectiveReceptiveField) -> str:
    rows, columns = field.heat.shape
    smooth = np.sqrt(smoothed(field.heat, smoothing(field.heat)))
    png = encode_png(colour_map(smooth, signed=False, limit=float(smooth.max())))
    heat = element(
        "image",
        width=columns,
        height=rows,
        href=f"data:image/png;base64,{base64.b64encode(png).decode()}",
    )
    lines = contour_path(field.heat, SHARE)
    thin = max(rows, columns) / SIDE
    parts = [heat]
    if field.box is not None:
        top, left, bottom, right = field.box
        inset = min(thin, (right - left) / 2, (bottom - top) / 2)
        frame = (
            f"M{number(left + inset)} {number(top + inset)}H{number(right - inset)}"
            f"V{number(bottom - inset)}H{number(left + inset)}Z"
        )
        parts += _outlined(frame, thin, class_="box")
    if lines:
        parts += _outlined(lines, thin, class_="held", dash=f"{number(5 * thin)} {number(3 * thin)}")
    return "".join(parts)


def _outlined(d: str, thin: float, *, class_: str, dash: str | None = None) -> list[str]:
    """White on a wider black line."""
    return [
        element("path", d=d, fill="none", stroke="#000", stroke_opacity=0.55, stroke_width=3.2 * thin),
        element(
            "path",
            class_=class_,
            d=d,
            fill="none",
            stroke="#fff",
            stroke_width=1.6 * thin,
            stroke_dasharray=dash,
        ),
    ]
