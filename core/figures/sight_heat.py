"""The effect of pixels on a cell as a transparent layer for the photo: colours, and contours around shares of it."""

from __future__ import annotations

import io

import contourpy
import numpy as np
import numpy.typing as npt
from PIL import Image

from core.figures.maps import viridis
from core.probes.heat import level_holding

SIGMA = 2.0
"""Pixels of a picture of 224 by which what is drawn is smoothed; no number is taken from the smoothed heat."""
_SIDE = 224
_FADE = 0.28  # of the scale: below it colours fade, so that pixels without effect stay photo

Floats = npt.NDArray[np.float32]


def smoothed(heat: Floats) -> Floats:
    """The heat after a Gaussian of `SIGMA`; mass that would leave the picture stays at its border."""
    sigma = SIGMA * max(heat.shape) / _SIDE
    reach = max(1, round(3 * sigma))
    window = np.exp(-((np.arange(-reach, reach + 1) / sigma) ** 2) / 2)
    window /= window.sum()
    result = heat.astype(np.float64)
    for axis in (0, 1):
        padded = np.pad(result, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], mode="symmetric")
        result = sum(
            weight * np.take(padded, range(step, step + result.shape[axis]), axis=axis)
            for step, weight in enumerate(window)
        )
    return np.asarray(result, np.float32)


def heat_png(smooth: Floats) -> bytes:
    """The heat as an RGBA picture of its size: viridis over the square root, transparent where there is none."""
    most = float(smooth.max()) if smooth.size else 0.0
    share = np.sqrt(smooth / most) if most > 0 else np.zeros_like(smooth)
    colours = viridis()[np.floor(255 * share + 0.5).astype(np.intp)]
    alpha = (255 * np.clip(share / _FADE, 0.0, 1.0)).round().astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(np.dstack([colours, alpha])).save(stream, "PNG")
    return stream.getvalue()


def contour(smooth: Floats, share: float) -> str:
    """Path data around the pixels that hold a share of the heat; pixel (0, 0) reaches from 0 to 1; "" for none."""
    level = level_holding(smooth, share)
    if level <= 0:
        return ""
    # A frame without heat closes the lines that would leave the picture.
    framed = np.pad(smooth.astype(np.float64), 1)
    lines = contourpy.contour_generator(z=framed, line_type=contourpy.LineType.Separate).lines(level)
    return "".join(_path(line - 0.5, smooth.shape) for line in lines)


def _path(line: npt.NDArray[np.float64], shape: tuple[int, ...]) -> str:
    height, width = shape
    inside = np.clip(line, 0.0, [width, height])
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in inside)
    return f"M{points}Z"


def viridis_css() -> str:
    """The colours of the scale as a CSS gradient from left to right."""
    stops = (viridis()[place] for place in range(0, 256, 51))
    return f"linear-gradient(to right, {', '.join(f'rgb({r} {g} {b})' for r, g, b in stops)})"
