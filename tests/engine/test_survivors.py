"""No process outlives the server, however it ends; and what can be replaced is replaced."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from core.engine import JobState, TicketState
from tests.engine import functions
from tests.engine.conftest import is_gone, quick_engine, wait_until

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20

SIGNALS = ["SIGKILL", *(pytest.param(name, marks=pytest.mark.slow) for name in ("SIGTERM", "SIGINT"))]
METHODS = ["fork", pytest.param("fresh", marks=pytest.mark.slow)]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")


def start_server(*arguments: str, path: Path) -> tuple[subprocess.Popen, list[int]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(path)])}
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.server", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT,
    )  # fmt: skip
    return server, json.loads(server.stdout.readline())


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("method", METHODS)
def test_nothing_survives_a_server_at_work(method, name, tmp_path):
    number = signal.Signals[name]
    server, pids = start_server(method, str(tmp_path), "busy", path=tmp_path)
    with server:
        assert len(pids) == (5 if method == "fork" else 4)  # (zygote,) worker, two jobs, a job's own process
        assert not any(map(is_gone, pids))
        server.send_signal(number)
        wait_until(lambda: all(map(is_gone, pids)), 5)
        assert server.wait(5) in (-number, 130, 1)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_survives_a_server_killed_while_modules_are_imported(method, tmp_path):
    marker = tmp_path / "importing"
    (tmp_path / "slow_module.py").write_text(
        f"open({str(marker)!r}, 'w').close()\nimport time\ntime.sleep(600)\n"
    )
    server, pids = start_server(method, str(tmp_path), "importing", path=tmp_path)
    with server:
        assert len(pids) == 1
        server.kill()
        wait_until(lambda: all(map(is_gone, pids)), 5)


def zygotes() -> set[int]:
    """The process ids of all zygotes of this process."""
    children = psutil.Process().children()
    return {
        child.pid for child in children if not is_gone(child.pid) and "core.engine.zygote" in child.cmdline()
    }


def test_a_killed_zygote_takes_its_children_along_and_is_replaced():
    others = zygotes()
    with quick_engine(start_method="fork") as engine:
        running = engine.ask(functions.nap, 600, visitor="ann")
        job = engine.start(functions.count_forever)
        wait_until(lambda: running.state is TicketState.RUNNING and len(job.events()) > 0)
        waiting = engine.ask(functions.pid, visitor="bob")
        worker, (zygote,) = engine.status().worker.pid, zygotes() - others
        os.kill(zygote, signal.SIGKILL)
        assert running.wait(SECONDS)
        assert job.wait(SECONDS)
        assert "worker was lost" in running.waiting_for
        assert job.state is JobState.FAILED
        assert "process was lost" in job.error
        assert waiting.wait(SECONDS)
        assert waiting.state is TicketState.DONE
        assert is_gone(worker)
        assert is_gone(job.pid)
        assert len(zygotes() - others - {zygote}) == 1
        again = engine.start(functions.count_up, 3)
        assert again.wait(SECONDS)
        assert again.state is JobState.DONE


@pytest.mark.slow
def test_an_engine_made_in_a_thread_outlives_the_thread():
    made = []
    thread = threading.Thread(target=lambda: made.append(quick_engine(start_method="fork")))
    thread.start()
    thread.join()
    with made[0] as engine:
        for _ in range(2):
            ticket = engine.ask(functions.pid, visitor="ann")
            assert ticket.wait(SECONDS)
            assert not is_gone(ticket.result())


def test_a_closed_engine_leaves_no_process_and_no_thread():
    threads = set(threading.enumerate())
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with quick_engine(start_method="fork") as engine:
        job = engine.start(functions.count_forever)
        wait_until(lambda: len(job.events()) > 0)
        during = {child.pid for child in psutil.Process().children(recursive=True)} - before
        assert len(during) == 3
    assert all(map(is_gone, during))
    wait_until(lambda: not (set(threading.enumerate()) - threads), 5)


@pytest.mark.slow
def test_the_job_children_of_a_crashed_job_end_with_it(tmp_path):
    with quick_engine(start_method="fork") as engine:
        job = engine.start(functions.job_with_grandchild, str(tmp_path / "pid"))
        wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
        os.kill(job.pid, signal.SIGKILL)
        wait_until(lambda: is_gone(int((tmp_path / "pid").read_text())))
        assert job.wait(SECONDS)


def test_the_web_process_stays_light():
    code = """
import sys
import core.engine
assert not {"torch", "numpy", "pydantic"} & set(sys.modules), "importing the package imports nothing heavy"
from core.engine import get_engine, start
from core.engine import local
local.PRELOAD = ()
engine = core.engine.Engine(preload=(), later=())
ticket = engine.ask("tests.engine.functions:echo", 1, visitor="ann")
assert ticket.wait(20) and ticket.result() == ((1,), {})
assert not {"torch", "torchvision", "timm"} & set(sys.modules)
engine.close()
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True, timeout=60)


@pytest.mark.slow
def test_the_engine_of_a_process_is_one_and_ends_with_it():
    code = """
import sys
from core import engine
assert engine.get_engine() is engine.get_engine()
job = engine.start("tests.engine.functions:count_up", 3, title="Three")
assert job.wait(60), job.state
assert [event.number for event in job.result()] == [0, 1, 2]
first = engine.get_engine()
engine.close()
assert engine.get_engine() is not first
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True, timeout=120)
