"""Small things whose parts stand for operations: a block's picture, and the lines of its code.

Hovering a part outlines the same operation in the other figures of the page and the other way round; a click selects
it. The figures tell one another by events of the window:

- ``skipscope-hover`` with ``{channel, id, ids, from}``: the operation under the pointer ("" for none), and all that
  the part stands for;
- ``skipscope-pick`` with ``{channel, id, from}``: the operation that was clicked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st

from core.figures.code_lines import Code, CodeLine, spans
from core.figures.diagram import Diagram, diagram_css
from core.figures.theme import css_variables, variable_colours
from core.graph.records import Graph
from core.ui.sent import name_in

_HTML = '<div class="part"></div><div class="tip" popover="manual" role="tooltip"></div>\n'


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _style() -> str:
    return f":host {{\n{css_variables()}\n}}\n{diagram_css(variable_colours())}\n{_text('linked.css')}"


_component = st.components.v2.component("skipscope_linked", html=_HTML, css=_style(), js=_text("linked.js"))


def block_picture(
    picture: Diagram, *, key: str, selected: str, on_select: Callable[[str], None], channel: str = "node"
) -> None:
    """Show a small picture without a head; its marks are linked with other figures of the channel."""
    data = {
        "kind": "picture",
        "rev": picture.rev,
        "svg": picture.svg,
        "width": picture.width,
        "parts": tuple(
            {"id": mark.id, "ids": (mark.id,), "label": mark.label, "detail": mark.detail, "rows": mark.rows}
            for mark in picture.marks
        ),
    }
    _show(data, key, selected, channel, on_select)


def code_lines(
    code: Code,
    graph: Graph,
    *,
    key: str,
    selected: str,
    on_select: Callable[[str], None],
    channel: str = "node",
) -> None:
    """Show lines of source; each line is linked with the operations that it makes."""
    lines = (*code.made, *code.forward)
    gaps = {code.forward[0].number} if code.made else set()
    data = {
        "kind": "code",
        "rev": f"{code.file} {code.name} {[line.nodes for line in lines]}",
        "label": f"Source of {code.name}",
        "parts": tuple(_line(line, graph, first=line.number in gaps) for line in lines),
    }
    _show(data, key, selected, channel, on_select)


def _line(line: CodeLine, graph: Graph, *, first: bool) -> dict[str, Any]:
    return {
        "id": line.main(graph),
        "ids": line.nodes,
        "spans": tuple(spans(line.text)),
        "number": line.number,
        "decisive": line.decisive,
        "first": first,
    }


def _show(
    data: dict[str, Any], key: str, selected: str, channel: str, on_select: Callable[[str], None]
) -> None:
    def changed() -> None:
        name = name_in(st.session_state.get(key), "select")
        if name is not None:
            on_select(name)

    _component(
        key=key,
        data={**data, "channel": channel, "selected": selected},
        on_select_change=changed,
    )
