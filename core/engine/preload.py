"""Importing what workers need before anyone asks, and setting up a process for it."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.engine.device import cores
from core.engine.settings import Settings

_log = logging.getLogger(__name__)

_OOM_SCORE = "500"  # where memory runs out, the system should end a worker and not the web process


def import_all(modules: Iterable[str], report: Callable[[str], None]) -> tuple[str, ...]:
    """Import the modules in turn, telling `report` each name; returns those that could not be imported.

    A module that is missing or broken must not keep the others from working: what needs it says so when
    asked.
    """
    missing = []
    for module in modules:
        if module not in sys.modules:
            report(module)
        try:
            with _uncollected():
                importlib.import_module(module)
        except ImportError as error:
            _log.warning("The module %s is not there: %s", module, error)
            missing.append(module)
        except Exception:  # noqa: BLE001 - a broken module may raise anything, and it is logged
            _log.exception("The module %s could not be imported.", module)
            missing.append(module)
    return tuple(missing)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from running: imports leave little garbage, and torch's take an eighth less time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def freeze() -> None:
    """Take everything imported so far out of the garbage collector's sight: forks keep sharing it."""
    gc.collect()
    gc.freeze()


def set_threads(count: int) -> None:
    """Let torch compute with `count` threads, 0 for every core: now if it is imported, else once it is."""
    count = count or cores()
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(count)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)


def guard_memory(settings: Settings) -> None:
    """Bound what this process may allocate, and offer it to the system first when memory runs out (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    try:
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    except OSError as error:
        _log.debug("The out-of-memory score stays as it is: %s", error)
    if settings.worker_memory_bytes:
        import resource

        limit = int(settings.worker_memory_bytes)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
