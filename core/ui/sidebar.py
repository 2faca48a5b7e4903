"""The selection that all pages share: architecture, weights, input, node and photo; the visitor's jobs; the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.ui import (
    choices,
    device,
    finder,
    job_card,
    models,
    onnx_door,
    photos,
    selection,
    subject,
    weights_picker,
)
from core.ui.wording import quoted


def draw() -> None:
    """Draw the shared part of the sidebar."""
    with st.sidebar:
        st.html('<p class="sk-side-title">Selection, shared by all pages</p>')
        _architecture()
        _weights()
        _input()
        _node()
        _photo()
        job_card.card()
        device.line()


def _architecture() -> None:
    labels = {name: choices.model_label(name) for name in models.names()}
    _choose("model", "Architecture", tuple(labels), selection.current().model, labels.__getitem__)
    if st.button("Find by family, size, accuracy", key="sidebar.find", type="tertiary"):
        finder.open_finder()
    onnx_door.popover()


def _weights() -> None:
    if not models.runs(subject.architecture()):
        st.selectbox("Weights", ["Not read"], disabled=True, key="sidebar.weights.none")
        return
    labels = weights_picker.labels(subject.architecture())
    name, asked = subject.weights_name(), selection.current().weights
    _choose("weights", "Weights", tuple(labels), name, labels.__getitem__)
    if asked not in ("", "default", name):
        what = f"{subject.architecture().title} has no weights called {quoted(asked)}"
        own = "Weights files stay with the session and the architecture that they were chosen for"
        selection.remark(f"{own if asked.startswith('own-') else what}; “{labels[name]}” is used.")
    weights_picker.below(subject.architecture())


def _input() -> None:
    size = subject.input_size()
    if len(size) != 3:
        st.selectbox("Input", [f"{size[0]} numbers"], disabled=True, key="sidebar.vector")
        return
    offered = tuple(sorted({*choices.sizes(subject.architecture()), size[-1]}))
    _choose("size", "Input", offered, size[-1], choices.size_label)


def _node() -> None:
    graph = subject.graph_at_hand()
    if graph is None:
        st.selectbox("Node", [selection.current().node or "…"], disabled=True, key="sidebar.node.waiting")
        return
    node, asked = subject.node(graph), selection.current().node
    _choose("node", "Node", choices.nodes(graph, node), node)
    if asked not in ("", node):
        title = subject.architecture().title
        selection.remark(f"{title} has no part called {quoted(asked)}; this is {node}.")


def _photo() -> None:
    name, asked = photos.chosen_name(), selection.current().photo
    _choose("photo", "Photo", photos.names(), name, photos.title)
    if asked not in ("", name):
        what, own = (
            f"No picture is called {quoted(asked)}",
            "Own pictures stay with the session that they came in",
        )
        selection.remark(f"{own if asked.startswith('own-') else what}; this is {photos.title(name)}.")


def _choose(
    field: str, label: str, options: Sequence[Any], chosen: Any, text: Callable[[Any], str] = str
) -> None:
    """A box for one part of the selection: it shows the selection, and a choice goes to the selection."""
    key = f"sidebar.{field}"
    st.session_state[key] = chosen
    st.selectbox(label, options, key=key, format_func=text, on_change=_take, args=(field, options))


def _take(field: str, options: Sequence[Any]) -> None:
    """Select what was chosen; a browser may send what the box does not offer, and that counts as nothing."""
    value = st.session_state[f"sidebar.{field}"]
    if any(value == one and type(value) is type(one) for one in options):
        selection.select(**{field: value})
