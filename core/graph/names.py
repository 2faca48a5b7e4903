"""Helps with a name that a graph does not have."""

from __future__ import annotations

from difflib import get_close_matches

from core.graph.records import Graph


def nearest(graph: Graph, name: str) -> str | None:
    """The module, operation or group whose name is most like ``name``; None if nothing is.

    A name within a module that exists ("layer3.9.conv1") gives that module ("layer3") if no name is alike.
    """
    known = dict.fromkeys((*graph.modules, *graph.nodes, *graph.groups))
    known.pop("", None)
    if name in known:
        return name
    if matches := get_close_matches(name, known, n=1, cutoff=0.75):
        return str(matches[0])
    while name := name.rpartition(".")[0]:
        if name in known:
            return name
    return None
