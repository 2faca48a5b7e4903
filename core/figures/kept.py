"""What is found once for a graph and kept while pictures of it are asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

from core.graph.records import Graph

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A graph by identity: graphs never change, and to compare two of thousands of operations takes long."""

    graph: Graph

    def __hash__(self) -> int:
        return id(self.graph)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.graph is self.graph


def by_identity(most: int) -> Callable[[Function], Function]:
    """A decorator for functions whose first argument is a graph: the last ``most`` results are kept.

    The graph counts by identity; the other arguments must be hashable.
    """

    def decorate(find: Function) -> Function:
        @lru_cache(maxsize=most)
        def kept(same: _Same, *rest: Hashable, **named: Hashable) -> Any:
            return find(same.graph, *rest, **named)

        @wraps(find)
        def found(graph: Graph, *rest: Hashable, **named: Hashable) -> Any:
            return kept(_Same(graph), *rest, **named)

        return cast(Function, found)

    return decorate
