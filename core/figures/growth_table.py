"""How fields grow, layer by layer, as a table and as a file."""

from __future__ import annotations

import csv
import io

from core.figures.numbers import SPACE
from core.figures.sight import Sight, SightLayer
from core.figures.sight_words import size_words

COLUMNS = (
    "Layer",
    "Depth",
    "Cells",
    "Can see, px",
    "Without the cause",
    "Shortest path",
    "One cell every",
    "Why all",
)
_FILE = (
    "layer", "operation", "depth", "rows", "columns", "height", "width", "status", "reason", "local_height",
    "local_width", "shortest_height", "shortest_width", "stride_rows", "stride_columns", "first_row", "first_column",
)  # fmt: skip


def rows(sight: Sight) -> tuple[tuple[str, ...], ...]:
    """One row a layer, as texts in the order of `COLUMNS`."""
    return tuple(
        (
            layer.name,
            str(layer.depth),
            size_words(layer.grid),
            "all" if layer.whole else size_words(layer.sees.size),
            size_words(layer.local.size) if layer.local else "",
            size_words(layer.shortest) if layer.shortest else "",
            _step(layer),
            layer.whole,
        )
        for layer in sight.layers
    )


def columns(sight: Sight) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Headings and rows without columns that are empty for this network."""
    found = rows(sight)
    kept = [place for place in range(len(COLUMNS)) if any(row[place] for row in found)]
    return tuple(COLUMNS[p] for p in kept), tuple(tuple(row[p] for p in kept) for row in found)


def _step(layer: SightLayer) -> str:
    strides = (layer.sees.rows.stride, layer.sees.columns.stride)
    if not any(strides):
        return ""
    texts = [f"{stride:g}" for stride in strides]
    return f"{texts[0] if texts[0] == texts[1] else ' × '.join(texts)}{SPACE}px"


def csv_text(sight: Sight) -> str:
    """All numbers of the layers as CSV, a line each; pixels of the input, not cut at its border."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_FILE)
    for layer in sight.layers:
        sees, local = layer.sees, layer.local.size if layer.local else ("", "")
        writer.writerow(
            [
                _safe(layer.name), _safe(layer.node), layer.depth, *layer.grid, *sees.size,
                "whole image" if layer.whole else "exact", layer.whole, *local,
                *(layer.shortest or sees.size), sees.rows.stride, sees.columns.stride, sees.rows.span(0)[0],
                sees.columns.span(0)[0],
            ]
        )  # fmt: skip
    return out.getvalue()


def _safe(text: str) -> str:
    """A name that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
