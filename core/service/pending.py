"""Answers that may still be on their way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from core.engine.errors import EngineError

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Pending(Protocol[T_co]):
    """An answer on its way: what a page may do with it."""

    @property
    def waiting_for(self) -> str:
        """One sentence on what is awaited; "" when nothing is."""

    def wait(self, seconds: float) -> bool:
        """Wait until the answer is there or known not to come, at most that long; returns whether it is."""

    def result(self) -> T_co:
        """The answer.

        Raises:
            NotReady: it is still on its way.
            RequestFailed: there will be none; its text is a sentence for the visitor.
        """


class Ready(Generic[T]):
    """An answer that was there already."""

    waiting_for = ""

    def __init__(self, value: T) -> None:
        self._value = value

    def wait(self, seconds: float) -> bool:
        """True at once."""
        return True

    def result(self) -> T:
        """The answer."""
        return self._value


class Declined:
    """A question that was not taken up at all."""

    def __init__(self, error: EngineError) -> None:
        self._error = error
        self.waiting_for = str(error)

    def wait(self, seconds: float) -> bool:
        """True at once."""
        return True

    def result(self) -> NoReturn:
        """Raises the error with which the question was declined."""
        raise self._error


class Then(Generic[T]):
    """An answer that is finished on the web side by one more step, done once."""

    def __init__(self, first: Pending[Any], step: Callable[[Any], T]) -> None:
        self._first = first
        self._step = step
        self._done: Ready[T] | None = None

    @property
    def waiting_for(self) -> str:
        """One sentence on what is awaited."""
        return self._first.waiting_for

    def wait(self, seconds: float) -> bool:
        """Wait for the worker, at most that long."""
        return self._first.wait(seconds)

    def result(self) -> T:
        """The worker's answer after the step; raises what the worker's answer raises."""
        if self._done is None:
            self._done = Ready(self._step(self._first.result()))
        return self._done.result()


class FirstOf:
    """Is there as soon as one of several answers is, so that a page can show what it has.

    Args:
        answers: at least one.
    """

    def __init__(self, answers: Sequence[Pending[object]]) -> None:
        self._answers = tuple(answers)

    @property
    def waiting_for(self) -> str:
        """What the first answer waits for."""
        return next(filter(None, (answer.waiting_for for answer in self._answers)), "")

    def wait(self, seconds: float) -> bool:
        """Wait until one of them is there, at most that long."""
        share = seconds / len(self._answers)
        return any(answer.wait(0) for answer in self._answers) or any(
            answer.wait(share) for answer in self._answers
        )

    def result(self) -> int:
        """How many of them are there."""
        return sum(answer.wait(0) for answer in self._answers)
