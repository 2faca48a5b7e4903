"""What can go wrong between a page and the processes that work for it: one exception per failure.

Every message is one sentence that a visitor may read as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass


class EngineError(Exception):
    """The base of all errors of this package; its text is a sentence fit for a visitor."""

    for_visitors = True


class Refused(EngineError, ValueError):
    """A question that is declined before or while it is answered; the text says why and what to do.

    Functions that run in the worker may raise it (or any exception class with `for_visitors = True`)
    to have their sentence shown as it is.
    """


class NotReady(EngineError):
    """A result was read before it was there."""


class RequestReplaced(EngineError):
    """A newer request of the same visitor took this one's place while it waited."""


class RequestCancelled(EngineError):
    """The request was cancelled before its answer was used."""


class RequestFailed(EngineError):
    """The request ended without an answer; `failure` says why, `__cause__` is the worker's traceback."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


class JobCancelled(EngineError):
    """The job was cancelled, so it has no complete result."""


class JobFailed(EngineError):
    """The job ended early; `failure` says why, `__cause__` is the job's traceback."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


class TooManyRequests(EngineError):
    """A visitor has too many requests waiting."""


class TooManyJobs(EngineError):
    """A visitor has as many unfinished jobs as are allowed."""


class UnknownJob(EngineError, LookupError):
    """No job with this id is kept here."""


class UnknownFunction(EngineError, LookupError):
    """A dotted name leads to no function."""


class EngineClosed(EngineError):
    """The engine has been closed and takes nothing new."""


class RemoteError(Exception):
    """The traceback of an error in another process, as text; it serves as `__cause__`."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request or a job ended without a result.

    kind: the exception's class name, or "ProcessEnded", "TimeLimit", "Closed" for failures of the process.
    sentence: what a visitor reads. details: the traceback for the log ("" when there is none).
    expected: True when the sentence was written for visitors by the code that failed.
    reference: the id under which the log holds the details ("" when expected).
    """

    kind: str
    sentence: str
    details: str = ""
    expected: bool = True
    reference: str = ""

    def cause(self) -> RemoteError | None:
        """The remote traceback as an exception to chain from, or None when there is none."""
        return RemoteError(f"\n{self.details}") if self.details else None
