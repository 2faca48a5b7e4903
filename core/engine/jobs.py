"""A job: an experiment that runs in a process of its own, watched from any page."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.engine.errors import EngineError, Failure, JobCancelled, JobFailed, NotReady
from core.engine.states import State


class JobState(State):
    """Where a job stands. Its transitions, and no others:

    QUEUED → RUNNING, CANCELLED, FAILED; RUNNING → DONE, CANCELLED, FAILED.

    CANCELLED is entered when the job is cancelled; its process may still run for up to a second.
    """

    QUEUED = "The job waits for its turn."
    RUNNING = "The job is running."
    DONE = "The job is finished."
    CANCELLED = "The job was cancelled."
    FAILED = "The job ended early."

    @property
    def followers(self) -> frozenset[JobState]:
        """The states that may come next; none when nothing changes any more."""
        return _NEXT.get(self, frozenset())


_NEXT = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.DONE, JobState.CANCELLED, JobState.FAILED}),
}


@dataclass(frozen=True, slots=True)
class JobSnapshot:
    """A job at one moment. events: how many there are; the times are in UTC."""

    id: str
    experiment: str
    title: str
    visitor: str
    state: JobState
    note: str
    error: str
    events: int
    asked: datetime
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class EventLimits:
    """How many events a job may yield, and how many bytes they may take together."""

    count: int
    nbytes: int


class Job:
    """One run of an experiment. Every method may be called from any thread; none but `wait` takes time."""

    def __init__(
        self, experiment: str, *, title: str, visitor: str, limits: EventLimits, stop: Callable[[Job], None]
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        self.experiment = experiment
        self.title = title or experiment.partition(":")[2]
        self.visitor = visitor
        self.asked = datetime.now(UTC)
        self._limits = limits
        self._stop = stop
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._state = JobState.QUEUED
        self._events: list[Any] = []
        self._nbytes = 0
        self._note = ""
        self._failure: Failure | None = None
        self._pid: int | None = None
        self._started: datetime | None = None
        self._ended: datetime | None = None

    @property
    def state(self) -> JobState:
        """Where the job stands now."""
        return self._state

    @property
    def error(self) -> str:
        """Why the job failed, in one sentence; "" unless it FAILED."""
        return self._failure.sentence if self._failure is not None else ""

    @property
    def failure(self) -> Failure | None:
        """What is known about the failure of a job that FAILED."""
        return self._failure

    @property
    def started(self) -> datetime | None:
        """When the experiment began to run (UTC), or None."""
        return self._started

    @property
    def ended(self) -> datetime | None:
        """When the job was over (UTC), or None."""
        return self._ended

    @property
    def note(self) -> str:
        """The last sentence that the experiment said about its progress."""
        return self._note

    @property
    def pid(self) -> int | None:
        """The number of the job's process, once it has one."""
        return self._pid

    def events(self, since: int = 0) -> tuple[Any, ...]:
        """What the experiment has yielded so far, from the event with index `since` on.

        Raises: ValueError for a negative index.
        """
        if since < 0:
            raise ValueError(f"Events are counted from 0, so {since} is no place to read from.")
        with self._lock:
            return tuple(self._events[since:])

    def result(self) -> tuple[Any, ...]:
        """All events of a job that is DONE.

        Raises: NotReady before the job is over; JobCancelled; JobFailed with the sentence for the visitor
        and the process's traceback as `__cause__`. Events that came before the end stay readable by
        `events`.
        """
        with self._lock:
            state, failure = self._state, self._failure
        if state is JobState.DONE:
            return self.events()
        if failure is not None:
            raise JobFailed(failure) from failure.cause()
        early: dict[JobState, type[EngineError]] = {JobState.CANCELLED: JobCancelled}
        raise early.get(state, NotReady)(state.sentence)

    def wait(self, seconds: float | None = None) -> bool:
        """Whether the job is over, waited for at most `seconds` (None: as long as it takes)."""
        return self._over.wait(seconds)

    def cancel(self) -> None:
        """End the job; nothing happens if it is over.

        Its generator is closed at its next event; if that takes more than a second, its process is killed.
        """
        if self.move(JobState.CANCELLED):
            self._stop(self)

    def snapshot(self) -> JobSnapshot:
        """The job now."""
        with self._lock:
            return JobSnapshot(
                self.id, self.experiment, self.title, self.visitor, self._state, self._note, self.error,
                len(self._events), self.asked, self._started, self._ended,
            )  # fmt: skip

    # For the manager of jobs alone

    def move(self, state: JobState, *, pid: int | None = None, failure: Failure | None = None) -> bool:
        """Go over to `state` if that is allowed; returns whether it was."""
        with self._lock:
            if not self._state.may_become(state):
                return False
            self._state, self._failure = state, failure
            if state is JobState.RUNNING:
                self._started, self._pid = datetime.now(UTC), pid
            if state.over:
                self._ended = datetime.now(UTC)
                self._over.set()
            return True

    def add(self, event: object, nbytes: int) -> bool:
        """Keep an event of a running job; False when the job has yielded more than is allowed."""
        with self._lock:
            if self._state is not JobState.RUNNING:
                return True
            if len(self._events) >= self._limits.count or self._nbytes + nbytes > self._limits.nbytes:
                return False
            self._events.append(event)
            self._nbytes += nbytes
            return True

    def set_note(self, sentence: str) -> None:
        """Keep what the experiment says about its progress."""
        self._note = sentence
