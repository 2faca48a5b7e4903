"""The engine of this machine: a worker for each device, and jobs beside them."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from core.engine.device import DeviceInfo, unavailable
from core.engine.errors import EngineClosed, Refused
from core.engine.job_manager import Jobs
from core.engine.jobs import Job, JobSnapshot
from core.engine.launcher import make_launcher
from core.engine.messages import Packed, Unreadable, pack_copy
from core.engine.names import dotted
from core.engine.settings import Settings
from core.engine.settings import settings as process_settings
from core.engine.ticket import Ticket
from core.engine.worker import Worker, WorkerStatus

PRELOAD = ("torch", "torchvision", "core.service.answers", "core.service.field_answers")
LATER = ("timm", "torch._dynamo")  # not needed for the first diagram; the first optimiser imports the latter

_MOST_WORKERS = 8  # each holds a process and its models


@dataclass(frozen=True, slots=True)
class Status:
    """The engine at one moment. worker: of the default device. others: of devices that were asked for."""

    closed: bool
    worker: WorkerStatus
    others: tuple[WorkerStatus, ...]
    jobs_running: int
    jobs_waiting: int

    @property
    def ready(self) -> bool:
        """Whether the default worker answers."""
        return self.worker.ready and not self.closed

    @property
    def sentence(self) -> str:
        """What the engine does, in one sentence."""
        if self.closed:
            return "The engine is closed."
        return self.worker.stage or ("Computing…" if self.worker.busy else "Ready.")

    @property
    def device(self) -> DeviceInfo | None:
        """The default device, once it is known."""
        return self.worker.info


class Engine:
    """Answers requests in worker processes and runs experiments in processes of their own.

    The default worker starts at once. `preload` names the modules that workers import before they answer,
    `later` those that are imported in an idle moment. Close it, or use it in a `with` statement: no process
    outlives it.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        preload: tuple[str, ...] = PRELOAD,
        later: tuple[str, ...] = LATER,
    ) -> None:
        self.settings = settings if settings is not None else process_settings()
        self._preload = preload
        self._lock = threading.Lock()
        self._closed = False
        self._launcher = make_launcher(self.settings.start_method, preload, later)
        self._jobs = Jobs(self._launcher, self.settings)
        self._workers = {self.settings.device: Worker(self._launcher, self.settings, preload)}

    def ask(
        self,
        function: str | Callable[..., Any],
        *args: object,
        visitor: str,
        topic: str = "",
        seconds: float | None = None,
        device: str | None = None,
        **kwargs: object,
    ) -> Ticket:
        """Have the worker call `function` ("package.module:function") with the arguments; returns at once.

        A newer request of the same visitor and topic takes the place of one that still waits. `seconds`
        limits the answer itself, not the waiting (by default as the settings say). `device` names another
        than the default device.

        Raises: UnknownFunction for a malformed name, Refused for arguments that cannot be sent,
        TooManyRequests, DeviceUnavailable, EngineClosed.
        """
        name = dotted(function)
        limit = self.settings.request_seconds if seconds is None else seconds
        worker = self._worker(device)
        arguments = _pack_arguments(name, args, kwargs)
        return worker.ask(name, arguments, visitor=visitor, topic=topic, seconds=limit)

    def start(
        self,
        experiment: str | Callable[..., Any],
        *args: object,
        visitor: str = "",
        title: str = "",
        device: str | None = None,
        **kwargs: object,
    ) -> Job:
        """Run an experiment (a generator function or its dotted name) in its own process; returns at once.

        Visitor "" is the program itself, which may have any number of jobs.

        Raises: UnknownFunction, Refused for arguments that cannot be sent, TooManyJobs, DeviceUnavailable,
        EngineClosed.
        """
        name = dotted(experiment)
        arguments = _pack_arguments(name, args, kwargs)
        return self._jobs.start(
            name, arguments, visitor=visitor, title=title, settings=self._settings_for(device)
        )

    def job(self, job_id: str) -> Job:
        """The job with this id, for any page that knows it. Raises: UnknownJob."""
        return self._jobs.get(job_id)

    def jobs(self, visitor: str | None = None) -> tuple[JobSnapshot, ...]:
        """Snapshots of one visitor's jobs, or of all, oldest first."""
        return tuple(job.snapshot() for job in self._jobs.of(visitor))

    def status(self) -> Status:
        """The engine now."""
        with self._lock:
            first, *others = self._workers.values()
            closed = self._closed
        running, waiting = self._jobs.counts()
        return Status(closed, first.status(), tuple(other.status() for other in others), running, waiting)

    def close(self) -> None:
        """End every process of the engine; whatever waits or runs ends with a sentence. Idempotent."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            workers = list(self._workers.values())
        for worker in workers:
            worker.close()
        self._jobs.close()
        self._launcher.close()
        for worker in workers:
            worker.join(0.2)

    def _worker(self, device: str | None) -> Worker:
        """The worker for a device; several names for the default device lead to the same worker."""
        chosen = self._settings_for(device)
        with self._lock:
            if self._closed:
                raise EngineClosed("The engine has been closed and answers nothing any more.")
            default = self._workers[self.settings.device]
            info = default.status().info
            if chosen.device == self.settings.device or (info is not None and chosen.device == info.name):
                return default
            if chosen.device not in self._workers:
                if len(self._workers) >= _MOST_WORKERS:
                    raise Refused(
                        f"{_MOST_WORKERS} devices are in use, which is the limit: choose one of them."
                    )
                self._workers[chosen.device] = Worker(self._launcher, chosen, self._preload)
            return self._workers[chosen.device]

    def _settings_for(self, device: str | None) -> Settings:
        """The settings with another device.

        Raises: Refused for a text that names no device; DeviceUnavailable, once the devices are known.
        """
        if device is None or device == self.settings.device:
            return self.settings
        name = "cuda:0" if device == "cuda" else device
        info = self._workers[self.settings.device].status().info
        if info is not None:
            name = info.choices[0][0] if name == "auto" else name
            if name not in dict(info.choices):
                raise unavailable(device, dict(info.choices))
        try:
            return Settings.model_validate({**self.settings.model_dump(), "device": name})
        except ValueError as error:
            raise Refused(f"“{device}” is not a device: choose auto, cpu, cuda, cuda:1 or mps.") from error

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _pack_arguments(name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> Packed:
    try:
        return pack_copy((args, kwargs))
    except Unreadable as error:
        raise Refused(f"The arguments of “{name}” cannot be sent to another process: {error}.") from error


_engine: Engine | None = None
_engine_lock = threading.Lock()


def get_engine() -> Engine:
    """The engine of this process, started at the first call and closed when the process ends."""
    global _engine
    with _engine_lock:
        if _engine is None:
            _engine = Engine()
            atexit.register(close)
        return _engine


def start(experiment: str | Callable[..., Any], *args: object, **kwargs: Any) -> Job:
    """Run an experiment on the engine of this process; see `Engine.start`."""
    return get_engine().start(experiment, *args, **kwargs)


def close() -> None:
    """Close the engine of this process, if there is one; the next `get_engine()` starts another."""
    global _engine
    with _engine_lock:
        engine, _engine = _engine, None
        atexit.unregister(close)
    if engine is not None:
        engine.close()
