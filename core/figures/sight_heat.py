"""The effect of pixels on a cell as a transparent layer for the photo: colours, and lines around shares of it."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from core.figures.heat_contours import Heat, contours, smoothed
from core.figures.kept import by_identity
from core.figures.maps import viridis
from core.figures.svg import number

_SMOOTHING, _SIDE = 3.0, 224  # px of the blur in a picture of that side; in others in proportion
_FADE = 0.28  # of the scale: below it colours fade, so that pixels without effect stay photo


def smoothing(heat: Heat) -> float:
    """Standard deviation in pixels by which what is drawn is smoothed; no number is taken from it."""
    sigma: float = round(_SMOOTHING * max(heat.shape) / _SIDE, 1)
    return sigma


@by_identity(8)
def heat_png(heat: Heat) -> bytes:
    """The smoothed heat as an RGBA picture of its size: viridis over the square root, transparent where it is none."""
    smooth = smoothed(heat, smoothing(heat))
    most = float(smooth.max()) if smooth.size else 0.0
    share = np.sqrt(smooth / most) if most > 0 else np.zeros_like(smooth)
    colours = viridis()[np.floor(255 * share + 0.5).astype(np.intp)]
    alpha = (255 * np.clip(share / _FADE, 0.0, 1.0)).round().astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(np.dstack([colours, alpha])).save(stream, "PNG")
    return stream.getvalue()


@by_identity(16)
def contour_path(heat: Heat, share: float) -> str:
    """Path data around the pixels that hold a share of the smoothed heat; pixel (0, 0) reaches from 0 to 1."""
    lines = contours(heat, share, smoothing=smoothing(heat))
    return "".join(f"M{'L'.join(f'{number(x + 0.5)},{number(y + 0.5)}' for x, y in line)}Z" for line in lines)


def viridis_css() -> str:
    """The colours of the scale as a CSS gradient from left to right."""
    stops = (viridis()[place] for place in range(0, 256, 51))
    return f"linear-gradient(to right, {', '.join(f'rgb({r} {g} {b})' for r, g, b in stops)})"
