"""How long a diagram takes once the graph is there: the strip, and Graphviz' layout of operations.

    python -m benchmarks.layout

Prints median and quartiles; the strip's target is first paint within a second of the graph, of which the layout may
take a tenth.
"""

from __future__ import annotations

from benchmarks.timing import interleave, report
from core.architectures import build
from core.figures import graphviz_diagram, operations, strip
from core.graph import trace
from core.graph.records import Graph

NAMES = ("resnet18", "resnet152", "vgg19", "densenet201", "maxvit_t", "efficientnet_b7")
TARGET = 0.1  # seconds


def traced(name: str) -> Graph:
    """The graph of an architecture, without weights."""
    return trace(build(name, device="meta"))


def everything_opened(graph: Graph) -> tuple[str, ...]:
    """Names of all stages."""
    return tuple(group.name for group in graph.fold.children)


def fresh_operations(graph: Graph, name: str) -> None:
    """Operations of a group, with nothing remembered."""
    graphviz_diagram.forget_layouts()
    operations(graph, name)


def main() -> None:
    """Run all of it."""
    for name in NAMES:
        graph = traced(name)
        opened = everything_opened(graph)
        stage = max(graph.fold.children, key=lambda group: len(group.nodes))
        samples = interleave(
            {
                "strip, folded": lambda graph=graph: strip(graph),
                "strip, all stages opened": lambda graph=graph, opened=opened: strip(graph, opened=opened),
                "operations of the largest stage": lambda graph=graph, stage=stage: fresh_operations(
                    graph, stage.name
                ),
            },
            rounds=9,
        )
        report(
            f"{name}: {len(graph.nodes)} operations", samples, us="strip, all stages opened", target=TARGET
        )


if __name__ == "__main__":
    main()
