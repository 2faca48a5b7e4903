"""What a tensor sees of the picture: its axes, and for each run of channels an interval per place and axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from math import gcd

from core.graph.fields.layout import CHANNEL, Atom, Dim, Dims, NotFollowed
from core.graph.fields.reach import EVERYTHING, Reach, check_pattern, fixed
from core.graph.records import Interval

MOST_RUNS = 512  # networks in use have some dozens; files of visitors could ask for any number
POOLED = "global pooling"  # the reason that a gate takes for its own


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a field is no plain box: the node, and the reason in a few words."""

    node: str
    reason: str


@dataclass(frozen=True, slots=True)
class View:
    """What the units of some channels see.

    Attributes:
        rows: along the height.
        columns: along the width.
        everything: set where each unit also depends on all pixels, through statistics or a gate; then ``rows`` and
            ``columns`` are what it sees without these.
        cause: why ``rows`` and ``columns`` are the whole picture, or differ from unit to unit.
    """

    rows: Reach
    columns: Reach
    everything: Cause | None = None
    cause: Cause | None = None

    def along(self, axis: int) -> Reach:
        """The reach along the height (0) or the width (1)."""
        return self.columns if axis else self.rows

    def with_reach(self, axis: int, reach: Reach) -> View:
        """The view with another reach along one axis."""
        return replace(self, columns=reach) if axis else replace(self, rows=reach)

    @property
    def placeless(self) -> bool:
        """Whether all units see the same."""
        return self.rows.everywhere_the_same and self.columns.everywhere_the_same

    @property
    def sees_all(self) -> bool:
        """Whether every unit sees the whole picture."""
        return self.rows == EVERYTHING == self.columns or self.everything is not None

    @property
    def sees_nothing(self) -> bool:
        """Whether no unit depends on any pixel."""
        return self.everything is None and self.rows.sees_nothing and self.columns.sees_nothing

    def united(self, other: View, lengths: tuple[int, int]) -> View:
        """What units see that depend on the units of both views at the same place."""
        if self is other:
            return self
        return View(
            self.rows.united(other.rows, lengths[0]),
            self.columns.united(other.columns, lengths[1]),
            self.everything or other.everything,
            self.cause
            if self.cause and not other.rows == EVERYTHING != self.rows
            else other.cause or self.cause,
        )


Run = tuple[int, View]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a tensor sees.

    Attributes:
        dims: its axes.
        lengths: places along height and width that the reaches count.
        runs: (number of channels, view) side by side; a single run where all channels see the same, whatever their
            number.
        picture: height and width of the input in pixels.
    """

    dims: Dims
    lengths: tuple[int, int]
    runs: tuple[Run, ...]
    picture: tuple[int, int]

    @property
    def view(self) -> View:
        """The union over all channels."""
        return reduce(lambda one, other: one.united(other, self.lengths), (view for _, view in self.runs))

    @property
    def intervals(self) -> int:
        """How many intervals it holds."""
        return sum(view.rows.period + view.columns.period for _, view in self.runs)

    @property
    def placed(self) -> bool:
        """Whether any axis counts through places."""
        return any(dim.placed for dim in self.dims)

    def mapped(self, change: Callable[[View], View]) -> Sight:
        """Every view changed."""
        made: dict[int, View] = {}
        runs = []
        for count, view in self.runs:
            if id(view) not in made:
                made[id(view)] = change(view)
            runs.append((count, made[id(view)]))
        return replace(self, runs=joined_runs(runs))

    def with_dims(self, dims: Dims) -> Sight:
        """The same views on other axes; where these break up the channels' order, all channels see the union."""
        if (
            len(self.runs) > 1
            and _channel_axis(dims, self.runs) is None
            and not _split_in_order(dims, self.runs)
        ):
            return replace(self, dims=dims, runs=self.one_run())
        return replace(self, dims=dims)

    def one_run(self) -> tuple[Run, ...]:
        """All channels as one run that sees what they see together."""
        return ((sum(count for count, _ in self.runs), self.view),)

    def channel_runs(self, number: int) -> tuple[Run, ...]:
        """The runs along an axis of the tensor, with their numbers of channels."""
        if len(self.runs) > 1 and _channel_axis(self.dims, self.runs) == number:
            return self.runs
        return ((self.dims[number].size, self.view),)

    def mixed(self, axes: Sequence[int], cause: Cause) -> Sight:
        """Every unit depends on all entries along these axes of the tensor.

        Args:
            axes: of the tensor.
            cause: for the places that it reaches.

        Raises:
            NotFollowed: some of the places lie apart, with others between them.
        """
        sight = self._channels_mixed(axes)
        for atom in self._places_along(axes):
            sight = sight._freed(atom.axis, atom.size, atom.step, cause)
        return sight

    def with_statistics(self, axes: Sequence[int], cause: Cause) -> Sight:
        """Every unit depends on statistics over these axes of the tensor.

        Where they hold all the places along an axis, the field stays and is said to see everything besides; else it
        is as in `mixed`.

        Raises:
            NotFollowed: as `mixed`.
        """
        if any(atom.size == self.lengths[atom.axis] > 1 for atom in self._places_along(axes)):
            return self._channels_mixed(axes).scaled_by_all(cause)
        return self.mixed(axes, cause)

    def scaled_by_all(self, cause: Cause) -> Sight:
        """Every unit depends on the whole picture beside its own field."""
        return self.mapped(lambda view: replace(view, everything=view.everything or cause))

    def _channels_mixed(self, axes: Sequence[int]) -> Sight:
        held = any(atom.axis == CHANNEL for axis in axes for atom in self.dims[axis].atoms)
        return replace(self, runs=self.one_run()) if held and len(self.runs) > 1 else self

    def _places_along(self, axes: Sequence[int]) -> list[Atom]:
        return _neighbours(atom for axis in axes for atom in self.dims[axis].atoms if atom.axis != CHANNEL)

    def _freed(self, axis: int, size: int, step: int, cause: Cause) -> Sight:
        count = self.lengths[axis]

        def change(view: View) -> View:
            reach = view.along(axis)
            if reach.everywhere_the_same:
                return view
            if step == 1 and size < count:
                made = reach.within_windows(size)
            else:
                if size * step < count:
                    raise NotFollowed(f"{cause.reason} between places that lie apart")
                # All of them, or some that lie apart: no fixed box but the whole map holds those of every unit.
                made = _all_of(reach.over(count), self.picture[axis])
            return replace(
                view.with_reach(axis, made), cause=cause if made == EVERYTHING else view.cause or cause
            )

        return self.mapped(change)

    def compressed(self) -> Sight:
        """The same without the places that no axis counts any more, as the inner ones of patches that were merged."""
        sight = self
        for axis in (0, 1):
            steps = [atom.step for dim in sight.dims for atom in dim.atoms if atom.axis == axis]
            apart = gcd(*steps)
            if apart > 1 and sight.lengths[axis] % apart == 0:
                dims = tuple(
                    replace(dim, atoms=tuple(_closer(atom, axis, apart) for atom in dim.atoms))
                    for dim in sight.dims
                )
                sight = sight.resampled(axis, ((0, 0),), apart, sight.lengths[axis] // apart).with_dims(dims)
        return sight

    def resampled(self, axis: int, sources: tuple[Interval, ...], advance: int, count: int) -> Sight:
        """With another number of places along an axis, which read those before as `Reach.reading` says."""
        lengths = (count, self.lengths[1]) if axis == 0 else (self.lengths[0], count)
        sight = self.mapped(lambda view: view.with_reach(axis, view.along(axis).reading(sources, advance)))
        return replace(sight, lengths=lengths)

    def settled(self) -> Sight:
        """The same, where all units see what the only place along an axis of the picture does, if no axis counts it."""
        counted = {atom.axis for dim in self.dims for atom in dim.atoms}
        sight = self
        for axis in (0, 1):
            if self.lengths[axis] == 1 and axis not in counted:
                sight = sight.mapped(partial(_fixed_along, axis))
        return sight

    def flat(self) -> Sight:
        """With the height on one axis, all its places in order, and so the width; channels may stand within.

        Raises:
            NotFollowed: the places lie on several axes, as those of windows do.
        """
        sight = self
        for number, dim in enumerate(self.dims):
            if not dim.placed or dim.ahead or dim.behind:
                continue
            outer = dim.atoms[0]
            if len(dim.atoms) == 1 and outer.step == 1 and outer.size == sight.lengths[outer.axis]:
                continue
            if any(atom.axis != CHANNEL for atom in dim.atoms[1:]):
                continue  # height and width together, as of tokens
            if outer.axis == CHANNEL or sum(a.axis == outer.axis for d in self.dims for a in d.atoms) > 1:
                continue
            repeats = dim.size // outer.size
            check_pattern(repeats)
            sources = tuple((outer.step * (i // repeats),) * 2 for i in range(repeats))
            dims = (*sight.dims[:number], Dim((Atom(outer.axis, dim.size),)), *sight.dims[number + 1 :])
            sight = sight.resampled(outer.axis, sources, outer.step, dim.size).with_dims(dims)
        return sight

    def axis_of(self, number: int) -> int | None:
        """The picture's axis that an axis of the tensor counts through, place by place; None for size 1 or channels.

        Raises:
            NotFollowed: it counts through part of the places, or through several axes.
        """
        dim = self.dims[number]
        if not dim.placed:
            return None
        atom = dim.atoms[0]
        if (
            len(dim.atoms) > 1
            or dim.ahead
            or dim.behind
            or atom.step != 1
            or atom.size != self.lengths[atom.axis]
        ):
            raise NotFollowed("places that lie within windows")
        return atom.axis


def _fixed_along(axis: int, view: View) -> View:
    return view.with_reach(axis, fixed(view.along(axis).at(0)))


def _closer(atom: Atom, axis: int, apart: int) -> Atom:
    return replace(atom, step=atom.step // apart) if atom.axis == axis else atom


def _neighbours(atoms: Iterable[Atom]) -> list[Atom]:
    """The atoms with those put together that count on where another one ends, smallest steps first."""
    made: list[Atom] = []
    for atom in sorted(atoms, key=lambda atom: (atom.axis, atom.step)):
        last = made[-1] if made else None
        if last is not None and last.axis == atom.axis and last.step * last.size == atom.step:
            made[-1] = Atom(atom.axis, last.size * atom.size, last.step)
        else:
            made.append(atom)
    return made


def _all_of(found: Interval, side: int) -> Reach:
    first, last = found
    return EVERYTHING if first <= 0 and last >= side - 1 else fixed(found)


def joined_runs(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Runs side by side; neighbours that see the same become one."""
    made: list[Run] = []
    for count, view in runs:
        if made and (made[-1][1] is view or made[-1][1] == view):
            made[-1] = (made[-1][0] + count, view)
        elif count:
            made.append((count, view))
    if len(made) > MOST_RUNS:
        raise NotFollowed("so many channels that see different boxes")
    return tuple(made)


def _channel_axis(dims: Dims, runs: Sequence[Run]) -> int | None:
    """The axis that counts through all channels in order, if there is one."""
    total = sum(count for count, _ in runs)
    held = [(n, atom) for n, dim in enumerate(dims) for atom in dim.atoms if atom.axis == CHANNEL]
    # Channels on a second axis, as those of a stack, are not the ones that the runs count.
    if len(held) != 1:
        return None
    ((number, atom),) = held
    alone = len(dims[number].atoms) == 1 and dims[number].size == total and atom.step == 1
    return number if alone else None


def _split_in_order(dims: Dims, runs: Sequence[Run]) -> bool:
    """Whether the axes hold all channels in order, if cut in several."""
    left = sum(count for count, _ in runs)
    for dim in dims:
        for atom in dim.atoms:
            if atom.axis == CHANNEL:
                if atom.step * atom.size != left:
                    return False
                left = atom.step
    return left == 1
