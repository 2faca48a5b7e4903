"""The worker of one device, as the server sees it: a line of tickets and a process that answers them in turn.

One thread drives both. It launches the process, asks one question at a time and waits for its answer, and
launches another process when this one has ended or has to be ended. The process is only ever spoken to by
this thread.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from itertools import count
from typing import Any

from core.engine.device import DeviceInfo
from core.engine.errors import EngineClosed, Failure
from core.engine.failures import log_failure
from core.engine.launcher import Child, Launcher
from core.engine.messages import (
    Answer,
    Begin,
    ChannelClosed,
    Failed,
    Importing,
    Note,
    Packed,
    Question,
    Ready,
    Started,
    Unreadable,
)
from core.engine.settings import Settings
from core.engine.ticket import Ticket, TicketState
from core.engine.waiting_line import WaitingLine

_START_SECONDS = 300.0  # torch from a cold disk takes its time; beyond this, something hangs
_ATTEMPTS = 3  # starts that may fail in a row before those who wait are told
_STARTING = "Starting the worker…"
_CLOSED = Failure("Closed", "The server is shutting down, so this request was not answered.")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker at one moment.

    ready: whether it answers. stage: what it does before it can ("" when ready). waiting: requests in line.
    busy: whether one is being answered. pid: its process while there is one.
    """

    device: str
    ready: bool
    stage: str
    info: DeviceInfo | None
    missing: tuple[str, ...]
    waiting: int
    busy: bool
    pid: int | None


class Worker:
    """Answers requests in order, one at a time, in a process that is replaced whenever it ends."""

    def __init__(self, launcher: Launcher, settings: Settings, preload: tuple[str, ...]) -> None:
        self.device = settings.device
        self._launcher = launcher
        self._begin = Begin(settings, preload)
        self._line: WaitingLine[Ticket] = WaitingLine(settings.requests_waiting)
        self._changed = threading.Condition()
        self._closed = False
        self._child: Child | None = None
        self._ready: Ready | None = None
        self._info: DeviceInfo | None = None
        self._stage = _STARTING
        self._current: Ticket | None = None
        self._numbers = count(1)
        self._thread = threading.Thread(target=self._drive, name=f"worker-{self.device}", daemon=True)
        self._thread.start()

    def ask(self, function: str, arguments: Packed, *, visitor: str, topic: str, seconds: float) -> Ticket:
        """Put a request in line. Raises: EngineClosed, TooManyRequests."""
        ticket = Ticket(self, function, arguments, visitor, topic, seconds)
        with self._changed:
            if self._closed:
                raise EngineClosed("The engine has been closed and answers nothing any more.")
            replaced = self._line.add(ticket, visitor, topic)
            self._changed.notify_all()
        if replaced is not None:
            replaced.move(TicketState.REPLACED)
        return ticket

    def ahead(self, ticket: Ticket) -> int | None:
        """The number of requests that are answered before this one, the running one included."""
        with self._changed:
            ahead = self._line.ahead(ticket)
            return None if ahead is None else ahead + 1

    def stage(self) -> str:
        """What has to happen before the worker can answer; "" when it is ready."""
        if self._ready is not None:
            return ""
        module = self._launcher.importing
        return _loading(module) if module else self._stage

    def cancel(self, ticket: Ticket) -> None:
        """Take a waiting ticket out of the line."""
        with self._changed:
            self._line.discard(ticket)

    def status(self) -> WorkerStatus:
        """The worker now."""
        with self._changed:
            ready = self._ready
            missing = ready.missing if ready is not None else ()
            pid = ready.pid if ready is not None else None
            busy = self._current is not None
            waiting = len(self._line)
        return WorkerStatus(
            self.device, ready is not None, self.stage(), self._info, missing, waiting, busy, pid
        )

    def close(self) -> None:
        """Answer nothing more: everything that waits or runs fails with a sentence. Returns at once."""
        with self._changed:
            self._closed = True
            child = self._child
            self._changed.notify_all()
        for ticket in self._empty():
            ticket.move(TicketState.FAILED, failure=_CLOSED)
        if child is not None:
            child.channel.shut()

    def join(self, seconds: float) -> None:
        """Wait for the driving thread after `close`."""
        self._thread.join(seconds)

    # The driving thread

    def _drive(self) -> None:
        try:
            while self._keep_ready():
                ticket = self._next()
                if ticket is not None:
                    self._serve(ticket)
        except EngineClosed:
            _log.debug("The worker for %s ends with its engine.", self.device)
        finally:
            self._drop_child()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _keep_ready(self) -> bool:
        """Have a process that answers; False when the worker is closed."""
        failures = 0
        while not self._closed:
            if self._ready is not None and self._child is not None and not self._child.ended:
                return True
            self._drop_child()
            if self._launch():
                return True
            failures += 1
            if failures >= _ATTEMPTS and not self._closed:
                self._give_up_waiting()
                failures = 0
        return False

    def _launch(self) -> bool:
        """Start a process and wait until it takes questions; returns whether it does."""
        self._stage = _STARTING
        try:
            child = self._launcher.launch(self._wake)
        except OSError as error:
            _log.warning("A worker for %s could not be started: %s.", self.device, error)
            return False
        with self._changed:
            self._child = child
            if self._closed:
                return False
        try:
            child.channel.send(self._begin)
            ready = self._await_ready(child, time.monotonic() + _START_SECONDS)
        except (ChannelClosed, TimeoutError):
            if not self._closed:
                _log.warning("A worker for %s did not start: %s.", self.device, child.finish(1.0).reason())
            return False
        with self._changed:
            self._ready = ready
            self._info = ready.device or self._info
        return True

    def _await_ready(self, child: Child, deadline: float) -> Ready:
        while True:
            message = child.channel.receive(deadline)
            if isinstance(message, Ready):
                return message
            if isinstance(message, Importing):
                self._stage = _loading(message.module)

    def _give_up_waiting(self) -> None:
        """Tell everybody who waits that no worker starts, and try again when the next one asks."""
        sentence = "The worker does not start, so nothing can be computed; the server's log says why."
        for ticket in self._empty():
            ticket.move(TicketState.FAILED, failure=Failure("ProcessEnded", sentence))
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._line) > 0)

    def _empty(self) -> list[Ticket]:
        """Take out everything that waits or runs."""
        with self._changed:
            running = [] if self._current is None else [self._current]
            self._current = None
            return [*running, *self._line.clear()]

    def _drop_child(self) -> None:
        with self._changed:
            child, self._child, self._ready = self._child, None, None
        if child is not None:
            child.finish()

    def _next(self) -> Ticket | None:
        """The next ticket, waited for; None when the process has ended or the worker is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._line) > 0 or self._child_ended())
            if self._closed or self._child_ended():
                return None
            self._current = self._line.take()
            return self._current

    def _child_ended(self) -> bool:
        return self._child is None or self._child.ended

    def _serve(self, ticket: Ticket) -> None:
        """Have one ticket answered; a question that no process took up is put to the next process."""
        try:
            for _ in range(_ATTEMPTS):
                child, arguments = self._child, ticket.arguments
                if child is None or arguments is None or self._ask_child(child, ticket, arguments):
                    return
                if not self._keep_ready():
                    return
            ticket.move(TicketState.FAILED, failure=_lost("it ended several times before it could begin"))
        finally:
            with self._changed:
                self._current = None

    def _ask_child(self, child: Child, ticket: Ticket, arguments: Packed) -> bool:
        """Ask the process; False when it had ended before it took up the question."""
        number = next(self._numbers)
        deadline = time.monotonic() + ticket.seconds
        try:
            child.channel.send(Question(number, ticket.function, arguments))
            self._take(ticket, self._await_answer(child, ticket, number, deadline))
        except TimeoutError:
            ticket.move(TicketState.FAILED, failure=_too_slow(ticket.seconds))
            self._drop_child()
        except ChannelClosed:
            reason = child.finish(1.0).reason()
            self._drop_child()
            if ticket.state is TicketState.WAITING:
                return False
            ticket.move(TicketState.FAILED, failure=_lost(reason))
        return True

    def _await_answer(self, child: Child, ticket: Ticket, number: int, deadline: float) -> Answer | Failed:
        while True:
            message = child.channel.receive(deadline)
            if isinstance(message, Started):
                ticket.move(TicketState.RUNNING)
            elif isinstance(message, Note):
                ticket.note(message.sentence)
            elif isinstance(message, Answer | Failed) and message.number == number:
                return message

    def _take(self, ticket: Ticket, message: Answer | Failed) -> None:
        if isinstance(message, Failed):
            log_failure(ticket.function, message.failure)
            ticket.move(TicketState.FAILED, failure=message.failure)
            return
        try:
            value: Any = message.value.unpack()
        except Unreadable as error:
            ticket.move(TicketState.FAILED, failure=_unreadable(ticket.function, error))
            return
        ticket.move(TicketState.DONE, answer=value)


def _loading(module: str) -> str:
    """What a visitor reads while a module is imported; our own modules mean nothing to them."""
    library, own = module.partition(".")[0], __name__.partition(".")[0]
    return _STARTING if library == own else f"Loading {library} in the worker…"


def _too_slow(seconds: float) -> Failure:
    return Failure("TimeLimit", f"This took longer than the limit of {seconds:g} seconds and was stopped.")


def _lost(reason: str) -> Failure:
    return Failure(
        "ProcessEnded",
        f"The worker was lost while it answered: {reason}. A new one is starting; please ask again.",
    )


def _unreadable(function: str, error: Unreadable) -> Failure:
    return Failure("Unreadable", f"The answer of “{function}” cannot be used here: {error}.")
