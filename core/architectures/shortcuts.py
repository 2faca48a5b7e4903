"""Which additions of a network are residual ones that can be taken out, and why not where they cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.graph.records import Node, Skip
from core.graph.skips import Sum, find_skips, find_sums


class NoSkipConnections(ValueError):
    """A network has no plain twin; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A residual addition and what has to go from it.

    Attributes:
        skip: as `core.graph` found it.
        addition: the operation that adds the shortcut: the join, or an addition before it in a longer sum.
        place: of the shortcut among the inputs of ``addition``.
    """

    skip: Skip
    addition: str
    place: int


def residual_shortcuts(nodes: Mapping[str, Node], *, title: str) -> tuple[Shortcut, ...]:
    """Every residual addition among operations (in execution order), with the operand that is its shortcut.

    A sum counts where it has two operands that come from the picture, one of them the shortcut. Where a sum leaves
    open what its residual branch is, there is no single plain twin, so that the network has none:

    - more than two operands (``x + a(x) + b(x)``), as the branches of RepVGG have;
    - two sides with layers of their own, of which no one is a shortcut, as where HRNet's branches meet;
    - operands of different shapes, so that the branch alone would not fit what comes after;
    - a shortcut that carries other channels than the branch reads, as in Res2Net and in dual-path networks.

    Args:
        nodes: operations of the network by name.
        title: what to call the network in a sentence.

    Raises:
        NoSkipConnections: there is none, or a sum leaves open which operand is the shortcut.
    """
    skips = find_skips(nodes)
    additions = {skip.join: skip for skip in skips if skip.join_kind == "add"}
    sums = find_sums(nodes)
    if not additions:
        raise NoSkipConnections(_why_none(skips, title))
    for total in sums:
        if reason := _doubt(nodes, total, additions.get(total.join)):
            raise NoSkipConnections(f"{title} has no plain twin: {reason}.")
    return tuple(_shortcut(nodes, total, additions[total.join]) for total in sums if total.join in additions)


def _why_none(skips: Sequence[Skip], title: str) -> str:
    dense = sum(skip.join_kind == "concatenate" for skip in skips)
    if dense:
        return (
            f"{title} joins by concatenation, in {dense} places, and adds nothing up: without what a concatenation "
            "brings along, the layer that reads it would need another width, so the same weights would not fit."
        )
    return f"{title} has no residual additions: there is nothing to take out, it is a plain network as it is."


def _doubt(nodes: Mapping[str, Node], total: Sum, skip: Skip | None) -> str:
    """Why a sum leaves open which operand is the shortcut; "" where it does not, or where it is no skip."""
    operands = _listed(total.operands)
    if skip is None:
        if len(total.layers) > 1 and min(total.layers) > 0:
            return (
                f"the addition {total.join} joins {operands}, which have passed {_listed(total.layers)} layers with "
                "weights since they parted, so that none of them is a shortcut past the other"
            )
        return ""
    if len(total.operands) > 2:
        return (
            f"the addition {total.join} adds up {len(total.operands)} operands, {operands}, "
            "so that taking one out does not leave a single branch"
        )
    if skip.ambiguous:
        return (
            f"the addition {total.join} joins {operands}, which have passed as many layers with weights, "
            "so that either could be the shortcut"
        )
    if chosen := next((name for name in skip.shortcut_nodes if _selects_channels(nodes[name])), None):
        return (
            f"what the addition {total.join} adds on its shortcut is a part of the channels alone ({chosen}), "
            "and its branch reads others"
        )
    if any(nodes[operand].output_shape != nodes[total.join].output_shape for operand in total.operands):
        return f"the addition {total.join} joins {operands}, whose shapes differ"
    return ""


def _selects_channels(node: Node) -> bool:
    if node.kind != "slice" or not node.input_shapes or len(node.input_shapes[0]) != len(node.output_shape):
        return False
    axis = 1 if len(node.output_shape) == 4 else -1
    return node.input_shapes[0][axis] != node.output_shape[axis]


def _shortcut(nodes: Mapping[str, Node], total: Sum, skip: Skip) -> Shortcut:
    """Where the shortcut's end enters the sum."""
    end = skip.shortcut_nodes[-1] if skip.shortcut_nodes else skip.fork
    addition = total.join
    while True:
        inputs = nodes[addition].inputs
        sides = [set(total.operands).intersection(_operands(nodes, name, total)) for name in inputs]
        place = next(place for place, side in enumerate(sides) if end in side)
        if len(sides[place]) == 1:
            return Shortcut(skip, addition, place)
        addition = inputs[place]


def _operands(nodes: Mapping[str, Node], name: str, total: Sum) -> Iterator[str]:
    if name not in total.parts:
        yield name
        return
    for source in nodes[name].inputs:
        yield from _operands(nodes, source, total)


def _listed(items: Sequence[object]) -> str:
    """``a, b and c``."""
    *first, last = map(str, items)
    return f"{', '.join(first)} and {last}" if first else last
