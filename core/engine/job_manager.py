"""Starts jobs, follows them, stops them, and keeps the finished ones for a while."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from core.engine.errors import EngineClosed, Failure, TooManyJobs, UnknownJob
from core.engine.failures import log_failure
from core.engine.jobs import EventLimits, Job, JobState
from core.engine.launcher import Child, Launcher
from core.engine.messages import (
    Begin,
    Cancel,
    ChannelClosed,
    End,
    Event,
    Failed,
    Note,
    Packed,
    Run,
    Started,
    Unreadable,
)
from core.engine.settings import Settings

KEPT_SECONDS = 3600.0  # how long a finished job can be looked at
MOST_WAITING = 32  # jobs of all visitors together; a stranger may come back under any number of names
_GRACE = 1.0  # seconds that a cancelled experiment gets to close its generator
_NOT_STARTED = Failure("ProcessEnded", "No process could be started for the job; the server's log says why.")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Entry:
    job: Job
    arguments: Packed
    settings: Settings


class Jobs:
    """All jobs of an engine: a few run, each in a process of its own, the others wait in order."""

    def __init__(
        self, launcher: Launcher, settings: Settings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._launcher = launcher
        self._settings = settings
        self._clock = clock
        self._lock = threading.RLock()
        self._closed = False
        self._jobs: dict[str, Job] = {}
        self._over_since: dict[str, float] = {}  # by id, in the order in which the jobs ended
        self._waiting: deque[_Entry] = deque()
        self._running: dict[str, Child | None] = {}  # None until the process has been asked for

    def start(
        self, experiment: str, arguments: Packed, *, visitor: str, title: str, settings: Settings
    ) -> Job:
        """Start the job, or put it in line; it computes as `settings` say.

        Visitor "" is the program itself, which has no limit of its own.

        Raises: TooManyJobs, EngineClosed.
        """
        limits = EventLimits(self._settings.job_events, int(self._settings.job_event_bytes))
        with self._lock:
            if self._closed:
                raise EngineClosed("The engine has been closed and starts no job any more.")
            self._forget_old()
            self._check_limit(visitor)
            job = Job(experiment, title=title, visitor=visitor, limits=limits, stop=self._stop)
            self._jobs[job.id] = job
            self._waiting.append(_Entry(job, arguments, settings))
            self._fill()
        return job

    def get(self, job_id: str) -> Job:
        """The job with this id. Raises: UnknownJob."""
        with self._lock:
            self._forget_old()
            if job_id not in self._jobs:
                raise UnknownJob("This job is not kept here any more: start it again.")
            return self._jobs[job_id]

    def of(self, visitor: str | None = None) -> tuple[Job, ...]:
        """The jobs of one visitor, or all of them, oldest first."""
        with self._lock:
            self._forget_old()
            return tuple(job for job in self._jobs.values() if visitor is None or job.visitor == visitor)

    def counts(self) -> tuple[int, int]:
        """How many jobs occupy a process, and how many wait for one."""
        with self._lock:
            return len(self._running), len(self._waiting)

    def close(self) -> None:
        """Cancel every job; returns at once."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            jobs, children = list(self._jobs.values()), list(self._running.values())
        for job in jobs:
            job.move(JobState.CANCELLED)
        for child in children:
            if child is not None:
                child.channel.shut()

    def _check_limit(self, visitor: str) -> None:
        limit = self._settings.jobs_per_visitor
        unfinished = sum(not job.state.over for job in self._jobs.values() if job.visitor == visitor)
        if visitor and unfinished >= limit:
            jobs = "1 job of yours is" if limit == 1 else f"{limit} jobs of yours are"
            raise TooManyJobs(f"{jobs} unfinished, which is the limit: cancel one or wait until it ends.")
        if visitor and len(self._waiting) >= MOST_WAITING:
            raise TooManyJobs(
                f"{MOST_WAITING} jobs of all visitors are waiting here, which is the limit: try again later."
            )

    def _forget_old(self) -> None:
        """Drop finished jobs that are too old or too many; every job that is over has its time noted here."""
        now = self._clock()
        for job in self._jobs.values():
            if job.state.over:
                self._over_since.setdefault(job.id, now)
        surplus = len(self._over_since) - self._settings.jobs_kept
        for position, (job_id, since) in enumerate(list(self._over_since.items())):
            if position < surplus or now - since >= KEPT_SECONDS:
                del self._over_since[job_id]
                del self._jobs[job_id]

    def _fill(self) -> None:
        """Run waiting jobs while there is room for them."""
        while self._waiting and len(self._running) < self._settings.jobs_at_once and not self._closed:
            entry = self._waiting.popleft()
            self._running[entry.job.id] = None
            threading.Thread(target=self._drive, args=(entry,), name="job", daemon=True).start()

    def _stop(self, job: Job) -> None:
        """Free what a cancelled job occupies: its place in line, or its process after `_GRACE`."""
        with self._lock:
            self._waiting = deque(entry for entry in self._waiting if entry.job is not job)
            child = self._running.get(job.id)
            self._forget_old()
        if child is None:
            return
        try:
            child.channel.send(Cancel())
        except ChannelClosed:
            return  # the process is ending already
        timer = threading.Timer(_GRACE, child.kill_and_shut)
        timer.daemon = True
        timer.start()

    # The thread of one job

    def _drive(self, entry: _Entry) -> None:
        child: Child | None = None
        try:
            child = self._launcher.launch(lambda: None)
            with self._lock:
                self._running[entry.job.id] = child
            if not entry.job.state.over:
                self._follow(entry, child)
        except EngineClosed:
            entry.job.move(JobState.CANCELLED)
        except OSError as error:
            _log.warning("A job could not be started: %s.", error)
            entry.job.move(JobState.FAILED, failure=_NOT_STARTED)
        finally:
            if child is not None:
                child.finish(_GRACE if entry.job.state is JobState.DONE else 0.0)
            with self._lock:
                del self._running[entry.job.id]
                self._forget_old()
                self._fill()

    def _follow(self, entry: _Entry, child: Child) -> None:
        """Take what the process sends until it is over."""
        job, deadline = entry.job, time.monotonic() + self._settings.job_seconds
        try:
            child.channel.send(Begin(entry.settings, ()))
            child.channel.send(Run(job.experiment, entry.arguments))
            while self._take(job, child.channel.receive(deadline)):
                pass
        except TimeoutError:
            job.move(JobState.FAILED, failure=_too_long(self._settings.job_seconds))
        except ChannelClosed:
            if not job.state.over:
                job.move(JobState.FAILED, failure=_lost(child.finish(1.0).reason()))

    def _take(self, job: Job, message: object) -> bool:
        """Act on one message; False when it was the last."""
        if isinstance(message, Started):
            job.move(JobState.RUNNING, pid=message.pid)
        elif isinstance(message, Event):
            return self._keep(job, message.value)
        elif isinstance(message, Note):
            job.set_note(message.sentence)
        elif isinstance(message, Failed):
            log_failure(job.experiment, message.failure)
            job.move(JobState.FAILED, failure=message.failure)
        elif isinstance(message, End):
            job.move(JobState.DONE)
        return not isinstance(message, Failed | End)

    def _keep(self, job: Job, event: Packed) -> bool:
        try:
            if job.add(event.unpack(), event.nbytes):
                return True
            failure = _too_much(self._settings)
        except Unreadable as error:
            failure = Failure("Unreadable", f"An event of “{job.experiment}” cannot be used here: {error}.")
        return not job.move(JobState.FAILED, failure=failure)


def _too_long(seconds: float) -> Failure:
    return Failure("TimeLimit", f"The job took longer than the limit of {seconds:g} seconds and was stopped.")


def _lost(reason: str) -> Failure:
    return Failure("ProcessEnded", f"The job's process was lost: {reason}. Start it again, perhaps smaller.")


def _too_much(settings: Settings) -> Failure:
    size = settings.job_event_bytes.human_readable(decimal=True, separator=" ")
    sentence = (
        f"The job yielded more than the limit of {settings.job_events} events or {size} and was stopped."
    )
    return Failure("TooManyEvents", sentence)
