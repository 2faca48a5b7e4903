"""One model of every family of timm's is followed, with the right totals and a text for every operation."""

from __future__ import annotations

import random

import pytest
import timm

from core.architectures import build, get, names
from core.figures.explanations import described
from core.graph import trace
from tests.graph.test_fold import check_fold


def drawn(seed: int) -> list[str]:
    """A model of each family, out of the smallest quarter: the larger ones repeat their blocks."""
    families: dict[str, list[str]] = {}
    for name in names():
        if get(name).library == "timm":
            family = timm.models.model_entrypoint(name.removeprefix("timm/")).__module__
            families.setdefault(family, []).append(name)
    generator = random.Random(seed)
    by_size = [
        sorted(family, key=lambda name: get(name).parameters) for _, family in sorted(families.items())
    ]
    return [generator.choice(family[: (len(family) + 3) // 4]) for family in by_size]


@pytest.mark.slow
@pytest.mark.parametrize("name", drawn(seed=20))
def test_every_family_is_followed(name):
    module = build(name, device="meta")
    graph = trace(module, get(name).input_size)
    assert graph.method in ("fx", "export")
    assert graph.parameters == sum(weight.numel() for weight in module.parameters()) == get(name).parameters
    assert graph.macs > 0
    check_fold(graph)
    assert 2 <= len(graph.fold.children) <= 12
    assert {node.kind: node.target for node in graph.nodes.values() if not described(node.kind)} == {}
