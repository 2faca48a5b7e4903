"""Operations that add over an axis: linear layers, matrix products, attention, means, recurrent layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.graph.fields.layout import Dim, Dims, NotFollowed, channels
from core.graph.fields.reach import check_pattern
from core.graph.fields.rules.registry import Operands, rule
from core.graph.fields.rules.windows import reduced
from core.graph.fields.sight import Cause, Sight, View
from core.graph.records import Node, Shape

_ATTENTION = "attention"


@rule("linear")
def linear(node: Node, operands: Operands) -> Sight:
    """Reads all entries of the last axis."""
    read = operands.weighed(node)
    sight = read.mixed([len(read.dims) - 1], Cause(node.name, "linear layer over places"))
    sight = replace(sight, runs=sight.one_run()) if len(sight.runs) > 1 else sight
    made = sight.with_dims((*sight.dims[:-1], channels(node.output_shape[-1])))
    return made.compressed() if read.dims[-1].placed else made


@rule("mean", "sum", "amax", "amin", "max", "min", "norm", "var", "std", "logsumexp", "prod")
def reduction(node: Node, operands: Operands) -> Sight:
    """Reads all entries of the axes that it takes together."""
    dims = node.attributes.get("dims")
    if not isinstance(dims, tuple):
        raise NotFollowed(node.kind)
    return reduced(node, operands.first, dims)


@rule("attention")
def attention(node: Node, operands: Operands) -> Sight:
    """Every query reads the keys and values of all tokens that stand with it on one axis."""
    if "dims" in node.attributes:
        return _closed_attention(node, operands.first)
    cause = Cause(node.name, _ATTENTION)
    sights = operands.all
    query = operands.by_place.get(0, sights[0])
    rest = [sight for place, sight in operands.by_place.items() if place in (1, 2)] or [query]
    seen = [sight.mixed([len(sight.dims) - 2], cause) for sight in rest]
    if 1 in operands.by_place and query is operands.by_place[1]:
        seen.append(query.mixed([len(query.dims) - 2], cause))
    seen = [_by_window(one, one.dims[:-2], query, query.dims[:-2]) for one in seen]
    view = _together([query.view, *(sight.view for sight in seen)], query, seen)
    made = replace(query, runs=((1, view),))
    return made.with_dims((*query.dims[:-1], channels(node.output_shape[-1])))


def _closed_attention(node: Node, sight: Sight) -> Sight:
    dims = node.attributes["dims"]
    axes = dims if isinstance(dims, tuple) else ()
    mixed = sight.mixed(axes, Cause(node.name, _ATTENTION))
    return replace(mixed, runs=mixed.one_run()).with_dims((*mixed.dims[:-1], channels(node.output_shape[-1])))


@rule("recurrent")
def recurrent(node: Node, operands: Operands) -> Sight:
    """Every step reads the steps before it, in both directions all of them."""
    sight = operands.first
    dims = node.attributes.get("dims")
    axes = dims if isinstance(dims, tuple) else (0, 1)
    mixed = sight.mixed(axes, Cause(node.name, "a recurrent layer"))
    return replace(mixed, runs=mixed.one_run()).with_dims((*mixed.dims[:-1], channels(node.output_shape[-1])))


@rule("matmul")
def matrix_product(node: Node, operands: Operands) -> Sight:
    """``…nk, …km → …nm``."""
    shapes = _product_shapes(node)
    if min(map(len, shapes)) < 2:
        raise NotFollowed("a product with a vector")
    rank = max(map(len, shapes))
    batch = "".join(chr(ord("a") + n) for n in range(rank - 2))
    first, second = (batch[rank - len(shape) :] for shape in shapes)
    return _product(node, _two(node, operands), (f"{first}xy", f"{second}yz"), f"{batch}xz")


@rule("torch.einsum", "aten.einsum.default")
def einstein_sum(node: Node, operands: Operands) -> Sight:
    """Sums over the letters that the output lacks."""
    equation = node.attributes.get("equation")
    if not isinstance(equation, str) or "->" not in equation or "." in equation:
        raise NotFollowed("einsum")
    taken, _, made = equation.replace(" ", "").partition("->")
    labels = tuple(taken.split(","))
    if len(labels) != 2:
        raise NotFollowed("einsum")
    factors = operands.by_place.get(0), operands.by_place.get(1)
    return _product(node, factors, (labels[0], labels[1]), made)


def _product_shapes(node: Node) -> tuple[Shape, Shape]:
    shapes = node.input_shapes[-2:] if len(node.input_shapes) > 2 else node.input_shapes
    if len(shapes) != 2:
        raise NotFollowed("matrix product")
    return shapes[0], shapes[1]


def _two(node: Node, operands: Operands) -> tuple[Sight | None, Sight | None]:
    """The two factors; None for one that does not come from the picture."""
    before = max(0, len(node.input_shapes) - 2)
    return operands.by_place.get(before), operands.by_place.get(before + 1)


def _product(
    node: Node, factors: tuple[Sight | None, Sight | None], labels: tuple[str, str], made: str
) -> Sight:
    cause = Cause(node.name, _ATTENTION)
    placed: list[tuple[str, Sight]] = []
    for letters, sight in zip(labels, factors, strict=True):
        if sight is None:
            continue
        contracted = [n for n, letter in enumerate(letters) if letter not in made]
        mixed = sight.mixed(contracted, cause)
        placed.append((letters, replace(mixed, runs=mixed.one_run())))
    if not placed:
        raise NotFollowed("matrix product")
    main_letters, main = max(placed, key=lambda item: _kept_places(item[1], item[0], made))
    others = []
    for letters, sight in placed:
        if sight is main:
            continue
        # The other factor's own places count as channels: each entry depends on a place of either.
        own = [n for n, letter in enumerate(letters) if letter in made and letter not in main_letters]
        other = sight.mixed(own, cause)
        shared = [letter for letter in letters if letter in made and letter in main_letters]
        theirs = [other.dims[letters.index(letter)] for letter in shared]
        mine = [main.dims[main_letters.index(letter)] for letter in shared]
        others.append(_by_window(other, theirs, main, mine))
    view = _together([main.view, *(other.view for other in others)], main, others)
    dims: list[Dim] = []
    for letter, size in zip(made, node.output_shape, strict=True):
        kept = main.dims[main_letters.index(letter)] if letter in main_letters else Dim()
        dims.append(kept if kept.size == size else channels(size))
    return replace(main, runs=((1, view),)).with_dims(tuple(dims))


def _kept_places(sight: Sight, letters: str, made: str) -> int:
    return sum(dim.placed for dim, letter in zip(sight.dims, letters, strict=True) if letter in made)


def _by_window(sight: Sight, dims: Sequence[Dim], main: Sight, mine: Sequence[Dim]) -> Sight:
    """What every place of ``main`` sees of the keys of its own window; both must be cut into as many windows."""
    if sight.view.placeless:
        return sight
    found = sight
    for own, other in zip(_aligned(tuple(mine), len(dims)), _aligned(tuple(dims), len(mine)), strict=False):
        if own == other or not (own.placed or other.placed):
            continue
        if [(a.axis, a.size) for a in own.atoms] != [(a.axis, a.size) for a in other.atoms]:
            raise NotFollowed("attention between different windows")
        for a, b in zip(own.atoms, other.atoms, strict=True):
            if a.step != b.step:
                check_pattern(a.step)
                found = found.resampled(a.axis, ((0, 0),) * a.step, b.step, main.lengths[a.axis])
    return found


def _aligned(dims: Dims, rank: int) -> Dims:
    return (Dim(),) * (rank - len(dims)) + dims


def _together(views: Sequence[View], main: Sight, others: Sequence[Sight]) -> View:
    if any(other.lengths != main.lengths and not other.view.placeless for other in others):
        raise NotFollowed("attention between maps of different size")
    view = views[0]
    for other in views[1:]:
        view = view.united(other, main.lengths)
    return view
