"""Questions to a real worker process."""

import logging
import os
import signal
import sys
import threading

import numpy as np
import pytest

from core.engine import JobState, TicketState
from core.engine.errors import (
    EngineClosed,
    Refused,
    RequestCancelled,
    RequestFailed,
    RequestReplaced,
    TooManyRequests,
    UnknownFunction,
)
from tests.engine import functions
from tests.engine.conftest import FUNCTIONS, is_gone, quick_engine, wait_until

SECONDS = 20


def answer(engine, function, *args, **options):
    """The answer of one of the functions, waited for."""
    ticket = engine.ask(f"{FUNCTIONS}:{function}", *args, visitor="ann", **options)
    assert ticket.wait(SECONDS)
    return ticket.result()


def failure(engine, function, *args, **options):
    """The failure of one of the functions, waited for."""
    with pytest.raises(RequestFailed) as caught:
        answer(engine, function, *args, **options)
    return caught.value.failure


@pytest.fixture
def gate(engine, tmp_path):
    """A request that keeps the worker busy until the file `gate` is made."""
    path = tmp_path / "gate"
    ticket = engine.ask(functions.wait_for, str(path), visitor="gatekeeper")
    wait_until(lambda: ticket.state is TicketState.RUNNING)
    yield path
    path.touch()
    assert ticket.wait(SECONDS)


def test_arguments_and_answers_come_through(engine):
    assert answer(engine, "echo", 1, "two", three=[3.0]) == ((1, "two"), {"three": [3.0]})
    assert answer(engine, "nap", 0) is None
    assert answer(engine, "pid") != os.getpid()


def test_a_function_may_be_given_itself(engine):
    ticket = engine.ask(functions.echo, 1, visitor="ann")
    assert ticket.wait(SECONDS)
    assert (ticket.result(), ticket.state) == (((1,), {}), TicketState.DONE)


def test_large_arrays_come_and_go(engine):
    got = answer(engine, "array", 2_000_000)
    np.testing.assert_array_equal(got["values"], np.arange(2_000_000))
    assert got["mask"].shape == (3, 4)
    assert answer(engine, "total", np.ones((1000, 1000), dtype=np.float32)) == 1e6


def test_one_process_answers_one_at_a_time_in_order(engine, tmp_path, gate):
    log = tmp_path / "log"
    for letter in "abcdef":
        last = engine.ask(functions.append, str(log), letter, 0.01, visitor=letter)
    gate.touch()
    assert last.wait(SECONDS)
    assert log.read_text() == "abcdef"


def test_places_in_line(engine, gate):
    tickets = [engine.ask(functions.echo, number, visitor=f"visitor {number}") for number in range(3)]
    assert [ticket.position for ticket in tickets] == [1, 2, 3]
    assert tickets[0].waiting_for == "1 request ahead…"
    assert tickets[2].waiting_for == "3 requests ahead…"
    assert engine.status().worker.waiting == 3
    tickets[1].cancel()
    assert [ticket.position for ticket in tickets] == [1, 0, 2]
    gate.touch()
    assert all(ticket.wait(SECONDS) for ticket in tickets)
    with pytest.raises(RequestCancelled):
        tickets[1].result()
    assert tickets[2].result() == ((2,), {})


def test_a_newer_request_takes_the_place_of_the_older(engine, tmp_path, gate):
    log = tmp_path / "log"
    older = engine.ask(functions.append, str(log), "older ", visitor="ann", topic="maps")
    other = engine.ask(functions.append, str(log), "other ", visitor="bob", topic="maps")
    another = engine.ask(functions.append, str(log), "graph ", visitor="ann", topic="graph")
    newer = engine.ask(functions.append, str(log), "newer ", visitor="ann", topic="maps")
    assert older.state is TicketState.REPLACED
    assert older.wait(0)
    with pytest.raises(RequestReplaced):
        older.result()
    gate.touch()
    assert all(ticket.wait(SECONDS) for ticket in (newer, other, another))
    assert log.read_text() == "newer other graph "


def test_a_running_request_is_not_replaced(engine, tmp_path):
    path = tmp_path / "gate"
    first = engine.ask(functions.wait_for, str(path), visitor="ann", topic="maps")
    wait_until(lambda: first.state is TicketState.RUNNING)
    second = engine.ask(functions.echo, visitor="ann", topic="maps")
    assert first.state is TicketState.RUNNING
    path.touch()
    assert second.wait(SECONDS)
    assert first.state is second.state is TicketState.DONE


def test_a_cancelled_request_that_runs_keeps_its_answer_to_itself(engine, tmp_path):
    path = tmp_path / "gate"
    ticket = engine.ask(functions.wait_for, str(path), visitor="ann")
    wait_until(lambda: ticket.state is TicketState.RUNNING)
    ticket.cancel()
    assert ticket.state is TicketState.CANCELLED
    path.touch()
    assert answer(engine, "echo") == ((), {})
    with pytest.raises(RequestCancelled):
        ticket.result()


def test_progress_is_heard(engine, tmp_path):
    path = tmp_path / "gate"
    ticket = engine.ask(functions.gate_and_say, str(path), "Downloading weights: 1 of 9 MB", visitor="ann")
    wait_until(lambda: ticket.waiting_for == "Downloading weights: 1 of 9 MB")
    path.touch()
    assert ticket.wait(SECONDS)


@pytest.mark.parametrize("function", ["refuse", "raise_for_visitors"])
def test_sentences_for_visitors_are_shown(engine, function):
    failed = failure(engine, function, "Choose a smaller picture.")
    assert failed.sentence == "Choose a smaller picture."
    assert failed.expected


def test_other_errors_are_logged_under_an_id(engine, caplog):
    with caplog.at_level(logging.ERROR):
        failed = failure(engine, "divide", 1, 0)
    assert (failed.kind, failed.expected) == ("ZeroDivisionError", False)
    assert failed.reference in failed.sentence
    assert failed.reference in caplog.text
    assert "return left / right" in caplog.text


def test_the_remote_traceback_is_the_cause(engine):
    with pytest.raises(RequestFailed) as caught:
        answer(engine, "divide", 1, 0)
    assert "return left / right" in str(caught.value.__cause__)


def test_a_function_that_exits_does_not_take_the_worker_along(engine):
    before = answer(engine, "pid")
    assert failure(engine, "system_exit").kind == "SystemExit"
    assert failure(engine, "exhaust").kind == "OutOfMemory"
    assert answer(engine, "pid") == before


def test_an_answer_that_cannot_leave_says_so(engine):
    assert "lock, cannot leave its process" in failure(engine, "unpicklable").sentence


def test_names_and_arguments_are_checked(engine):
    with pytest.raises(UnknownFunction, match="“echo” is not the name"):
        engine.ask("echo", visitor="ann")
    with pytest.raises(Refused, match=r"arguments of .*echo.* cannot be sent.*lock"):
        engine.ask(functions.echo, threading.Lock(), visitor="ann")
    with pytest.raises(Refused, match="“toaster” is not a device"):
        engine.ask(functions.echo, visitor="ann", device="toaster")
    assert "has no function “nothing”" in failure(engine, "nothing").sentence


def test_a_request_past_its_time_is_stopped_and_the_others_are_answered(engine):
    before = answer(engine, "pid")
    slow = engine.ask(functions.nap, 600, visitor="ann", seconds=0.2)
    after = engine.ask(functions.pid, visitor="bob")
    assert slow.wait(SECONDS)
    with pytest.raises(RequestFailed, match=r"limit of 0\.2 seconds"):
        slow.result()
    assert after.wait(SECONDS)
    assert after.result() != before
    wait_until(lambda: is_gone(before))


def test_a_killed_worker_fails_its_request_and_a_new_one_answers_the_others(engine):
    running = engine.ask(functions.nap, 600, visitor="ann")
    wait_until(lambda: running.state is TicketState.RUNNING)
    waiting = engine.ask(functions.pid, visitor="bob")
    killed = engine.status().worker.pid
    os.kill(killed, signal.SIGKILL)
    assert running.wait(SECONDS)
    with pytest.raises(RequestFailed, match=r"worker was lost.*SIGKILL.*ask again"):
        running.result()
    assert waiting.wait(SECONDS)
    assert waiting.result() != killed


def test_a_worker_killed_while_idle_costs_no_request(engine):
    for _ in range(3):
        answer(engine, "echo")
        os.kill(engine.status().worker.pid, signal.SIGKILL)
        assert answer(engine, "echo", 1) == ((1,), {})


@pytest.mark.parametrize(
    ("function", "argument", "words"),
    [("die", signal.SIGSEGV, "SIGSEGV"), ("leave", 7, "exit code 7")],
)
def test_a_worker_that_crashes_says_how(engine, function, argument, words):
    failed = failure(engine, function, argument)
    assert failed.kind == "ProcessEnded"
    assert words in failed.sentence
    assert answer(engine, "echo") == ((), {})


def test_twenty_visitors_at_once_get_their_own_answers(engine):
    wrong = []

    def visit(name: str) -> None:
        for number in range(10):
            ticket = engine.ask(functions.echo, name, number, visitor=name, topic="maps")
            if not ticket.wait(SECONDS) or ticket.result() != ((name, number), {}):
                wrong.append((name, number))

    threads = [threading.Thread(target=visit, args=(f"visitor {number}",)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.slow
def test_a_visitor_cannot_fill_the_line(tmp_path):
    with quick_engine(requests_waiting=2) as engine:
        path = tmp_path / "gate"
        first = engine.ask(functions.wait_for, str(path), visitor="ann")
        wait_until(lambda: first.state is TicketState.RUNNING)
        for _ in range(2):
            engine.ask(functions.echo, visitor="ann")
        with pytest.raises(TooManyRequests, match="2 questions of yours"):
            engine.ask(functions.echo, visitor="ann")
        other = engine.ask(functions.echo, visitor="bob")
        path.touch()
        assert other.wait(SECONDS)


@pytest.mark.slow
def test_the_worker_works_under_the_engines_settings():
    with quick_engine(device="cpu", threads=3) as engine:
        assert answer(engine, "device_setting") == "cpu"
        assert answer(engine, "environment", "OMP_NUM_THREADS") == "3"
        assert answer(engine, "device_setting", device="cuda:1") == "cuda:1"
        assert answer(engine, "pid", device="cuda:1") != answer(engine, "pid")
        status = engine.status()
        assert status.ready
        assert status.sentence == "Ready."
        assert [worker.device for worker in (status.worker, *status.others)] == ["cpu", "cuda:1"]
        for number in range(2, 8):
            engine.ask(functions.echo, visitor="ann", device=f"cuda:{number}")
        with pytest.raises(Refused, match="8 devices are in use"):
            engine.ask(functions.echo, visitor="ann", device="cuda:8")


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_a_worker_cannot_allocate_more_than_its_limit():
    with quick_engine(worker_memory_bytes=1_000_000_000) as engine:
        assert answer(engine, "allocate", 10_000_000) == 10_000_000
        assert failure(engine, "allocate", 2_000_000_000).kind == "OutOfMemory"
        assert answer(engine, "echo") == ((), {})


@pytest.mark.parametrize("method", ["fork", pytest.param("fresh", marks=pytest.mark.slow)])
def test_a_closed_engine_answers_nothing_and_says_so(method, tmp_path):
    engine = quick_engine(start_method=method)
    running = engine.ask(functions.wait_for, str(tmp_path / "never"), visitor="ann")
    waiting = engine.ask(functions.echo, visitor="ann")
    wait_until(lambda: running.state is TicketState.RUNNING)
    pid = engine.status().worker.pid
    engine.close()
    engine.close()
    for ticket in (running, waiting):
        assert ticket.wait(0)
        with pytest.raises(RequestFailed, match="shutting down"):
            ticket.result()
    with pytest.raises(EngineClosed):
        engine.ask(functions.echo, visitor="ann")
    assert engine.status().sentence == "The engine is closed."
    wait_until(lambda: is_gone(pid), 2)


@pytest.mark.slow
def test_missing_modules_are_reported_and_do_not_keep_the_worker_from_answering():
    from core.engine import Engine
    from core.engine.settings import Settings

    for method in ("fork", "fresh"):
        with Engine(Settings(start_method=method), preload=("no_such_module", "json"), later=()) as engine:
            assert answer(engine, "modules", "json") == [True]
            assert engine.status().worker.missing == ("no_such_module",)


@pytest.mark.slow
def test_the_page_hears_which_library_is_loaded(tmp_path, monkeypatch):
    from core.engine import Engine
    from core.engine.settings import Settings

    (tmp_path / "slow_library.py").write_text(
        "import pathlib, time\n"
        f"while not pathlib.Path({str(tmp_path / 'gate')!r}).exists(): time.sleep(0.01)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    for method in ("fork", "fresh"):
        (tmp_path / "gate").unlink(missing_ok=True)
        with Engine(Settings(start_method=method), preload=("slow_library",), later=()) as engine:
            ticket = engine.ask(functions.echo, visitor="ann")
            wait_until(lambda ticket=ticket: ticket.waiting_for == "Loading slow_library in the worker…")
            assert engine.status().sentence == "Loading slow_library in the worker…"
            assert not engine.status().ready
            (tmp_path / "gate").touch()
            assert ticket.wait(SECONDS)


@pytest.mark.slow
@pytest.mark.parametrize("python", ["/bin/false", "/no/such/python"])
@pytest.mark.parametrize("method", ["fork", "fresh"])
def test_a_worker_that_never_starts_is_no_endless_wait(monkeypatch, python, method):
    monkeypatch.setattr(sys, "executable", python)
    with quick_engine(start_method=method) as engine:
        ticket = engine.ask(functions.echo, visitor="ann")
        job = engine.start(functions.count_up, 1)
        assert ticket.wait(SECONDS)
        with pytest.raises(RequestFailed, match="does not start"):
            ticket.result()
        assert job.wait(SECONDS)
        assert job.state is JobState.FAILED
        assert "process" in job.error
        monkeypatch.undo()
        assert answer(engine, "echo") == ((), {})
