"""What the units along one axis of a map see: an interval of input pixels each, in a pattern that repeats.

The pattern of most networks has one interval: unit i sees ``first + step·i … last + step·i``. Up-sampling, windows of
attention and uneven pooling make patterns of several. Intervals are not cut at the border, so that a pattern goes on
beyond it; what a padding of zeros covers there counts as seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd, lcm

from core.graph.records import Interval

_NOTHING: Interval = (1, 0)


@dataclass(frozen=True, slots=True)
class Reach:
    """Unit ``q·period + r`` sees ``intervals[r]``, moved by ``q·step`` pixels.

    Attributes:
        step: pixels from one repetition of the pattern to the next; 0 = all units see the same.
        intervals: first and last pixel of each unit of the pattern; last < first = none.
    """

    step: int
    intervals: tuple[Interval, ...]

    @property
    def period(self) -> int:
        """Units in the pattern."""
        return len(self.intervals)

    @property
    def everywhere_the_same(self) -> bool:
        """Whether all units see the same, so that places no longer matter."""
        return self.step == 0 and len(self.intervals) == 1

    def at(self, unit: int) -> Interval:
        """First and last pixel that a unit sees; units before 0 and beyond the last follow the pattern."""
        turns, place = divmod(unit, len(self.intervals))
        first, last = self.intervals[place]
        return (first + turns * self.step, last + turns * self.step) if last >= first else _NOTHING

    def windowed(self, taps: range, stride: int) -> Reach:
        """What units see that read the units ``stride·i + tap`` of this axis, for every tap."""
        if self.period == 1:
            first, last = self.intervals[0]
            if last < first:
                return self
            return Reach(self.step * stride, ((first + self.step * taps[0], last + self.step * taps[-1]),))
        period = lcm(self.period, stride) // stride
        made = tuple(_union(self.at(stride * unit + tap) for tap in taps) for unit in range(period))
        return Reach(self.step * (period * stride // self.period), made).shortest()

    def spread(self, taps: range, stride: int) -> Reach:
        """What units see where unit i of this axis is written to the units ``stride·i + tap``: the reverse of a window.

        Dumoulin & Visin 2016 (arXiv:1603.07285), §4: transposed convolution.
        """
        period = stride * self.period
        made = tuple(
            _union(self.at((unit - tap) // stride) for tap in taps if (unit - tap) % stride == 0)
            for unit in range(period)
        )
        return Reach(self.step, made).shortest()

    def reading(self, sources: tuple[tuple[int, int], ...], advance: int) -> Reach:
        """What units see that read others in a pattern: ``sources[r]`` = first and last read by unit r.

        After ``len(sources)`` units the pattern goes on ``advance`` units further along this axis.
        """
        repeats = lcm(self.period, advance) // advance if advance else 1
        count = len(sources)
        made = tuple(
            _union(self.at(unit + turn * advance) for unit in range(sources[place][0], sources[place][1] + 1))
            for turn in range(repeats)
            for place in range(count)
        )
        step = self.step * (repeats * advance // self.period) if advance else 0
        return Reach(step, made).shortest()

    def within_windows(self, size: int, start: int = 0) -> Reach:
        """What units see that read all of their own window: ``size`` units from ``start`` on, side by side."""
        sources = tuple(
            ((unit - start) // size * size + start, (unit - start) // size * size + start + size - 1)
            for unit in range(size)
        )
        return self.reading(sources, size)

    def united(self, other: Reach, count: int) -> Reach:
        """The smallest intervals that hold those of both, for an axis of ``count`` units."""
        if self in (other, EVERYTHING) or other.sees_nothing:
            return self
        if other == EVERYTHING:
            return other
        if self.sees_nothing:
            return other
        period = lcm(self.period, other.period)
        step = self.step * (period // self.period)
        if step == other.step * (period // other.period) and period <= max(count, 2):
            made = tuple(_union((self.at(unit), other.at(unit))) for unit in range(period))
            return Reach(step, made).shortest()
        made = tuple(_union((self.at(unit), other.at(unit))) for unit in range(count))
        return Reach(
            max(self.step * count // self.period, other.step * count // other.period), made
        ).shortest()

    def over(self, count: int) -> Interval:
        """The smallest interval that holds those of all ``count`` units."""
        if self.period == 1 and self.step >= 0:
            first, last = self.intervals[0]
            return (first, last + self.step * (count - 1)) if last >= first else _NOTHING
        return _union(self.at(unit) for unit in range(count))

    @property
    def sees_nothing(self) -> bool:
        """Whether no unit sees any pixel."""
        return all(last < first for first, last in self.intervals)

    def shortest(self) -> Reach:
        """The same with the shortest pattern."""
        period = self.period
        for shorter in range(1, period):
            if period % shorter or self.step * shorter % period:
                continue
            step = self.step * shorter // period
            candidate = Reach(step, self.intervals[:shorter])
            if all(candidate.at(unit) == self.at(unit) for unit in range(shorter, period)):
                return candidate
        return self


def pixels() -> Reach:
    """Of the picture itself: unit i sees pixel i."""
    return Reach(1, ((0, 0),))


def fixed(interval: Interval) -> Reach:
    """All units see the same interval."""
    return Reach(0, (interval,))


NOTHING = fixed(_NOTHING)
EVERYTHING = fixed((-(2**40), 2**40))
"""Every unit sees the whole picture, whatever its size."""


def pooled(before: int, after: int) -> tuple[tuple[tuple[int, int], ...], int]:
    """Windows of adaptive pooling from ``before`` to ``after`` units, for `Reach.reading`.

    Unit i averages ``⌊i·before/after⌋ … ⌈(i+1)·before/after⌉ − 1`` (torch.nn.AdaptiveAvgPool2d).
    """
    shared = gcd(before, after)
    count, advance = after // shared, before // shared
    return tuple((i * before // after, -(-(i + 1) * before // after) - 1) for i in range(count)), advance


def resampled(
    before: int, after: int, mode: str, *, corners: bool
) -> tuple[tuple[tuple[int, int], ...], int]:
    """Units read by resizing from ``before`` to ``after`` units, for `Reach.reading`.

    Nearest reads one unit; linear reads the two around the place, or one where it falls on a unit; cubic reads four.

    Args:
        before: units along the axis.
        after: units after resizing.
        mode: ``"nearest"``, ``"nearest-exact"``, ``"bilinear"``, ``"bicubic"`` or ``"area"``.
        corners: whether the outermost units lie on each other (torch's ``align_corners``).

    Raises:
        ValueError: no such mode.
    """
    if mode == "area":
        return pooled(before, after)
    inner = corners and mode in ("bilinear", "bicubic") and after > 1 and before > 1
    top, bottom = (before - 1, after - 1) if inner else (before, after)
    shared = gcd(top, bottom)
    count, advance = bottom // shared, top // shared
    found = []
    for unit in range(count):
        # Place of the unit among those before, as a fraction over 2·bottom.
        over = 2 * unit * top if inner or mode == "nearest" else (2 * unit + 1) * top
        under = 2 * bottom
        if mode in ("bilinear", "bicubic") and not inner:
            over -= bottom
        low, left = divmod(over, under)
        if mode in ("nearest", "nearest-exact"):
            found.append((low, low))
        elif mode == "bilinear":
            found.append((low, low + 1 if left else low))
        elif mode == "bicubic":
            found.append((low - 1, low + 2) if left else (low, low))
        else:
            raise ValueError(f"Resizing by {mode!r} is not known.")
    return tuple(found), advance


def _union(intervals: Iterable[Interval]) -> Interval:
    seen = [(first, last) for first, last in intervals if last >= first]
    if not seen:
        return _NOTHING
    return min(first for first, _ in seen), max(last for _, last in seen)
