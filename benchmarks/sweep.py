"""Does every model of the catalogue open? One row a model: how it was followed, how large it is, how fast it is drawn.

    python -m benchmarks.sweep                       # sixty, spread evenly over the catalogue
    python -m benchmarks.sweep --all                 # every one: about an hour on two cores
    python -m benchmarks.sweep --all --only timm/    # every one whose name starts so

Models are built and followed in a process of their own, which is ended and replaced when it takes longer than
``--seconds``, so that one bad model cannot stop the rest. Printed: the share that opened, by the way of following;
each failure with its reason; the largest and the slowest; what the picture costs once the graph is there.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from benchmarks.timing import spread
from core.architectures import build, get, names
from core.figures import Diagram, LayoutUnavailable, operations, strip
from core.figures.graphviz_diagram import forget_layouts
from core.graph import TraceFailed, dumps, trace
from core.graph.records import Graph

TARGET_SHARE = 0.99
TARGET_PICTURE = 0.1  # seconds for the first picture, of half of the models
MODELS_A_PROCESS = 150  # then a fresh one: what the libraries keep would pile up
LISTED = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one model.

    Attributes:
        name: in the catalogue.
        method: how it was followed; "" where it did not open.
        reason: why it did not open; "" where it did.
        operations: in its graph.
        seconds: to build and follow it.
        marks: in its first picture.
        drawing: seconds for that picture, its largest stage opened: plan, layout and SVG.
        way: what laid it out: ``"strip"`` or ``"operations"``.
        size: bytes of the SVG.
    """

    name: str
    method: str = ""
    reason: str = ""
    operations: int = 0
    seconds: float = 0.0
    marks: int = 0
    drawing: float = 0.0
    way: str = ""
    size: int = 0


def opened(name: str, graphs: Path | None = None) -> Outcome:
    """Build, follow and draw one model; what a visitor would be told where that is impossible."""
    begin = time.perf_counter()
    try:
        graph = trace(build(name, device="meta"), get(name).input_size)
    except TraceFailed as failure:
        return Outcome(name, reason=str(failure), seconds=time.perf_counter() - begin)
    seconds = time.perf_counter() - begin
    if graphs is not None:
        graphs.joinpath(name.replace("/", "__") + ".json.gz").write_bytes(dumps(graph))
    return drawn(name, graph, seconds)


def first_picture(graph: Graph) -> Diagram:
    """What a visitor sees first, drawn anew: the network with its largest stage opened."""
    forget_layouts()
    stage = max(graph.fold.children, key=lambda group: len(group.nodes))
    if graph.fold.chain:
        return strip(graph, opened=[stage.name])
    return operations(graph, opened=[stage.name])


def drawn(name: str, graph: Graph, seconds: float) -> Outcome:
    """The outcome for a graph that is there: its first picture is drawn and timed."""
    begin = time.perf_counter()
    try:
        picture = first_picture(graph)
    except LayoutUnavailable as failure:
        return Outcome(name, reason=str(failure), operations=len(graph.nodes), seconds=seconds)
    drawing = time.perf_counter() - begin
    way = "strip" if graph.fold.chain else "operations"
    return Outcome(
        name,
        graph.method,
        "",
        len(graph.nodes),
        seconds,
        len(picture.marks),
        drawing,
        way,
        len(picture.svg),
    )


def serve(questions: Connection, graphs: Path | None) -> None:
    """Answer names with outcomes until the other end closes."""
    while True:
        try:
            name = questions.recv()
        except EOFError:
            return
        try:
            answer = opened(name, graphs)
        except Exception as error:  # noqa: BLE001 - the sweep must tell of every model, and go on
            answer = Outcome(name, reason=f"{type(error).__name__}: {error}")
        questions.send(answer)
        gc.collect()


class Helper:
    """A process that opens models, one after another."""

    def __init__(self, graphs: Path | None) -> None:
        self._ours, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=serve, args=(theirs, graphs), daemon=True
        )
        self._process.start()
        theirs.close()
        self.left = MODELS_A_PROCESS

    def ask(self, name: str, seconds: float) -> Outcome:
        """The outcome; after ``seconds``, or when the process ends, what is known then."""
        self.left -= 1
        self._ours.send(name)
        try:
            if self._ours.poll(seconds):
                outcome: Outcome = self._ours.recv()
                return outcome
        except EOFError:
            self.left = 0
            self._process.join()
            return Outcome(name, reason=f"The process ended with code {self._process.exitcode}.")
        self.left = 0
        return Outcome(name, reason=f"It took longer than {seconds:g} s.", seconds=seconds)

    def end(self) -> None:
        """End it now."""
        self._ours.close()
        self._process.terminate()
        self._process.join()


def sweep(chosen: Sequence[str], *, seconds: float, graphs: Path | None) -> Iterator[Outcome]:
    """Outcomes in the order of the names."""
    helper = Helper(graphs)
    try:
        for name in chosen:
            if helper.left <= 0:
                helper.end()
                helper = Helper(graphs)
            yield helper.ask(name, seconds)
    finally:
        helper.end()


def choose(prefix: str, limit: int) -> tuple[str, ...]:
    """Names that start with ``prefix``, spread evenly where there are more than ``limit``."""
    found = [name for name in names() if name.startswith(prefix)]
    if limit < len(found):
        return tuple(found[int(place)] for place in np.linspace(0, len(found) - 1, limit))
    return tuple(found)


def tell(outcomes: Sequence[Outcome]) -> None:
    """Print what came out."""
    good = [outcome for outcome in outcomes if not outcome.reason]
    share = len(good) / len(outcomes)
    verdict = "met" if share >= TARGET_SHARE else "MISSED"
    print(f"\n{len(good)} of {len(outcomes)} opened: {share:.2%}; target {TARGET_SHARE:.0%}: {verdict}")
    for method, count in Counter(outcome.method for outcome in good).most_common():
        times = spread([outcome.seconds for outcome in good if outcome.method == method])
        print(
            f"  by {method:<7} {count:5d}   median {times.median:.2f} s (IQR {times.low:.2f} to {times.high:.2f})"
        )
    for outcome in outcomes:
        if outcome.reason:
            print(f"  not opened: {outcome.name}: {outcome.reason}")
    if not good:
        return
    for title, key in (
        ("largest", "operations"),
        ("slowest to follow", "seconds"),
        ("slowest to draw", "drawing"),
    ):
        print(f"\n{title}")
        for outcome in sorted(good, key=lambda one: getattr(one, key), reverse=True)[:LISTED]:
            print(row(outcome))
    for way in ("strip", "operations"):
        times_drawn = [outcome.drawing for outcome in good if outcome.way == way]
        if times_drawn:
            found = spread(times_drawn)
            print(
                f"\nfirst picture as {way}: {len(times_drawn)} models, median {1e3 * found.median:.1f} ms "
                f"(IQR {1e3 * found.low:.1f} to {1e3 * found.high:.1f}), most {1e3 * max(times_drawn):.0f} ms; "
                f"target {1e3 * TARGET_PICTURE:.0f} ms: {'met' if found.median <= TARGET_PICTURE else 'MISSED'}"
            )
    print(f"most marks in a first picture: {max(outcome.marks for outcome in good)}")


def row(outcome: Outcome) -> str:
    """One line about a model that opened."""
    return (
        f"  {outcome.name:<52} {outcome.method:<7} {outcome.operations:6d} operations {outcome.seconds:7.2f} s, "
        f"{outcome.way}: {outcome.marks:4d} marks {1e3 * outcome.drawing:7.1f} ms {outcome.size / 1e3:6.0f} KB"
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limit", type=int, default=60, help="at most so many models")
    parser.add_argument("--all", action="store_true", help="every model, whatever the limit")
    parser.add_argument("--only", default="", metavar="PREFIX", help="names that start so, as timm/")
    parser.add_argument("--seconds", type=float, default=300, help="time limit of one model")
    parser.add_argument("--graphs", type=Path, help="a folder in which to keep the graphs")
    parser.add_argument("--rows", action="store_true", help="print a row for each model as it comes")
    options = parser.parse_args()
    if options.graphs is not None:
        options.graphs.mkdir(parents=True, exist_ok=True)
    outcomes = []
    chosen = choose(options.only, len(names()) if options.all else options.limit)
    for outcome in sweep(chosen, seconds=options.seconds, graphs=options.graphs):
        outcomes.append(outcome)
        if options.rows:
            print(f"  {outcome.name}: {outcome.reason}" if outcome.reason else row(outcome), flush=True)
    tell(outcomes)


if __name__ == "__main__":
    main()
