"""The pictures that this visitor can look at: the bundled ones, and their own, kept for this session only."""

from __future__ import annotations

import streamlit as st

from core.images.samples import Sample, UnknownSample, sample, samples
from core.service.records import AcceptedPicture
from core.service.subjects import Picture
from core.ui import selection

_OWN = "photos.own"
_MOST_OWN = 12  # pictures of a session that are kept, at about 1 MB each


def names() -> tuple[str, ...]:
    """Names to choose from: the session's own pictures first."""
    return (*reversed(_own()), *(one.name for one in samples()))


def title(name: str) -> str:
    """What a picture is called."""
    return _own()[name].picture.name if name in _own() else sample(name).title


def chosen() -> Picture:
    """The selected picture; the first bundled one where the address names none of this session's."""
    name = selection.current().photo
    if name in _own():
        return _own()[name].picture
    one = _sample(name)
    return Picture(one.title, one.read())


def chosen_name() -> str:
    """The name of the selected picture, of those in `names`."""
    name = selection.current().photo
    return name if name in _own() else _sample(name).name


def credit() -> str:
    """Who made the selected picture and under which licence; for the visitor's own, where it is kept."""
    name = selection.current().photo
    return "Photo: your own, kept for this session only" if name in _own() else _sample(name).credit


def add(accepted: AcceptedPicture) -> str:
    """Keep a picture for this session and select it; returns its name. The oldest go when there are too many."""
    name = f"own-{accepted.picture.digest}"
    own = {**{k: v for k, v in _own().items() if k != name}, name: accepted}
    st.session_state[_OWN] = dict(list(own.items())[-_MOST_OWN:])
    selection.select(photo=name)
    return name


def _own() -> dict[str, AcceptedPicture]:
    kept: dict[str, AcceptedPicture] = st.session_state.get(_OWN, {})
    return kept


def _sample(name: str) -> Sample:
    try:
        return sample(name)
    except UnknownSample:
        return samples()[0]
