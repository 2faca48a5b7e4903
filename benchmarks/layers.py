"""How long it takes from a module to its table of layers, beside torchinfo's summary of the same module.

    python -m benchmarks.layers [--rounds 9]

Both get the module on the meta device and one picture, and give a row for every layer with shapes, parameters, kernels
and multiply-adds. Ours also follows functions, skips and roles, and makes the cells of the page. In one process, in
turn; medians, quartiles and the ratio are printed.
"""

from __future__ import annotations

import argparse

import torchinfo

from benchmarks.timing import interleave, report
from core.architectures import build, get
from core.figures.layer_table import View, layer_table, to_csv
from core.graph import trace

COLUMNS = ("input_size", "output_size", "num_params", "kernel_size", "mult_adds")
NAMES = ("resnet18", "resnet152", "efficientnet_b0", "vit_b_16")
PEER = "torchinfo's summary, as text"
TARGET = 1.0


def against_torchinfo(name: str, rounds: int) -> None:
    """Trace and table of one network, beside torchinfo's."""
    module, size = build(name, device="meta"), get(name).input_size
    graph = trace(module, size)

    def theirs() -> str:
        found = torchinfo.summary(
            module, input_size=(1, *size), depth=100, verbose=0, device="meta", mode="eval", col_names=COLUMNS
        )
        return str(found)

    functions = {
        "rows and CSV of a known graph": lambda: to_csv(layer_table(graph, "Modules"), View()),
        "trace, rows and CSV": lambda: to_csv(layer_table(trace(module, size), "Modules"), View()),
        PEER: theirs,
    }
    samples = interleave(functions, rounds)
    report(
        f"{name}: {len(graph.nodes)} operations, {len(graph.modules)} modules",
        samples,
        us="trace, rows and CSV",
        peer=PEER,
        target=TARGET,
    )


def main() -> None:
    """Every network in turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    for name in NAMES:
        against_torchinfo(name, rounds)


if __name__ == "__main__":
    main()
