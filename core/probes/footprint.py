"""How much memory a network takes, in inference and in training: known from its graph. Imports no torch.

An inference pass holds the weights and, at its fullest moment, the activations of `peak_bytes`. A training step holds
the weights, as many numbers again for their gradients, what the optimiser remembers of each weight (nothing for plain
SGD, its momentum, or Adam's two running means: Kingma and Ba 2015, https://arxiv.org/abs/1412.6980), and the
activations that the backward pass reads (`core.graph.memory`). Not counted: buffers such as running means, work space
of convolutions, gradients of activations on their way back, the framework itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.graph.memory import BYTES_PER_NUMBER, kept_bytes
from core.graph.records import Graph
from core.probes.memory import peak_bytes

Optimiser = Literal["SGD", "momentum", "Adam"]
NUMBERS_PER_WEIGHT: Mapping[Optimiser, int] = {"SGD": 0, "momentum": 1, "Adam": 2}
"""Numbers that an optimiser remembers of each weight."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes in memory, by what they hold."""

    weights: int
    gradients: int
    optimiser: int
    activations: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.weights + self.gradients + self.optimiser + self.activations


def inference(graph: Graph, *, batch: int = 1, number_bytes: int = BYTES_PER_NUMBER) -> Footprint:
    """Memory of a pass without gradients over ``batch`` pictures, at its fullest moment.

    ``number_bytes``: of a weight and of an activation: 4 for float32, 2 for half precision.
    """
    activations = peak_bytes(graph, batch=batch) * number_bytes // BYTES_PER_NUMBER
    return Footprint(graph.parameters * number_bytes, 0, 0, activations)


def training(
    graph: Graph,
    *,
    batch: int = 1,
    optimiser: Optimiser = "momentum",
    number_bytes: int = BYTES_PER_NUMBER,
) -> Footprint:
    """Memory of a training step over ``batch`` pictures, when the forward pass has ended.

    Weights that no operation of the pass reads, or that training leaves as they are, get neither gradient nor state.
    """
    used = sum(node.trained_parameters for node in graph.nodes.values()) * number_bytes
    return Footprint(
        weights=graph.parameters * number_bytes,
        gradients=used,
        optimiser=NUMBERS_PER_WEIGHT[optimiser] * used,
        activations=batch * sum(kept_bytes(graph, number_bytes=number_bytes).values()),
    )


def training_bytes(graph: Graph, *, batch: int = 1, optimiser: Optimiser = "momentum") -> Mapping[str, int]:
    """What each operation adds to the memory of a training step, at four bytes a number; all operations, in order.

    Its weights with gradients and state, and ``batch`` times what is kept of its output. The sum is that of
    `training`, less weights that no operation reads.
    """
    copies, kept = 1 + NUMBERS_PER_WEIGHT[optimiser], kept_bytes(graph)
    return {
        name: BYTES_PER_NUMBER * (node.parameters + copies * node.trained_parameters) + batch * kept[name]
        for name, node in graph.nodes.items()
    }
