"""Sixty of timm's models, drawn over its families by a fixed seed, are followed, with the right totals."""

from __future__ import annotations

import random

import pytest
import timm
import torch

from core.graph import trace
from tests.graph.test_fold import check_fold


def families() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in timm.list_models():
        found.setdefault(timm.models.model_entrypoint(name).__module__, []).append(name)
    return found


def drawn(count: int, seed: int) -> list[str]:
    """One model each of as many families."""
    generator = random.Random(seed)
    by_family = families()
    return [generator.choice(by_family[family]) for family in generator.sample(sorted(by_family), count)]


@pytest.mark.slow
@pytest.mark.parametrize("name", drawn(60, seed=20))
def test_totals_are_right(name):
    with torch.device("meta"):
        module = timm.create_model(name)
    graph = trace(module, module.default_cfg["input_size"])
    assert graph.method in ("fx", "export")
    assert graph.parameters == sum(weight.numel() for weight in module.parameters())
    assert graph.macs > 0
    check_fold(graph)
    assert 2 <= len(graph.fold.children) <= 12
