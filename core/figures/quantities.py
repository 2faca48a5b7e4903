"""What a network costs, as quantities that pictures show: by operation, by group, and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from core.figures.numbers import exact, human, human_bytes, percent
from core.graph.memory import BYTES_PER_NUMBER
from core.graph.records import Graph
from core.probes.footprint import Optimiser, inference, training, training_bytes

QuantityName = Literal["parameters", "multiply-adds", "activations", "training memory"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that each operation has an amount of, and that adds up over operations.

    Attributes:
        name: ``"activations"`` are the bytes that an inference pass writes as outputs, ``"training memory"`` those
            that a training step holds (`core.probes.footprint`).
        batch: pictures at once; counts for the two that are bytes.
        optimiser: what the weights are trained with; counts for training memory alone.
    """

    name: QuantityName
    batch: int = 1
    optimiser: Optimiser = "momentum"

    @property
    def title(self) -> str:
        """At the start of a line: ``"Multiply-adds"``."""
        return self.name[0].upper() + self.name[1:]

    @property
    def in_bytes(self) -> bool:
        """Whether amounts are bytes."""
        return self.name in ("activations", "training memory")

    def verb(self, plural: str, singular: str) -> str:
        """The form of a verb that agrees with the name."""
        return singular if self.name == "training memory" else plural

    def text(self, amount: float, *, digits: int = 3) -> str:
        """An amount as people read it: ``"25.6 M"``, ``"102 MB"``."""
        return human_bytes(amount, digits=digits) if self.in_bytes else human(amount, digits=digits)

    def exact(self, amount: float) -> str:
        """Every digit of an amount, with its unit."""
        return f"{exact(amount)} B" if self.in_bytes else exact(amount)


PARAMETERS = Quantity("parameters")
MULTIPLY_ADDS = Quantity("multiply-adds")


class Costs:
    """How much of a quantity each operation of a graph has.

    Weights that no operation reads belong to none, and are left out.
    """

    def __init__(self, graph: Graph, quantity: Quantity) -> None:
        self.quantity = quantity
        self._graph = graph
        self._amounts = _amounts(graph, quantity)

    @cached_property
    def total(self) -> int:
        """Of all operations."""
        return sum(self._amounts.values())

    def of(self, names: Iterable[str]) -> int:
        """Of the operations ``names``."""
        return sum(self._amounts[name] for name in names)

    def share(self, amount: float) -> float:
        """An amount as a part of the total, 0 … 1; 0 where there is nothing."""
        return amount / self.total if self.total else 0.0

    def percent(self, amount: float) -> str:
        """An amount as a percentage of the total."""
        return percent(amount, self.total)

    @property
    def caption(self) -> str:
        """The total and what it holds for: ``"4.09 G, one 224 × 224 picture"``."""
        quantity, graph = self.quantity, self._graph
        total = quantity.text(self.total, digits=4 if quantity.name == "parameters" else 3)
        if quantity.name == "parameters":
            return total
        if quantity.name == "multiply-adds":
            return f"{total}, one {_picture(graph.input_size)}"
        one = quantity.batch == 1
        pictures = f"one {_picture(graph.input_size)}" if one else f"{quantity.batch} pictures"
        if quantity.name == "activations":
            peak = inference(graph, batch=quantity.batch).activations
            return f"{total} written for {pictures}, at most {human_bytes(peak)} of it held at once"
        return f"{total} for {pictures}: {_held(graph, quantity)}"


def _amounts(graph: Graph, quantity: Quantity) -> Mapping[str, int]:
    if quantity.name == "training memory":
        return training_bytes(graph, batch=quantity.batch, optimiser=quantity.optimiser)
    nodes = graph.nodes.values()
    if quantity.name == "parameters":
        return {node.name: node.parameters for node in nodes}
    if quantity.name == "multiply-adds":
        return {node.name: node.macs for node in nodes}
    return {node.name: quantity.batch * node.activation_bytes for node in nodes}


def _held(graph: Graph, quantity: Quantity) -> str:
    found = training(graph, batch=quantity.batch, optimiser=quantity.optimiser)
    parts = [
        ("activations", found.activations),
        # Weights that no operation reads are left out everywhere here.
        ("weights", found.weights - BYTES_PER_NUMBER * sum(graph.unused_parameters.values())),
        ("gradients", found.gradients),
        (quantity.optimiser, found.optimiser),
    ]
    return ", ".join(f"{name} {human_bytes(size)}" for name, size in parts if size)


def _picture(size: tuple[int, ...]) -> str:
    if len(size) == 3:
        return f"{size[1]} × {size[2]} picture"
    return f"vector of {size[0]}"
