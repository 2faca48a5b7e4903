"""From the selection to the network in question and its graph."""

from __future__ import annotations

import streamlit as st

from core.architectures.records import Architecture
from core.engine.errors import EngineError
from core.graph.records import Graph, UnknownNode
from core.service import requests
from core.service.pending import Pending
from core.service.subjects import Subject
from core.ui import asking, choices, models, selection, server
from core.ui.own_onnx import own_onnx
from core.ui.own_weights import own_weights


def architecture() -> Architecture:
    """The catalogue entry that is selected."""
    return models.get(selection.current().model)


def weights_name() -> str:
    """The selected weights by their name in the picker; what is not named, or unknown, is the default."""
    entry, chosen = architecture(), selection.current().weights
    known = {choices.RANDOM, *(w.name for w in entry.weights), *own_weights().of(entry.name)}
    return chosen if chosen in known else choices.default_weights(entry)


def missing_weights() -> str:
    """The selected weights' name if they must be downloaded first, else ""."""
    name, entry = weights_name(), architecture()
    published = name in {w.name for w in entry.weights}
    return name if published and not requests.weights_at_hand(entry.name, name) else ""


def subject() -> Subject:
    """The network in question, with weights that are on this machine: random ones until a download is done."""
    entry, name = architecture(), weights_name()
    if name == choices.RANDOM or missing_weights():
        weights = None
    elif name in own_weights().of(entry.name):
        weights = str(own_weights().path(name))
    else:
        weights = name
    return Subject(entry.name, weights, input_size())


def input_size() -> tuple[int, ...]:
    """The selected input size; the architecture's own where none is selected or it takes no other."""
    entry, size = architecture(), selection.current().size
    if not size or len(entry.input_size) != 3:
        return entry.input_size
    return (entry.input_size[0], size, size)


def graph_at_hand() -> Graph | None:
    """The selected network's graph if it is there already, else None; never waits."""
    pending = _ask()
    try:
        return pending.result() if pending.wait(0) else None
    except EngineError:
        return None


def graph(*, question: str, height: int) -> Graph:
    """The selected network's graph; until it is there, the page's question and what is awaited, and the run ends."""
    there_before = graph_at_hand() is not None
    found = asking.await_answer(
        "graph", _ask(), question=question, height=height, what=f"Tracing {architecture().title}"
    )
    if not there_before:
        st.rerun()  # the sidebar was drawn without it
    return found


def node(graph: Graph) -> str:
    """The selected node; one that the page chooses where none is selected or the graph has none of that name."""
    chosen = selection.current().node
    try:
        return chosen if chosen and graph.at(chosen) else choices.default_node(graph)
    except UnknownNode:
        return choices.default_node(graph)


def ask_graph(entry: Architecture, size: tuple[int, ...], topic: str) -> Pending[Graph]:
    """The graph of any architecture that this visitor can pick; a newer question of the same topic replaces it."""
    if entry.library == "onnx":
        path = str(own_onnx().path(entry.name))
        return asking.ask(
            topic,
            (path, size),
            lambda: requests.onnx_graph(path, size, visitor=server.visitor(), topic=topic),
        )
    # The weights do not change the graph.
    question = Subject(entry.name, None, size)
    return asking.ask(
        topic, question, lambda: requests.graph(question, visitor=server.visitor(), topic=topic)
    )


def _ask() -> Pending[Graph]:
    return ask_graph(architecture(), input_size(), "graph")
