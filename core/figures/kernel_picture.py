"""Small kernels as squares of colour: signed red–blue, a weight of zero is the background."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.figures.stack_picture import Drawing
from core.figures.svg import element, label, number, text_width

CELL = 15.0  # px
Values = npt.NDArray[np.float64]


def kernel_picture(values: Values, *, caption: str, limit: float) -> Drawing:
    """One kernel as a grid with its caption below.

    Args:
        values: ``(rows, columns)``.
        caption: what it is.
        limit: absolute value at which the colours end.

    Raises:
        ValueError: the values are no grid.
    """
    if values.ndim != 2:
        raise ValueError(f"A kernel to draw is (rows, columns); this one is {values.shape}.")
    parts = [
        _square(float(value), row, column, limit)
        for row, line in enumerate(values)
        for column, value in enumerate(line)
    ]
    rows, columns = values.shape
    height, width = rows * CELL, columns * CELL
    spoken = f"{caption}: {rows} by {columns} weights, row by row: " + "; ".join(
        ", ".join(_told(float(value)) for value in line) for line in values
    )
    parts.append(label(caption, 0, height + 16, "words", "start"))
    width = max(width, text_width(caption))
    svg = element(
        "svg",
        parts,
        xmlns="http://www.w3.org/2000/svg",
        class_="sk kernel",
        viewBox=f"0 0 {number(width + 1)} {number(height + 22)}",
        width=width + 1,
        height=height + 22,
        role="img",
        aria_label=spoken,
    )
    return Drawing(svg, width + 1, height + 22, spoken)


def _square(value: float, row: int, column: int, limit: float) -> str:
    share = min(1.0, abs(value) / limit) if limit > 0 else 0.0
    ground = {"x": column * CELL + 0.5, "y": row * CELL + 0.5, "width": CELL - 1, "height": CELL - 1}
    told = element("title", f"Row {row + 1}, column {column + 1}: {_told(value)}")
    return element(
        "rect",
        told,
        class_=f"weight {'positive' if value > 0 else 'negative'}",
        fill_opacity=f"{share:.3f}",
        **ground,
    )


def _told(value: float) -> str:
    """Two decimals; what rounds to nothing is 0."""
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def bars(rows: Sequence[tuple[str, float]], *, width: float = 300.0) -> Drawing:
    """Shares of 1 as bars, with their names before them and percentages behind."""
    name_width = max(text_width(name) for name, _ in rows) + 10
    room = width - name_width - 44
    parts = []
    for index, (name, share) in enumerate(rows):
        y = index * 22
        parts += [
            label(name, 0, y + 13, "words", "start"),
            element(
                "rect", class_="share", x=name_width, y=y + 3, width=max(1.0, share * room), height=13, rx=1
            ),
            label(percent_words(share), name_width + share * room + 7, y + 13, "value", "start"),
        ]
    height = len(rows) * 22
    spoken = "; ".join(f"{name}: {percent_words(share)}" for name, share in rows)
    svg = element(
        "svg",
        parts,
        xmlns="http://www.w3.org/2000/svg",
        class_="sk shares",
        viewBox=f"0 0 {number(width)} {height}",
        width=width,
        height=height,
        role="img",
        aria_label=spoken,
    )
    return Drawing(svg, width, height, spoken)


def percent_words(share: float) -> str:
    """Whole per cent, as an error of a fit deserves: ``"33 %"``; 0 only for what is zero but for rounding."""
    if share < 1e-9:
        return "0\u00a0%"
    return "<\u00a01\u00a0%" if share < 0.005 else f"{100 * share:.0f}\u00a0%"
