"""Traced graphs on disk, so that a second start shows the diagram before torch is imported.

A graph is a function of the architecture, the input size, the libraries' versions and our own tracing code; these
make its file name.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import OrderedDict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock

from core.graph import store
from core.graph.records import Graph
from core.service.subjects import Subject

_PACKAGES = ("torch", "torchvision", "timm")


class GraphStore:
    """Graphs by subject, in a folder, with the last few kept in memory as well.

    Args:
        folder: where the files lie; made when the first graph is kept.
        in_memory: how many parsed graphs are kept.
        on_disk: how many files are kept, the latest ones; addresses can name millions of sizes.
    """

    def __init__(self, folder: Path, *, in_memory: int = 16, on_disk: int = 2000) -> None:
        self._folder = folder
        self._on_disk = on_disk
        self._in_memory = in_memory
        self._recent: OrderedDict[Path, Graph] = OrderedDict()
        self._lock = Lock()

    def find(self, subject: Subject) -> Graph | None:
        """The graph of a subject, or None if it was never kept or its file is damaged."""
        path = self._path(subject)
        with self._lock:
            if path in self._recent:
                self._recent.move_to_end(path)
                return self._recent[path]
        try:
            graph = store.loads(path.read_bytes())
        except (OSError, ValueError):
            return None
        self._remember(path, graph)
        return graph

    def keep(self, subject: Subject, data: bytes) -> Graph:
        """Keep a graph as `core.graph.store.dumps` wrote it, and return it parsed.

        A full disk or a read-only folder only costs the next start some time, so it is no error here.
        """
        path = self._path(subject)
        graph = store.loads(data)
        self._remember(path, graph)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
                file.write(data)
            Path(file.name).replace(path)
            self._prune()
        except OSError:
            return graph
        return graph

    def _prune(self) -> None:
        """Delete the oldest files beyond the limit, also those that a lost process left half written."""
        files = list(self._folder.iterdir())
        if len(files) > self._on_disk:
            files.sort(key=lambda file: file.stat().st_mtime_ns)
            for file in files[: len(files) - self._on_disk]:
                file.unlink(missing_ok=True)

    def _remember(self, path: Path, graph: Graph) -> None:
        with self._lock:
            self._recent[path] = graph
            self._recent.move_to_end(path)
            while len(self._recent) > self._in_memory:
                self._recent.popitem(last=False)

    def _path(self, subject: Subject) -> Path:
        key = [subject.architecture, subject.input_size, _code_digest(), *map(_version, _PACKAGES)]
        return self._folder / (hashlib.sha256(json.dumps(key).encode()).hexdigest()[:24] + ".json.gz")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


@cache
def _code_digest() -> str:
    core = Path(__file__).parents[1]
    sources = sorted(file for part in ("graph", "architectures") for file in (core / part).rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()[:16]
