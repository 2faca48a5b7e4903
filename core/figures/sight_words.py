"""What a cell can see and what moves it, as sentences and short words computed from the numbers."""

from __future__ import annotations

from core.figures.fractions import FRACTIONS
from core.figures.numbers import SPACE, count, exact
from core.figures.sight import Sight, SightLayer
from core.graph.records import Graph
from core.probes.records import EffectiveReceptiveField

GATE, WINDOWS = "squeeze-excite gate", "attention within windows"  # as the rule book calls them
_NEAR = 0.07  # of a share, relative: as far as its word is right
_WHOLE, _NEARLY = 0.995, 0.93


def share_words(share: float) -> str:
    """A share (0…1) in a word where one is near (``"half"``, ``"an eighth"``), else in percent."""
    if share >= _WHOLE:
        return "all"
    if share >= _NEARLY:
        return "nearly all"
    word, value = min(FRACTIONS.items(), key=lambda pair: abs(pair[1] - share))
    if abs(share - value) <= _NEAR * value:
        return word
    return f"{100 * share:.0f}{SPACE}%" if share >= 0.01 else f"less than 1{SPACE}%"


def size_words(size: tuple[int, int]) -> str:
    """Height and width: ``"171 × 171"``."""
    return f"{exact(size[0])}{SPACE}×{SPACE}{exact(size[1])}"


def answer(
    sight: Sight,
    layer: SightLayer,
    cell: tuple[int, int],
    effect: EffectiveReceptiveField | None,
    *,
    weights: str,
) -> tuple[str, str]:
    """What the cell can see, and what moves it.

    Args:
        sight: the network.
        layer: whose cell it is.
        cell: row and column.
        effect: of that cell; None while it is not measured, or cannot be.
        weights: ``"random"`` or ``"trained"``.
    """
    area = sight.picture[0] * sight.picture[1]
    seen = layer.pixels(cell, sight.picture)
    if layer.whole:
        lead = f"Every cell of {layer.name} can see the whole picture."
    else:
        top, left, bottom, right = layer.box(cell)
        size = size_words((bottom - top, right - left))
        lead = f"This cell of {layer.name} can see {size} pixels, {share_words(seen / area)} of the picture."
    return lead, " ".join(
        filter(None, (_why(layer), _moved(layer, seen, effect, weights), _skips(sight, layer)))
    )


def _why(layer: SightLayer) -> str:
    if not layer.whole:
        return ""
    at = f" at {layer.cause}" if layer.cause and layer.cause != layer.node else ""
    why = f"{layer.whole}{at}"
    if layer.whole == GATE:
        why = f"a {GATE}{at} scales each channel by what it makes of the whole picture"
    elif layer.whole == WINDOWS:
        why = f"{WINDOWS}{at} joins all cells of a window, and here the windows reach over the whole picture"
    if layer.local is None:
        return f"Why: {why}."
    return f"Why: {why}. Without that it would be {size_words(layer.local.size)}."


def _moved(layer: SightLayer, seen: int, effect: EffectiveReceptiveField | None, weights: str) -> str:
    if effect is None or not seen:
        return ""
    share = effect.holds(0.95) / seen
    those = "the picture" if layer.whole else "those"
    whence = f"{share_words(share)} of {those}"
    return f"With these {weights} weights, 95{SPACE}% of what moves it comes from {whence}."


def _skips(sight: Sight, layer: SightLayer) -> str:
    if not sight.residual or layer.shortest is None:
        return ""
    return f"Through the skips alone it would see {size_words(layer.shortest)}."


def shortest_words(sight: Sight) -> tuple[str, str]:
    """What the field of the shortest path is called, and what that is."""
    if sight.residual:
        return "By skips alone", "the shortest path to this cell"
    return "By the shortest path", "the narrowest branches alone"


def holds_words(effect: EffectiveReceptiveField, share: float, seen: int) -> tuple[str, str]:
    """How many pixels hold a share of the effect, and which part that is of what the cell can see."""
    held = effect.holds(share)
    return f"{exact(held)} px", f"{share_words(held / seen)} of what it can see" if seen else ""


def not_shown(graph: Graph, node: str, earlier: SightLayer) -> tuple[str, str]:
    """Why a node has no cells that could be pointed at, and what to choose instead."""
    found = graph.at(node)
    field = found.receptive_field
    if field.status == "undefined" and field.reason:
        at = f" at {field.cause}" if field.cause and field.cause != found.name else ""
        why = f"What {node} sees cannot be said: {field.reason}{at}."
    else:
        why = f"{node} has no cells left that lie in a grid: every number of it stands for the whole picture."
    return why, f"Choose an earlier layer; this is {earlier.name}."


def nothing_shown(graph: Graph, title: str) -> str:
    """Why no layer of a network has cells that could be pointed at."""
    if len(graph.input_size) != 3:
        return f"{title} takes {count(graph.input_size[0], 'number')} and no picture, so no cell sees a part of one."
    lost = next((node for node in graph.nodes.values() if node.receptive_field.reason), None)
    if lost is None:
        return f"What the cells of {title} see cannot be said."
    field = lost.receptive_field
    return f"What the cells of {title} see cannot be said: {field.reason} at {field.cause or lost.name}."


def measured_words(effect: EffectiveReceptiveField, source: str, weights: str) -> str:
    """How the effect was measured, for the source line."""
    measure = "(∂ cell / ∂ pixel)²" if effect.measure == "squared" else "|∂ cell / ∂ pixel|"
    pictures = (
        count(effect.images, "noise picture")
        if source == "noise"
        else f"{count(effect.images, 'copy', 'copies')} of the photo under a little noise"
    )
    calibrated = ", batch norm calibrated" if effect.calibrated else ""
    return f"Effect: mean {measure} over {pictures}, {weights} weights{calibrated}"
