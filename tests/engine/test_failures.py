"""Which exceptions speak to visitors, and what they say."""

import logging

import pytest

from core.engine.device import DeviceUnavailable
from core.engine.errors import Failure, Refused
from core.engine.failures import describe, log_failure
from core.engine.messages import Unreadable
from core.engine.waiting_line import WaitingLine
from tests.engine import functions


def described(call, *args) -> Failure:
    with pytest.raises(BaseException) as caught:
        call(*args)
    return describe(caught.value)


@pytest.mark.parametrize("error", [Refused, DeviceUnavailable, functions.ForVisitors])
def test_sentences_written_for_visitors_are_shown(error):
    def fail():
        raise error("Choose another layer.")

    failure = described(fail)
    assert failure.sentence == "Choose another layer."
    assert failure.expected
    assert failure.kind == error.__name__
    assert "def fail" not in failure.sentence
    assert "Traceback" in failure.details


def test_a_value_or_lookup_error_raised_by_this_project_is_shown():
    failure = described(WaitingLine(1).take)  # a plain LookupError from a raise statement in core
    assert failure.sentence == "The line is empty: nothing can be taken from it."


@pytest.mark.parametrize(
    "call", [(int, "x"), ({}.__getitem__, "key"), (functions.divide, 1, 0), (next, iter(()))]
)
def test_errors_written_for_programmers_are_not_shown(call, caplog):
    failure = described(*call)
    assert not failure.expected
    assert "id " + failure.reference in failure.sentence
    with caplog.at_level(logging.ERROR):
        log_failure("some:function", failure)
    assert failure.reference in caplog.text
    assert "Traceback" in caplog.text


def test_an_expression_of_this_project_that_fails_is_not_shown():
    namespace: dict = {"__name__": "core.made_up"}
    exec(
        "def look_up():\n    return {}['layer9']\ndef refuse():\n    raise KeyError('No layer9 here.')",
        namespace,
    )
    assert not described(namespace["look_up"]).expected
    assert described(namespace["refuse"]).sentence == "No layer9 here."


def test_errors_of_the_engine_itself_are_not_shown():
    def fail():
        raise Unreadable("AttributeError: no such class")

    assert not described(fail).expected


def test_an_expected_error_without_words_is_not_shown_as_an_empty_line():
    def fail():
        raise Refused

    assert described(fail).sentence


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own."""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_memory_that_runs_out_gets_a_sentence_of_its_own(error):
    def fail():
        raise error

    failure = described(fail)
    assert failure.expected
    assert "not enough memory" in failure.sentence


def test_expected_failures_are_no_errors_in_the_log(caplog):
    with caplog.at_level(logging.WARNING):
        log_failure("some:function", Failure("Refused", "No."))
    assert not caplog.records


def test_the_cause_holds_the_remote_traceback():
    assert Failure("Refused", "No.").cause() is None
    assert "line 3" in str(Failure("Refused", "No.", "Traceback: line 3").cause())
