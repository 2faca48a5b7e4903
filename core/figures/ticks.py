"""Round values along an axis."""

from __future__ import annotations

import math


def nice(value: float) -> float:
    """The largest of 1, 2, 2.5, 5 times a power of ten that is at most ``value``, which is above 0."""
    power = 10.0 ** math.floor(math.log10(value))
    return power * max(step for step in (1.0, 2.0, 2.5, 5.0) if step * power <= value * (1 + 1e-9))
