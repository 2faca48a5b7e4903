"""Which weights are in use: published ones, the visitor's own file, or random; and the way to get what is missing."""

from __future__ import annotations

import streamlit as st

from core.architectures.records import Architecture
from core.engine.errors import EngineError
from core.engine.settings import settings
from core.figures.numbers import human_bytes
from core.service import requests
from core.ui import choices, page, selection, server, subject
from core.ui.own_weights import own_weights

BUNDLED = "timm/tf_efficientnet_lite0"
"""The architecture whose trained weights are installed with the app."""


def labels(architecture: Architecture) -> dict[str, str]:
    """Every name that can be picked for an architecture, with its label."""
    published = {option.value: option.label for option in choices.weights_options(architecture)}
    return {**published, **own_weights().of(architecture.name)}


def below(architecture: Architecture) -> None:
    """What stands below the picker: the download of weights that are not here yet, and the visitor's own file."""
    missing = subject.missing_weights()
    if missing:
        download(architecture, missing, key="sidebar")
    with st.popover("Weights from a file", type="tertiary"):
        _own_file(architecture)


def offer(architecture: Architecture) -> None:
    """For a network with random weights: the ways to real ones, on the page itself."""
    if subject.subject().weights is not None:
        return
    with st.container(horizontal=True):
        published = next((w.name for w in architecture.weights), None)
        wanted = subject.missing_weights() or published
        if wanted and not requests.weights_at_hand(architecture.name, wanted):
            download(architecture, wanted, key="page")
        elif wanted:
            st.button(
                "Use its trained weights",
                key="page.trained",
                on_click=selection.select,
                kwargs={"weights": wanted},
            )
        if architecture.name != BUNDLED:
            st.button(
                "Show EfficientNet-Lite0, trained on ImageNet",
                key="page.bundled",
                on_click=selection.select,
                kwargs={"model": BUNDLED},
            )


def download(architecture: Architecture, weights: str, *, key: str) -> None:
    """A button that downloads published weights as a job, or one sentence on why that is not offered."""
    if not settings().allows_downloads():
        page.paragraph("These weights are not on this server, and downloads are switched off here.")
        return
    size = architecture.published(weights).download_bytes
    label = f"Download its weights, {human_bytes(size)}" if size else "Download its weights"
    if st.button(label, key=f"{key}.download"):
        title = f"Weights of {architecture.title}"
        try:
            requests.start_job(
                "core.experiments.downloads:download_weights",
                architecture.name,
                weights,
                title=title,
                visitor=server.visitor(),
            )
        except EngineError as error:
            page.notice(str(error))
        else:
            st.rerun()


def _own_file(architecture: Architecture) -> None:
    st.caption(
        f"A .safetensors file with {architecture.title}'s weights. Names and shapes are checked; "
        "the file is kept for this session only."
    )
    file = st.file_uploader(
        "Weights file", type="safetensors", key="sidebar.weights.file", label_visibility="collapsed"
    )
    if file is None:
        return
    name = own_weights().name_of(architecture.name, file.file_id)
    if name and name == selection.current().weights:
        return
    if st.button("Use this file", key="sidebar.weights.use"):
        try:
            name = own_weights().add(architecture.name, file.file_id, file.name, file.getbuffer)
        except OSError:
            page.notice("The file cannot be kept here, most likely because the server's disk is full.")
            return
        selection.select(weights=name)
        st.rerun()
