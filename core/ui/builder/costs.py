"""The traced graphs that the form shows: one's own net, the one it started from, and VGG-16 to compare with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from core.architectures import recipes
from core.architectures.spec import NetSpec
from core.engine.errors import EngineError
from core.graph.records import Graph
from core.service import requests
from core.service.pending import Pending
from core.service.subjects import Subject
from core.ui import asking, server
from core.ui.builder.work import Work

YARDSTICK = "own/vgg16"
_SHOWN = "builder.shown"
_PATIENCE, _SHORT = 0.5, 0.2  # seconds that a run waits for one's own net, and for those beside it
_LOOK_AGAIN = 0.4


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to show.

    Attributes:
        spec, graph: one's own net as it was last traced; None before the first answer.
        fresh: whether that is the valid recipe at hand.
        base: the net that it started from, at the same input size; None where it takes no such input, or is on its way.
        yardstick: VGG-16, likewise.
        failure: one sentence where one's own net could not be traced; else "".
    """

    spec: NetSpec | None
    graph: Graph | None
    fresh: bool
    base: Graph | None
    yardstick: Graph | None
    failure: str


def look(work: Work) -> Shown:
    """The graphs that are there within half a second; `keep_looking` runs the page again for the others."""
    spec = work.valid
    pending = _ask("yours", recipes.name_of(spec), spec.input_size)
    failure = ""
    try:
        if pending.wait(_PATIENCE):
            st.session_state[_SHOWN] = (spec, pending.result())
    except EngineError as error:
        failure = str(error)
    shown: tuple[NetSpec | None, Graph | None] = st.session_state.get(_SHOWN, (None, None))
    beside = dict(_beside(work))
    return Shown(*shown, shown[0] == spec, beside.get("base"), beside.get("yardstick"), failure)


def _beside(work: Work) -> Iterator[tuple[str, Graph]]:
    """The nets to compare with that are there, at the input size of one's own."""
    size = work.valid.input_size
    names = {"base": recipes.name_of(work.base.spec), "yardstick": YARDSTICK}
    vectors = len(size) == 1
    for key, name in names.items():
        fits = work.base.spec.is_vector == vectors if key == "base" else not vectors
        if fits and size[0] == (work.base.spec.input_size[0] if key == "base" else 3):
            pending = _ask(key, name, size)
            try:
                if pending.wait(_SHORT):
                    yield key, pending.result()
            except EngineError:
                continue  # it takes no such input: the comparison does without it


def keep_looking() -> None:
    """Run the page again as soon as an answer that this run did without is there."""
    waiting = [pending for pending in _asked() if not pending.wait(0)]
    if not waiting:
        return

    @st.fragment(run_every=_LOOK_AGAIN)
    def watch() -> None:
        if any(pending.wait(0) for pending in waiting):
            st.rerun()

    watch()


def again() -> None:
    """Ask for one's own net once more; for a button's callback."""
    asking.forget("builder.yours")


def _ask(key: str, name: str, size: tuple[int, ...]) -> Pending[Graph]:
    subject, topic = Subject(name, None, size), f"builder.{key}"
    return asking.ask(topic, subject, lambda: requests.graph(subject, visitor=server.visitor(), topic=topic))


def _asked() -> list[Pending[Graph]]:
    keys = (f"asked.builder.{key}" for key in ("yours", "base", "yardstick"))
    return [st.session_state[key][1] for key in keys if key in st.session_state]
