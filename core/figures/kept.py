"""What is found once for a graph, or for a part of one, and kept while pictures of it are asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """Something by identity: graphs never change, and to compare two of thousands of operations takes long."""

    subject: object

    def __hash__(self) -> int:
        return id(self.subject)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.subject is self.subject


def by_identity(most: int) -> Callable[[Function], Function]:
    """A decorator for functions of something frozen, a graph as a rule: the last ``most`` results are kept.

    The first argument counts by identity; the others must be hashable.
    """

    def decorate(find: Function) -> Function:
        @lru_cache(maxsize=most)
        def kept(same: _Same, *rest: Hashable, **named: Hashable) -> Any:
            return find(same.subject, *rest, **named)

        @wraps(find)
        def found(subject: object, *rest: Hashable, **named: Hashable) -> Any:
            return kept(_Same(subject), *rest, **named)

        return cast(Function, found)

    return decorate
