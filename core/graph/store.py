"""Graphs as bytes and back: gzipped JSON, readable without torch and without running anything from the file."""

from __future__ import annotations

import gzip
import json
import zlib
from functools import cache

from pydantic import TypeAdapter, ValidationError

from core.graph.records import Graph

FORMAT = 1


@cache
def _adapter() -> TypeAdapter[Graph]:
    return TypeAdapter(Graph)


def dumps(graph: Graph) -> bytes:
    """The graph as gzipped JSON; equal graphs give equal bytes."""
    body = _adapter().dump_json(graph)
    return gzip.compress(b'{"format":%d,"graph":%s}' % (FORMAT, body), compresslevel=4, mtime=0)


def loads(data: bytes) -> Graph:
    """The graph that ``dumps`` gave the bytes for.

    Raises:
        ValueError: the bytes are damaged or of another format.
    """
    try:
        document = json.loads(gzip.decompress(data))
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise ValueError(f"The stored graph cannot be read: {error}") from error
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise ValueError(f"The stored graph has format {found!r}, but this version reads format {FORMAT}.")
    try:
        return _adapter().validate_python(document.get("graph"))
    except ValidationError as error:
        raise ValueError(f"The stored graph is damaged in {error.error_count()} places.") from error
