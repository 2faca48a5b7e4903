"""Two to four architectures side by side: what differs, under one another at one scale, and in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.architectures.records import Architecture
from core.engine.errors import EngineError
from core.figures import comparison, comparison_table
from core.figures.aligned import AlignedEntry, Alignment, aligned_strips
from core.figures.comparison import Compared
from core.figures.cost_bars import stacked_bars
from core.figures.diagram import Diagram
from core.graph.records import Graph
from core.service.pending import FirstOf, Pending
from core.ui import asking, choices, compared, models, page, selection, subject, view_choice
from core.ui.diagram import diagram

_VIEWS = {"One": "", "Side by side": "side"}
_ALIGNMENTS: dict[str, str] = {"Map size": "", "Depth": "depth"}
_HEIGHT, _STILL_AWAITED = 480, 64  # px of the figure's place, and of the line on what else is awaited
_WIDTH, _GUTTER = 1068, 36  # px that a page of 1440 leaves for a figure, and between columns
_CHIPS = (140, 95)  # px of the box of architectures, and more for each of them
_SHARES = {2: 0.63, 3: 0.56, 4: 0.5}  # of the width for the bars, the rest for the table


def chosen() -> bool:
    """Whether the visitor looks at several architectures."""
    return selection.current().view == "side"


def switch() -> None:
    """The control that leads from one architecture to several and back."""
    view_choice.segmented("View", "view", _VIEWS, key="side.view")


def draw(question: str) -> None:
    """The whole page for several architectures, under its question."""
    entries = [models.get(name) for name in compared.shown(selection.current().compare)]
    head = st.container()
    door = _controls([entry.name for entry in entries])
    networks, awaited, failed = _answered(entries)
    with head:
        _header(question, networks, awaited, failed)
    for entry, (topic, sentence) in failed.items():
        page.notice(f"{entry.title} cannot be shown. {sentence}")
        st.button("Try again", key=f"again.{topic}", on_click=asking.forget, args=(topic,))
    with door:
        _way_in(networks)
    if networks:
        _figures(networks)
    if awaited:
        asking.show_waiting(FirstOf(tuple(awaited.values())), _STILL_AWAITED if networks else _HEIGHT)
        st.stop()


def _header(
    question: str,
    networks: Sequence[Compared],
    awaited: dict[Architecture, Pending[Graph]],
    failed: dict[Architecture, tuple[str, str]],
) -> None:
    if awaited:
        page.header(question, f"Tracing {' and '.join(entry.title for entry in awaited)} …")
    elif len(networks) > 1:
        page.header(question, *comparison.answer(networks))
    elif failed:
        page.header(question, "")
    else:
        page.header(question, "One architecture alone is no comparison: choose a second one.")


# ---- controls ---------------------------------------------------------------------------------------------------


def _controls(names: Sequence[str]) -> DeltaGenerator:
    """The row of controls; returns the place at its end for a way to the selected block."""
    with page.controls():
        switch()
        with page.control("Architectures"):
            key = "side.names"
            st.session_state[key] = list(names)
            st.multiselect(
                "Architectures",
                tuple(dict.fromkeys((*names, *models.names()))),
                key=key,
                format_func=choices.short_label,
                max_selections=compared.MOST,
                select_all=False,
                label_visibility="collapsed",
                on_change=_take_names,
                width=_CHIPS[0] + _CHIPS[1] * len(names),
            )
        with page.control("Align by"):
            view_choice.segmented("Align by", "align", _ALIGNMENTS, key="side.align")
        _adder(names)
        return st.empty()


def _adder(names: Sequence[str]) -> None:
    """A door that puts the sidebar's architecture beside the others."""
    model = selection.current().model
    if model not in names and len(names) < compared.MOST:
        st.button(
            f"Add {choices.short_label(model)}",
            key="side.add",
            type="tertiary",
            on_click=_show,
            args=((*names, model),),
        )


def _take_names() -> None:
    _show(tuple(str(name) for name in st.session_state["side.names"]))


def _show(names: Sequence[str]) -> None:
    """Compare these; a browser may send what the box does not offer, and that counts as nothing."""
    found, _ = compared.parse(compared.joined(names))
    if found or not names:
        selection.select(compare=compared.joined(found))


# ---- graphs -----------------------------------------------------------------------------------------------------


def _answered(
    entries: Sequence[Architecture],
) -> tuple[list[Compared], dict[Architecture, Pending[Graph]], dict[Architecture, tuple[str, str]]]:
    """The networks whose graphs are there; those awaited; topic and sentence of those that cannot be traced."""
    networks: list[Compared] = []
    awaited: dict[Architecture, Pending[Graph]] = {}
    failed: dict[Architecture, tuple[str, str]] = {}
    names = _told_apart(entries)
    for place, entry in enumerate(entries):
        topic = f"graph.{place}"
        pending = subject.ask_graph(entry, entry.input_size, topic)
        if not pending.wait(0 if awaited else asking.PATIENCE):
            awaited[entry] = pending
            continue
        try:
            networks.append(Compared(entry, pending.result(), names[place]))
        except EngineError as error:
            failed[entry] = (topic, str(error))
    return networks, awaited, failed


def _told_apart(entries: Sequence[Architecture]) -> tuple[str, ...]:
    """A name each: the title where no other has it, else with its library or what tells recipes apart."""
    titles = [entry.title for entry in entries]
    names = [
        entry.title if titles.count(entry.title) == 1 else choices.short_label(entry.name)
        for entry in entries
    ]
    return tuple(
        name if names.count(name) == 1 else f"{name}, no. {place}" for place, name in enumerate(names, 1)
    )


# ---- figures ----------------------------------------------------------------------------------------------------


def _figures(networks: Sequence[Compared]) -> None:
    align: Alignment = "depth" if selection.current().align else "map size"
    rows = [
        AlignedEntry(one.architecture.name, one.title, comparison.title_lines(one.graph), one.graph)
        for one in networks
    ]
    picture = aligned_strips(rows, align=align, width=_WIDTH)
    several = len(networks) > 1
    diagram(
        picture,
        key="aligned",
        selected=_selected(networks),
        title=comparison.figure_title(networks) if several else "",
        subtitle="Bar width: kernel size. Bar height: channels, square-root scale.",
        height=1200,
        channel="aligned",
        file_name=" and ".join(one.title for one in networks),
        tools="always",
        on_select=partial(_pick, networks, picture),
    )
    if several:
        _numbers(networks)
    page.caveat(
        "what the networks learn, and time. Multiply-adds are arithmetic; how long they take depends on the device "
        "and is measured on the page Speed."
    )
    page.source(comparison_table.papers(networks))


def _numbers(networks: Sequence[Compared]) -> None:
    share = _SHARES[len(networks)]
    left, right = st.columns([share, 1 - share], gap="medium")
    with left:
        bars = stacked_bars(networks, width=round(_WIDTH * share - _GUTTER / 2))
        diagram(
            bars,
            key="bars",
            title=comparison.bars_title(networks),
            height=1200,
            channel="bars",
            on_select=partial(_pick, networks, bars),
        )
    with right:
        page.table(*comparison_table.table(networks))
        page.source(comparison_table.caption(networks))


def _selected(networks: Sequence[Compared]) -> str | None:
    """The name in the picture of the selected node, where its network is shown."""
    now = selection.current()
    for row, one in enumerate(networks):
        if now.node and one.architecture.name == now.model:
            return f"{row}:{now.node}"
    return None


def _way_in(networks: Sequence[Compared]) -> None:
    """A way to the selected block in its own network."""
    now = selection.current()
    for one in networks:
        if (
            now.node
            and one.architecture.name == now.model
            and now.node in {*one.graph.groups, *one.graph.nodes}
        ):
            st.button(
                f"Look inside {now.node}",
                key="side.inside",
                type="tertiary",
                on_click=selection.select,
                kwargs={"view": ""},
            )


def _pick(networks: Sequence[Compared], shown: Diagram, name: str) -> None:
    """Select the network and the block that were clicked; a browser may send anything, and only marks count."""
    mark = next((mark for mark in shown.marks if mark.id == name), None)
    if mark is None or not mark.operations:
        return
    row, _, node = mark.id.partition(":")
    one, first = networks[int(row)], mark.operations[0]
    # Names of parts come behind the row, and in the bars behind the quantity; they may hold colons themselves.
    names = (node, node.partition(":")[2], first, first.partition(":")[2])
    found = next((each for each in names if each in one.graph.groups or each in one.graph.nodes), None)
    if found is not None:
        selection.select(model=one.architecture.name, node=found)
