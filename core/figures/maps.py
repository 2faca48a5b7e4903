"""Feature maps as pictures: whole cells, no smoothing, one colour scale that says whether values have a sign.

Magnitudes (after a ReLU) go through viridis (Smith and van der Walt 2015, https://bids.github.io/colormap/) from
zero up; signed values from blue through the background's colour at zero to red.
"""

from __future__ import annotations

import io
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.figures.theme import palette

Pixels = npt.NDArray[np.uint8]
Values = npt.NDArray[np.floating]
CLIP = 0.995
"""Quantile at which colours end, so that a single outlier does not turn all else pale."""
_VIRIDIS = "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725"


@cache
def viridis() -> Pixels:
    """256 colours from dark violet (0) to yellow (1), uint8 ``(256, 3)``."""
    return _ramp(_VIRIDIS.split())


@cache
def signed_colours(dark: bool = False) -> Pixels:
    """256 colours from blue (−1) through the background (0) to red (1), uint8 ``(256, 3)``."""
    colours = palette(dark)
    return _ramp([text.lstrip("#") for text in (colours.negative, colours.background, colours.positive)])


def _ramp(stops: list[str]) -> Pixels:
    points = np.array([list(bytes.fromhex(stop)) for stop in stops], np.float64)
    places = np.linspace(0, len(points) - 1, 256)
    columns = [np.interp(places, np.arange(len(points)), points[:, channel]) for channel in range(3)]
    ramp = np.stack(columns, axis=1).round().astype(np.uint8)
    ramp.setflags(write=False)
    return ramp


def colour_map(values: Values, *, signed: bool, limit: float, dark: bool = False) -> Pixels:
    """Values as colours: ``(…)`` → uint8 ``(…, 3)``.

    Args:
        values: any shape; NaN takes zero's colour, infinities those of the ends.
        signed: red–blue over ``-limit … limit``, else viridis over ``0 … limit``.
        limit: where the colours end; 0 gives zero's colour everywhere.
        dark: for the dark theme (signed maps only: zero is the background).
    """
    finite = np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=np.inf, neginf=-np.inf)
    share = np.clip(finite / limit, -1.0, 1.0) if limit > 0 else np.zeros_like(finite)
    place = (share + 1) / 2 if signed else np.maximum(share, 0.0)
    table = signed_colours(dark) if signed else viridis()
    # 127.5 lies between two entries: zero must be the background itself.
    colours: Pixels = table[np.floor(place * 255 + 0.5).astype(np.intp)]
    if signed:
        colours[share == 0] = list(bytes.fromhex(palette(dark).background.lstrip("#")))
    return colours


def colour_limit(values: Values) -> float:
    """The 99.5 % quantile of the magnitudes: where the colours end. 0 for all zeros and for no values."""
    magnitudes = np.abs(np.asarray(values, np.float64))
    magnitudes = magnitudes[np.isfinite(magnitudes)]
    if not magnitudes.size:
        return 0.0
    limit = float(np.quantile(magnitudes, CLIP))
    # A map with a single bright cell would have a limit of zero.
    return limit if limit > 0 else float(magnitudes.max())


def map_grid(
    values: Values,
    *,
    signed: bool,
    columns: int = 8,
    tile: int = 1,
    gap: int = 2,
    normalise: Literal["channel", "layer"] = "channel",
    limit: float | None = None,
    dark: bool = False,
) -> Pixels:
    """Maps side by side in one picture, uint8 ``(height, width, 3)``; gaps and empty places are the background.

    Args:
        values: ``(maps, height, width)``, in the order in which they are shown.
        signed: see `colour_map`.
        columns: maps in a row.
        tile: pixels that a cell takes in each direction.
        gap: pixels between maps.
        normalise: colours end at each map's own `colour_limit`, or at one for all.
        limit: that of the whole layer, where the maps shown are only some of it.
        dark: for the dark theme.

    Raises:
        ValueError: the values are no stack of maps, or columns, tile or gap are too small.
    """
    if values.ndim != 3:
        raise ValueError(f"Maps come as (maps, height, width); these have the shape {values.shape}.")
    if columns < 1 or tile < 1 or gap < 0:
        raise ValueError(f"columns={columns} and tile={tile} must be at least 1, gap={gap} at least 0.")
    count, height, width = values.shape
    rows = max(1, -(-count // columns))
    columns = max(1, min(columns, count))
    step_y, step_x = height * tile + gap, width * tile + gap
    background = list(bytes.fromhex(palette(dark).background.lstrip("#")))
    sheet = np.empty((rows * step_y - gap, columns * step_x - gap, 3), np.uint8)
    sheet[:] = background
    shared = (colour_limit(values) if limit is None else limit) if normalise == "layer" else None
    for index, cells in enumerate(values):
        end = colour_limit(cells) if shared is None else shared
        colours = colour_map(cells, signed=signed, limit=end, dark=dark)
        top, left = index // columns * step_y, index % columns * step_x
        sheet[top : top + height * tile, left : left + width * tile] = enlarge(colours, tile)
    return sheet


def enlarge(pixels: Pixels, factor: int) -> Pixels:
    """Each pixel as a square of ``factor`` × ``factor``."""
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def encode_png(pixels: Pixels) -> bytes:
    """uint8 ``(height, width, 3)`` as a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "PNG")
    return stream.getvalue()
