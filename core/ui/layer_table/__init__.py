"""The layer table on the page: search, sort, select; drawn in pieces, so that thousands of rows stay fluid.

The rows travel once, as one text; the selection travels apart. What is searched for and sorted by comes back, so that
the file that is offered holds what is seen. Names that come back are only names: the page checks them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import streamlit as st

from core.figures.layer_table import COLUMNS, LayerTable, View
from core.figures.theme import css_variables
from core.ui.sent import name_in

_HTML = """
<div class="table">
  <div class="bar">
    <input type="search" placeholder="Search name, kind or type" aria-label="Search the layers" spellcheck="false">
    <span class="count" role="status"></span>
  </div>
  <div class="view" tabindex="0" role="region" aria-label="Layers">
    <table><thead></thead><tbody></tbody></table>
  </div>
</div>
"""


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "skipscope_layers",
    html=_HTML,
    css=f":host {{\n{css_variables()}\n}}\n{_text('layer_table.css')}",
    js=_text("layer_table.js"),
)
_selection = st.components.v2.component(
    "skipscope_layer_selection", html="<i></i>\n", js=_text("selection.js")
)


def layer_rows(
    table: LayerTable,
    *,
    key: str,
    selected: str,
    on_select: Callable[[str], None],
    height: int = 420,
    channel: str = "node",
) -> View:
    """Show the table; returns what the visitor sees of it.

    Args:
        table: its rows.
        key: of the element, unique on the page.
        selected: name of the row to mark.
        on_select: called with the name of a row that was clicked, before the page runs.
        height: px before it scrolls.
        channel: hovering and clicking a row is shared with other figures of the channel.
    """

    def changed() -> None:
        name = name_in(st.session_state.get(key), "select")
        if name is not None:
            on_select(name)

    with st.container(gap=None):
        result = _component(
            key=key,
            data=_payload(table, key, channel, height),
            on_select_change=changed,
            on_view_change=lambda: None,
        )
        _selection(key=f"{key}-selection", data={"key": key, "id": selected}, height=1)
    return view_of(getattr(result, "view", None))


def view_of(value: object) -> View:
    """What the browser says that it shows; whatever is no such thing counts as the whole table in its order."""
    if not isinstance(value, dict):
        return View()
    query, column, descending = (value.get(name) for name in ("query", "column", "descending"))
    return View(
        query[:200] if isinstance(query, str) else "",
        column if isinstance(column, str) and column in {c.key for c in COLUMNS} else "",
        descending is True,
    )


def _payload(table: LayerTable, key: str, channel: str, height: int) -> dict[str, Any]:
    # One text: Streamlit would look into nested rows for tables, and thousands of them take long to encode.
    rows = json.dumps(
        {"rows": table.rows, "names": table.names, "depths": table.depths}, separators=(",", ":")
    )
    return {
        "key": key,
        "channel": channel,
        "height": height,
        "rev": sha256(rows.encode()).hexdigest()[:16],
        "rows": rows,
        "columns": tuple({"key": c.key, "title": c.title, "kind": c.kind} for c in COLUMNS),
    }
