"""How many paths lead to an operation, through how many layers each, and how much of the picture each sees.

Veit et al. 2016 (arXiv:1605.06431): a residual network is a bundle of paths of many lengths; n blocks with a skip
each make 2ⁿ of them. They are counted exactly, without being walked: a distribution over sizes is a polynomial whose
coefficients count, a window multiplies it by a power, a join adds. The polynomial is kept as one whole number with so
many bits a coefficient that none can overflow, which makes both a shift and a sum.

Two paths are different if they pass different layers or poolings. Sizes along one path add up:
``size += span · jump`` with ``span = (kernel − 1) · dilation`` and ``jump`` the product of the strides before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.graph.fields.steps import Routes, Step, has_cells, routes
from core.graph.records import Graph

# Per state of a path, how many paths are in it: a polynomial of sizes where the state is a jump, a plain count in the
# states of a path that has no size any more.
Tally = Mapping[int, int]
_WHOLE, _UNSIZED = -1, -2
_MOST_BITS = (
    2**23
)  # of a polynomial; twenty times what networks in use need, where a file could ask for any number


@dataclass(frozen=True)
class Paths:
    """All paths from the picture to one operation.

    Attributes:
        node: the operation.
        total: how many paths there are.
        by_length: paths by the number of weighted layers that they pass, shortest first.
        by_height: paths by the rows of the picture that they see alone, fewest first, not cut at the border.
        by_width: the same for columns.
        whole: paths that see the whole picture, through attention or global pooling.
        unsized: paths that see a part of the picture whose size depends on more than the path.
        whole_cause: name of the first operation that lets paths see everything; "" where none does.
        unsized_cause: name of the first operation after which sizes are not followed; "" where there is none.
    """

    node: str
    total: int
    by_length: Mapping[int, int]
    by_height: Mapping[int, int]
    by_width: Mapping[int, int]
    whole: int = 0
    unsized: int = 0
    whole_cause: str = ""
    unsized_cause: str = ""

    @property
    def by_size(self) -> Mapping[int, int]:
        """Paths by the rows that they see; of square fields the side."""
        return self.by_height

    @property
    def sized(self) -> int:
        """Paths whose size is known and is not the whole picture."""
        return self.total - self.whole - self.unsized

    @property
    def smallest(self) -> tuple[int, int] | None:
        """Fewest rows and fewest columns that a path sees; None where no path has a size."""
        return (min(self.by_height), min(self.by_width)) if self.sized else None

    @property
    def largest(self) -> tuple[int, int] | None:
        """Most rows and most columns that a path with a size sees; None where no path has one."""
        return (max(self.by_height), max(self.by_width)) if self.sized else None


def paths(graph: Graph, node: str | None = None) -> Paths:
    """All paths from the picture to an operation.

    Args:
        graph: the network.
        node: name of an operation, group or module; None takes the last one whose output is a map.

    Raises:
        UnknownNode: nothing has that name.
        ValueError: the operation does not depend on the picture.
    """
    found = routes(graph)
    name = graph.at(node).name if node is not None else _last_with_cells(graph, found)
    if name not in found.operands:
        raise ValueError(f"No path leads from the picture to {name}.")
    plan = _Plan(found, name)
    total = sum(plan.run({0: 1}, lambda step, tally: tally).values())
    # No count on the way is larger than the total, and whole bytes are read faster.
    bits = -(-total.bit_length() // 8) * 8
    lengths = plan.run({0: 1}, lambda step, tally: {0: tally[0] << step.length * bits})
    heights = plan.run({1: 1}, lambda step, tally: _grown(step, tally, 0, bits))
    square = all(s.grows[0] == s.grows[1] and s.stride[0] == s.stride[1] for s in plan.steps)
    widths = heights if square else plan.run({1: 1}, lambda step, tally: _grown(step, tally, 1, bits))
    return Paths(
        node=name,
        total=total,
        by_length=_unpacked([lengths[0]], bits, 0),
        by_height=_unpacked([n for state, n in heights.items() if state > 0], bits, 1),
        by_width=_unpacked([n for state, n in widths.items() if state > 0], bits, 1),
        whole=heights.get(_WHOLE, 0),
        unsized=heights.get(_UNSIZED, 0),
        whole_cause=plan.first("whole") if heights.get(_WHOLE) else "",
        unsized_cause=plan.first("unsized") if heights.get(_UNSIZED) else "",
    )


def _grown(step: Step, tally: Tally, axis: int, bits: int) -> Tally:
    """Polynomials of sizes behind a step; a path that has lost its size can only come to see everything."""
    made: dict[int, int] = {}
    for state, number in tally.items():
        longer = step.grows[axis] * state * bits
        if step.effect == "window" and state > 0 and number.bit_length() + longer <= _MOST_BITS:
            after = state * step.stride[axis]
            number <<= longer
        elif state == _WHOLE or (step.effect == "window" and state < 0):
            after = state
        else:
            after = _WHOLE if step.effect == "whole" else _UNSIZED
            number = _summed(number, bits) if state > 0 else number
        made[after] = made.get(after, 0) + number
    return made


def _summed(polynomial: int, bits: int) -> int:
    return sum(_coefficients(polynomial, bits))


def _coefficients(polynomial: int, bits: int) -> Iterable[int]:
    width = bits // 8
    packed = polynomial.to_bytes(-(-polynomial.bit_length() // 8), "little")
    return (int.from_bytes(packed[i : i + width], "little") for i in range(0, len(packed), width))


def _unpacked(polynomials: Sequence[int], bits: int, lowest: int) -> Mapping[int, int]:
    """What a sum of polynomials counts, by exponent + ``lowest``, without zeros."""
    numbers = enumerate(_coefficients(sum(polynomials), bits), start=lowest)
    return {size: number for size, number in numbers if number}


class _Plan:
    """In which order tallies are made to reach one operation, each path counted once.

    Operations that let paths pass are no places of their own: behind them stands the set of the steps that a path
    may have passed last, kept as the bits of a whole number. At a join the sets are united, so that two ways between
    the same steps are one path. The tally there is that of the operand with most steps, plus the steps it lacks.
    """

    def __init__(self, found: Routes, target: str) -> None:
        needed = {target}
        for name in reversed(list(found.operands)):
            if name in needed:
                needed.update(found.operands[name])
        self._order = [name for name in found.operands if name in needed]
        self._steps = {name: found.steps[name] for name in self._order if name in found.steps}
        self._target = target
        self._sources = self._find_sources(found)

    def _find_sources(self, found: Routes) -> dict[str, tuple[str, ...]]:
        last: dict[str, int] = {}
        listed: list[str] = []
        sources: dict[str, tuple[str, ...]] = {}
        for name in self._order:
            operands = sorted(found.operands[name], key=lambda n: last[n].bit_count(), reverse=True)
            reached = last[operands[0]] if operands else 0
            missing = 0
            for operand in operands[1:]:
                missing |= last[operand] & ~reached
            extra = [listed[position] for position in _positions(missing)]
            sources[name] = (operands[0], *extra) if operands else ()
            if name in self._steps or not operands:
                last[name] = 1 << len(listed)
                listed.append(name)
            else:
                last[name] = reached | missing
        return sources

    @property
    def steps(self) -> Iterable[Step]:
        """All steps on the way."""
        return self._steps.values()

    def first(self, effect: str) -> str:
        """Name of the first step with that effect."""
        return next((name for name, step in self._steps.items() if step.effect == effect), "")

    def run(self, start: Tally, cross: Callable[[Step, Tally], Tally]) -> Tally:
        """The tally at the target, where the picture has ``start`` and ``cross`` says what a step makes of one."""
        tallies: dict[str, Tally] = {}
        for name in self._order:
            sources = self._sources[name]
            tally = _joined([tallies[source] for source in sources]) if sources else start
            step = self._steps.get(name)
            tallies[name] = tally if step is None else cross(step, tally)
        return tallies[self._target]


def _joined(tallies: Sequence[Tally]) -> Tally:
    if len(tallies) == 1:
        return tallies[0]
    made: dict[int, int] = {}
    for tally in tallies:
        for state, number in tally.items():
            made[state] = made.get(state, 0) + number
    return made


def _positions(bits: int) -> Iterable[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def _last_with_cells(graph: Graph, found: Routes) -> str:
    """The last operation whose output is a map with a known field, or else the last one."""
    names = list(found.operands)
    return next((name for name in reversed(names) if has_cells(graph.nodes[name])), names[-1])
