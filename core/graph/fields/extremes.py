"""The smallest and the largest field of any path, for every operation at once.

Beside the counts of `core.graph.fields.paths` this needs two numbers per axis and operation: it takes a time linear
in the number of operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.graph.fields.steps import Routes, Step, routes
from core.graph.records import Graph


@dataclass(frozen=True, slots=True)
class Extremes:
    """The smallest and the largest field of any path to an operation, each along each axis.

    Attributes:
        smallest: rows and columns; None where no path has a size of its own.
        largest: of the paths that have one.
        whole: whether some path sees the whole picture.
        unsized: whether some path sees a part whose size is not followed.
        depth: weighted layers on the longest path.
    """

    smallest: tuple[int, int] | None
    largest: tuple[int, int] | None
    whole: bool
    unsized: bool
    depth: int


def extremes(graph: Graph) -> Mapping[str, Extremes]:
    """Smallest and largest field of any path, for every operation that the picture reaches, in execution order."""
    return extremes_along(routes(graph))


def extremes_along(found: Routes) -> Mapping[str, Extremes]:
    """The same, where the routes are at hand."""
    spans: dict[str, _Spans] = {}
    for name, operands in found.operands.items():
        merged = _merged([spans[operand] for operand in operands]) if operands else _Spans(({1: (1, 1)},) * 2)
        step = found.steps.get(name)
        spans[name] = merged.after(step) if step is not None else merged
    return {name: span.extremes() for name, span in spans.items()}


@dataclass(frozen=True, slots=True)
class _Spans:
    """Per axis and jump the smallest and largest size of a path; whether others see everything, or an unknown part."""

    sizes: tuple[Mapping[int, tuple[int, int]], ...]
    whole: bool = False
    unsized: bool = False
    depth: int = 0

    def after(self, step: Step) -> _Spans:
        depth = self.depth + step.length
        if step.effect == "whole":
            return _Spans(({}, {}), whole=True, unsized=False, depth=depth)
        if step.effect == "unsized":
            lost = self.unsized or bool(self.sizes[0])
            return _Spans(({}, {}), whole=self.whole, unsized=lost, depth=depth)
        made: list[Mapping[int, tuple[int, int]]] = []
        for axis, sizes in enumerate(self.sizes):
            grown = [
                (jump * step.stride[axis], (a + step.grows[axis] * jump, b + step.grows[axis] * jump))
                for jump, (a, b) in sizes.items()
            ]
            made.append(_widest(grown))
        return _Spans(tuple(made), self.whole, self.unsized, depth)

    def extremes(self) -> Extremes:
        rows, columns = (list(sizes.values()) for sizes in self.sizes)
        known = bool(rows)
        return Extremes(
            smallest=(min(a for a, _ in rows), min(a for a, _ in columns)) if known else None,
            largest=(max(b for _, b in rows), max(b for _, b in columns)) if known else None,
            whole=self.whole,
            unsized=self.unsized,
            depth=self.depth,
        )


def _merged(spans: Sequence[_Spans]) -> _Spans:
    if len(spans) == 1:
        return spans[0]
    return _Spans(
        tuple(_widest(item for span in spans for item in span.sizes[axis].items()) for axis in (0, 1)),
        any(span.whole for span in spans),
        any(span.unsized for span in spans),
        max(span.depth for span in spans),
    )


def _widest(items: Iterable[tuple[int, tuple[int, int]]]) -> Mapping[int, tuple[int, int]]:
    made: dict[int, tuple[int, int]] = {}
    for jump, (low, high) in items:
        a, b = made.get(jump, (low, high))
        made[jump] = (min(a, low), max(b, high))
    return made
