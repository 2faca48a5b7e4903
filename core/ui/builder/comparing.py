"""Strips and bars: one's own net beside the one that it started from and VGG-16."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from core.architectures import recipes
from core.figures import recipe
from core.figures.aligned import AlignedEntry, aligned_strips
from core.figures.statements import count_skips
from core.graph.records import Graph
from core.ui.builder import markup
from core.ui.builder.costs import Shown
from core.ui.diagram import diagram

OWN, YARDSTICK = "Yours", "VGG-16"
_HEIGHT = 420  # px that the strips take at most
_WIDTH = 1068
_SUBTITLE = "Bar width: kernel size. Bar height: channels, square-root scale, the same for both."


def answer(shown: Shown) -> tuple[str, str]:
    """What the recipe gives, in words; before the first answer that it is on its way."""
    if shown.spec is None or shown.graph is None:
        return shown.failure or "Tracing your recipe …", ""
    base = None if shown.base is None else _sized(shown.start.title, shown.base)
    return recipe.answer(shown.spec, shown.graph, shown.start.spec, shown.start.title, base)


def strips(shown: Shown) -> None:
    """One's own net, and below it the one that it started from, aligned by map size."""
    if shown.spec is None or shown.graph is None:
        return
    lines = recipe.entry_lines(shown.spec, shown.graph)
    entries = [AlignedEntry(recipes.name_of(shown.spec), OWN, lines, shown.graph)]
    if shown.base is not None and shown.spec != shown.start.spec:
        lines = recipe.entry_lines(shown.start.spec, shown.base)
        entries.append(AlignedEntry(shown.start.key, shown.start.title, lines, shown.base))
    diagram(
        aligned_strips(entries, width=_WIDTH),
        key="builder_strips",
        title=recipe.figure_title(shown.spec, shown.start.spec, shown.start.title),
        subtitle=_SUBTITLE if len(entries) > 1 else _SUBTITLE.removesuffix(", the same for both.") + ".",
        height=_HEIGHT,
        channel="recipe",
    )


def bars(shown: Shown) -> None:
    """Parameters and multiply-adds of VGG-16, the net it started from, and one's own."""
    if shown.graph is None or shown.spec is None:
        return
    own = _sized(OWN, shown.graph)
    others = tuple(_others(shown))
    if not others:
        return
    bridged = bool(count_skips(shown.graph).additions)
    titles = (("parameters", "Parameters"), ("macs", f"Multiply-adds, {_one_input(shown.spec.input_size)}"))
    for column, (measure, title) in zip(st.columns(2, gap="medium"), titles, strict=True):
        with column:
            listed = recipe.comparison(measure, own, others, bridged=bridged)
            st.html(markup.bars(title, listed, stale=not shown.fresh))


def _others(shown: Shown) -> Iterator[tuple[recipe.Sized, bool]]:
    if shown.yardstick is not None and shown.start.title != YARDSTICK:
        yield _sized(YARDSTICK, shown.yardstick), False
    if shown.base is not None:
        yield _sized(shown.start.title, shown.base), bool(count_skips(shown.base).additions)


def _sized(title: str, graph: Graph) -> recipe.Sized:
    return recipe.Sized(title, graph.parameters, graph.macs)


def _one_input(size: tuple[int, ...]) -> str:
    if len(size) == 1:
        return f"one input of {size[0]} numbers"
    return f"one {size[1]} × {size[2]} picture"
