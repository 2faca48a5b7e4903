"""The receipt for a request: where it stands, and its answer."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from core.engine.errors import (
    EngineError,
    Failure,
    NotReady,
    RequestCancelled,
    RequestFailed,
    RequestReplaced,
)
from core.engine.messages import Packed
from core.engine.states import State


class TicketState(State):
    """Where a request stands. Its transitions, and no others:

    WAITING → RUNNING, REPLACED, CANCELLED, FAILED; RUNNING → DONE, FAILED, CANCELLED.
    """

    WAITING = "The request waits for its turn."
    RUNNING = "The request is being answered."
    DONE = "The answer is there."
    FAILED = "The request ended without an answer."
    REPLACED = "A newer request took this one's place."
    CANCELLED = "The request was cancelled."

    @property
    def followers(self) -> frozenset[TicketState]:
        """The states that may come next; none when nothing changes any more."""
        return _NEXT.get(self, frozenset())


_NEXT = {
    TicketState.WAITING: frozenset(
        {TicketState.RUNNING, TicketState.REPLACED, TicketState.CANCELLED, TicketState.FAILED}
    ),
    TicketState.RUNNING: frozenset({TicketState.DONE, TicketState.FAILED, TicketState.CANCELLED}),
}


class Desk(Protocol):
    """What a ticket asks of the worker that it belongs to."""

    def ahead(self, ticket: Ticket) -> int | None:
        """How many requests are answered before this one; None when it does not wait."""
        ...

    def stage(self) -> str:
        """What the worker is busy with before it can answer at all; "" when it is ready."""
        ...

    def cancel(self, ticket: Ticket) -> None:
        """Take the ticket out of the line."""
        ...


class Ticket:
    """One request. Every method may be called from any thread; none but `wait` takes time."""

    def __init__(
        self, desk: Desk, function: str, arguments: Packed, visitor: str, topic: str, seconds: float
    ) -> None:
        self.function = function
        self.visitor = visitor
        self.topic = topic
        self.seconds = seconds
        self.arguments: Packed | None = arguments  # dropped when the ticket is over
        self._desk = desk
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._state = TicketState.WAITING
        self._note = ""
        self._answer: Any = None
        self._failure: Failure | None = None

    @property
    def state(self) -> TicketState:
        """Where the request stands now."""
        return self._state

    @property
    def position(self) -> int:
        """How many requests come first: 0 while it is being answered and afterwards, 1 for the next one."""
        ahead = self._desk.ahead(self) if self._state is TicketState.WAITING else None
        return 0 if ahead is None else ahead

    @property
    def waiting_for(self) -> str:
        """One plain sentence about what the visitor waits for, or about how it ended."""
        state = self._state
        if state is TicketState.RUNNING:
            return self._note or "Computing…"
        if state is not TicketState.WAITING:
            return self._failure.sentence if self._failure is not None else state.sentence
        return self._desk.stage() or _in_line(self.position)

    @property
    def failure(self) -> Failure | None:
        """Why there is no answer, for a ticket that FAILED."""
        return self._failure

    def wait(self, seconds: float | None = None) -> bool:
        """Whether the request is over, waited for at most `seconds` (None: as long as it takes)."""
        return self._over.wait(seconds)

    def result(self) -> Any:
        """What the function returned.

        Raises: NotReady before the ticket is over; RequestFailed with the sentence for the visitor and the
        worker's traceback as `__cause__`; RequestReplaced; RequestCancelled.
        """
        with self._lock:
            state, answer, failure = self._state, self._answer, self._failure
        if state is TicketState.DONE:
            return answer
        if failure is not None:
            raise RequestFailed(failure) from failure.cause()
        raise _EARLY[state](state.sentence)

    def cancel(self) -> None:
        """Give up on the answer. A request that runs already runs on, but nobody hears of its answer."""
        self._desk.cancel(self)
        self.move(TicketState.CANCELLED)

    def move(self, state: TicketState, *, answer: object = None, failure: Failure | None = None) -> bool:
        """Go over to `state` if that is allowed; returns whether it was. For the worker alone."""
        with self._lock:
            if not self._state.may_become(state):
                return False
            self._state, self._answer, self._failure = state, answer, failure
            if state.over:
                self.arguments = None
                self._over.set()
            return True

    def note(self, sentence: str) -> None:
        """Keep what the function says about its progress. For the worker alone."""
        self._note = sentence


_EARLY: dict[TicketState, type[EngineError]] = {
    TicketState.WAITING: NotReady,
    TicketState.RUNNING: NotReady,
    TicketState.REPLACED: RequestReplaced,
    TicketState.CANCELLED: RequestCancelled,
}


def _in_line(position: int) -> str:
    if position == 0:
        return "Next in line…"
    return f"{position} request{'' if position == 1 else 's'} ahead…"
