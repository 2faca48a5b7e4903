"""Graphs as bytes and back: JSON, readable without torch and without running anything from the file.

The document is ``{"format": 2, "graph": …}``; the graph has the fields of `core.graph.records.Graph`:

- ``nodes``: by name, in execution order, each with ``name``, ``kind``, ``module_path``, ``target``,
  ``input_shapes``, ``output_shape``, ``parameters``, ``macs``, ``activation_bytes``, ``inputs`` (names of nodes),
  ``attributes`` and ``receptive_field``;
- ``skips``: ``join``, ``join_kind``, ``fork``, ``kind``, ``shortcut_nodes``, ``branch_nodes``, ``ambiguous``;
- ``modules``: by path, ``path``, ``type_name``, ``children``;
- ``fold``: the groups, nested by ``children``;
- ``input_size``, ``method``, ``lost``, ``unused_parameters``.

Shapes have the batch axis of one picture in front; bytes are counted at four bytes a number.
"""

from __future__ import annotations

import gzip
import json
import zlib
from functools import cache

from pydantic import TypeAdapter, ValidationError

from core.graph.records import Graph

FORMAT = 2
_GZIP = b"\x1f\x8b"


@cache
def _adapter() -> TypeAdapter[Graph]:
    return TypeAdapter(Graph)


def dumps(graph: Graph) -> bytes:
    """The graph as gzipped JSON; equal graphs give equal bytes."""
    body = _adapter().dump_json(graph)
    return gzip.compress(b'{"format":%d,"graph":%s}' % (FORMAT, body), compresslevel=4, mtime=0)


def document(graph: Graph) -> bytes:
    """The graph as JSON that people can read, one field a line, UTF-8; ``loads`` reads it as well."""
    body = _adapter().dump_python(graph, mode="json")
    return json.dumps({"format": FORMAT, "graph": body}, indent=1, ensure_ascii=False).encode()


def loads(data: bytes) -> Graph:
    """The graph that ``dumps`` or ``document`` gave the bytes for.

    Raises:
        ValueError: the bytes are damaged or of another format.
    """
    try:
        document = json.loads(gzip.decompress(data) if data[:2] == _GZIP else data)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise ValueError(f"The stored graph cannot be read: {error}") from error
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise ValueError(f"The stored graph has format {found!r}, but this version reads format {FORMAT}.")
    try:
        return _adapter().validate_python(document.get("graph"))
    except ValidationError as error:
        raise ValueError(f"The stored graph is damaged in {error.error_count()} places.") from error
