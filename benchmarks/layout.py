"""How long a diagram takes once the graph is there: the strip, and Graphviz' layout of operations.

    python -m benchmarks.layout

Prints median and quartiles; the strip's target is first paint within a second of the graph, of which the layout may
take a tenth. Before that, what a click on a group of a very large network costs the server: the new state, layout and
SVG; what earlier clicks have laid out is known, as on the page.
"""

from __future__ import annotations

import random
import time

from benchmarks.timing import interleave, report
from core.architectures import build, get
from core.figures import graphviz_diagram, operations, strip
from core.figures.opening import seen, toggled
from core.figures.parts import tree
from core.graph import trace
from core.graph.records import Graph

NAMES = ("resnet18", "resnet152", "vgg19", "densenet201", "maxvit_t", "efficientnet_b7")
LARGE = ("timm/mvitv2_huge_cls", "timm/hrnet_w64", "timm/resnest269e", "timm/nasnetalarge")
TARGET = 0.1  # seconds
CLICKS = 40


def traced(name: str) -> Graph:
    """The graph of an architecture, without weights."""
    return trace(build(name, device="meta"), get(name).input_size)


def everything_opened(graph: Graph) -> tuple[str, ...]:
    """Names of all stages."""
    return tuple(group.name for group in graph.fold.children)


def fresh_operations(graph: Graph, name: str) -> None:
    """Operations of a group, with nothing remembered."""
    graphviz_diagram.forget_layouts()
    operations(graph, name)


def click(graph: Graph, opened: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Open or close a group and draw the network anew; what is opened then."""
    then = toggled(tree(graph), opened, name)
    if graph.fold.chain:
        strip(graph, opened=then)
    else:
        operations(graph, opened=then)
    return then


def clicks(graph: Graph) -> list[float]:
    """Seconds that each of a visitor's clicks takes, on groups that are seen at that moment, by a fixed seed."""
    graphviz_diagram.forget_layouts()
    choose = random.Random(0)
    opened: tuple[str, ...] = ()
    times: list[float] = []
    click(graph, opened, "")  # what is found once for a graph
    for _ in range(CLICKS):
        shown = [part.id for part in seen(tree(graph), opened) if part.children]
        begin = time.perf_counter()
        opened = click(graph, opened, choose.choice(shown))
        times.append(time.perf_counter() - begin)
    return times


def main() -> None:
    """Run all of it."""
    for name in LARGE:
        graph = traced(name)
        title = f"{name}: {len(graph.nodes)} operations"
        report(title, {"click on a group": clicks(graph)}, us="click on a group", target=TARGET)
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
