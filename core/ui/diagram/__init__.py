"""The diagram on the page: pan, zoom, hover with exact numbers, select, open and close.

The picture and the selection travel apart: the picture is sent again only when it changes, a click costs a few
hundred bytes. Names that come back from the browser are only names: the page checks them against its graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import streamlit as st

from core.figures.diagram import Diagram, diagram_css
from core.figures.legend import legend
from core.figures.theme import css_variables, variable_colours
from core.ui.diagram.files import text
from core.ui.sent import name_in

_HTML = """
<div class="figure">
  <div class="head"><div class="words"><div class="title"></div><div class="subtitle"></div></div>
    <div class="side"><div class="key"></div>
      <div class="tools" role="group" aria-label="Picture">
        <button type="button" popovertarget="keys" title="What the keys do (?)">Keys</button>
        <button type="button" data-save="png" title="Save the picture as PNG">PNG</button>
        <button type="button" data-save="svg" title="Save the picture as SVG">SVG</button>
        <button type="button" data-zoom="out" aria-label="Zoom out" title="Zoom out (−)">−</button>
        <button type="button" data-zoom="in" aria-label="Zoom in" title="Zoom in (+)">+</button>
        <button type="button" data-zoom="fit" title="The whole picture (0)">Fit</button>
      </div></div></div>
  <nav class="crumbs" aria-label="Where the selection is" hidden><ol></ol></nav>
  <div class="view"><div class="paper"></div></div>
  <div class="map" aria-hidden="true" hidden><svg preserveAspectRatio="none"></svg></div>
  <div class="note"></div>
  <div class="keys" id="keys" popover role="dialog" aria-label="Keys">
    <b>Keys</b>
    <dl>
      <div><dt>/</dt><dd>find a layer</dd></div>
      <div><dt>Tab</dt><dd>into the picture and out of it</dd></div>
      <div><dt>← → Home End</dt><dd>from mark to mark</dd></div>
      <div><dt>Enter</dt><dd>select; once more: open or close</dd></div>
      <div><dt>o</dt><dd>open or close</dd></div>
      <div><dt>+ − 0</dt><dd>larger, smaller, the whole picture</dd></div>
      <div><dt>Ctrl and wheel</dt><dd>zoom where the pointer is</dd></div>
      <div><dt>Escape</dt><dd>away with what is shown on top</dd></div>
    </dl>
  </div>
  <div class="tip" popover="manual" role="tooltip"></div>
</div>
"""


def _style() -> str:
    return f":host {{\n{css_variables()}\n}}\n{diagram_css(variable_colours())}\n{text('diagram.css')}"


def _script() -> str:
    """The component's module: its parts are plain files, put one after another."""
    return "\n".join(text(name) for name in ("motion.js", "minimap.js", "saving.js", "diagram.js"))


_picture = st.components.v2.component("skipscope_diagram", html=_HTML, css=_style(), js=_script())
_selection = st.components.v2.component("skipscope_selection", html="<i></i>\n", js=text("selection.js"))


def diagram(
    picture: Diagram,
    *,
    key: str,
    selected: str | None = None,
    title: str = "",
    subtitle: str = "",
    height: int = 620,
    channel: str = "node",
    path: Sequence[tuple[str, str]] = (),
    described: str = "",
    file_name: str = "",
    tools: Literal["always", "pointed at"] = "pointed at",
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
        path: ``(name, title)`` from the network to the selection, shown above as links; a click selects the name.
        described: sentence for screen readers on where the picture is told as text.
        file_name: of the picture when it is saved, without its ending; "" takes the title.
        tools: when zoom and saving are in sight: ``"always"`` for the page's main picture, else where it is pointed at.
        on_select: called with the name of a mark that was clicked, before the page runs.
        on_toggle: called with the name of a mark that was opened or closed, before the page runs.
    """

    def tell(event: str, callback: Callable[[str], None] | None) -> Callable[[], None]:
        def changed() -> None:
            name = name_in(st.session_state.get(key), event)
            if callback is not None and name is not None:
                callback(name)

        return changed

    mark = picture.mark(selected) if selected else None
    with st.container(gap=None):
        result = _picture(
            key=key,
            data={
                "key": key,
                "channel": channel,
                "described": described,
                "file": file_name or title,
                "tools": tools,
                **_payload(picture, title, subtitle, height),
            },
            on_select_change=tell("select", on_select),
            on_toggle_change=tell("toggle", on_toggle),
        )
        _selection(
            key=f"{key}-selection",
            data={"key": key, "id": mark.id if mark else "", "path": tuple(path)},
            height=1,
        )
    return name_in(result, "select")


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
