"""The address as this session last wrote or read it, for runs that begin before the browser knows it.

A browser sends its address with every run, also with those that a fragment's clock starts. One that is on its way while
a callback writes a new address still carries the old one, and to a whole run that looks like a visitor going back.
"""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

_LAST = "address.last"


def note() -> None:
    """Remember the address as it is; call after every change of it, and once in every whole run."""
    st.session_state[_LAST] = st.query_params.to_dict()


def rerun() -> NoReturn:
    """Run the page again out of a fragment, under the address that was noted last."""
    last = st.session_state.get(_LAST)
    if last is not None and st.query_params.to_dict() != last:
        st.query_params.from_dict(last)
    st.rerun()
