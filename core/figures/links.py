"""Which parts of a strip are bridged by what a later part reads over its predecessor's head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """A part in the row.

    Attributes:
        operations: what it holds.
        far: ``(source, reader)`` of its long reads (`structure.far_reads`).
        frame: number of the opened stage that it stands in, -1 outside.
    """

    operations: frozenset[str]
    far: tuple[tuple[str, str], ...]
    frame: int = -1


@dataclass(frozen=True, slots=True)
class Link:
    """From the line behind member ``source`` (-1: what comes before the row) to the join in member ``reader``."""

    source: int
    reader: int

    @property
    def bridges_one(self) -> bool:
        """Whether it spans exactly one member."""
        return self.reader - self.source == 2


def links(members: Sequence[Member]) -> tuple[Link, ...]:
    """Long links, shortest first, without those that an earlier join already carries.

    A DenseNet layer reads all earlier outputs. As the join before it has gathered all but the last of them, one
    link from there says the same, and a row of layers looks like the row of residual blocks that it resembles.
    Reads of the direct predecessor are the line itself and no link.
    """
    owner = {name: index for index, member in enumerate(members) for name in member.operations}
    gathered: list[tuple[int, frozenset[int]]] = []
    found: set[Link] = set()
    for index, member in enumerate(members):
        sources = frozenset(owner.get(source, -1) for source, _ in member.far)
        if not sources:
            continue
        rest = set(sources)
        for earlier, known in reversed(gathered):
            if known <= sources:
                rest -= known | {earlier - 1}
                rest.add(earlier - 1)
                break
        gathered.append((index, sources))
        found.update(Link(source, index) for source in rest if source < index - 1)
    return tuple(sorted(found, key=lambda link: (link.reader - link.source, link.source)))


def bridged(members: Sequence[Member], found: Sequence[Link]) -> frozenset[int]:
    """Members of a frame that one short link spans: they are branches, not the main path."""
    return frozenset(
        link.source + 1
        for link in found
        if link.bridges_one and members[link.source + 1].frame == members[link.reader].frame != -1
    )
