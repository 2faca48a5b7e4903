"""The paths to the selected layer: how much of the picture each sees, and how many layers it passes."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st

from core.figures import path_words
from core.figures.diagram import diagram_css
from core.figures.kept import by_identity
from core.figures.path_shares import NARROW, WIDE, PathShares, path_shares
from core.figures.theme import css_variables, variable_colours
from core.graph.fields.paths import Paths, paths
from core.graph.records import Graph
from core.ui import page
from core.ui.diagram.files import text as shared

_HTML = """
<div class="figure">
  <div class="head"><div><div class="title"></div><div class="subtitle"></div></div>
    <div class="tools" role="group" aria-label="Picture">
      <button type="button" data-save="png" title="Save the picture as PNG">PNG</button>
      <button type="button" data-save="svg" title="Save the picture as SVG">SVG</button>
    </div></div>
  <div class="paper"></div>
  <div class="tip" popover="manual" role="tooltip"></div>
  <div class="spoken" aria-live="polite"></div>
</div>
"""
_kept = by_identity(64)(paths)


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _style() -> str:
    return f":host {{\n{css_variables()}\n}}\n{diagram_css(variable_colours())}\n{_text('sight_paths.css')}"


def _script() -> str:
    return f"{shared('saving.js')}\n{_text('sight_paths.js')}"


_component = st.components.v2.component("skipscope_paths", html=_HTML, css=_style(), js=_script())


def draw(graph: Graph, node: str, *, title: str = "network") -> None:
    """The shares of paths with their title, what is seen, what is not, the source, and the numbers as a file.

    Args:
        graph: the network.
        node: the selected operation, group or module.
        title: of the network, for the names of files.
    """
    name = graph.groups[node].title if node in graph.groups else node
    try:
        found = _kept(graph, graph.at(node).name)
    except ValueError as error:
        page.notice(str(error), "Choose a layer that the picture flows through.")
        return
    file_name = f"{title} paths to {name}".replace("/", "-")
    if found.total == 1:
        page.figure_title(path_words.title(found, name))
        page.sentence(path_words.ALONE)
    else:
        _show(found, graph, path_words.title(found, name), file_name)
        page.sentence(path_words.SEEN)
        page.caveat(path_words.UNSEEN)
    _source(found, file_name)


def _show(found: Paths, graph: Graph, title: str, file_name: str) -> None:
    pictures = [path_shares(found, graph, width=width) for width in (WIDE, NARROW)]
    _component(
        key="paths",
        data={
            "title": title,
            "subtitle": path_words.subtitle(found),
            "file": file_name,
            "rev": "".join(drawn.picture.rev for drawn in pictures),
            "pictures": tuple(_payload(drawn) for drawn in pictures),
        },
    )


# Tuples, because Streamlit looks into lists for tables and imports pandas for that, which costs the server 70 MB.
def _payload(drawn: PathShares) -> dict[str, Any]:
    return {
        "svg": drawn.picture.svg,
        "width": drawn.picture.width,
        "height": drawn.picture.height,
        "columns": tuple(
            {
                "box": (column.box.x, column.box.y, column.box.width, column.box.height),
                "label": column.label,
                "rows": column.rows,
            }
            for column in drawn.columns
        ),
    }


def _source(found: Paths, file_name: str) -> None:
    words, address = path_words.SOURCE
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.html(
            f'<p class="sk-source sk-papers">Paths counted exactly, from the graph. '
            f'<a href="{address}" target="_blank" rel="noopener">{words}</a></p>',
            width="content",
        )
        st.download_button(
            "Save these paths (CSV)",
            lambda: path_words.paths_csv(found).encode("utf-8-sig"),
            file_name=f"{file_name}.csv",
            mime="text/csv",
            type="tertiary",
            on_click="ignore",
            key="paths.csv",
        )
