"""What an operation costs, written out with its own numbers: products that give its parameters and multiply-adds.

A product is only told where it gives exactly what the graph counted. Where it does not (a layer whose weights are
worked out by another operation, a weight that an earlier call has counted already), that clause is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from core.figures.numbers import exact, human
from core.graph.records import Node


@dataclass(frozen=True, slots=True)
class Term:
    """A product of factors at a number of places, and what it counts.

    ``Term((3, 3, 64, 64), places=(56, 56))``, ``Term((64,), "biases")``.
    """

    factors: tuple[int, ...]
    word: str = ""
    places: tuple[int, ...] = ()

    @property
    def value(self) -> int:
        """The product."""
        return prod(self.factors) * prod(self.places)

    def __str__(self) -> str:
        text = "·".join(str(factor) for factor in self.factors)
        where = f" × {'·'.join(str(side) for side in self.places)} positions" if self.places else ""
        return f"{text}{where} {self.word}".rstrip()


@dataclass(frozen=True, slots=True)
class Cost:
    """The sums of products that an operation's weights and multiply-adds are; empty where it has none."""

    weights: tuple[Term, ...] = ()
    multiplies: tuple[Term, ...] = ()

    @property
    def parameters(self) -> int:
        """The sum of the weights."""
        return sum(term.value for term in self.weights)

    @property
    def macs(self) -> int:
        """The sum of the multiply-adds."""
        return sum(term.value for term in self.multiplies)


def cost(node: Node) -> Cost:
    """The products of an operation, those kept that give what the graph counted."""
    formula = _FORMULAS.get(node.kind)
    found = formula(node) if formula else Cost()
    return Cost(
        found.weights if found.parameters == node.parameters else (),
        found.multiplies if found.macs == node.macs else (),
    )


def cost_sentences(node: Node) -> tuple[str, ...]:
    """The cost in words, exact for weights and short for multiply-adds; nothing for what costs nothing."""
    found = cost(node)
    sentences = []
    if found.weights:
        sentences.append(f"{_sum(found.weights)} = {exact(found.parameters)} weights.")
    elif node.parameters:
        sentences.append(f"{exact(node.parameters)} weights.")
    if found.multiplies and found.macs:
        whole = human(found.macs, digits=4)
        sentences.append(f"{_sum(found.multiplies)} = {whole} multiply-adds.")
    elif node.macs:
        sentences.append(f"{human(node.macs, digits=4)} multiply-adds.")
    return tuple(sentences)


def _sum(terms: tuple[Term, ...]) -> str:
    return " + ".join(str(term) for term in terms)


def _whole(node: Node, name: str) -> int:
    value = node.attributes.get(name)
    return value if isinstance(value, int) else 0


def _bias(node: Node, width: int) -> tuple[Term, ...]:
    return (Term((width,), "biases"),) if node.attributes.get("bias") else ()


def _convolution(node: Node) -> Cost:
    kernel = node.attributes.get("kernel")
    width_in, width, groups = (_whole(node, n) for n in ("in_channels", "out_channels", "groups"))
    if not isinstance(kernel, tuple) or not groups:
        return Cost()
    each = (*kernel, width_in // groups, width)
    # A transposed one multiplies at every place of what it reads, the other at every place of what it gives.
    shape = node.input_shapes[0] if node.kind == "conv_transpose" else node.output_shape
    places = tuple(side for side in (*shape[:1], *shape[2:]) if side > 1)
    return Cost((Term(each), *_bias(node, width)), (Term(each, places=places),))


def _linear(node: Node) -> Cost:
    width_in, width = _whole(node, "in_channels"), _whole(node, "out_channels")
    places = tuple(side for side in node.output_shape[:-1] if side > 1)
    return Cost((Term((width_in, width)), *_bias(node, width)), (Term((width_in, width), places=places),))


def _attention(node: Node) -> Cost:
    shapes = node.input_shapes
    if not shapes or len(shapes[0]) < 3:
        return Cost()
    if "heads" in node.attributes:  # a module: it makes queries, keys and values itself
        tokens, width = shapes[0][-2:]
        weights = (Term((4, width, width)), Term((4, width), "biases"))
        return Cost(weights, (Term((4, tokens, width, width)), Term((2, tokens, tokens, width))))
    *many, asking, width = shapes[0]
    answering = shapes[1][-2] if len(shapes) > 1 else asking
    factors = (*(side for side in many if side > 1), asking, answering, width)
    return Cost((), (Term((2, *factors)),))


def _product(node: Node) -> Cost:
    if not node.input_shapes or not node.input_shapes[0]:
        return Cost()
    inner = node.input_shapes[0][-1]
    return Cost((), (Term((*(side for side in node.output_shape if side > 1), inner)),))


def _per_channel(node: Node) -> Cost:
    """γ and β of a norm, one pair a channel; or one γ alone. Layer norms have their channels last, others second."""
    shape = node.output_shape
    if len(shape) < 2:
        return Cost()
    last = node.kind in ("layer_norm", "rms_norm")
    for width in (shape[-1], shape[1]) if last else (shape[1], shape[-1]):
        if node.parameters == 2 * width:
            return Cost((Term((2, width), "(γ and β)"),))
        if node.parameters == width:
            return Cost((Term((width,), "(γ)"),))
    return Cost()


_FORMULAS = {
    "conv": _convolution,
    "conv_transpose": _convolution,
    "linear": _linear,
    "attention": _attention,
    "matmul": _product,
    "batch_norm": _per_channel,
    "layer_norm": _per_channel,
    "group_norm": _per_channel,
    "instance_norm": _per_channel,
    "rms_norm": _per_channel,
}
