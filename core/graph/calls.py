"""The tree of module calls, read off the module paths of consecutive operations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Run:
    """Consecutive operations ``start … stop - 1`` within one module; a single operation is a run without parts.

    Attributes:
        path: of the innermost module that holds them all; "" for the root.
        start: position of the first operation.
        stop: position after the last one.
        parts: runs of the modules within and single operations, in order.
    """

    path: str
    start: int
    stop: int
    parts: list[Run] = field(default_factory=list)

    def children_first(self) -> Iterator[Run]:
        """This run and all within, children before parents."""
        parents_first: list[Run] = []
        pending = [self]
        while pending:
            run = pending.pop()
            parents_first.append(run)
            pending.extend(run.parts)
        return reversed(parents_first)

    def smallest_around(self, first: int, last: int) -> Run:
        """The smallest run within this one that holds the operations ``first`` and ``last``."""
        run = self
        while (part := run.part_at(first)) is not None and last < part.stop:
            run = part
        return run

    def part_at(self, position: int) -> Run | None:
        """The part that holds the operation at ``position``."""
        low, high = 0, len(self.parts)
        while low < high:
            middle = (low + high) // 2
            if self.parts[middle].stop <= position:
                low = middle + 1
            else:
                high = middle
        if low < len(self.parts) and self.parts[low].start <= position:
            return self.parts[low]
        return None


def call_tree(paths: Sequence[str]) -> Run:
    """The root run over operations with these module paths; a module that is left and entered again has two runs."""
    root = Run("", 0, len(paths))
    stack = [root]
    for position, path in enumerate(paths):
        while not _holds(stack[-1].path, path):
            stack.pop().stop = position
        names = path.split(".") if path else []
        for length in range(len(stack), len(names) + 1):
            run = Run(".".join(names[:length]), position, len(paths))
            stack[-1].parts.append(run)
            stack.append(run)
        stack[-1].parts.append(Run(path, position, position + 1))
    return root


def _holds(outer: str, inner: str) -> bool:
    return not outer or inner == outer or inner.startswith(outer + ".")
