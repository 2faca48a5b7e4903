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

from core.architectures import recipes
from core.architectures.records import UnknownArchitecture
from core.ui import address, compared, models, own_recipes
from core.ui.wording import plain, quoted

DEFAULT_MODEL = "resnet50"
RANDOM = "random"
_SELECTION = "selection"
_SEEN = "selection.seen"
_PAGE = "selection.page"
_DROPPED = "selection.dropped"
_REMARKS = "selection.remarks"
_ENTERED = "selection.entered"


@dataclass(frozen=True, slots=True)
class Selection:
    """Architecture, weights, input size, node and photo, as names.

    Attributes:
        model: name in the catalogue.
        weights: a published weights name, ``"own-…"`` for a file of this session, ``"random"``; "" = the default.
        size: height and width of the input in pixels; 0 = the architecture's own.
        node: module path, operation or group; "" = the page chooses.
        photo: name of a bundled sample, or ``"own-…"`` for a picture of this session.
        view: ``"side"`` where the Architecture page shows several side by side; "" = one.
        compare: names of those, with commas between; "" = the usual pair.
        align: ``"depth"`` where they are aligned by depth; "" = by map size.
        detail: ``"stages"`` or ``"operations"`` where the picture goes less or more into parts; "" = blocks.
        below: ``"inside"`` or ``"layers"``: what stands below the picture; "" = where the cost is.
        spot: row and column of the picture where the chosen cell lies, in shares of its sides; "" = the middle.
        growth: names of the architectures that the growth of fields is compared with; "" = the usual ones, ``"none"``.
    """

    model: str = DEFAULT_MODEL
    weights: str = ""
    size: int = 0
    node: str = ""
    photo: str = "chelsea"
    view: str = ""
    compare: str = ""
    align: str = ""
    detail: str = ""
    below: str = ""
    spot: str = ""
    growth: str = ""

    def query(self) -> dict[str, str]:
        """The selection as an address's query, without what is at its default; the model is always named."""
        plain = Selection()
        changed = {k: str(v) for k, v in asdict(self).items() if v != getattr(plain, k)}
        return {"model": self.model, **changed}


_KEYS = tuple(field.name for field in fields(Selection))
# Letters of an address's values that are looked at; 200 elsewhere.
_LONGEST = {"model": recipes.LONGEST_NAME + 1, "compare": compared.LONGEST, "growth": compared.LONGEST}
_CHOICES = {
    "view": ("", "side"),
    "align": ("", "depth"),
    "detail": ("", "stages", "operations"),
    "below": ("", "inside", "layers"),
}


def parse(query: Mapping[str, str]) -> tuple[Selection, tuple[str, ...]]:
    """The selection that an address names, and one sentence for each part of it that names nothing.

    Weights, node, photo, spot and growth are checked where they are used: what is valid depends on graph and session.
    """
    known = {key: query[key][: _LONGEST.get(key, 200)] for key in _KEYS if key in query}
    dropped = []
    model = known.pop("model", DEFAULT_MODEL)
    try:
        model = models.get(model).name  # of two spellings of a recipe the usual one
    except UnknownArchitecture as error:
        dropped.append(_no_model(model, str(error)))
        model = DEFAULT_MODEL
        known.pop("node", None)
    size = known.pop("size", "0")
    if not (size.isascii() and size.isdigit() and (size == "0" or 16 <= int(size) <= 2048)):
        dropped.append(
            f"{quoted(size)} is no input size between 16 and 2048 pixels; this is the architecture's own."
        )
        size = "0"
    for key, offered in _CHOICES.items():
        if known.get(key, "") not in offered:
            dropped.append(
                f"{quoted(known.pop(key))} is no {key} of the Architecture page; this is the usual one."
            )
    found, sentences = compared.parse(known.get("compare", ""))
    known["compare"] = compared.joined(found)
    return replace(Selection(), model=model, size=int(size), **known), (*dropped, *sentences)


def _no_model(name: str, why: str) -> str:
    if not recipes.is_recipe(name):
        return (
            f"{models.missing(name) or f'No architecture is called {quoted(name)}'}; this is {DEFAULT_MODEL}."
        )
    reason = plain(why, 120) if len(why) < 120 else "It is none that Skipscope has written."
    return f"The recipe in the address does not fit; this is {DEFAULT_MODEL}. {reason}"


def sync(page: str) -> None:
    """Bring session and address together; call once at the start of every run, with the page's address."""
    query = {k: v for k, v in st.query_params.items() if k in _KEYS}
    entered = st.session_state.get(_PAGE) != page
    st.session_state[_PAGE], st.session_state[_ENTERED] = page, entered
    st.session_state[_REMARKS] = ()
    if query and query != st.session_state.get(_SEEN):
        st.session_state[_SELECTION], st.session_state[_DROPPED] = parse(query)
        own_recipes.remember(current().model)
    elif not query and entered and _SELECTION in st.session_state:
        st.session_state[_DROPPED] = _without_vanished()
        _write(current())
        return
    elif vanished := _without_vanished():
        st.session_state[_DROPPED] = (*st.session_state.get(_DROPPED, ()), *vanished)
    st.session_state[_SEEN] = query
    address.note()


def _without_vanished() -> tuple[str, ...]:
    """Take out of the selection what this visitor can pick no more, as of too many files; one sentence for each."""
    selection, sentences = current(), []
    try:
        models.get(selection.model)
    except UnknownArchitecture as error:
        sentences.append(_no_model(selection.model, str(error)))
        selection = replace(selection, model=DEFAULT_MODEL, weights="", size=0, node="")
    names, left_out = compared.parse(selection.compare)
    if left_out:
        selection = replace(selection, compare=compared.joined(names))
    if sentences or left_out:
        st.session_state[_SELECTION] = selection
    return (*sentences, *left_out)


def entered() -> bool:
    """Whether this run is the first one since the visitor came to the page from another one, or at all."""
    return bool(st.session_state.get(_ENTERED, True))


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
    own_recipes.remember(selection.model)
    st.session_state[_SELECTION] = selection
    st.session_state.pop(_DROPPED, None)
    _write(selection, beside or {})


def _write(selection: Selection, beside: Mapping[str, str] = MappingProxyType({})) -> None:
    query = selection.query()
    st.session_state[_SEEN] = query
    others = {k: v for k, v in st.query_params.items() if k not in _KEYS} | dict(beside)
    st.query_params.from_dict({**{k: v for k, v in others.items() if v}, **query})
    address.note()
