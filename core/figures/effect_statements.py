"""What an effective receptive field says, in sentences computed from it, and as rows of a CSV file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable

import numpy as np

from core.figures.fractions import FRACTIONS
from core.figures.numbers import SPACE, count, exact
from core.probes.heat import centre_of_mass
from core.probes.records import EffectiveReceptiveField
from core.service.records import EffectView

_FRACTIONS = {"all": 1.0, **FRACTIONS}
_NEAR = 0.05  # by so much a share may differ from the fraction that is said for it
_CENTRED = 0.1  # of the field's size, by which the effect may lie beside its middle
_ALIKE = 0.03  # two fields whose sizes differ by less, of pictures as few as these, are told as equal
_MASS = 0.95
_ENOUGH = 4  # pictures, before a pixel without effect says something: max pooling passes over most of each
_NEARLY_ALL = 0.9


def answer(view: EffectView) -> str:
    """How much of what the cell can see really moves it.

    ``"With these random weights, 95 % of what moves it comes from a quarter of those pixels, around its centre."``
    """
    field = view.field
    weights = f"With these {'trained' if view.trained else 'random'} weights"
    held = field.holds(_MASS)
    if not held:
        return f"{weights}, no pixel moves it."
    part = f"95{SPACE}% of what moves it comes from"
    pixels = count(held, "pixel")
    if not field.box_pixels:
        return f"{weights}, {part} {pixels}."
    share = fraction(held / field.box_pixels)
    if field.field == field.heat.shape and field.box_pixels == field.heat.size:
        return f"{weights}, {part} {share} of the picture{_where(field)}."
    return f"{weights}, {part} {share} of those pixels{_where(field)}."


def held(field: EffectiveReceptiveField, share: float) -> tuple[str, str]:
    """The pixels that hold a share of the effect, and which part of the theoretical field they are.

    ``("12,431 px", "half of what it can see")``; the second is "" where the field is not known.
    """
    pixels = field.holds(share)
    part = f"{fraction(pixels / field.box_pixels)} of what it can see" if field.box_pixels and pixels else ""
    return f"{exact(pixels)}{SPACE}px", part


def spread(field: EffectiveReceptiveField) -> str:
    """How far the effect spreads beside the theoretical size, and whether it is a Gaussian's.

    "" where there is no effect.
    """
    rows, columns = field.sigma
    if not rows and not columns:
        return ""
    sigma = f"{_pixels(rows)}" if _same(rows, columns) else f"{_pixels(rows)} and {_pixels(columns)}"
    text = f"The effect spreads with σ = {sigma}{SPACE}px"
    ratio, cut = field.ratio, field.box_pixels != math.prod(field.field)
    if ratio is not None and not cut:
        both = f"{ratio[0]:.2f}" if _same(*ratio) else f"{ratio[0]:.2f} and {ratio[1]:.2f}"
        text += f"; 4{SPACE}σ, which hold 95{SPACE}% of a Gaussian, are {both} of the theoretical size"
    overlap = round(100 * field.gaussian_overlap)
    return f"{text}. {overlap}{SPACE}% of it lies as in a Gaussian of that spread."


def reached(field: EffectiveReceptiveField) -> str:
    """How many of the pixels that the cell can see have any effect, where many have none; else ""."""
    if not field.box_pixels or field.images < _ENOUGH:
        return ""
    share = np.count_nonzero(field.heat) / field.box_pixels
    if share >= _NEARLY_ALL or not share:
        return ""
    return f"With these weights only {fraction(share)} of the pixels that it can see have any effect at all."


def method(view: EffectView) -> str:
    """What was measured on what, for the source line."""
    field = view.field
    kind = "∂ cell / ∂ pixel"
    measured = f"mean ({kind})²" if field.measure == "squared" else f"mean |{kind}|"
    on = (
        count(field.images, "noise picture")
        if view.source == "noise"
        else count(field.images, "look", "looks") + " at the photo under noise"
    )
    calibrated = (
        f", batch norm calibrated on {count(field.calibrated, 'noise picture')}" if field.calibrated else ""
    )
    weights = "trained weights" if view.trained else "random weights"
    if view.variant == "plain twin":
        weights += ", residual additions taken out"
    return (
        f"Effect: {measured}, channels added with random signs, over {on}; {weights}{calibrated} "
        "(after Luo et al. 2016)."
    )


def caveat(view: EffectView) -> str:
    """What the picture does not show, to follow "What this does not show:"."""
    on = (
        "pictures of noise; on a photo other paths are open"
        if view.source == "noise"
        else "this photo; on another one other paths are open"
    )
    weights = (
        "These weights are trained: what they have learned is in the picture too, not the wiring alone"
        if view.trained
        else "These weights are random: the picture tells of the wiring, and training changes it"
    )
    return (
        f"what the network decides by. It tells how much a slight change of a pixel moves this cell, on {on}. "
        f"{weights}."
    )


def beside(first: EffectiveReceptiveField, second: EffectiveReceptiveField, *, names: tuple[str, str]) -> str:
    """Which of two fields over the same theoretical box is wider, in one sentence.

    ``"95 % of the effect takes 0.21 of the box in ResNet-18 and 0.29 in its plain twin: its plain twin really uses more
    of what it can see."``; "" where the boxes are not the same.

    Args:
        first, second: measured alike.
        names: what they are called, as ``("the residual net", "its plain twin")``.
    """
    if not first.box_pixels or first.box != second.box:
        return ""
    one, other = (field.holds(_MASS) / first.box_pixels for field in (first, second))
    told = f"95{SPACE}% of the effect takes {one:.2f} of the box in {names[0]} and {other:.2f} in {names[1]}"
    if abs(one - other) <= _ALIKE * max(one, other):
        return f"{told}: no difference that so few pictures could tell."
    wider = names[0] if one > other else names[1]
    return f"{told}: {wider} really uses more of what it can see."


def fraction(share: float) -> str:
    """A share as people say it: ``0.499`` → ``"half"``, ``0.43`` → ``"43 %"``, ``0.003`` → ``"0.3 %"``."""
    name, value = min(_FRACTIONS.items(), key=lambda item: abs(math.log(item[1] / max(share, 1e-12))))
    if abs(share - value) <= _NEAR * value:
        return name
    percent = 100 * share
    digits = 0 if percent >= 1 else 1 if percent >= 0.1 else 2
    return f"{percent:.{digits}f}{SPACE}%" if percent >= 0.01 else f"less than 0.01{SPACE}%"


def heat_csv(field: EffectiveReceptiveField) -> str:
    """The heat as CSV: one row per pixel that has any effect, strongest first, with its share of the effect."""
    total = float(field.heat.sum(dtype=np.float64))
    order = np.argsort(-field.heat, axis=None, kind="stable")[: int((field.heat > 0).sum())]
    rows, columns = np.unravel_index(order, field.heat.shape)
    values = field.heat.reshape(-1)[order]
    return _csv(
        ("row_px", "column_px", f"{field.measure}_gradient", "share_of_effect"),
        (
            (int(row), int(column), f"{float(value):.6g}", f"{float(value) / total:.6g}")
            for row, column, value in zip(rows, columns, values, strict=True)
        ),
    )


def measures_csv(view: EffectView) -> str:
    """The measures of a field as CSV: name, value and unit a row."""
    field = view.field
    rows: list[tuple[str, object, str]] = [
        ("node", field.node, ""),
        ("row", field.cell[0], "cell"),
        ("column", field.cell[1], "cell"),
        ("measure", f"{field.measure} gradient", ""),
        ("pictures", field.images, view.source),
        ("weights", view.weights, ""),
        ("theoretical height", field.field[0], "px"),
        ("theoretical width", field.field[1], "px"),
    ]
    if field.box is not None:
        names = ("top", "left", "bottom, exclusive", "right, exclusive")
        rows += [(f"box {name}", edge, "px") for name, edge in zip(names, field.box, strict=True)]
        rows += [("box", field.box_pixels, "pixels"), ("effect in the box", f"{field.inside:.6f}", "share")]
    for share in (0.5, 0.95):
        percent = f"{100 * share:.0f} %"
        rows += [
            (f"{percent} of the effect", field.holds(share), "pixels"),
            (f"radius of {percent}", f"{field.radius(share):.2f}", "px"),
            (f"side of the square of {percent}", field.side(share), "px"),
        ]
    rows += [
        ("sigma, rows", f"{field.sigma[0]:.3f}", "px"),
        ("sigma, columns", f"{field.sigma[1]:.3f}", "px"),
    ]
    rows.append(("overlap with a Gaussian", f"{field.gaussian_overlap:.4f}", "share"))
    return _csv(("name", "value", "unit"), rows)


def _csv(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def _where(field: EffectiveReceptiveField) -> str:
    """``", around its centre"``, where the effect's middle is that of what the cell can see."""
    away = (abs(a - b) for a, b in zip(centre_of_mass(field.heat), field.centre, strict=True))
    near = all(gap <= _CENTRED * size for gap, size in zip(away, field.field, strict=True))
    known = field.box is not None and field.field != field.heat.shape
    return ", around its centre" if near and known else ""


def _pixels(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 0.05 * max(one, other)
