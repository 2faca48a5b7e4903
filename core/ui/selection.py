"""What the visitor looks at, kept in the address, so that it can be reloaded, shared and gone back to.

The session holds the selection; the address mirrors it. Streamlit's own navigation drops the query when a page is
switched, so a page that is entered with a bare address gets the session's selection written back into it. A bare
address on the *same* page is left alone: it is the visitor going back, and writing would trap them there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType

import streamlit as st

from core.ui import models
from core.ui.wording import quoted

DEFAULT_MODEL = "resnet50"
RANDOM = "random"
_SELECTION = "selection"
_SEEN = "selection.seen"
_PAGE = "selection.page"
_DROPPED = "selection.dropped"
_REMARKS = "selection.remarks"


@dataclass(frozen=True, slots=True)
class Selection:
    """Architecture, weights, input size, node and photo, as names.

    Attributes:
        model: name in the catalogue.
        weights: a published weights name, ``"own-…"`` for a file of this session, ``"random"``; "" = the default.
        size: height and width of the input in pixels; 0 = the architecture's own.
        node: module path, operation or group; "" = the page chooses.
        photo: name of a bundled sample, or ``"own-…"`` for a picture of this session.
    """

    model: str = DEFAULT_MODEL
    weights: str = ""
    size: int = 0
    node: str = ""
    photo: str = "chelsea"

    def query(self) -> dict[str, str]:
        """The selection as an address's query, without what is at its default; the model is always named."""
        plain = Selection()
        changed = {k: str(v) for k, v in asdict(self).items() if v != getattr(plain, k)}
        return {"model": self.model, **changed}


_KEYS = tuple(field.name for field in fields(Selection))


def parse(query: Mapping[str, str]) -> tuple[Selection, tuple[str, ...]]:
    """The selection that an address names, and one sentence for each part of it that names nothing.

    Weights, node and photo are checked where they are used: what is valid depends on the graph and the session.
    """
    known = {key: query[key][:200] for key in _KEYS if key in query}
    dropped = []
    model = known.pop("model", DEFAULT_MODEL)
    if not models.known(model):
        dropped.append(f"No architecture is called {quoted(model)}; this is {DEFAULT_MODEL}.")
        model = DEFAULT_MODEL
        known.pop("node", None)
    size = known.pop("size", "0")
    if not (size.isascii() and size.isdigit() and (size == "0" or 16 <= int(size) <= 2048)):
        dropped.append(
            f"{quoted(size)} is no input size between 16 and 2048 pixels; this is the architecture's own."
        )
        size = "0"
    return replace(Selection(), model=model, size=int(size), **known), tuple(dropped)


def sync(page: str) -> None:
    """Bring session and address together; call once at the start of every run, with the page's address."""
    query = {k: v for k, v in st.query_params.items() if k in _KEYS}
    entered = st.session_state.get(_PAGE) != page
    st.session_state[_PAGE] = page
    st.session_state[_REMARKS] = ()
    if query and query != st.session_state.get(_SEEN):
        st.session_state[_SELECTION], st.session_state[_DROPPED] = parse(query)
    elif not query and entered and _SELECTION in st.session_state:
        st.session_state.pop(_DROPPED, None)
        _write(current())
        return
    st.session_state[_SEEN] = query


def current() -> Selection:
    """The selection of this session."""
    selection: Selection = st.session_state.get(_SELECTION, Selection())
    return selection


def remark(sentence: str) -> None:
    """Have `dropped` say, in this run, that a part of the selection names nothing in its graph or session."""
    st.session_state[_REMARKS] = (*st.session_state.get(_REMARKS, ()), sentence)


def dropped() -> tuple[str, ...]:
    """Sentences on what the address named and nothing is called; said until something is chosen or another page opened.

    A page that waits for its figure runs several times, so a sentence that was said once would be gone unread.
    """
    return (*st.session_state.get(_DROPPED, ()), *st.session_state.get(_REMARKS, ()))


def select(*, beside: Mapping[str, str] | None = None, **changes: str | int) -> None:
    """Change parts of the selection, in the session and in the address; call from a widget's callback.

    A new model forgets the node, the weights and the size, which belonged to the old one. What stands ``beside`` the
    selection in the address changes in the same step, so that going back undoes both; "" takes a part out.
    """
    selection = current()
    if changes.get("model", selection.model) != selection.model:
        selection = replace(selection, weights="", size=0, node="")
    selection = replace(selection, **changes)  # type: ignore[arg-type]
    st.session_state[_SELECTION] = selection
    st.session_state.pop(_DROPPED, None)
    _write(selection, beside or {})


def _write(selection: Selection, beside: Mapping[str, str] = MappingProxyType({})) -> None:
    query = selection.query()
    st.session_state[_SEEN] = query
    others = {k: v for k, v in st.query_params.items() if k not in _KEYS} | dict(beside)
    st.query_params.from_dict({**{k: v for k, v in others.items() if v}, **query})
