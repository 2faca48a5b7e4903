"""The values that paths have, gathered to bars, and where the middle of all paths lies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Bin:
    """Paths whose value is from ``first`` to ``last``.

    Attributes:
        first: smallest value.
        last: largest value.
        start: left edge on the axis; every bin of a row is as wide.
        stop: right edge.
        paths: how many.
    """

    first: int
    last: int
    start: float
    stop: float
    paths: int


def bins(counted: Mapping[int, int], most: int) -> tuple[Bin, ...]:
    """The values in bins of one width, ``most`` at the most; empty ones are left out.

    A value stands in the middle of its bin, unless there are so many that neighbours are taken together.
    """
    values = sorted(counted)
    if not values:
        return ()
    grid = math.gcd(*(after - before for before, after in pairwise(values))) or 1
    together = -(-((values[-1] - values[0]) // grid + 1) // most)
    step, start = grid * together, values[0] - grid / 2
    found: dict[int, list[int]] = {}
    for value in values:
        found.setdefault((value - values[0]) // step, []).append(value)
    return tuple(
        Bin(
            group[0],
            group[-1],
            start + place * step,
            start + (place + 1) * step,
            sum(counted[v] for v in group),
        )
        for place, group in found.items()
    )


def half(counted: Mapping[int, int], total: int) -> int | None:
    """The smallest value that half of ``total`` paths do not exceed; None where more than half have no value."""
    so_far = 0
    for value in sorted(counted):
        so_far += counted[value]
        if 2 * so_far >= total:
            return value
    return None


def commonest(counted: Mapping[int, int]) -> int:
    """The value that most paths have; the smallest of several."""
    return max(sorted(counted), key=lambda value: counted[value])
