"""The details of what is selected: its picture, what it does, its numbers, how it works, and its code."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from core.architectures.records import Architecture
from core.figures import descriptions, explanations, field_notes
from core.figures.block_picture import block_picture
from core.figures.code_lines import code_of
from core.figures.explanations import Explanation, Source
from core.graph.records import Graph
from core.ui import drawing, linked, page


def draw(graph: Graph, node: str, entry: Architecture) -> None:
    """The framed panel; the explanation waits behind “How it works”."""
    found, placed = field_notes.placement(graph), field_notes.note(graph, entry)
    told = descriptions.describe(graph, node)
    picture = block_picture(graph, node)
    with st.container(border=True, key="panel", gap=None):
        page.details_head(told)
        if picture is not None:
            linked.block_picture(
                picture, key="panel-picture", selected=node, on_select=partial(drawing.pick, graph)
            )
        page.sentence(told.sentence)
        page.rows(told.rows)
        if placed and found is not None and graph.at(node).name == found.node:
            page.sentence(placed)
        st.page_link("pages/feature_maps.py", label="What it sees in the photo")
        if graph.at(node).receptive_field.status != "undefined":
            st.page_link("pages/receptive_fields.py", label="Receptive field on your picture")
        with st.expander("How it works", key="panel-how"):
            st.html("".join(explanation_html(found) for found in explanations.explain(graph, node)))


def code(graph: Graph, node: str, *, own: bool) -> None:
    """The lines that define the selected block, where they are ours or the same as ours; nothing for other blocks.

    ``own``: the network is built by our code, and not by another library from a block of the same structure.
    """
    block = drawing.block_of(graph, node)
    found = code_of(graph, block)
    if found is None:
        return
    first = (found.made or found.forward)[0]
    title = f"The code of {block.title}" if own else f"The same block as {block.title} in our own code"
    page.figure_title(
        title,
        f"{found.name} in {found.file}, from line {first.number}. Point at a line to see its operations.",
    )
    linked.code_lines(found, graph, key="panel-code", selected=node, on_select=partial(drawing.pick, graph))


def explanation_html(explanation: Explanation) -> str:
    """An explanation as markup: title, text, formula, figures, sources."""
    formula = f'<p class="sk-formula">{explanations.formula_html(explanation.formula)}</p>'
    return (
        f'<div class="sk-how"><b>{escape(explanation.title)}</b><p>{escape(explanation.text)}</p>'
        f"{formula if explanation.formula else ''}"
        f"{''.join(f'<p>{escape(sentence)}</p>' for sentence in explanation.numbers)}"
        f"{_sources(explanation.sources)}</div>"
    )


def _sources(found: tuple[Source, ...]) -> str:
    links = "; ".join(
        f'<a href="{escape(s.url)}" target="_blank" rel="noopener" title="{escape(s.title)}">'
        f"{escape(s.authors)} {s.year}</a>"
        for s in found
    )
    return f'<p class="sk-papers">{links}</p>' if links else ""
