"""Receptive fields of all layers: how long they take after the trace, beside TorchLens, and how that grows.

    python -m benchmarks.fields [--networks 60]

The first part takes ResNet-152: our arithmetic over the traced operations, and TorchLens's table of receptive fields
over a pass that it has just captured (it keeps a table once made, so every round captures anew); its way needs the
capture, ours the trace, so both sums are timed too. Both must give the same size after each stage. The second part
takes a network of each family of the catalogue, spread evenly, and fits time = a · operations ^ b: linear growth is
b = 1. Times are the process's own, on one thread, so that whoever else uses the machine counts for little.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import torchlens
from torch import Tensor, nn

from benchmarks.timing import report
from benchmarks.trace import print_growth
from core.architectures import build, families, get, names
from core.graph import TraceFailed, trace
from core.graph.fields import with_fields
from core.graph.records import Graph, Node

NAME = "resnet152"
STAGES = ("layer1", "layer2", "layer3", "layer4")
TARGET = 0.05  # seconds
REPEATS = 5  # of each network in the second part: the least counts
OURS, PEER = "our fields", "TorchLens's fields"
OUR_WAY, PEER_WAY = "trace with fields", "TorchLens's capture and fields"


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of this process that it took, and what it gave."""
    begin = time.process_time()
    found = function()
    return time.process_time() - begin, found


@torch.no_grad()
def captured(net: nn.Module, x: Tensor) -> Any:
    """What TorchLens captures of a pass; of its tensors it keeps the last map alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torchlens.trace(net, x, save=torchlens.module("avgpool"))


def against_torchlens(rounds: int) -> None:
    """All layers of ResNet-152, in turn, after one round uncounted."""
    net, x = build(NAME), torch.randn(1, 3, 224, 224)
    graph = trace(net)
    samples: dict[str, list[float]] = {OURS: [], OUR_WAY: [], PEER: [], PEER_WAY: []}
    for number in range(-1, rounds):
        traced, _ = timed(lambda: trace(net))
        ours, nodes = timed(lambda: with_fields(graph.nodes))
        capture, theirs = timed(lambda: captured(net, x))
        fields, _ = timed(theirs.receptive_fields)
        check_equal(graph, nodes, theirs)
        if number >= 0:
            for name, seconds in zip(samples, (ours, traced, fields, capture + fields), strict=True):
                samples[name].append(seconds)
    report(f"All layers of {NAME}", {OURS: samples[OURS]}, us=OURS, target=TARGET)
    report("Beside TorchLens, after trace and capture", samples, us=OURS, peer=PEER)
    report(
        "Beside TorchLens, from the module on",
        {name: samples[name] for name in (OUR_WAY, PEER_WAY)},
        us=OUR_WAY,
        peer=PEER_WAY,
    )


def check_equal(graph: Graph, nodes: Mapping[str, Node], theirs: Any) -> None:
    """Both find the same field at the end of each stage.

    Raises:
        AssertionError: they do not.
    """
    for stage in STAGES:
        ours = nodes[graph.at(stage).name].receptive_field.size
        found = tuple(theirs.modules[stage].receptive_field.size)
        if ours != found:
            raise AssertionError(f"{stage}: {ours} here, {found} by TorchLens.")


def over_families(networks: int) -> None:
    """One network of each family, or of as many as asked for; the slowest, and the exponent of the growth."""
    first = {family: next(name for name in names() if get(name).family == family) for family in families()}
    chosen = sorted(first.values())
    if networks < len(chosen):
        chosen = [chosen[int(place)] for place in np.linspace(0, len(chosen) - 1, networks)]
    samples = []
    for name in chosen:
        try:
            graph = trace(build(name, device="meta"), get(name).input_size)
        except TraceFailed as failure:
            print(f"  {name}: {failure}")
            continue
        nodes = graph.nodes
        least = min(timed(lambda nodes=nodes: with_fields(nodes))[0] for _ in range(REPEATS))
        samples.append((len(nodes), least, name))
    print_growth("fields", samples)


def main() -> None:
    """Both parts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--networks", type=int, default=60)
    options = parser.parse_args()
    torch.set_num_threads(1)
    against_torchlens(options.rounds)
    over_families(options.networks)


if __name__ == "__main__":
    main()
