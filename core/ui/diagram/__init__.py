"""The diagram on the page: pan, zoom, hover with exact numbers, select, open and close.

The picture and the selection travel apart: the picture is sent again only when it changes, a click costs a few
hundred bytes. Names that come back from the browser are only names: the page checks them against its graph.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st

from core.figures.diagram import Diagram, diagram_css
from core.figures.legend import legend
from core.figures.theme import css_variables, variable_colours

_HTML = """
<div class="figure">
  <div class="head"><div class="words"><div class="title"></div><div class="subtitle"></div></div>
    <div class="side"><div class="key"></div>
      <div class="tools" role="group" aria-label="Zoom">
        <button type="button" data-zoom="out" aria-label="Zoom out" title="Zoom out (−)">−</button>
        <button type="button" data-zoom="in" aria-label="Zoom in" title="Zoom in (+)">+</button>
        <button type="button" data-zoom="fit" title="The whole picture (0)">Fit</button>
      </div></div></div>
  <div class="view"><div class="paper"></div></div>
  <div class="note"></div>
  <div class="tip" popover="manual" role="tooltip"></div>
</div>
"""


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _style() -> str:
    return f":host {{\n{css_variables()}\n}}\n{diagram_css(variable_colours())}\n{_text('diagram.css')}"


_picture = st.components.v2.component("skipscope_diagram", html=_HTML, css=_style(), js=_text("diagram.js"))
_selection = st.components.v2.component("skipscope_selection", html="<i></i>\n", js=_text("selection.js"))


def diagram(
    picture: Diagram,
    *,
    key: str,
    selected: str | None = None,
    title: str = "",
    subtitle: str = "",
    height: int = 620,
    channel: str = "node",
    on_select: Callable[[str], None] | None = None,
    on_toggle: Callable[[str], None] | None = None,
) -> str | None:
    """Show a diagram; returns the name that was clicked in this run, else None.

    Args:
        picture: what `core.figures.strip` or `core.figures.operations` has laid out.
        key: of the element, unique on the page.
        selected: name of the group or operation to outline: the mark of that name, else the one that holds it.
        title: sentence above, at the left of the key.
        subtitle: encoding or scale, under the title.
        height: most px the picture takes before it scrolls.
        channel: a click in one diagram outlines the same name in others of its channel at once.
        on_select: called with the name of a mark that was clicked, before the page runs.
        on_toggle: called with the name of a mark that was opened or closed, before the page runs.
    """

    def tell(event: str, callback: Callable[[str], None] | None) -> Callable[[], None]:
        def changed() -> None:
            name = _value(st.session_state.get(key), event)
            if callback is not None and name is not None:
                callback(name)

        return changed

    mark = picture.mark(selected) if selected else None
    with st.container(gap=None):
        result = _picture(
            key=key,
            data={"key": key, "channel": channel, **_payload(picture, title, subtitle, height)},
            on_select_change=tell("select", on_select),
            on_toggle_change=tell("toggle", on_toggle),
        )
        _selection(key=f"{key}-selection", data={"key": key, "id": mark.id if mark else ""}, height=1)
    return _value(result, "select")


def _value(state: Any, event: str) -> str | None:
    """The name in a trigger's value; whatever else a browser may send counts as nothing."""
    value = getattr(state, event, None) if state is not None else None
    return value if isinstance(value, str) and 0 < len(value) <= 500 else None


# Tuples, because Streamlit looks into lists for tables and imports pandas for that, which costs the server 70 MB.
def _payload(picture: Diagram, title: str, subtitle: str, height: int) -> dict[str, Any]:
    return {
        "rev": picture.rev,
        "svg": picture.svg,
        "width": picture.width,
        "height": picture.height,
        "frame": height,
        "title": title,
        "subtitle": subtitle,
        "note": picture.note,
        "signs": tuple(legend(picture.legend)),
        "marks": tuple(
            {
                "id": mark.id,
                "label": mark.label,
                "detail": mark.detail,
                "rows": [list(row) for row in mark.rows],
                "openable": mark.openable,
                "opened": mark.opened,
            }
            for mark in picture.marks
        ),
    }
