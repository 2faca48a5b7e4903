"""The draft of this session: read from the address, written back to it, undone step by step.

The session holds the draft, the address mirrors it as ``recipe``, so that it can be reloaded, shared and gone back to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from core.architectures import recipes
from core.architectures.codec import LONGEST, decode_draft, encode
from core.architectures.draft import Draft
from core.architectures.problems import repaired
from core.architectures.spec import NetSpec, SpecRejected
from core.architectures.starts import KNOWN, Start, nearest
from core.ui import address, models, selection
from core.ui.wording import plain

MOST_STEPS = 100
FIRST = "resnet18"
_RECIPE, _BASE = "recipe", "base"
_WORK, _UNDO, _SEEN, _SAID = "builder.work", "builder.steps", "builder.seen", "builder.said"


@dataclass(frozen=True, slots=True)
class Work:
    """What is being written.

    Attributes:
        draft: as the fields show it.
        valid: the last network whose numbers fitted together; the draft itself where they do.
        base: the known network that it is compared with.
    """

    draft: Draft
    valid: NetSpec
    base: Start

    @property
    def fits(self) -> bool:
        """Whether the draft is the valid network."""
        return Draft.of(self.valid) == self.draft

    @property
    def changed(self) -> bool:
        """Whether the draft is another network than the one that it is compared with."""
        return Draft.of(self.base.spec) != self.draft


def opened() -> Work:
    """The work of this session; what a new address names comes first. Call once at the start of the page's run."""
    named = _address()
    if selection.entered() and st.session_state.pop(_SAID, ""):
        st.session_state.pop(_SEEN, None)  # an address that still stands there is read, and spoken of, again
    if named[0] and named != st.session_state.get(_SEEN):
        _read(*named)
    elif _WORK not in st.session_state:
        spec = _selected()
        st.session_state[_WORK] = Work(Draft.of(spec), spec, nearest(spec)[0])
    if not named[0] and selection.entered():
        _write()
    else:
        st.session_state[_SEEN] = _address()
    return current()


def current() -> Work:
    """The work as it stands."""
    work: Work = st.session_state[_WORK]
    return work


def said() -> str:
    """One sentence on what the address or a file named in vain, until something is changed; else ""."""
    return str(st.session_state.get(_SAID, ""))


def say(sentence: str) -> None:
    """Have `said` say this."""
    st.session_state[_SAID] = sentence


def change(draft: Draft) -> None:
    """Go on with another draft; for callbacks."""
    if draft != current().draft:
        _go_on(replace(current(), draft=draft, valid=_spec(draft) or current().valid))


def start_from(start: Start) -> None:
    """Begin again with a known network; for callbacks."""
    _go_on(Work(Draft.of(start.spec), start.spec, start))


def take(spec: NetSpec) -> None:
    """Go on with a network that was kept; for callbacks."""
    _go_on(Work(Draft.of(spec), spec, nearest(spec)[0]))


def undo() -> None:
    """Go back by one step; for callbacks."""
    steps = st.session_state.get(_UNDO, ())
    if steps:
        st.session_state[_UNDO], st.session_state[_WORK] = steps[:-1], steps[-1]
        st.session_state.pop(_SAID, None)
        _write()


def can_undo() -> bool:
    """Whether there is a step to go back by."""
    return bool(st.session_state.get(_UNDO))


def _go_on(work: Work) -> None:
    _keep(work)
    st.session_state.pop(_SAID, None)
    _write()


def _keep(work: Work) -> None:
    """Make this the work, the one before it a step to go back by."""
    if _WORK in st.session_state and st.session_state[_WORK] != work:
        st.session_state[_UNDO] = (*st.session_state.get(_UNDO, ()), current())[-MOST_STEPS:]
    st.session_state[_WORK] = work


def _spec(draft: Draft) -> NetSpec | None:
    try:
        return draft.spec()
    except SpecRejected:
        return None


def _address() -> tuple[str, str]:
    query = st.query_params
    return query.get(_RECIPE, "")[: LONGEST + 1], query.get(_BASE, "")[:40]


def _read(text: str, base: str) -> None:
    """Take the draft that an address names; where it names none, one sentence, and what was there before stays."""
    st.session_state.pop(_SAID, None)
    try:
        named = decode_draft(text)
    except SpecRejected as error:
        if _WORK not in st.session_state:
            take(KNOWN[FIRST].spec)
        say(f"The recipe in the address cannot be read. {plain(str(error), 120)}")
        return
    draft = named.bounded()
    if draft != named:
        say("Some numbers of the recipe in the address were out of range; they are at their limits here.")
    start = KNOWN.get(base)
    valid = _spec(draft) or repaired(draft) or (start or KNOWN[FIRST]).spec
    _keep(Work(draft, valid, start or nearest(valid)[0]))


def _write() -> None:
    work = current()
    st.query_params[_RECIPE] = encode(work.draft)
    if work.base == nearest(work.valid)[0]:
        st.query_params.pop(_BASE, None)
    else:
        st.query_params[_BASE] = work.base.key
    st.session_state[_SEEN] = _address()
    address.note()


def _selected() -> NetSpec:
    """The network to begin with: the selected one where it is a recipe or one of ours, also as torchvision has it."""
    name = models.get(selection.current().model).name
    if recipes.is_recipe(name):
        return recipes.spec_of(name)
    return KNOWN.get(name.removeprefix("own/"), KNOWN[FIRST]).spec
