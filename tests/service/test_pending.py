"""Answers that are looked at together."""

import pytest

from core.engine.errors import EngineError
from core.service.pending import Declined, FirstOf, Ready


class Later:
    """An answer that is not there for the first few looks."""

    waiting_for = "Tracing"

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def wait(self, seconds: float) -> bool:
        self.looks -= 1
        return self.looks < 0

    def result(self) -> int:
        return 1


def test_one_of_them_is_enough():
    assert FirstOf((Later(100), Ready(1))).wait(0)
    assert FirstOf((Later(100), Ready(1))).result() == 1


def test_none_of_them_is_not():
    both = FirstOf((Later(100), Later(100)))
    assert not both.wait(0)
    assert both.waiting_for == "Tracing"


def test_it_is_there_once_one_is():
    both = FirstOf((Later(3), Later(100)))
    assert [both.wait(0) for _ in range(3)] == [False, True, True]


def test_an_answer_that_will_not_come_counts():
    declined = Declined(EngineError("No."))
    assert FirstOf((Later(100), declined)).wait(0)
    with pytest.raises(EngineError):
        declined.result()
