"""Which device computes, and the choice of another."""

from __future__ import annotations

import streamlit as st

from core.service import requests

_KEY = "device"
_AUTO = "auto"


def chosen() -> str | None:
    """Torch's name of the device that this visitor chose; None for the server's own choice."""
    name: str = st.session_state.get(_KEY, _AUTO)
    return None if name == _AUTO else name


@st.fragment(run_every=2.0)
def _wait_for_device() -> None:
    if requests.status().device is not None:
        st.rerun()
    st.html(f'<p class="sk-device">{requests.status().sentence}</p>')


def line() -> None:
    """The device in use and torch's version; with a choice where the machine has more than one."""
    info = requests.status().device
    if info is None:
        _wait_for_device()
        return
    labels = dict(info.choices)
    name = chosen() or info.name
    st.html(
        f'<p class="sk-device">{labels.get(name, info.label)} · torch {info.torch_version.split("+")[0]}</p>'
    )
    if len(labels) < 2:
        return
    options = (_AUTO, *labels)
    st.session_state.setdefault(_KEY, _AUTO)
    with st.popover("Choose the device", type="tertiary"):
        st.radio(
            "Device",
            options,
            key=_KEY,
            format_func=lambda one: "Chosen by Skipscope: " + info.label if one == _AUTO else labels[one],
        )
