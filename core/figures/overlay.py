"""One feature map over the photo that it was computed from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.figures.maps import colour_limit, colour_map

_SHARPNESS = 0.8  # opacity grows a little faster than the magnitude, so that weak cells stay visible
_MOST = 0.85  # of the photo that the strongest cell covers

Pixels = npt.NDArray[np.uint8]


def overlay(photo: Pixels, values: npt.NDArray[np.float32], *, signed: bool, dark: bool) -> Pixels:
    """A map's cells in colour over the grey photo, opaque by magnitude; the photo's size, whole cells, no smoothing.

    Args:
        photo: uint8 ``(height, width, 3)``.
        values: ``(rows, columns)``.
        signed: red and blue around zero, else viridis from zero up.
        dark: for the dark theme: the photo is dimmed instead of paled.
    """
    magnitudes, limit = np.abs(np.nan_to_num(values, posinf=0.0, neginf=0.0)), colour_limit(values)
    cells = colour_map(values, signed=signed, limit=limit, dark=dark)
    colour = _stretched(cells, photo.shape).astype(np.float32)
    share = np.minimum(magnitudes / limit if limit else magnitudes, 1.0) ** _SHARPNESS
    opacity = (
        _stretched((255 * _MOST * share).astype(np.uint8), photo.shape).astype(np.float32)[..., None] / 255
    )
    mixed = opacity * colour + (1 - opacity) * _ground(photo, dark)[..., None]
    return mixed.round().astype(np.uint8)


def _ground(photo: Pixels, dark: bool) -> npt.NDArray[np.float32]:
    grey = photo.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    return 0.5 * grey if dark else 255 - 0.4 * (255 - grey)


def _stretched(cells: Pixels, shape: tuple[int, ...]) -> Pixels:
    height, width = shape[:2]
    return np.asarray(Image.fromarray(cells).resize((width, height), Image.Resampling.NEAREST))
