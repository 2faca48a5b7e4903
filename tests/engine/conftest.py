"""Engines for the tests: real processes, without the wait for torch."""

import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from core.engine import Engine
from core.engine.settings import Settings

FUNCTIONS = "tests.engine.functions"


def wait_until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Return once `holds()`; fail when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.005)


def is_gone(pid: int) -> bool:
    """Whether no process with this number runs; one that only waits to be reaped has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def quick_engine(**settings: object) -> Engine:
    return Engine(Settings(**settings), preload=("numpy", FUNCTIONS), later=())


@pytest.fixture(scope="module", params=["fork", pytest.param("fresh", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """One engine for all tests of a module, once for each way of starting processes."""
    with quick_engine(start_method=request.param) as made:
        yield made


@pytest.fixture(scope="module")
def forking_engine() -> Iterator[Engine]:
    """One engine for all tests of a module that do not depend on the way of starting processes."""
    with quick_engine(start_method="fork") as made:
        yield made
