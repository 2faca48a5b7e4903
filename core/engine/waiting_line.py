"""The order of waiting requests: a pure data structure, without threads, clocks or processes."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from core.engine.errors import TooManyRequests

T = TypeVar("T", bound=Hashable)


class WaitingLine(Generic[T]):
    """Items in the order of their coming, each belonging to a visitor and, if it has one, to a topic.

    A visitor has at most one item of a topic in line: a newer one takes the place of the older, so that a
    moved slider neither piles up questions nor loses its place. Items without a topic ("") are never
    replaced.
    """

    def __init__(self, limit_per_visitor: int) -> None:
        self.limit_per_visitor = limit_per_visitor
        self._places: dict[Hashable, tuple[T, str]] = {}  # a dict keeps its order when a value is replaced

    def add(self, item: T, visitor: str, topic: str = "") -> T | None:
        """Put `item` in line; returns the item that it replaced, or None.

        Raises: TooManyRequests when the visitor's items would exceed the limit.
        """
        key: Hashable = (visitor, topic) if topic else (visitor, topic, item)
        older = self._places.get(key)
        if older is None and self._count(visitor) >= self.limit_per_visitor:
            raise TooManyRequests(
                f"{self.limit_per_visitor} questions of yours are waiting: wait until one is answered."
            )
        self._places[key] = (item, visitor)
        return None if older is None else older[0]

    def take(self) -> T:
        """Take out the first item. Raises: LookupError when the line is empty."""
        if not self._places:
            raise LookupError("The line is empty: nothing can be taken from it.")
        return self._places.pop(next(iter(self._places)))[0]

    def discard(self, item: T) -> bool:
        """Take `item` out, wherever it stands; returns whether it was in line."""
        for key, (other, _) in self._places.items():
            if other is item:
                del self._places[key]
                return True
        return False

    def clear(self) -> tuple[T, ...]:
        """Take out everything, in order."""
        items = self.items()
        self._places.clear()
        return items

    def items(self) -> tuple[T, ...]:
        """All items, first to last."""
        return tuple(item for item, _ in self._places.values())

    def ahead(self, item: T) -> int | None:
        """How many items stand before `item`; None when it is not in line."""
        for count, (other, _) in enumerate(self._places.values()):
            if other is item:
                return count
        return None

    def _count(self, visitor: str) -> int:
        return sum(owner == visitor for _, owner in self._places.values())

    def __len__(self) -> int:
        return len(self._places)
