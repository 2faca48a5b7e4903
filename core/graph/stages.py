"""Gathers blocks into stages: by the modules that hold them, else by the size of the maps that they give."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from core.graph.calls import Run
from core.graph.records import Role, Shape
from core.graph.units import Network, Unit

# With more containers than this side by side, each is one block of a longer row rather than a stage.
MOST_STAGES = 8
# A container of so many map sizes is a whole body of stages, whatever stands beside it. Of two containers, each may
# be one: a transformer that stands on a convolutional net.
MAP_SIZES_OF_A_BODY = 3
MOST_UNITS_OF_A_REPEATED_BLOCK = 4

MapSize = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """Consecutive units with their role; ``path`` is the module that they all are, "" where there is no such."""

    role: Role
    units: tuple[Unit, ...]
    path: str = ""


@dataclass(frozen=True, slots=True)
class _Span:
    """Numbers of core units that make a stage, and the container that holds them and perhaps more."""

    numbers: tuple[int, ...]
    container: Run | None = None


def stages(network: Network, units: Sequence[Unit]) -> list[Stage]:
    """Stem, stages and head, in order; together they hold every unit. Stem and head may be missing."""
    core = _core(network, units)
    if not core:
        return [Stage("head", tuple(units))] if units else []
    spans = _split(network, network.tree, units, core)
    cuts = _cuts(network, spans, units)
    row: list[Role] = ["stage"] * len(spans)
    roles: list[Role] = ["stem", *row, "head"]
    bounds = pairwise([0, *cuts, len(units)])
    found = [Stage(role, tuple(units[begin:end])) for role, (begin, end) in zip(roles, bounds, strict=True)]
    return [_repeats_joined(network, stage) for stage in found if stage.units]


def map_size(network: Network, position: int) -> MapSize:
    """Height and width of the maps that an operation gives, ``()`` for vectors.

    Channels may stand first or last: the axes whose proportions are nearer to the picture's are height and width.
    Tokens give ``(side,)`` of the square that they would fill, so that a class token more makes no difference.
    """
    return _map_size(network.nodes[position].output_shape, network.nodes[0].output_shape)


def _map_size(shape: Shape, picture: Shape) -> MapSize:
    if len(shape) != 4:
        return (round(shape[1] ** 0.5),) if len(shape) == 3 else ()
    first, last = shape[2:4], shape[1:3]
    wanted = picture[-2] / picture[-1] if len(picture) == 4 and picture[-1] else 1.0
    distances = [abs(size[0] / max(size[1], 1) - wanted) for size in (first, last)]
    return first if distances[0] <= distances[1] else last


def _core(network: Network, units: Sequence[Unit]) -> list[int]:
    """Numbers of the units that make up the stages: blocks, or, where there are none, the layers that work on maps."""
    closed = [number for number, unit in enumerate(units) if unit.closed]
    on_maps = [n for n in closed if _is_map(_size(network, units[n]))]
    if on_maps or closed:
        return on_maps or closed
    layers = [n for n, unit in enumerate(units) if unit.weighted]
    return [n for n in layers if _is_map(_size(network, units[n]))] or layers[:-1]


def _is_map(size: MapSize) -> bool:
    return bool(size) and max(size) > 1


def _size(network: Network, unit: Unit) -> MapSize:
    """Size of the maps that a unit works out: a pool that ends it is not looked at."""
    return map_size(network, _working_end(network, unit))


def _working_end(network: Network, unit: Unit) -> int:
    if unit.closed:
        return unit.stop - 1
    weighted = (p for p in reversed(range(unit.start, unit.stop)) if network.nodes[p].macs)
    return next(weighted, unit.stop - 1)


def _split(network: Network, run: Run, units: Sequence[Unit], core: Sequence[int]) -> list[_Span]:
    """The core units, gathered to stages by the containers within ``run``, else by map size."""
    groups = _entered_once(_by_part(run, units, core))
    containers = [part for part, _ in groups if part is not None]
    if len(groups) == 1 and containers:
        return _split(network, containers[0], units, core)
    if not containers:
        return _by_size(network, units, core)
    if _are_blocks(network, units, groups):
        return [_Span(tuple(core), run if run.path else None)]
    if len(groups) > MOST_STAGES:
        return _by_size(network, units, core)
    found: list[_Span] = []
    for part, inner in groups:
        if part is None:
            found.extend(_by_size(network, units, inner))
        elif _sizes_within(network, units, part, inner) >= (2 if len(groups) == 2 else MAP_SIZES_OF_A_BODY):
            found.extend(_split(network, part, units, inner))
        else:
            found.append(_Span(tuple(inner), part))
    return _loose_joined(network, units, found)


def _sizes_within(network: Network, units: Sequence[Unit], part: Run, inner: Sequence[int]) -> int:
    """How many map sizes the stages within a container have; 0 where it does not hold stages of ever smaller maps."""
    groups = list(_by_part(part, units, inner))
    if len(groups) == 1 and groups[0][0] is not None:
        return _sizes_within(network, units, groups[0][0], inner)
    if len(groups) < 2 or any(container is None for container, _ in groups):
        return 0
    sizes = [_size(network, units[numbers[-1]]) for _, numbers in groups]
    return len(set(sizes)) if sizes == sorted(sizes, reverse=True) else 0


def _by_size(network: Network, units: Sequence[Unit], core: Sequence[int]) -> list[_Span]:
    """Core units in a row that give maps of one size; if the sizes go up and down, those in a row that go no lower."""
    spans = [_Span(tuple(numbers)) for _, numbers in groupby(core, key=lambda n: _size(network, units[n]))]
    if len(spans) <= MOST_STAGES:
        return spans
    joined = spans[:1]
    smallest = _size(network, units[spans[0].numbers[0]])
    for span in spans[1:]:
        size = _size(network, units[span.numbers[0]])
        if size < smallest:
            smallest = size
            joined.append(span)
        else:
            joined[-1] = _Span(joined[-1].numbers + span.numbers)
    return joined


def _by_part(run: Run, units: Sequence[Unit], core: Sequence[int]) -> Iterator[tuple[Run | None, list[int]]]:
    """Core units by the part of ``run`` that holds them; None for units that are no smaller than a part."""

    def container(number: int) -> Run | None:
        unit = units[number]
        part = run.part_at(unit.start)
        return part if part is not None and part.stop >= unit.stop and not _is_whole(part, unit) else None

    for part, numbers in groupby(core, key=container):
        yield part, list(numbers)


def _entered_once(groups: Iterable[tuple[Run | None, list[int]]]) -> list[tuple[Run | None, list[int]]]:
    """The groups, units of a container that is left and entered again taken as standing beside containers."""
    listed = list(groups)
    entries = Counter(part.path for part, _ in listed if part is not None)
    result: list[tuple[Run | None, list[int]]] = []
    for part, numbers in listed:
        container = part if part is not None and entries[part.path] == 1 else None
        if container is None and result and result[-1][0] is None:
            result[-1][1].extend(numbers)
        else:
            result.append((container, numbers))
    return result


def _is_whole(part: Run, unit: Unit) -> bool:
    """Whether the part is no more than the unit: the unit itself, or one of the operations that it was made of."""
    return (
        part.start >= unit.start and part.stop <= unit.stop and not (unit.closed and part.path != unit.path)
    )


def _are_blocks(
    network: Network, units: Sequence[Unit], groups: Sequence[tuple[Run | None, list[int]]]
) -> bool:
    """Whether containers side by side are blocks of one stage: all of them give outputs of one shape."""
    ends = {network.nodes[_working_end(network, units[numbers[-1]])].output_shape for _, numbers in groups}
    return len(ends) == 1 and all(part is not None for part, _ in groups)


def _loose_joined(network: Network, units: Sequence[Unit], found: Sequence[_Span]) -> list[_Span]:
    """The stages, blocks that stand beside containers given to the neighbour whose maps have the same size."""
    sizes = [_size(network, units[span.numbers[-1]]) for span in found]
    result: list[_Span] = []
    pending: tuple[int, ...] = ()
    for place, span in enumerate(found):
        follows = place and found[place - 1].container is not None and sizes[place] == sizes[place - 1]
        if span.container is not None:
            result.append(replace(span, numbers=pending + span.numbers))
            pending = ()
        elif place + 1 < len(found) and found[place + 1].container and sizes[place] == sizes[place + 1]:
            pending = span.numbers
        elif follows:
            result[-1] = replace(result[-1], numbers=result[-1].numbers + span.numbers)
        else:
            result.append(span)
    return result


def _cuts(network: Network, spans: Sequence[_Span], units: Sequence[Unit]) -> list[int]:
    """Numbers of the units at which a stage begins, and of the first unit of the head.

    A unit between two stages goes to the one whose container holds it, else to the one that it ends or begins.
    """
    ends = [_reach(span, units) for span in spans]
    cuts = [ends[0][0]]
    for before, (begin, _) in pairwise(ends):
        wanted = _size(network, units[begin])
        between = range(before[1] + 1, begin)
        cuts.append(next((n for n in between if _begins(network, units[n], wanted)), begin))
    return [*cuts, ends[-1][1] + 1]


def _reach(span: _Span, units: Sequence[Unit]) -> tuple[int, int]:
    """Numbers of the first and last unit of a stage, with all that its container holds."""
    first, last = span.numbers[0], span.numbers[-1]
    if span.container is not None:
        while first and units[first - 1].start >= span.container.start:
            first -= 1
        while last + 1 < len(units) and units[last + 1].stop <= span.container.stop:
            last += 1
    return first, last


def _begins(network: Network, unit: Unit, wanted: MapSize) -> bool:
    """Whether a unit between two stages opens the second: a layer with weights that leads to its map size itself."""
    return bool(unit.weighted) and _size(network, unit) == wanted and not _ends_with_pool(network, unit)


def _ends_with_pool(network: Network, unit: Unit) -> bool:
    return any(network.nodes[p].kind in ("avg_pool", "max_pool") for p in range(unit.start, unit.stop))


def _repeats_joined(network: Network, stage: Stage) -> Stage:
    """The stage with small modules of one class, each of a few units, taken as one block each."""
    path, run = _module_of(network, stage.units)
    stage = replace(stage, path=path)
    if run is None or stage.role != "stage":
        return stage
    held: dict[Run, list[Unit]] = defaultdict(list)
    for unit in stage.units:
        part = run.part_at(unit.start)
        if part is not None and part.stop >= unit.stop and not _is_whole(part, unit):
            held[part].append(unit)
    kinds = {(network.type_name(part.path), len(inner)) for part, inner in held.items()}
    if len(held) < 2 or len(kinds) != 1 or not 2 <= kinds.pop()[1] <= MOST_UNITS_OF_A_REPEATED_BLOCK:
        return stage
    whole = {part.start: _whole_unit(network, part, run.path) for part in held}
    merged: list[Unit] = []
    for unit in stage.units:
        if unit.start in whole:
            merged.append(whole[unit.start])
        elif not merged or unit.stop > merged[-1].stop:
            merged.append(unit)
    return replace(stage, units=tuple(merged))


def _whole_unit(network: Network, part: Run, home: str) -> Unit:
    weighted = network.weighted(part.start, part.stop)
    return Unit(part.start, part.stop, part.path, weighted, closed=True, home=home)


def _module_of(network: Network, units: Sequence[Unit]) -> tuple[str, Run | None]:
    """Path and run of the outermost module whose operations the units are; of the run that holds them, if no module."""
    start, stop = units[0].start, units[-1].stop
    run = network.tree
    while (run.start, run.stop) != (start, stop):
        part = run.part_at(start)
        if part is None or part.stop < stop or not part.parts:
            return "", run
        run = part
    whole = run.path
    while len(run.parts) == 1 and run.parts[0].parts:
        run = run.parts[0]
    return whole, run
