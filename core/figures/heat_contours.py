"""Lines around the pixels that hold a share of a heat map, for a component to draw over the photo."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from contourpy import LineType, contour_generator

from core.probes.heat import level_holding

Polygon = tuple[tuple[float, float], ...]
"""Corners ``(x, y)`` of a closed line, the first one not repeated; pixel (0, 0) has its centre at (0, 0)."""
Heat = npt.NDArray[np.floating]
SMOOTHING = 2.0
"""Standard deviation in pixels of the blur before a line is drawn: a heat over few pictures has holes of a pixel."""
_REACH = 3  # standard deviations to which the blur reaches
_LEAST = 6.0  # px² below which a patch is noise
_NEAR = 0.35  # px by which a line may leave its corners, so that few of them are sent


def contours(heat: Heat, share: float, *, smoothing: float = SMOOTHING) -> tuple[Polygon, ...]:
    """Closed lines, largest first, around the fewest pixels that hold a share of the smoothed heat's mass.

    Lines that meet the border follow it, half a pixel outside the outermost pixels' centres or less. A line within
    another one is the edge of a hole. Nothing comes back where there is no heat.

    Args:
        heat: ``(height, width)``, not negative.
        share: of the mass, above 0 and at most 1.
        smoothing: standard deviation of the blur in pixels; 0 for none.
    """
    smooth = smoothed(heat, smoothing)
    level = level_holding(smooth, share)
    if level <= 0:
        return ()
    # A ring of nothing closes the lines that would end at the border.
    ringed = np.pad(smooth / level, 1)
    # Just below 1, because pixels of exactly the level belong within.
    found = contour_generator(z=ringed, line_type=LineType.Separate).lines(1 - 1e-9)
    lines = [np.asarray(line, np.float64)[:-1] - 1 for line in found if len(line) > 3]
    large = [line for line in lines if _area(line) >= _LEAST] or sorted(lines, key=_area)[-1:]
    return tuple(_corners(line) for line in sorted(large, key=_area, reverse=True))


def smoothed(heat: Heat, sigma: float = SMOOTHING) -> npt.NDArray[np.float64]:
    """The heat after a Gaussian blur; what would leave the picture is mirrored back, so the mass stays."""
    values = heat.astype(np.float64)
    if sigma <= 0:
        return values
    for axis in (0, 1):
        values = _blurred(values, sigma, axis)
    return values


def _blurred(values: npt.NDArray[np.float64], sigma: float, axis: int) -> npt.NDArray[np.float64]:
    reach = max(1, round(_REACH * sigma))
    weights = np.exp(-((np.arange(-reach, reach + 1) / sigma) ** 2) / 2)
    weights /= weights.sum()
    size = values.shape[axis]
    margins = [(reach, reach) if axis == 0 else (0, 0), (reach, reach) if axis == 1 else (0, 0)]
    wide = np.pad(values, margins, mode="symmetric")
    blurred: npt.NDArray[np.float64] = sum(
        weight * wide.take(range(shift, shift + size), axis=axis) for shift, weight in enumerate(weights)
    )
    return blurred


def _area(line: npt.NDArray[np.float64]) -> float:
    x, y = line.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _corners(line: npt.NDArray[np.float64]) -> Polygon:
    """The line without corners that hardly bend it (Douglas and Peucker 1973), to a tenth of a pixel."""
    half = int(np.argmax(np.hypot(*(line - line[0]).T)))
    keep = np.zeros(len(line), bool)
    keep[[0, half]] = True
    closed = np.concatenate([line, line[:1]])
    open_parts = [(0, half), (half, len(line))]
    while open_parts:
        start, end = open_parts.pop()
        if end - start < 2:
            continue
        away = _distances(closed[start + 1 : end], closed[start], closed[end])
        if away.max() > _NEAR:
            bend = start + 1 + int(away.argmax())
            keep[bend] = True
            open_parts += [(start, bend), (bend, end)]
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in line[keep])


def _distances(
    points: npt.NDArray[np.float64], start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """From the straight line through two points; from the first one where both are the same."""
    along, across = end - start, points - start
    length = float(np.hypot(*along))
    if length == 0:
        away: npt.NDArray[np.float64] = np.hypot(across[:, 0], across[:, 1])
    else:
        away = np.abs(along[0] * across[:, 1] - along[1] * across[:, 0]) / length
    return away
