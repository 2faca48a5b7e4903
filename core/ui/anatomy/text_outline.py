"""The network as a nested list of words, for screen readers and for whoever would rather read."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.figures.outline import Entry, outline
from core.graph.records import Graph
from core.ui import drawing

_INNER = 2  # levels that stand open


def expander(graph: Graph, node: str) -> None:
    """A closed section with the outline; in a large network the block in question alone tells its operations."""
    with st.expander("The network as text"):
        st.html(outline_html(outline(graph, opened=(drawing.block_of(graph, node).name,))))


def outline_html(whole: Entry) -> str:
    """The outline as nested lists; what holds more than a few levels can be folded. Escaped here."""
    return f'<div class="sk-outline"><p>{_line(whole)}</p>{_list(whole.entries, _INNER)}</div>'


def _list(entries: tuple[Entry, ...], levels: int) -> str:
    return f"<ul>{''.join(_item(entry, levels) for entry in entries)}</ul>" if entries else ""


def _item(entry: Entry, levels: int) -> str:
    if not entry.entries:
        return f"<li>{_line(entry)}</li>"
    opened = " open" if levels > 1 else ""
    return f"<li><details{opened}><summary>{_line(entry)}</summary>{_list(entry.entries, levels - 1)}</details></li>"


def _line(entry: Entry) -> str:
    return f"<b>{escape(entry.title)}</b>: {escape(entry.words)}"
