"""How long it takes from a module to its diagram, beside torchview; and how that grows over the whole catalogue.

    python -m benchmarks.trace
    python -m benchmarks.trace --catalogue [--limit 300]

The first part prints medians, quartiles and the ratio, all in one process, in turn. torchview draws without weights
as well, on the meta device. The second part traces every architecture of the catalogue (or as many as the limit
says, spread evenly) and fits time = a · operations ^ b for each method: linear growth is b = 1.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torchview

from benchmarks.timing import interleave, report
from core.architectures import build, get, names
from core.figures import strip
from core.graph import TraceFailed, trace

TARGET = 0.5
PEER = "torchview's draw_graph"


def against_torchview(name: str, rounds: int, target: float | None) -> None:
    """Trace and layout of one network, beside torchview's graph of it (without Graphviz' layout)."""
    module = build(name, device="meta")

    def theirs() -> object:
        return torchview.draw_graph(module, input_size=(1, 3, 224, 224), device="meta", depth=10)

    functions = {
        "trace and fold": lambda: trace(module),
        "trace, fold and layout": lambda: strip(trace(module)),
        PEER: theirs,
    }
    report(name, interleave(functions, rounds), us="trace, fold and layout", peer=PEER, target=target)


def over_the_catalogue(limit: int) -> None:
    """One line per architecture, slowest last, then the fitted growth for each method."""
    chosen = names()
    if limit < len(chosen):
        chosen = tuple(chosen[int(place)] for place in np.linspace(0, len(chosen) - 1, limit))
    found: dict[str, list[tuple[int, float, str]]] = defaultdict(list)
    for name in chosen:
        module = build(name, device="meta")
        begin = time.process_time()
        try:
            graph = trace(module, get(name).input_size)
        except TraceFailed as failure:
            print(f"  {name}: {failure}")
            continue
        found[graph.method].append((len(graph.nodes), time.process_time() - begin, name))
    for method, samples in found.items():
        print_growth(method, samples)


def print_growth(method: str, samples: Sequence[tuple[int, float, str]]) -> None:
    """The slowest networks, milliseconds per operation, and the exponent of the growth with its standard error."""
    print(f"\n{method}: {len(samples)} architectures")
    for operations, seconds, name in sorted(samples, key=lambda sample: sample[1])[-5:]:
        print(f"  {name:<44} {operations:6d} operations {seconds:7.3f} s")
    operations = np.array([sample[0] for sample in samples], dtype=float)
    seconds = np.array([sample[1] for sample in samples])
    low, median, high = np.quantile(1e3 * seconds / operations, (0.25, 0.5, 0.75))
    print(f"  per operation: median {median:.3f} ms (IQR {low:.3f} to {high:.3f})")
    if len(samples) > 10:
        fit, covariance = np.polyfit(np.log(operations), np.log(seconds), 1, cov=True)
        met = "met" if fit[0] <= 1.1 else "MISSED"
        print(
            f"  time grows as operations ^ {fit[0]:.2f} (± {covariance[0, 0] ** 0.5:.2f}); linear growth: {met}"
        )


def main() -> None:
    """Run the part asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--catalogue", action="store_true", help="trace the whole catalogue")
    parser.add_argument("--limit", type=int, default=10_000, help="at most so many architectures of it")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    if options.catalogue:
        over_the_catalogue(options.limit)
        return
    against_torchview("resnet18", options.rounds, None)
    against_torchview("resnet152", options.rounds, TARGET)


if __name__ == "__main__":
    main()
