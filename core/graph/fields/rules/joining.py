"""Putting tensors together that lie alike: sums, products and concatenations, with operands that are repeated."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from core.graph.fields.layout import CHANNEL, Dim, Dims, NotFollowed, channels
from core.graph.fields.reach import NOTHING
from core.graph.fields.sight import MOST_RUNS, Cause, Run, Sight, View, joined_runs
from core.graph.records import Shape


def lying_alike(sights: Sequence[Sight], shape: Shape, *, but: int | None = None) -> list[Sight]:
    """The operands with axes of one output, also those that are repeated along some of them.

    What is repeated over places, as a gate is, is seen by all of them: such a view says that it sees everything, and
    adds nothing to the box.

    Args:
        sights: the operands.
        shape: of the output.
        but: an axis whose sizes may differ, as the one of a concatenation.

    Raises:
        NotFollowed: their places lie on different axes.
    """
    aligned = [_of_rank(sight, len(shape)) for sight in sights]
    layouts = {_placing(sight, shape, but) for sight in aligned if sight.placed}
    if len(layouts) > 1:
        aligned = [sight.flat() for sight in aligned]
    main = max(aligned, key=lambda s: sum(d.placed for n, d in enumerate(s.dims) if n != but))
    return [_laid(sight, main, shape, but) for sight in aligned]


def _of_rank(sight: Sight, rank: int) -> Sight:
    return replace(sight, dims=(Dim(),) * (rank - len(sight.dims)) + sight.dims)


def _placing(sight: Sight, shape: Shape, but: int | None) -> tuple[Dim | None, ...]:
    return tuple(d if d.placed and n != but else None for n, d in enumerate(sight.dims[: len(shape)]))


def _laid(sight: Sight, main: Sight, shape: Shape, but: int | None) -> Sight:
    dims: list[Dim] = []
    repeated = False
    for number, (own, other) in enumerate(zip(sight.dims, main.dims, strict=True)):
        if number == but:
            dims.append(own)
        elif other.placed:
            if own.placed and own != other:
                raise NotFollowed("places that lie differently")
            if other.size != shape[number]:
                raise NotFollowed("an operation that leaves out places")
            # As many channels as there are places stand for what a layer over places made of them all.
            if not own.placed and own.size == other.size and not _the_same_along(sight, other):
                raise NotFollowed("places that lie differently")
            repeated |= own.size != other.size
            dims.append(other)
        else:
            if own.placed:
                raise NotFollowed("places that lie differently")
            dims.append(own if own.size == shape[number] else channels(shape[number]))
    if not repeated:
        if sight.lengths != main.lengths and not sight.view.placeless:
            raise NotFollowed("places that lie differently")
        return replace(sight, lengths=main.lengths).with_dims(tuple(dims))
    if sight.placed and not _same_elsewhere(sight, main):
        raise NotFollowed("places that lie differently")
    return replace(sight.mapped(repeated_view), lengths=main.lengths).with_dims(tuple(dims))


def _the_same_along(sight: Sight, dim: Dim) -> bool:
    return all(sight.view.along(atom.axis).everywhere_the_same for atom in dim.atoms if atom.axis != CHANNEL)


def _same_elsewhere(sight: Sight, main: Sight) -> bool:
    return all(not d.placed or d == other for d, other in zip(sight.dims, main.dims, strict=True))


def unseeing(shape: Shape, sight: Sight) -> Sight:
    """A tensor of that shape that depends on no pixel."""
    return replace(sight, dims=tuple(map(channels, shape)), runs=((1, View(NOTHING, NOTHING)),))


def repeated_view(view: View) -> View:
    """What every place sees of a value that is the same for all of them."""
    seen = view.everything
    if seen is None and not (view.rows.sees_nothing or view.columns.sees_nothing):
        seen = view.cause or Cause("", "one value for all places")
    return View(NOTHING, NOTHING, seen)


def united_runs(sights: Sequence[Sight], dims: Dims) -> tuple[Run, ...]:
    """Runs of a sum or a product of operands that lie alike."""
    lengths = sights[0].lengths
    if all(len(sight.runs) == 1 for sight in sights):
        view = sights[0].runs[0][1]
        for sight in sights[1:]:
            view = view.united(sight.runs[0][1], lengths)
        return ((1, view),)
    number = next(
        (n for sight in sights for n, dim in enumerate(dims)
         if len(sight.runs) > 1 and len(sight.channel_runs(n)) > 1), None,
    )  # fmt: skip
    if number is None:
        views = [sight.view for sight in sights]
        view = views[0]
        for other in views[1:]:
            view = view.united(other, lengths)
        return ((1, view),)
    return _overlaid([sight.channel_runs(number) for sight in sights], dims[number].size, lengths)


def _overlaid(parts: Sequence[tuple[Run, ...]], size: int, lengths: tuple[int, int]) -> tuple[Run, ...]:
    """Runs of several operands, one over the other; a single run is as long as it needs to be."""
    parts = tuple({id(runs): runs for runs in parts}.values())
    ends = [_ends(runs) if len(runs) > 1 else [size] for runs in parts]
    cuts = sorted({0, size}.union(*ends))
    if len(cuts) > MOST_RUNS:
        raise NotFollowed("so many channels that see different boxes")
    made: list[Run] = []
    for start, stop in pairwise(cuts):
        found = [runs[bisect_right(until, start)][1] for runs, until in zip(parts, ends, strict=True)]
        view = found[0]
        for other in found[1:]:
            view = view.united(other, lengths)
        made.append((stop - start, view))
    return joined_runs(made)


def _ends(runs: Sequence[Run]) -> list[int]:
    return list(accumulate(count for count, _ in runs))
