"""What the units along one axis of a map see: an interval of input pixels each, in a pattern that repeats.

The pattern of most networks has one interval: unit i sees ``first + step·i … last + step·i``. Up-sampling, windows of
attention and uneven pooling make patterns of several. Intervals are not cut at the border, so that a pattern goes on
beyond it; what a padding of zeros covers there counts as seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd, lcm

from core.graph.fields.layout import NotFollowed
from core.graph.records import Interval

_NOTHING: Interval = (1, 0)
_LONGEST = 2048
"""Units in a pattern. Networks in use have some dozens; files of visitors could ask for any number."""
_MOST_READS = 50_000
"""Intervals that are united for one pattern."""


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
        check_pattern(period, period * self._most_read(taps))
        made = tuple(
            self._read(range(stride * unit + taps[0], stride * unit + taps[-1] + 1, taps.step))
            for unit in range(period)
        )
        return Reach(self.step * (period * stride // self.period), made).shortest()

    def spread(self, taps: range, stride: int) -> Reach:
        """What units see where unit i of this axis is written to the units ``stride·i + tap``: the reverse of a window.

        Dumoulin & Visin 2016 (arXiv:1603.07285), §4: transposed convolution.
        """
        period = stride * self.period
        check_pattern(period, period * len(taps))
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
        widest = max(last - first + 1 for first, last in sources)
        check_pattern(repeats * len(sources), repeats * len(sources) * self._most_read(range(widest)))
        made = tuple(
            self._read(range(first + turn * advance, last + turn * advance + 1))
            for turn in range(repeats)
            for first, last in sources
        )
        step = self.step * (repeats * advance // self.period) if advance else 0
        return Reach(step, made).shortest()

    def within_windows(self, size: int, start: int = 0) -> Reach:
        """What units see that read all of their own window: ``size`` units from ``start`` on, side by side."""
        check_pattern(size)
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
        alike = step == other.step * (period // other.period) and period <= max(count, 2)
        check_pattern(period if alike else count)
        if alike:
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
        return self._read(range(count))

    def _read(self, units: range) -> Interval:
        """The smallest interval that holds those of some units, read forwards."""
        # The pattern repeats, moved on each time, so that the first turn and the last hold the outermost pixels.
        turn = self._turn(units)
        if self.step < 0 or len(units) <= 2 * turn:
            return _union(map(self.at, units))
        return _union(map(self.at, (*units[:turn], *units[-turn:])))

    def _turn(self, units: range) -> int:
        return self.period // gcd(self.period, units.step)

    def _most_read(self, units: range) -> int:
        return min(len(units), 2 * self._turn(units))

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


def check_pattern(units: int, reads: int = 0) -> None:
    """Nothing, for a pattern that can be followed.

    Raises:
        NotFollowed: the pattern has too many units, or too many intervals would have to be united for it.
    """
    if units > _LONGEST or reads > _MOST_READS:
        raise NotFollowed("a pattern of so many units")


def pooled(before: int, after: int) -> tuple[tuple[tuple[int, int], ...], int]:
    """Windows of adaptive pooling from ``before`` to ``after`` units, for `Reach.reading`.

    Unit i averages ``⌊i·before/after⌋ … ⌈(i+1)·before/after⌉ − 1`` (torch.nn.AdaptiveAvgPool2d).
    """
    shared = gcd(before, after)
    count, advance = after // shared, before // shared
    check_pattern(count)
    return tuple((i * before // after, -(-(i + 1) * before // after) - 1) for i in range(count)), advance


def resampled(
    before: int, after: int, mode: str, *, places: str, rounding: str = "down"
) -> tuple[tuple[tuple[int, int], ...], int]:
    """Units read by resizing from ``before`` to ``after`` units, for `Reach.reading`.

    Nearest reads one unit; linear reads the two around the place, or one where it falls on a unit; cubic reads four.

    Args:
        before: units along the axis.
        after: units after resizing.
        mode: ``"nearest"``, ``"bilinear"``, ``"bicubic"`` or ``"area"``.
        places: what lies on each other before and after: ``"corners"``, the outermost units; ``"edges"``, the
            outer edges, with units counted at their first edge; ``"centres"``, the edges, with units counted at their
            centres; ``"shifted"``, centres on first edges.
        rounding: of nearest: ``"down"``, ``"up"``, ``"half down"`` or ``"half up"`` (to the nearest; which way from
            the middle).

    Raises:
        ValueError: no such mode, places or rounding.
        NotFollowed: the pattern is too long.
    """
    if mode == "area":
        return pooled(before, after)
    if places == "corners" and after == 1:
        return ((0, 0),), before
    top, bottom = (before - 1, after - 1) if places == "corners" else (before, after)
    shared = gcd(top, bottom)
    count, advance = bottom // shared, top // shared
    check_pattern(count)
    return tuple(
        _sampled(_place(unit, top, bottom, places), mode, rounding) for unit in range(count)
    ), advance


def _place(unit: int, top: int, bottom: int, places: str) -> tuple[int, int]:
    """Where a unit lies among those before, as a fraction."""
    if places in ("corners", "edges"):
        return unit * top, bottom
    if places == "centres":
        return (2 * unit + 1) * top - bottom, 2 * bottom
    if places == "shifted":
        return (2 * unit + 1) * top, 2 * bottom
    raise ValueError(f"Resizing with {places!r} on each other is not known.")


def _sampled(place: tuple[int, int], mode: str, rounding: str) -> Interval:
    over, under = place
    low, left = divmod(over, under)
    if mode == "nearest":
        near = {
            "down": low,
            "up": low + (left > 0),
            "half down": low + (2 * left > under),
            "half up": low + (2 * left >= under),
        }
        if rounding not in near:
            raise ValueError(f"Rounding {rounding!r} is not known.")
        return near[rounding], near[rounding]
    if mode == "bilinear":
        return low, low + (left > 0)
    if mode == "bicubic":
        return (low - 1, low + 2) if left else (low, low)
    raise ValueError(f"Resizing by {mode!r} is not known.")


def _union(intervals: Iterable[Interval]) -> Interval:
    seen = [(first, last) for first, last in intervals if last >= first]
    if not seen:
        return _NOTHING
    return min(first for first, _ in seen), max(last for _, last in seen)
