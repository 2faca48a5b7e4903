"""What can be taken away from the page: the graph as JSON or DOT, and the lines of Python that make it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core.architectures.records import Architecture
from core.figures.dot import to_dot
from core.figures.reproduction import native_lines, trace_lines
from core.graph.records import Graph
from core.graph.store import document


def draw(graph: Graph, entry: Architecture, input_size: Sequence[int]) -> None:
    """Quiet links to files, made when they are asked for, and a popover with the lines of Python."""
    name = entry.title.replace("/", "-")
    with st.container(horizontal=True, gap="medium", key="take-away"):
        _file("Graph (JSON)", lambda: document(graph), f"{name}.json", "application/json")
        _file("Graph (DOT)", lambda: to_dot(graph, entry.title).encode(), f"{name}.dot", "text/vnd.graphviz")
        lines = trace_lines(entry, input_size)
        if lines:
            with st.popover("Python", type="tertiary"):
                _code("The same graph, from the folder of Skipscope:", lines)
                if native := native_lines(entry):
                    _code(f"The network alone, with {entry.library} (random weights):", native)


def _file(label: str, make: Callable[[], bytes], name: str, mime: str) -> None:
    st.download_button(
        label,
        make,
        file_name=name,
        mime=mime,
        type="tertiary",
        on_click="ignore",
        key=f"take-away.{mime}",
    )


def _code(words: str, lines: str) -> None:
    st.html(f'<p class="sk-source">{words}</p>')
    st.code(lines.rstrip(), language="python")
