"""Fields that show the draft and change it: the draft is the truth, a field only its face.

A field's state is written only where it differs from the draft, so that what somebody is typing elsewhere stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

import streamlit as st

from core.architectures.draft import Draft
from core.ui.builder import work

T = TypeVar("T", int, str)
Visibility = Literal["visible", "collapsed"]
Change = Callable[[Draft, T], Draft]


def show(key: str, value: object) -> None:
    """Have the field of that key show a value, where it is there already; a new field is given it as its default.

    A value that is only set through the session is lost to a field that the browser has not drawn yet by the next run.
    """
    if st.session_state.get(key, value) != value:
        st.session_state[key] = value


def whole(
    label: str,
    value: int,
    *,
    key: str,
    limits: tuple[int, int],
    step: int,
    change: Change[int],
    width: int,
    label_visibility: Visibility = "collapsed",
) -> None:
    """A field for a whole number; what a browser sends beyond its limits counts as nothing."""
    show(key, value)
    st.number_input(
        label,
        *limits,
        value,
        step=step,
        key=key,
        label_visibility=label_visibility,
        width=width,
        on_change=_take_whole,
        args=(key, limits, change),
    )


def decimal(
    label: str,
    value: float,
    *,
    key: str,
    limits: tuple[float, float],
    step: float,
    change: Callable[[Draft, float], Draft],
) -> None:
    """A field for a number with places after the point; what a browser sends beyond its limits counts as nothing."""
    show(key, value)
    st.number_input(
        label,
        *limits,
        value,
        step=step,
        key=key,
        format="%g",
        on_change=_take_decimal,
        args=(key, limits, change),
    )


def choice(
    label: str,
    value: T,
    *,
    key: str,
    options: Sequence[T],
    words: Callable[[T], str],
    change: Change[T],
    width: int,
    label_visibility: Visibility = "collapsed",
) -> None:
    """A box with one of several values; what it does not offer counts as nothing."""
    show(key, value)
    st.selectbox(
        label,
        options,
        index=list(options).index(value),
        key=key,
        format_func=words,
        label_visibility=label_visibility,
        width=width,
        on_change=_take_choice,
        args=(key, tuple(options), change),
    )


def segments(label: str, value: T, *, key: str, options: Sequence[T], change: Change[T]) -> None:
    """A segmented control; what it does not offer counts as nothing."""
    show(key, value)
    st.segmented_control(
        label,
        options,
        default=value,
        key=key,
        label_visibility="collapsed",
        required=True,
        on_change=_take_choice,
        args=(key, tuple(options), change),
    )


def switch(
    label: str,
    value: bool,
    *,
    key: str,
    change: Callable[[Draft, bool], Draft],
    disabled: bool = False,
    label_visibility: Visibility = "collapsed",
) -> None:
    """A toggle."""
    show(key, value)
    st.toggle(
        label,
        value,
        key=key,
        label_visibility=label_visibility,
        disabled=disabled,
        on_change=_take_switch,
        args=(key, change),
    )


def _take_whole(key: str, limits: tuple[int, int], change: Change[int]) -> None:
    value = st.session_state.get(key)
    if type(value) is int and limits[0] <= value <= limits[1]:
        work.change(change(work.current().draft, value))


def _take_decimal(key: str, limits: tuple[float, float], change: Callable[[Draft, float], Draft]) -> None:
    value = st.session_state.get(key)
    if type(value) is float and limits[0] <= value <= limits[1]:
        work.change(change(work.current().draft, value))


def _take_choice(key: str, options: tuple[T, ...], change: Change[T]) -> None:
    sent = st.session_state.get(key)
    for value in options:
        if sent == value and type(sent) is type(value):
            work.change(change(work.current().draft, value))


def _take_switch(key: str, change: Callable[[Draft, bool], Draft]) -> None:
    value = st.session_state.get(key)
    if type(value) is bool:
        work.change(change(work.current().draft, value))
