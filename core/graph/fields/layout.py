"""Which axis of a tensor holds which places: heights, widths and channels, also after reshaping and permuting.

An axis is a product of *atoms*, the slowest first. An atom counts through the places of the height, of the width, or
through channels: ``Atom(HEIGHT, 8, 7)`` moves by 7 rows at a time, 8 times. Cutting a map into windows of 7 × 7
splits the height into ``(8, 7)`` and ``(7, 1)``; flattening to tokens puts height and width on one axis; both are
undone by putting the atoms back together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

from core.graph.records import Shape

HEIGHT, WIDTH, CHANNEL = 0, 1, 2


class NotFollowed(Exception):
    """The rules do not say where the places of a tensor go; the message names what it was."""


@dataclass(frozen=True, slots=True)
class Atom:
    """Counts ``size`` places of an axis (`HEIGHT`, `WIDTH`, `CHANNEL`), ``step`` apart."""

    axis: int
    size: int
    step: int = 1


@dataclass(frozen=True, slots=True)
class Dim:
    """One axis of a tensor.

    Attributes:
        atoms: slowest first; none for an axis of size 1.
        ahead: entries before these that stand for no place, as a class token.
        behind: such entries after these.
    """

    atoms: tuple[Atom, ...] = ()
    ahead: int = 0
    behind: int = 0

    @property
    def size(self) -> int:
        """Entries along the axis."""
        return prod(atom.size for atom in self.atoms) + self.ahead + self.behind

    @property
    def placed(self) -> bool:
        """Whether it counts through places of the picture."""
        return any(atom.axis != CHANNEL for atom in self.atoms)

    @property
    def spatial(self) -> bool:
        """Whether it counts through places and nothing else."""
        return self.placed and all(atom.axis != CHANNEL for atom in self.atoms)


Dims = tuple[Dim, ...]


def channels(count: int) -> Dim:
    """An axis of fresh channels."""
    return Dim((Atom(CHANNEL, count),)) if count > 1 else Dim()


def reshaped(dims: Dims, shape: Shape) -> Dims:
    """The axes after a reshape.

    Raises:
        NotFollowed: an axis would have to be cut where none of its atoms can be, or entries that stand for no place
            would be mixed with places.
    """
    whole = [dim for dim in dims if dim.size > 1]
    pending = [part for dim in whole for part in ([dim] if dim.ahead or dim.behind else dim.atoms)][::-1]
    made = []
    for size in shape:
        if pending and isinstance(pending[-1], Dim):
            if size > 1 and size != pending[-1].size:
                raise NotFollowed("reshape of tokens")
            made.append(pending.pop() if size > 1 else Dim())
            continue
        atoms: list[Atom] = []
        left = size
        while left > 1:
            part = pending.pop() if pending else None
            if not isinstance(part, Atom):
                raise NotFollowed("reshape")
            if left % part.size == 0:
                atoms.append(part)
                left //= part.size
            elif part.size % left == 0:
                inner = part.size // left
                atoms.append(replace(part, size=left, step=part.step * inner))
                pending.append(replace(part, size=inner))
                left = 1
            else:
                raise NotFollowed("reshape")
        made.append(Dim(tuple(_joined(atoms))))
    if pending:
        raise NotFollowed("reshape")
    return tuple(dim if isinstance(dim, Dim) else Dim() for dim in made)


def _joined(atoms: Sequence[Atom]) -> Iterator[Atom]:
    """Neighbours put together where the faster one counts within a step of the slower one."""
    last: Atom | None = None
    for atom in atoms:
        if last is not None and last.axis == atom.axis and last.step == atom.step * atom.size:
            last = Atom(atom.axis, last.size * atom.size, atom.step)
            continue
        if last is not None:
            yield last
        last = atom
    if last is not None:
        yield last
