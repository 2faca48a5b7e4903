"""The rule book: what an operation does to what its operands see, one small function per operation.

A rule takes the node and the `Operands` and gives what the output sees. It is found by the node's full target
(``"torchvision.models.swin_transformer.shifted_window_attention"``), else by its kind (``"conv"``). An operation that
no rule is registered for has an undefined field, and so has everything after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.graph.fields.layout import NotFollowed
from core.graph.fields.sight import Cause, Sight
from core.graph.records import Node


@dataclass(frozen=True, slots=True)
class Operands:
    """What an operation reads that comes from the picture.

    Attributes:
        by_place: by place among the tensor operands; those that do not depend on the picture are left out.
    """

    by_place: Mapping[int, Sight]

    @property
    def first(self) -> Sight:
        """The first of them."""
        return next(iter(self.by_place.values()))

    @property
    def all(self) -> tuple[Sight, ...]:
        """All of them in order."""
        return tuple(self.by_place.values())

    def weighed(self, node: Node) -> Sight:
        """What a layer reads, also where its weights are made from the picture: then every unit sees what they see.

        Chen et al. 2020, "Dynamic Convolution" (arXiv:1912.03458): weights from the mean over all places.

        Raises:
            NotFollowed: weights alone come from the picture, or they differ from place to place.
        """
        if 0 not in self.by_place:
            raise NotFollowed("a layer whose weights alone come from the picture")
        sight, *weights = self.all
        for weight in weights:
            if not weight.view.placeless:
                raise NotFollowed("a layer whose weights differ from place to place")
            if not weight.view.sees_nothing:
                sight = sight.scaled_by_all(Cause(node.name, "weights made from the picture"))
        return sight


Rule = Callable[[Node, Operands], Sight]
_RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register a function as the rule for operations of these targets or kinds; a later one takes the place."""

    def register(function: Rule) -> Rule:
        _RULES.update(dict.fromkeys(names, function))
        return function

    return register


def find(node: Node) -> Rule | None:
    """The rule for a node, None where there is none."""
    return _RULES.get(node.target) or _RULES.get(node.kind)
