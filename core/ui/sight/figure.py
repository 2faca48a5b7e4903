"""The Python side of the figure: frozen geometry in, the chosen layer and cell out."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from core.figures.sight import Sight, SightLayer
from core.figures.sight_heat import viridis_css
from core.figures.theme import css_variables
from core.ui.diagram.files import text as diagram_text
from core.ui.sent import name_in

_HTML = """
<div class="figure">
  <div class="top">
    <section class="part photo-part">
      <div class="head"><b>What the cell sees, on the net’s own input</b>
        <div class="tools" role="group" aria-label="Save the photo">
          <button type="button" data-of="photo" data-save="png" title="Save the photo and the box as PNG">PNG</button>
          <button type="button" data-of="photo" data-save="svg" title="Save the photo and the box as SVG">SVG</button>
        </div></div>
      <div class="photo"></div>
      <div class="scale photo-scale"><i></i>
        <div><span>0</span><span>effect of a pixel, √ scale</span><span>max</span></div></div>
      <div class="signs"></div>
    </section>
    <section class="part grid-part">
      <div class="head"><b class="grid-title"></b></div>
      <div class="grid" tabindex="0" role="application" aria-label="Cells: arrow keys point, Enter chooses"></div>
      <p class="hint"></p>
    </section>
    <section class="read">
      <b class="read-title"></b>
      <dl class="numbers"></dl>
      <p class="read-note"></p>
      <div class="scale read-scale"><i></i>
        <div><span>0</span><span>effect of a pixel, √ scale</span><span>max</span></div></div>
    </section>
  </div>
  <section class="part growth">
    <div class="growth-head">
      <button type="button" class="play" aria-label="Play: the field grows layer by layer"></button>
      <div><b class="growth-title"></b><span class="growth-words"></span></div>
      <div class="tools" role="group" aria-label="Growth">
        <button type="button" data-scale="log" aria-pressed="true">Log</button>
        <button type="button" data-scale="linear" aria-pressed="false">Linear</button>
        <button type="button" data-of="curve" data-save="png" title="Save the curve as PNG">PNG</button>
        <button type="button" data-of="curve" data-save="svg" title="Save the curve as SVG">SVG</button>
      </div>
    </div>
    <div class="curve-place">
      <div class="handle" role="slider" tabindex="0" aria-label="Layer" aria-valuemin="1"
         aria-valuemax="1" aria-valuenow="1"></div>
    </div>
    <div class="line-key"></div>
  </section>
  <p class="said" role="status" aria-live="polite"></p>
</div>
"""
_CONTROLS = """
<div class="controls">
  <fieldset><legend>Show</legend><div class="choices">
    <label><input type="radio" name="show" value="box">Box</label>
    <label><input type="radio" name="show" value="effect">Effect</label>
    <label><input type="radio" name="show" value="both">Both</label>
  </div></fieldset>
  <label class="opacity">Heat map <input type="range" min="10" max="100" step="5"> <output></output></label>
</div>
"""
_SCRIPTS = (
    "geometry.js",
    "photo.js",
    "grid.js",
    "readout.js",
    "curve.js",
    "play.js",
    "pointing.js",
    "sight.js",
)


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _style(name: str) -> str:
    return f":host {{\n{css_variables()}\n--viridis: {viridis_css()};\n}}\n{_text(name)}"


def _script() -> str:
    """The component's module: its parts are plain files, put one after another; files are saved as diagrams are."""
    return "\n".join((diagram_text("saving.js"), *(_text(name) for name in _SCRIPTS)))


_figure = st.components.v2.component("skipscope_sight", html=_HTML, css=_style("sight.css"), js=_script())
_told = st.components.v2.component("skipscope_sight_told", html="<i></i>\n", js=_text("told.js"))
_controls = st.components.v2.component(
    "skipscope_sight_controls", html=_CONTROLS, css=_style("controls.css"), js=_text("controls.js")
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A cell that was chosen in the browser.

    Attributes:
        layer: whose cell it is.
        cell: row and column, which the layer has.
    """

    layer: SightLayer
    cell: tuple[int, int]


def sight(
    content: Sight,
    *,
    key: str,
    photo: str,
    shortest: tuple[str, str],
    measurable: bool,
    on_layer: Callable[[SightLayer], None],
    on_cell: Callable[[Choice], None],
) -> None:
    """Show the figure.

    Args:
        content: geometry of all layers, and how fields grow.
        key: of the element, unique on the page.
        photo: address of the picture as the net gets it, ``data:image/…``.
        shortest: what the field of the shortest path is called, and what it is.
        measurable: whether the effect can be measured, which needs a network.
        on_layer: called with the layer at which the handle was left, before the page runs.
        on_cell: called with the cell that was chosen, before the page runs.
    """

    def layer_changed() -> None:
        name = name_in(st.session_state.get(key), "layer")
        found = next((layer for layer in content.layers if layer.name == name), None)
        if found is not None:
            on_layer(found)

    def cell_changed() -> None:
        choice = chosen_cell(content, getattr(st.session_state.get(key), "cell", None))
        if choice is not None:
            on_cell(choice)

    _figure(
        key=key,
        data={
            "key": key,
            "rev": content.rev,
            "content": content.payload(),
            "photo": photo,
            "file": content.title,
            "words": _words(content, shortest, measurable=measurable),
        },
        on_layer_change=layer_changed,
        on_cell_change=cell_changed,
    )


def chosen_cell(content: Sight, value: object) -> Choice | None:
    """The cell that a browser has sent; whatever is no cell of the figure counts as nothing."""
    if not isinstance(value, dict):
        return None
    row, column = value.get("row"), value.get("column")
    layer = next((layer for layer in content.layers if layer.name == value.get("layer")), None)
    if layer is None or type(row) is not int or type(column) is not int:
        return None
    rows, columns = layer.grid
    return Choice(layer, (row, column)) if 0 <= row < rows and 0 <= column < columns else None


def _words(content: Sight, shortest: tuple[str, str], *, measurable: bool) -> dict[str, Any]:
    shade = "Shade: how strongly the cell responds. " if measurable else ""
    pointing = (
        "Point at a cell, or use the arrow keys; point at the photo to light the cells that see that pixel."
    )
    return {
        "shortest": shortest,
        "measurable": measurable,
        "residual": content.residual,
        "hint": shade + pointing,
        "touch": f"{shade}Tap the photo to move to another cell.",
        "photo": "The picture as the net gets it, with the box that the cell sees",
        "curve": f"How the receptive field of {content.title} grows with depth",
        "band": _band(content),
        "without": "* every cell sees the whole picture; dashed without what makes it so",
    }


def _band(content: Sight) -> str:
    """What the shaded part of the growth is, where there is one."""
    if not any(layer.shortest for layer in content.layers):
        return ""
    least = "skips alone" if content.residual else "the shortest path"
    return f" Shaded: the paths through {content.title}, from {least} to every branch."


def tell_now(
    *, key: str, layer: SightLayer, spot: tuple[float, float], responses: npt.NDArray[np.float32] | None
) -> None:
    """Tell the figure which layer and spot are selected, and how strongly the cells respond (0…1), if that is known."""
    shades = None
    if responses is not None:
        shades = base64.b64encode((255 * responses).round().astype(np.uint8).tobytes()).decode()
    data = {"key": key, "topic": "now", "layer": layer.name, "spot": spot, "responses": shades}
    _told(key=f"{key}-now", data=data, height=1)


def tell_effect(
    *,
    key: str,
    layer: SightLayer,
    cell: tuple[int, int],
    heat: bytes | None,
    contours: tuple[str, str] = ("", ""),
    holds: dict[str, tuple[str, str]] | None = None,
    doing: str = "",
) -> None:
    """Tell the figure what was measured for a cell of a layer.

    Args:
        key: of the figure.
        layer: that was measured.
        cell: row and column.
        heat: a PNG of the picture's size, transparent where there is no effect; None while there is none.
        contours: paths around 95 and 50 % of the effect.
        holds: by share in percent, how many pixels hold it and which part that is.
        doing: what is said in place of the numbers while there are none.
    """
    source = "data:image/png;base64," + base64.b64encode(heat).decode() if heat is not None else None
    data = {
        "key": key,
        "topic": "effect",
        "layer": layer.name,
        "cell": cell,
        "heat": source,
        "contours": contours,
        "holds": holds or {},
        "doing": doing,
    }
    _told(key=f"{key}-effect", data=data, height=1)


def controls(*, key: str, width: int = 470) -> None:
    """Show what chooses between box and effect, and how strong the heat is; the figure of that key follows at once."""
    _controls(key=f"{key}-controls", data={"key": key}, width=width)
