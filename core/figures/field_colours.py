"""A diagram coloured by the receptive field at the end of each of its marks.

A field adds up over nothing: a block, a stage and an operation all stand for what a cell of their output sees. Fields
grow by factors, so the scale is logarithmic. Gates and statistics, which see everything from their first occurrence
on, are left out where the field without them is known; what sees the whole picture otherwise, and what has no field,
is off the scale and looks it.
"""

from __future__ import annotations

from dataclasses import replace
from math import log

from core.figures.diagram import Diagram, LegendKey, Mark
from core.figures.field_words import field_rows, is_unknown
from core.figures.heat import painted
from core.figures.numbers import SPACE, exact
from core.graph.records import Graph, ReceptiveField


def coloured_by_field(diagram: Diagram, graph: Graph) -> Diagram:
    """The diagram with a colour per mark, its field where one points, and the scale in pixels in the key."""
    fields = {
        index: field_of(mark, graph)
        for index, mark in enumerate(diagram.marks)
        if mark.operations and mark.kind != "input"
    }
    sides = {index: side for index, field in fields.items() if (side := longer_side(field))}
    least, most = min(sides.values(), default=0), max(sides.values(), default=0)
    shares: dict[int, float | LegendKey] = {index: _share(side, least, most) for index, side in sides.items()}
    off: dict[int, LegendKey] = {
        index: "all-seen" if field.status == "whole image" else "no-field"
        for index, field in fields.items()
        if index not in sides
    }
    signs: tuple[LegendKey, ...] = ("all-seen", "no-field")
    gates = any(field.local is not None for field in fields.values())
    words = _words(least, most, graph, gates="; gates and statistics left out" if gates else "")
    marks = tuple(
        replace(mark, rows=(*mark.rows, *field_rows(fields[index]))) if index in fields else mark
        for index, mark in enumerate(diagram.marks)
    )
    return painted(
        replace(diagram, marks=marks),
        {**shares, **off},
        words if sides else "",
        more=[sign for sign in signs if sign in off.values()],
    )


def field_of(mark: Mark, graph: Graph) -> ReceptiveField:
    """What a cell sees at the end of a mark, or where it has cells for the last time, as a head before its pooling."""
    fields = [graph.nodes[name].receptive_field for name in mark.operations]
    return ([field for field in fields if field.status != "undefined" or is_unknown(field)] or fields)[-1]


def longer_side(field: ReceptiveField) -> int:
    """Pixels along the longer side of its box, without gates and statistics; 0 where there is no box."""
    windows = field.local or field
    return max(windows.size) if windows.status == "exact" else 0


def _share(side: int, least: int, most: int) -> float:
    return log(side / least) / log(most / least) if most > least else 1.0


def _words(least: int, most: int, graph: Graph, *, gates: str) -> str:
    picture = f"{SPACE}×{SPACE}".join(map(str, graph.input_size[1:]))
    extent = (
        f"{exact(least)} to {exact(most)}{SPACE}px, logarithmic"
        if most > least
        else f"{exact(most)}{SPACE}px"
    )
    return f"{extent}; the picture is {picture}{gates}"
