"""The layer table: its columns, what is shown of it for a search and an order, and that as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

from core.figures.field_words import size_cell, step_cell, why_cell
from core.figures.numbers import shape_text
from core.graph.layers import Layer, module_layers, operation_layers
from core.graph.records import Graph

Scope = Literal["Modules", "Operations"]
SCOPES: tuple[Scope, ...] = ("Modules", "Operations")
ColumnKind = Literal["name", "text", "number", "share", "sizes"]
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in files, its heading, and how its cells are shown and sorted.

    Attributes:
        key: heading in CSV files.
        title: heading on the page.
        kind: ``"number"`` exact with separators, ``"share"`` in percent, ``"sizes"`` texts like ``"3×3"`` or
            ``"all 224×224"`` that are sorted by the product of their numbers, others as text.
    """

    key: str
    title: str
    kind: ColumnKind


COLUMNS: tuple[Column, ...] = (
    Column("name", "Name", "name"),
    Column("kind", "Kind", "text"),
    Column("output", "Out", "sizes"),
    Column("parameters", "Parameters", "number"),
    Column("parameters_percent", "Share", "share"),
    Column("multiply_adds", "Multiply-adds", "number"),
    Column("multiply_adds_percent", "Share", "share"),
    Column("activation_bytes", "Activation bytes", "number"),
    Column("receptive_field", "Receptive field", "sizes"),
    Column("field_stride", "Cell every", "sizes"),
    Column("input", "In", "sizes"),
    Column("kernel", "Kernel", "sizes"),
    Column("stride", "Stride", "sizes"),
    Column("padding", "Padding", "sizes"),
    Column("dilation", "Dilation", "sizes"),
    Column("groups", "Groups", "number"),
    Column("type", "Type", "text"),
    Column("trainable", "Trainable", "number"),
    Column("calls", "Operations", "number"),
    Column("depth", "Depth", "number"),
    Column("role", "Role", "text"),
    Column("field_without_gates", "Without gates or statistics", "sizes"),
    Column("field_reason", "Why this field", "text"),
)
_KEYS = tuple(column.key for column in COLUMNS)
_SEARCHED = tuple(_KEYS.index(key) for key in ("name", "kind", "type"))
"""Columns that a search looks into: name, kind and type."""


@dataclass(frozen=True)
class LayerTable:
    """The rows of a network in their natural order.

    Attributes:
        rows: a tuple of cells a row, in the order of `COLUMNS`; None where there is nothing to say.
        names: what each row selects; "" for the network itself.
        depths: how far each row's name is moved in; 0 for all of a flat list.
    """

    rows: tuple[tuple[Cell, ...], ...]
    names: tuple[str, ...]
    depths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What the visitor sees of the table.

    Attributes:
        query: words that name, kind or type of a row must all hold, in any case of letters; "" = all rows.
        column: key of the column that the rows are sorted by; "" = natural order.
        descending: largest first; rows without a value come last either way.
    """

    query: str = ""
    column: str = ""
    descending: bool = False


def layer_table(graph: Graph, scope: Scope) -> LayerTable:
    """The table of a network: its modules as a hierarchy, or its operations in execution order."""
    layers = module_layers(graph) if scope == "Modules" else operation_layers(graph)
    rows = tuple(_cells(layer, graph) for layer in layers)
    names = tuple(layer.name for layer in layers)
    return LayerTable(rows, names, tuple(layer.depth if scope == "Modules" else 0 for layer in layers))


def shown(table: LayerTable, view: View) -> tuple[int, ...]:
    """Numbers of the rows that a view shows, in its order."""
    words = view.query.lower().split()
    found = [
        number
        for number, row in enumerate(table.rows)
        if all(word in " ".join(str(row[place]) for place in _SEARCHED).lower() for word in words)
    ]
    if view.column not in _KEYS:
        return tuple(found)
    place = _KEYS.index(view.column)
    kind = COLUMNS[place].kind
    known = [number for number in found if _sort_key(table.rows[number][place], kind) is not None]
    known.sort(key=lambda number: _sort_key(table.rows[number][place], kind), reverse=view.descending)  # type: ignore[arg-type,return-value]
    left = set(known)
    return (*known, *(number for number in found if number not in left))


def to_csv(table: LayerTable, view: View) -> str:
    """What a view shows as CSV with a line of headings; exact numbers, shares in percent.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_KEYS)
    for number in shown(table, view):
        writer.writerow([_safe(cell) for cell in table.rows[number]])
    return out.getvalue()


def _safe(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{cell}"
    return "" if cell is None else cell


def _sort_key(cell: Cell, kind: ColumnKind) -> tuple[float, str] | None:
    """Numbers by size, sizes by their product, texts by their letters; None for what has no value."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, int | float):
        return (float(cell), "")
    if kind == "sizes":
        numbers = [int(part) for part in cell.replace("×", " ").split() if part.isdigit()]
        return (float(prod(numbers)) if numbers else -1.0, "")
    return (0.0, cell)


def _cells(layer: Layer, graph: Graph) -> tuple[Cell, ...]:
    called, field = layer.calls > 0, layer.receptive_field
    return (
        layer.name or "network",
        layer.kind.replace("_", " "),
        shape_text(layer.output_shape, spaced=False) if layer.output_shape else None,
        layer.parameters,
        _percent(layer.parameters, graph.parameters),
        layer.macs if called else None,
        _percent(layer.macs, graph.macs) if called else None,
        layer.activation_bytes if called else None,
        size_cell(field),
        step_cell(field),
        shape_text(layer.input_shape, spaced=False) if layer.input_shape else None,
        _cross(layer.kernel),
        _cross(layer.stride),
        layer.padding if isinstance(layer.padding, str) else _cross(layer.padding),
        _cross(layer.dilation),
        layer.groups or None,
        layer.type_name,
        layer.trained,
        layer.calls,
        layer.depth,
        layer.role if called else None,
        size_cell(field.local) if field.local is not None else None,
        why_cell(field),
    )


def _cross(sizes: Sequence[int]) -> str | None:
    return "×".join(str(size) for size in sizes) if sizes else None


def _percent(part: int, whole: int) -> float:
    """In percent, three decimals: enough to sort by, few enough to send."""
    return round(100 * part / whole, 3) if whole else 0.0
