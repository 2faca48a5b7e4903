"""The engine of this server, and who the visitor is."""

from __future__ import annotations

import secrets

import streamlit as st

from core.service import requests

_VISITOR = "visitor"


def start() -> None:
    """Start the engine with the server, so that the worker imports torch before anyone asks."""
    requests.warm_up()


def stop() -> None:
    """End the worker and all jobs."""
    requests.shut_down()


def visitor() -> str:
    """An unguessable name for this session: what it asks and starts belongs to it."""
    if _VISITOR not in st.session_state:
        st.session_state[_VISITOR] = secrets.token_urlsafe(16)
    name: str = st.session_state[_VISITOR]
    return name
