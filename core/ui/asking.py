"""Ask the service once, and show what is awaited meanwhile.

A page is run again at every interaction; the same question must not be asked again each time. So the pending answer is
kept in the session under its topic, and replaced when the question changes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.engine.errors import EngineError
from core.service.pending import Declined, Pending
from core.ui import address, page

T = TypeVar("T")
PATIENCE = 0.4
"""Seconds that a run waits before it shows that it waits: most answers come sooner."""
_STEPS, _STEP = 24, 0.4  # after that the same run waits on, with the figure's place shown: a run less
_LOOK_AGAIN = 0.5  # seconds between looks at an answer that takes longer still


def ask(topic: str, question: Hashable, submit: Callable[[], Pending[T]]) -> Pending[T]:
    """The pending answer to a question of this session; submitted when the question is new to its topic."""
    key = f"asked.{topic}"
    if key not in st.session_state or st.session_state[key][0] != question:
        st.session_state[key] = (question, _submitted(submit))
    pending: Pending[T] = st.session_state[key][1]
    return pending


def _submitted(submit: Callable[[], Pending[T]]) -> Pending[T]:
    try:
        return submit()
    except EngineError as error:
        return Declined(error)


def forget(topic: str) -> None:
    """Ask again at the next run, even the same question."""
    st.session_state.pop(f"asked.{topic}", None)


def await_answer(
    topic: str,
    pending: Pending[T],
    *,
    height: int,
    what: str,
    question: str = "",
    head: DeltaGenerator | None = None,
) -> T:
    """The answer; or show the place of the figure with what is awaited, and end this run.

    The page runs again as soon as the answer is there. A failure is shown as its sentence, with a button to try again.

    Args:
        topic: as given to `ask`.
        pending: the answer on its way.
        height: pixels of the figure's place.
        what: what is awaited, in a few words ("Tracing ResNet-50").
        question: the page's title, where it does not stand there yet.
        head: where the title goes; where the page is by default.
    """
    failure = ""
    try:
        if pending.wait(PATIENCE):
            return pending.result()
    except EngineError as error:
        failure = str(error)
    if question:
        with head or st.container():
            page.header(question, "" if failure else f"{what} …")
    if failure:
        page.notice(failure)
        st.button("Try again", key=f"again.{topic}", on_click=forget, args=(topic,))
    else:
        show_waiting(pending, height)
    return st.stop()


def show_waiting(pending: Pending[object], height: int) -> None:
    """The figure's place with what goes on, until the answer is there and the page runs again."""
    place = st.empty()
    for _ in range(_STEPS):
        with place:
            page.awaiting(pending.waiting_for, height)
        if pending.wait(_STEP):
            st.rerun()
    place.empty()
    watch(pending, height)


@st.fragment(run_every=_LOOK_AGAIN)
def watch(pending: Pending[object], height: int) -> None:
    """What goes on, while the rest of the page is drawn and used; the page runs again when the answer is there."""
    if pending.wait(0):
        address.rerun()
    page.awaiting(pending.waiting_for, height)
