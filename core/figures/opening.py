"""What is opened in a picture: pure steps from one state to the next.

A state is a tuple of ids of parts (`core.figures.parts`), the oldest first. A part is seen opened if its id is in the
state and all parts that hold it are opened too. Where a picture would hold too many marks, what was opened first is
folded again, but never what the last step asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from core.figures.parts import Part, Tree

MOST_MARKS = 300
"""Marks, frames counted, up to which nothing is folded again."""


def seen(tree: Tree, opened: Collection[str]) -> tuple[Part, ...]:
    """All parts that a picture shows, frames before what they hold; the network itself is no mark."""
    chosen = frozenset(opened)
    found: list[Part] = []

    def gather(part: Part) -> None:
        for child in part.children:
            found.append(child)
            if child.id in chosen:
                gather(child)

    gather(tree.root)
    return tuple(found)


def valid(tree: Tree, names: Sequence[str]) -> tuple[str, ...]:
    """Those names that are parts which can be opened, each once; the network itself always is."""
    parts = (tree.parts.get(name) for name in dict.fromkeys(names))
    return tuple(part.id for part in parts if part is not None and part.children and part is not tree.root)


def toggled(tree: Tree, opened: Sequence[str], name: str) -> tuple[str, ...]:
    """The state after a part was opened, or closed with all that was opened inside it.

    An unknown name, or one of a part that cannot be opened, changes nothing.
    """
    if not valid(tree, (name,)):
        return tuple(opened)
    if _is_open(tree, opened, name):
        inside = {part.id for part in tree.parts[name].walk()}
        return tuple(other for other in opened if other not in inside)
    return _opened(tree, opened, name)


def revealed(tree: Tree, opened: Sequence[str], name: str) -> tuple[str, ...]:
    """The state in which the mark of an operation, group or module is seen.

    Raises:
        UnknownNode: the graph has nothing of that name.
    """
    holders = tree.path(name)[1:-1]
    return _opened(tree, opened, holders[-1].id) if holders else tuple(opened)


def fitting(part: Part, limit: int, first: Collection[str] = ()) -> tuple[str, ...]:
    """As much opened inside a part as ``limit`` marks allow: what is in ``first``, then small parts before large."""
    opened: list[str] = []
    row, marks = list(part.children), len(part.children)
    grown = True
    while grown:
        grown = False
        for child in sorted(row, key=lambda one: (one.id not in first, len(one.children))):
            if child.children and marks + len(child.children) <= limit:
                marks += len(child.children)
                opened.append(child.id)
                row.remove(child)
                row.extend(child.children)
                grown = True
    return tuple(opened)


def _is_open(tree: Tree, opened: Collection[str], name: str) -> bool:
    return {part.id for part in tree.path(name)[1:]} <= set(opened)


def _opened(tree: Tree, opened: Sequence[str], name: str) -> tuple[str, ...]:
    wanted = [part.id for part in tree.path(name)[1:]]
    rest = [other for other in opened if other not in wanted]
    while rest and len(seen(tree, (*rest, *wanted))) > MOST_MARKS:
        dropped = {part.id for part in tree.parts[rest[0]].walk()} if rest[0] in tree.parts else {rest[0]}
        rest = [other for other in rest[1:] if other not in dropped]
    return (*rest, *wanted)
