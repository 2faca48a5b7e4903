"""Experiments in real processes of their own."""

import os
import signal
import threading
import time
from collections import Counter

import numpy as np
import pytest

from core.engine import Engine, JobState
from core.engine.errors import (
    EngineClosed,
    JobCancelled,
    JobFailed,
    Refused,
    TooManyJobs,
    UnknownFunction,
    UnknownJob,
)
from core.engine.job_manager import KEPT_SECONDS, Jobs
from core.engine.messages import pack_copy
from core.engine.settings import Settings
from tests.engine import functions
from tests.engine.conftest import FUNCTIONS, is_gone, quick_engine, wait_until

SECONDS = 20
CONTRACT = 2.0  # seconds within which a cancelled job has freed its process


def idle(engine):
    """Wait until no job occupies a process, so that tests do not meet each other's."""
    wait_until(lambda: engine.status().jobs_running == 0)


@pytest.fixture(autouse=True)
def _idle_after(request):
    yield
    for name in ("engine", "forking_engine"):
        if name in request.fixturenames:
            idle(request.getfixturevalue(name))


def test_events_arrive_in_order_and_the_result_is_all_of_them(engine):
    job = engine.start(functions.count_up, 50)
    assert job.wait(SECONDS)
    assert job.state is JobState.DONE
    assert [event.number for event in job.events()] == list(range(50))
    assert job.result() == job.events()
    assert job.events(48) == job.events()[48:]
    assert job.asked <= job.started <= job.ended
    assert job.error == ""
    wait_until(lambda: is_gone(job.pid))


def test_events_are_there_while_the_job_runs(engine, tmp_path):
    job = engine.start(f"{FUNCTIONS}:gated", str(tmp_path / "gate"))
    wait_until(lambda: len(job.events()) == 1)
    assert job.state is JobState.RUNNING
    (tmp_path / "gate").touch()
    assert job.wait(SECONDS)
    assert [event.number for event in job.result()] == [0, 1]


def test_arrays_in_events(engine):
    job = engine.start(functions.arrays, 3, 100_000)
    assert job.wait(SECONDS)
    for number, event in enumerate(job.result()):
        np.testing.assert_array_equal(event.values, np.full(100_000, number, dtype=np.float32))


def test_a_job_has_a_process_of_its_own(engine, tmp_path):
    job = engine.start(functions.gated, str(tmp_path / "gate"))
    wait_until(lambda: job.state is JobState.RUNNING)
    question = engine.ask(functions.pid, visitor="ann")
    assert question.wait(SECONDS)
    assert question.result() not in (job.pid, os.getpid())
    (tmp_path / "gate").touch()
    assert job.wait(SECONDS)


def test_a_cancelled_job_closes_its_generator_and_frees_its_process(engine, tmp_path):
    job = engine.start(functions.count_forever, str(tmp_path / "closed"))
    wait_until(lambda: len(job.events()) > 2)
    job.cancel()
    assert job.state is JobState.CANCELLED
    wait_until(lambda: is_gone(job.pid), CONTRACT)
    assert (tmp_path / "closed").read_text() == "closed"
    seen = len(job.events())
    idle(engine)
    assert len(job.events()) == seen
    with pytest.raises(JobCancelled):
        job.result()


def test_a_job_that_does_not_listen_is_killed_within_two_seconds(engine, tmp_path):
    job = engine.start(functions.job_with_grandchild, str(tmp_path / "pid"))
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    grandchild = int((tmp_path / "pid").read_text())
    job.cancel()
    wait_until(lambda: is_gone(job.pid) and is_gone(grandchild), CONTRACT)
    assert job.state is JobState.CANCELLED
    wait_until(lambda: engine.status().jobs_running == 0, CONTRACT)


def test_errors_by_kind(engine, caplog):
    refused = engine.start(functions.fail_after, 2)
    crashed = engine.start(functions.crash_after, 2)
    for job in (refused, crashed):
        assert job.wait(SECONDS)
        assert job.state is JobState.FAILED
        assert len(job.events()) == 2
    assert refused.error == "stopped after 2 steps"
    with pytest.raises(JobFailed, match="stopped after 2 steps"):
        refused.result()
    assert "Something went wrong" in crashed.error
    assert "a fault of the programmer" in caplog.text
    assert crashed.failure.reference in caplog.text
    with pytest.raises(JobFailed) as caught:
        crashed.result()
    assert "a fault of the programmer" in str(caught.value.__cause__)


def test_a_killed_job_fails_with_a_sentence(engine):
    job = engine.start(functions.stubborn)
    wait_until(lambda: len(job.events()) == 1)
    os.kill(job.pid, signal.SIGKILL)
    assert job.wait(SECONDS)
    assert job.state is JobState.FAILED
    assert "SIGKILL" in job.error
    assert "memory" in job.error
    with pytest.raises(JobFailed, match="lost"):
        job.result()
    own = engine.start(functions.die_after, 1)
    assert own.wait(SECONDS)
    assert "SIGKILL" in own.error


@pytest.mark.parametrize(
    ("experiment", "args", "words"),
    [
        ("echo", (1,), "returned tuple, not a generator"),
        ("nothing", (), "no function “nothing”"),
        ("yields_lock", (), "lock"),
    ],
)
def test_what_is_no_experiment_says_so(forking_engine, experiment, args, words):
    job = forking_engine.start(f"{FUNCTIONS}:{experiment}", *args)
    assert job.wait(SECONDS)
    assert job.state is JobState.FAILED
    assert words in job.error


def test_names_and_arguments_are_checked(forking_engine):
    with pytest.raises(UnknownFunction):
        forking_engine.start("count_up")
    with pytest.raises(UnknownFunction, match="top of an importable module"):
        forking_engine.start(lambda: iter(()))
    with pytest.raises(Refused, match="cannot be sent"):
        forking_engine.start(functions.count_up, threading.Lock())
    with pytest.raises(Refused, match="“toaster”"):
        forking_engine.start(functions.count_up, 1, device="toaster")


def test_notes_are_heard(forking_engine, tmp_path):
    job = forking_engine.start(functions.notes, str(tmp_path / "gate"), title="Depth", visitor="ann")
    wait_until(lambda: job.note == "Making the data…")
    (tmp_path / "gate").touch()
    assert job.wait(SECONDS)
    assert job.snapshot().title == "Depth"


def test_any_page_finds_the_job_by_its_id(forking_engine):
    job = forking_engine.start(functions.count_up, 1, visitor="finder")
    assert forking_engine.job(job.id) is job
    assert [found.id for found in forking_engine.jobs("finder")] == [job.id]
    assert job.id in [found.id for found in forking_engine.jobs()]
    assert forking_engine.jobs("somebody else") == ()
    with pytest.raises(UnknownJob, match="start it again"):
        forking_engine.job("guess")
    assert job.wait(SECONDS)


def test_limits_of_a_visitor_and_of_the_engine(tmp_path):
    with quick_engine(jobs_per_visitor=2, jobs_at_once=2) as engine:
        gate = str(tmp_path / "gate")
        running = [engine.start(functions.gated, gate, visitor="ann") for _ in range(2)]
        with pytest.raises(TooManyJobs, match="2 jobs of yours are unfinished"):
            engine.start(functions.gated, gate, visitor="ann")
        queued = [engine.start(functions.gated, gate, visitor="bob") for _ in range(2)]
        wait_until(lambda: all(job.state is JobState.RUNNING for job in running))
        assert [job.state for job in queued] == [JobState.QUEUED] * 2
        assert (engine.status().jobs_running, engine.status().jobs_waiting) == (2, 2)
        queued[1].cancel()
        assert engine.status().jobs_waiting == 1
        (tmp_path / "gate").touch()
        assert all(job.wait(SECONDS) for job in (*running, *queued))
        states = Counter(job.state for job in (*running, *queued))
        assert states == {JobState.DONE: 3, JobState.CANCELLED: 1}
        assert engine.start(functions.count_up, 1, visitor="ann").wait(SECONDS)


def test_a_stranger_under_many_names_cannot_fill_the_line(tmp_path, monkeypatch):
    monkeypatch.setattr("core.engine.job_manager.MOST_WAITING", 3)
    with quick_engine(jobs_per_visitor=1, jobs_at_once=1) as engine:
        gate = str(tmp_path / "gate")
        jobs = [engine.start(functions.gated, gate, visitor=f"name {i}") for i in range(4)]
        with pytest.raises(TooManyJobs, match="3 jobs of all visitors are waiting"):
            engine.start(functions.gated, gate, visitor="another name")
        jobs[-1].cancel()
        engine.start(functions.gated, gate, visitor="another name").cancel()
        engine.start(functions.gated, gate).cancel()


@pytest.mark.slow
def test_the_program_itself_has_no_limit_of_its_own():
    with quick_engine(jobs_per_visitor=1, jobs_at_once=3) as engine:
        jobs = [engine.start(functions.count_up, 3) for _ in range(6)]
        assert all(job.wait(SECONDS) for job in jobs)
        assert {job.state for job in jobs} == {JobState.DONE}


@pytest.mark.slow
def test_a_job_past_its_time_is_stopped():
    with quick_engine(job_seconds=1) as engine:
        job = engine.start(functions.stubborn)
        assert job.wait(SECONDS)
        assert "limit of 1 seconds" in job.error
        wait_until(lambda: engine.status().jobs_running == 0)
        assert job.pid is None or is_gone(job.pid)


@pytest.mark.slow
def test_a_job_that_yields_without_end_is_stopped():
    with quick_engine(job_events=20) as engine:
        job = engine.start(functions.count_forever)
        assert job.wait(SECONDS)
        assert "more than the limit of 20 events" in job.error
        assert len(job.events()) == 20
        wait_until(lambda: is_gone(job.pid))


@pytest.mark.slow
def test_a_cancelled_job_frees_its_place_even_before_its_process_has_started(tmp_path, monkeypatch):
    (tmp_path / "slow_module.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with Engine(Settings(start_method="fork"), preload=("slow_module",), later=()) as engine:
        job = engine.start(functions.count_up, 1)
        assert job.state is JobState.QUEUED
        job.cancel()
        wait_until(lambda: engine.status().jobs_running == 0, 5)
        assert job.state is JobState.CANCELLED


@pytest.mark.parametrize("method", ["fork", pytest.param("fresh", marks=pytest.mark.slow)])
def test_closing_the_engine_cancels_jobs(method, tmp_path):
    engine = quick_engine(start_method=method, jobs_at_once=1)
    running = engine.start(functions.gated, str(tmp_path / "never"))
    queued = engine.start(functions.count_up, 1)
    wait_until(lambda: running.state is JobState.RUNNING)
    begin = time.monotonic()
    engine.close()
    assert time.monotonic() - begin < 1
    assert running.state is queued.state is JobState.CANCELLED
    wait_until(lambda: is_gone(running.pid), CONTRACT)
    with pytest.raises(EngineClosed):
        engine.start(functions.count_up, 1)


class NoLauncher:
    """A launcher that is closed already: jobs end at once, without processes."""

    importing = ""

    def launch(self, on_end):
        raise EngineClosed("closed")

    def close(self):
        """Nothing to end."""


def test_finished_jobs_are_forgotten_by_number_and_age():
    now = [0.0]
    jobs = Jobs(NoLauncher(), Settings(jobs_kept=3), clock=lambda: now[0])

    def start():
        job = jobs.start("m:f", pack_copy(((), {})), visitor="ann", title="", settings=Settings())
        assert job.wait(SECONDS)
        wait_until(lambda: jobs.counts() == (0, 0))
        return job

    kept = [start() for _ in range(5)]
    assert jobs.of("ann") == tuple(kept[2:])
    with pytest.raises(UnknownJob):
        jobs.get(kept[0].id)
    now[0] = KEPT_SECONDS - 1
    assert jobs.get(kept[4].id) is kept[4]
    now[0] = KEPT_SECONDS
    assert jobs.of() == ()
