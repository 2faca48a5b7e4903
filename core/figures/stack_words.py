"""What can be said of a stack of small layers beside its counterpart; every clause is computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.figures.explanations.sources import ARITHMETIC, DILATION, VGG
from core.figures.numbers import count
from core.graph.stack import Stack, StackLayer

SOURCES = (
    ("Small kernels in place of a large one:", VGG, "section 2.3"),
    ("sizes and strides:", ARITHMETIC, ""),
    ("dilation:", DILATION, ""),
)
"""What each paper is the source of, the paper, and where in it."""
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")


def layer_words(layer: StackLayer) -> str:
    """``"3×3"``, ``"3×3, dilation 2"``, ``"2×2 pooling, stride 2"``."""
    kind = " pooling" if layer.kind == "pool" else ""
    return ", ".join([f"{layer.kernel:,}×{layer.kernel:,}{kind}", *_spacing((layer,))])


def name(stack: Stack) -> str:
    """What a stack is called: ``"Two 3×3"``, ``"One 7×7 with stride 2"``, ``"Three 3×3 with dilation 1, 2, 4"``,
    ``"Four layers"`` where they differ in more than that."""
    layers = stack.layers
    number = _NUMBERS[len(layers)]
    if len({(layer.kernel, layer.kind) for layer in layers}) > 1:
        return f"{number} layers"
    ending = ("", " pooling", " poolings")[(layers[0].kind == "pool") * (1 + (len(layers) > 1))]
    spacing = " and ".join(_spacing(layers))
    size = f"{number} {layers[0].kernel:,}×{layers[0].kernel:,}{ending}"
    return f"{size} with {spacing}" if spacing else size


def _spacing(layers: Sequence[StackLayer]) -> list[str]:
    """``["stride 2", "dilation 1, 2, 4"]``, without what is 1 everywhere."""
    found = []
    for word, values in (
        ("stride", [layer.stride for layer in layers]),
        ("dilation", [layer.dilation for layer in layers]),
    ):
        if max(values) > 1:
            told = values[:1] if len(set(values)) == 1 else values
            found.append(f"{word} {', '.join(f'{value:,}' for value in told)}")
    return found


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def title(stack: Stack, other: Stack | None) -> str:
    """What is seen, as a sentence: the same field for fewer weights only where it is so."""
    if stack.reached < stack.field:
        return (
            f"{name(stack)} {_verb(stack, 'span')} {_side(stack)} pixels, but {_verb(stack, 'read')} only "
            f"{stack.reached**2:,} of the {stack.field**2:,}"
        )
    if other is None:
        weights = f"with {count(stack.weights, 'weight')}" if stack.weights else "without any weights"
        return f"{name(stack)} {_verb(stack, 'see')} {_side(stack)} pixels {weights}"
    small, large = (other, stack) if len(other.layers) > 1 else (stack, other)
    if small.weights < large.weights:
        cost = f"with {count(small.weights, 'weight')} instead of {large.weights:,}"
    elif small.weights > large.weights:
        cost = f"but with {count(small.weights, 'weight')} instead of {large.weights:,}"
    else:
        cost = f"with the same {count(small.weights, 'weight')}"
    return f"{name(small)} {_verb(small, 'see')} what {_lower(name(large))} sees, {cost}"


def _verb(stack: Stack, verb: str) -> str:
    return verb if len(stack.layers) > 1 else f"{verb}s"


def _side(stack: Stack) -> str:
    return f"{stack.field:,} × {stack.field:,}"


def subtitle(stack: Stack) -> str:
    """What is counted, how the paths lie, and what stride and pooling mean for the comparison."""
    clauses = ["Per pair of channels."]
    middle, edge = int(stack.paths[len(stack.paths) // 2]), int(stack.paths[0])
    if stack.reached < stack.field:
        clauses.append("Dilation leaves gaps: no path leads to the pixels in between.")
    elif middle > edge and bool(np.all(np.diff(stack.paths[: (len(stack.paths) + 1) // 2]) >= 0)):
        clauses.append(
            "Middle pixels are reached on more paths, so the effect of a pixel fades towards the border."
        )
    elif bool(np.any(np.diff(stack.paths[: (len(stack.paths) + 1) // 2]) < 0)):
        clauses.append("Some pixels are reached on fewer paths than their neighbours: an uneven grid.")
    elif int(stack.paths.max()) == 1:
        clauses.append("Every pixel is reached on one path.")
    if stack.stride > 1:
        clauses.append(f"One output cell every {stack.stride:,} pixels.")
    return " ".join(clauses)


def below(stack: Stack) -> str:
    """Words under the picture of a stack."""
    return f"{count(stack.weights, 'weight')}, {count(stack.bends, 'non-linearity', 'non-linearities')}"


def saved(stack: Stack, other: Stack) -> tuple[str, float] | None:
    """``("Weights saved", 0.28)`` by the layers against the single kernel, or ``("More weights", 0.04)``.

    None where both weigh the same, and where gaps leave pixels unread: that is no equal field.
    """
    small, large = (other, stack) if len(other.layers) > len(stack.layers) else (stack, other)
    if small.weights == large.weights or stack.reached < stack.field:
        return None
    share = 1 - small.weights / large.weights
    return ("Weights saved", share) if share > 0 else ("More weights", -share)


def caveats(stack: Stack, other: Stack | None) -> tuple[str, ...]:
    """What an equal field does not say, as sentences; those that hold for this pair."""
    found = []
    if other is not None:
        if stack.reached == stack.field and (stack.macs > other.macs) != (stack.weights > other.weights):
            dear, cheap = (stack, other) if stack.macs > other.macs else (other, stack)
            found.append(
                f"Fewer weights are not less work here: a pixel of the output takes {dear.macs:,} multiply-adds in "
                f"{_lower(name(dear))} and {cheap.macs:,} in {_lower(name(cheap))}, because layers before a stride "
                "compute more cells."
            )
        if stack.reached < stack.field:
            found.append(
                f"{name(other)} reads all {other.field**2:,} pixels of the same box, with {other.weights:,} weights."
            )
    if stack.pools:
        found.append("A pooling mixes pixels without weights: it chooses the largest, and learns nothing.")
    return tuple(found)
