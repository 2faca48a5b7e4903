"""How much of a heat map lies where: shares of its mass, and the Gaussian of the same spread. Imports no torch.

A *heat* is ``(height, width)``, without negative numbers; its *mass* is its sum. Pixel (0, 0) has its centre at
coordinate (0, 0).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Heat = npt.NDArray[np.floating]
Box = tuple[int, int, int, int]
Point = tuple[float, float]


def mass_within(heat: Heat, box: Box) -> float:
    """Share of the mass within ``(top, left, bottom, right)``, the last two exclusive; 0 where there is no mass."""
    top, left, bottom, right = box
    total = float(heat.sum(dtype=np.float64))
    outside = heat.astype(np.float64)
    outside[top:bottom, left:right] = 0
    return 1 - float(outside.sum()) / total if total else 0.0


def pixels_holding(heat: Heat, share: float) -> int:
    """The smallest number of pixels that hold a share (0…1) of the mass; 0 where there is no mass."""
    return int(np.searchsorted(_cumulated(np.sort(heat, axis=None)[::-1]), _wanted(share)) + 1) * _any(heat)


def level_holding(heat: Heat, share: float) -> float:
    """The value at which those pixels end that hold a share of the mass: they are the ones of at least this value."""
    ranked = np.sort(heat, axis=None)[::-1]
    count = pixels_holding(heat, share)
    return float(ranked[count - 1]) if count else 0.0


def radius_holding(heat: Heat, share: float, *, centre: Point) -> float:
    """Radius in pixels of the smallest disc around ``centre`` whose pixels' centres hold a share of the mass."""
    rows, columns = _away(heat, centre)
    return _nearest_holding(heat, np.hypot(rows, columns), share)


def side_holding(heat: Heat, share: float, *, centre: Point) -> int:
    """Side in pixels of the smallest square around ``centre`` that holds a share of the mass.

    The part of the square over the border holds none, so near it the square is larger; 0 where there is no mass.
    """
    rows, columns = _away(heat, centre)
    half = _nearest_holding(heat, np.maximum(np.abs(rows), np.abs(columns)), share)
    return round(2 * half + 1) * _any(heat)


def centre_of_mass(heat: Heat) -> Point:
    """Row and column, the middle of the picture where there is no mass."""
    height, width = heat.shape
    if not _any(heat):
        return (height - 1) / 2, (width - 1) / 2
    return _mean(_profile(heat, 0)), _mean(_profile(heat, 1))


def spread(heat: Heat) -> Point:
    """Standard deviation of the mass along rows and columns, in pixels; zeros where there is no mass."""
    if not _any(heat):
        return 0.0, 0.0
    return _deviation(_profile(heat, 0)), _deviation(_profile(heat, 1))


def gaussian_overlap(heat: Heat) -> float:
    """How much of the mass a Gaussian of the same centre and spread shares: 1 = the heat is that Gaussian.

    Both are scaled to mass 1 on the picture; their overlap is the sum of the smaller of the two, pixel by pixel.
    Axes are taken for independent, so a field along a diagonal overlaps little.
    """
    if not _any(heat):
        return 0.0
    centre, sigma = centre_of_mass(heat), spread(heat)
    bells = [_bell(size, at, by) for size, at, by in zip(heat.shape, centre, sigma, strict=True)]
    fitted = np.outer(bells[0], bells[1])
    values = heat.astype(np.float64)
    return float(np.minimum(values / values.sum(), fitted).sum())


def _any(heat: Heat) -> int:
    return int(bool(heat.size) and float(heat.max()) > 0)


def _wanted(share: float) -> float:
    if not 0 < share <= 1:
        raise ValueError(f"A share of the mass lies above 0 and is at most 1; this is {share}.")
    return share


def _cumulated(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Shares of the mass in the first pixel, the first two, …; exactly 1 from the last pixel with mass on."""
    sums = np.cumsum(values, dtype=np.float64)
    return sums / sums[-1] if sums.size and sums[-1] else np.ones_like(sums)


def _away(heat: Heat, centre: Point) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    rows = np.arange(heat.shape[0], dtype=np.float64)[:, None] - centre[0]
    columns = np.arange(heat.shape[1], dtype=np.float64)[None, :] - centre[1]
    return rows, columns


def _nearest_holding(heat: Heat, distance: npt.NDArray[np.float64], share: float) -> float:
    order = np.argsort(distance, axis=None, kind="stable")
    place = int(np.searchsorted(_cumulated(heat.reshape(-1)[order]), _wanted(share)))
    return float(distance.reshape(-1)[order[place]]) * _any(heat)


def _profile(heat: Heat, axis: int) -> npt.NDArray[np.float64]:
    """Shares of the mass by row (axis 0) or by column (axis 1)."""
    sums = heat.sum(axis=1 - axis, dtype=np.float64)
    profile: npt.NDArray[np.float64] = sums / sums.sum()
    return profile


def _mean(profile: npt.NDArray[np.float64]) -> float:
    return float(profile @ np.arange(len(profile)))


def _deviation(profile: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt(profile @ (np.arange(len(profile)) - _mean(profile)) ** 2))


def _bell(size: int, at: float, sigma: float) -> npt.NDArray[np.float64]:
    """A Gaussian at whole pixels, scaled to sum 1; all in one pixel where it has no spread."""
    distance = np.abs(np.arange(size) - at)
    near = np.exp(-((distance / sigma) ** 2) / 2) if sigma else distance == distance.min()
    bell: npt.NDArray[np.float64] = near / near.sum()
    return bell
