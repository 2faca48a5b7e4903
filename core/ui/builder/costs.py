"""The traced graphs that the form shows: one's own net, the one it started from, and VGG-16 to compare with."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.architectures import recipes
from core.architectures.spec import NetSpec
from core.architectures.starts import KNOWN, Start
from core.engine.errors import EngineError
from core.graph.records import Graph
from core.service import requests
from core.service.pending import Pending
from core.service.subjects import Subject
from core.ui import address, asking, page, server
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
        start: the net that it was compared with then.
        fresh: whether that is the valid recipe at hand.
        base: that net's graph, at the same input size; None where it takes no such input, or is on its way.
        yardstick: VGG-16, likewise.
        failure: one sentence where one's own net could not be traced; else "".
        waiting: answers on their way.
    """

    spec: NetSpec | None
    graph: Graph | None
    start: Start
    fresh: bool
    base: Graph | None
    yardstick: Graph | None
    failure: str
    waiting: tuple[Pending[Graph], ...]


def look(work: Work) -> Shown:
    """The graphs that are there within half a second; `keep_looking` runs the page again for the others."""
    spec, size = work.valid, work.valid.input_size
    own = _Look("yours", recipes.name_of(spec), size, _PATIENCE)
    if own.graph is not None:
        st.session_state[_SHOWN] = (spec, own.graph, work.base)
    shown: tuple[NetSpec | None, Graph | None, Start] = st.session_state.get(_SHOWN, (None, None, work.base))
    looks = [own]
    base = yardstick = None
    if _takes(work.base.spec, size):
        looks.append(_Look("base", recipes.name_of(work.base.spec), size, _SHORT))
        base = looks[-1].graph if shown[2] == work.base else None
    if _takes(KNOWN["vgg16"].spec, size):
        looks.append(_Look("yardstick", YARDSTICK, size, _SHORT))
        yardstick = looks[-1].graph
    waiting = tuple(one.pending for one in looks if one.graph is None and not one.failure)
    return Shown(*shown, shown[0] == spec, base, yardstick, own.failure, waiting)


def _takes(spec: NetSpec, size: tuple[int, ...]) -> bool:
    """Whether a network can be asked for its graph at that input size; whether it goes is known then."""
    return len(spec.input_size) == len(size) and (len(size) == 1 or spec.input_size[0] == size[0])


class _Look:
    """One question: its answer if it is there in time, or why there is none."""

    def __init__(self, key: str, name: str, size: tuple[int, ...], patience: float) -> None:
        subject, topic = Subject(name, None, size), f"builder.{key}"
        self.pending: Pending[Graph] = asking.ask(
            topic, subject, lambda: requests.graph(subject, visitor=server.visitor(), topic=topic)
        )
        self.graph: Graph | None = None
        self.failure = ""
        try:
            if self.pending.wait(patience):
                self.graph = self.pending.result()
        except EngineError as error:
            self.failure = str(error)


def keep_looking(shown: Shown) -> None:
    """Run the page again as soon as an answer that this run did without is there."""
    if not shown.waiting:
        return

    @st.fragment(run_every=_LOOK_AGAIN)
    def watch() -> None:
        if any(pending.wait(0) for pending in shown.waiting):
            address.rerun()
        page.awaiting("Counting …", 20)

    watch()


def again() -> None:
    """Ask for one's own net once more; for a button's callback."""
    asking.forget("builder.yours")
