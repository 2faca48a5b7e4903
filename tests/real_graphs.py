"""Graphs of the catalogue's networks, traced once per run: whichever file and process asks first keeps it for all."""

from __future__ import annotations

import os
from functools import cache
from hashlib import sha256
from pathlib import Path

from core.architectures.building import build
from core.architectures.catalogue import get
from core.graph.records import Graph
from core.graph.store import dumps, loads
from core.graph.tracing import trace

FOLDER = "SKIPSCOPE_TEST_GRAPHS"


def graph_of(name: str) -> Graph:
    """The graph of a network of the catalogue at its own input size."""
    return graph_at(name, get(name).input_size)


@cache
def graph_at(name: str, size: tuple[int, ...]) -> Graph:
    """The graph of a network of the catalogue at an input size.

    The folder is this run's own (see conftest.py): no graph of an earlier run, of other code, is read.
    """
    file = Path(os.environ[FOLDER]) / f"{sha256(repr((name, size)).encode()).hexdigest()}.gz"
    if file.exists():
        return loads(file.read_bytes())
    made = trace(build(name, device="meta"), size)
    part = file.with_suffix(f".{os.getpid()}")
    part.write_bytes(dumps(made))
    part.replace(file)
    return made
