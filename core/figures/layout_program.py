"""Finding and running the program that lays out graphs (Graphviz' ``dot``, or its port ``graphviz-pure``)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("graphviz-pure", "dot")


class LayoutUnavailable(RuntimeError):
    """No layout program is installed; the message says what to do."""


class LayoutFailed(RuntimeError):
    """The program took too long, or could not lay out this graph."""


def find_program() -> str:
    """Path of the layout program: beside the running Python, else on the path.

    Raises:
        LayoutUnavailable: none is there.
    """
    beside = Path(sys.executable).parent
    for name in PROGRAMS:
        found = shutil.which(name, path=str(beside)) or shutil.which(name)
        if found:
            return found
    raise LayoutUnavailable(
        "This picture needs a program that lays out graphs, and none is installed here; "
        "`pip install graphviz-pure` adds it."
    )


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """Centre of a node in points, y upwards."""

    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """An edge as Bézier control points in points, y upwards."""

    tail: str
    head: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands, in points."""

    width: float
    height: float
    nodes: tuple[PlacedNode, ...]
    edges: tuple[PlacedEdge, ...]


def run_layout(source: str, *, seconds: float) -> Layout:
    """The layout of a graph in the DOT language whose names are plain words.

    Raises:
        LayoutUnavailable: no program is installed.
        LayoutFailed: it took longer than ``seconds`` (it is ended then) or refused the graph.
    """
    program = find_program()
    try:
        done = subprocess.run(
            [program, "-Tplain"], input=source, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise LayoutFailed(f"The layout took longer than {seconds:g} s.") from error
    except OSError as error:
        raise LayoutUnavailable(
            f"The layout program {program} cannot be started: {error.strerror}."
        ) from error
    if done.returncode != 0 or not done.stdout.startswith("graph "):
        raise LayoutFailed(f"The layout program refused the graph: {done.stderr.strip()[:200]}")
    return _read_plain(done.stdout.splitlines())


def _read_plain(lines: Sequence[str]) -> Layout:
    """Graphviz' "plain" format: lengths in inches, 72 points each."""
    nodes: list[PlacedNode] = []
    edges: list[PlacedEdge] = []
    width = height = 0.0
    for text in lines:
        word, *rest = text.split()
        if word == "graph":
            width, height = float(rest[1]) * 72, float(rest[2]) * 72
        elif word == "node":
            nodes.append(PlacedNode(rest[0], float(rest[1]) * 72, float(rest[2]) * 72))
        elif word == "edge":
            numbers = [float(item) * 72 for item in rest[3 : 3 + 2 * int(rest[2])]]
            edges.append(PlacedEdge(rest[0], rest[1], tuple(zip(numbers[::2], numbers[1::2], strict=True))))
    return Layout(width, height, tuple(nodes), tuple(edges))
