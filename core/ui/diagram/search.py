"""The box that finds any group or operation of a network by name, kind or shape; ``/`` leads into it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import streamlit as st

from core.figures.finding import packed
from core.figures.theme import css_variables
from core.graph.records import Graph
from core.ui.diagram.files import text
from core.ui.sent import name_in

_HTML = """
<div class="search">
  <input type="text" role="combobox" aria-label="Find a layer" placeholder="Find a layer" aria-expanded="false"
    aria-controls="found" aria-autocomplete="list" autocomplete="off" spellcheck="false" maxlength="200">
  <kbd aria-hidden="true">/</kbd>
  <div class="list" popover="manual">
    <div id="found" role="listbox" aria-label="Layers found"></div>
    <p class="rest" role="status"></p>
  </div>
</div>
"""

_box = st.components.v2.component(
    "skipscope_search",
    html=_HTML,
    css=f":host {{\n{css_variables()}\n}}\n{text('search.css')}",
    js=text("search.js"),
)


def search(
    graph: Graph, *, key: str, on_choose: Callable[[str], None], channel: str = "node", width: int = 240
) -> None:
    """Show the search box.

    Args:
        graph: whose groups and operations are found.
        key: of the element, unique on the page.
        on_choose: called with the chosen name, before the page runs; only with names of the graph.
        channel: of the diagrams; in the first that shows the choice, its mark takes the keyboard's focus.
        width: px.
    """

    def chosen() -> None:
        name = name_in(st.session_state.get(key), "choose")
        if name is not None and (name in graph.nodes or name in graph.groups):
            on_choose(name)

    names = packed(graph)
    rev = sha256(names.encode()).hexdigest()[:16]
    data = {"rev": rev, "packed": names, "channel": channel}
    _box(key=key, data=data, on_choose_change=chosen, width=width)
