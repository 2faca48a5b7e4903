"""Rows aligned by depth: every layer stands where its number is on the longest path from the picture to the result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from core.figures import aligned_frame as frame
from core.figures.aligned_rows import AlignedEntry, Sign, signs
from core.figures.canvas import Canvas
from core.figures.diagram import Box, Diagram
from core.figures.glyphs import (
    ARC_TOP,
    JOINT_SMALL,
    TALLEST,
    Ink,
    Role,
    arc_key,
    bar,
    bar_height,
    channels,
    is_projection,
    kernel,
    kernel_width,
    line_class,
)
from core.figures.numbers import count, exact
from core.figures.statements import weighted_layers
from core.figures.structure import Fork, steps
from core.figures.svg import arch, element, joint, label, line, text_width
from core.graph.records import Graph, Node

_LEAST_PITCH, _MOST_PITCH = 2.2, 40.0  # px from layer to layer
_SHARE = 0.05  # of a layer's px is a px of its kernel's bar, at most one: a 3×3 takes half of its place
_TICK_ROOM = 46.0  # px between the numbers of the axis
_STACKED = 1.5  # px between bars of one depth
_SMALLEST_JOINT = 1.6


def longest_path(graph: Graph) -> Mapping[str, int]:
    """The number, from 1, of every weighted layer on the longest path that leads to it.

    Layers on shortcuts and in gates do not count, as in `core.figures.statements.weighted_layers`. In a network that
    is no chain, where paths run side by side from end to end, layers are numbered as they are executed.
    """
    counted = dict.fromkeys(weighted_layers(graph)[0], 0)
    if not graph.fold.chain:
        return {name: number for number, name in enumerate(counted, start=1)}
    depth: dict[str, int] = {}
    for node in graph.nodes.values():
        before = max((depth[read] for read in node.inputs if read in depth), default=0)
        depth[node.name] = before + (node.name in counted)
    return {name: depth[name] for name in counted}


@dataclass(frozen=True, slots=True)
class _Run:
    """A block on the axis, from the end of layer ``start`` to the end of layer ``stop``."""

    sign: Sign
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class _Row:
    index: int
    entry: AlignedEntry
    depths: Mapping[str, int]
    runs: tuple[_Run, ...]

    @property
    def layers(self) -> int:
        return max(self.depths.values(), default=0)


def _row(index: int, entry: AlignedEntry) -> _Row:
    depths = longest_path(entry.graph)
    runs: list[_Run] = []
    for sign in signs(entry.graph):
        inside = [depths[node.name] for node in sign.layers if node.name in depths]
        start = max(min(inside) - 1, runs[-1].stop if runs else 0) if inside else 0
        if inside and max(inside) > start:
            runs.append(_Run(sign, start, max(inside)))
    return _Row(index, entry, depths, tuple(runs))


def by_depth(entries: Sequence[AlignedEntry], width: float) -> Diagram:
    """The picture with the depth as its axis; see `core.figures.aligned.aligned_strips`."""
    rows = [_row(index, entry) for index, entry in enumerate(entries)]
    left, most = frame.title_width(entries), max(1, *(row.layers for row in rows))
    right = max(text_width(count(row.layers, "layer"), bold=True) for row in rows) + 14
    pitch = min(_MOST_PITCH, max(_LEAST_PITCH, (width - left - right) / most))
    scale, drawn = 1.0, [_drawn(row, pitch, 1.0) for row in rows]
    tallest = max(ink.top + ink.bottom for ink, _ in drawn)
    if tallest > frame.TALLEST_ROW:
        scale = frame.TALLEST_ROW / tallest
        drawn = [_drawn(row, pitch, scale) for row in rows]
    canvas, y = Canvas(), frame.HEADER
    for row, (ink, blocks) in zip(rows, drawn, strict=True):
        y += frame.TITLE_ROOM + max(ink.top, 20.0)
        canvas.put(*frame.title(row.entry, y))
        canvas.put(*frame.titles_again(row.entry, left + row.layers * pitch, y - max(ink.top, 20.0) - 5))
        _draw(canvas, row, ink, blocks, left, y, pitch)
        y += max(ink.bottom, 10.0) + 12 + frame.LINE + 8
    content = "".join([*_axis(left, pitch, most, y), *canvas.parts])
    return canvas.diagram(
        content,
        kind="strip aligned",
        spoken="Networks under one another, aligned by depth",
        width=max(width, left + most * pitch + right),
        height=y,
        note=_note(rows),
    )


def _axis(left: float, pitch: float, most: int, bottom: float) -> Iterator[str]:
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, most) if s * pitch >= _TICK_ROOM)
    yield label("Depth, layers", 0, 12, "sub", "start")
    for start in range(0, most, step):
        stop = min(start + step, most)
        if start // step % 2 == 0:
            size = {"x": left + start * pitch, "y": frame.HEADER, "width": (stop - start) * pitch}
            yield element("rect", class_="ground", height=bottom - frame.HEADER, **size)
        if stop == start + step:
            yield label(exact(stop), left + (stop - 0.5) * pitch, 12, "sub")


def _drawn(row: _Row, pitch: float, scale: float) -> tuple[Ink, list[Ink]]:
    """What every block draws, x = 0 at the axis' start; and the extent of all of them."""
    whole, blocks = Ink(), []
    for run in row.runs:
        ink = Ink()
        _block(ink, row, run, pitch, scale)
        whole.add(top=ink.top, bottom=ink.bottom)
        blocks.append(ink)
    return whole, blocks


def _block(ink: Ink, row: _Row, run: _Run, pitch: float, scale: float) -> None:
    on_branch: set[str] = set()
    spans = []
    for fork in run.sign.series:
        if isinstance(fork, Fork) and fork.role == "residual":
            branch = [node.name for node in steps(fork.branches[0]) if node.name in row.depths]
            on_branch.update(branch)
            inside = [row.depths[name] for name in branch]
            if inside:
                spans.append((fork, min(inside) - 1, max(inside)))
    _lines(ink, run, [(start, stop) for _, start, stop in spans], pitch)
    layers = [node for node in run.sign.layers if node.name in row.depths]
    tallest = 0.0
    for depth, members in groupby(
        sorted(layers, key=lambda n: row.depths[n.name]), lambda n: row.depths[n.name]
    ):
        tallest = max(tallest, _stack(ink, list(members), (depth - 0.5) * pitch, pitch, scale, on_branch))
    for fork, start, stop in spans:
        _arc(ink, fork, start * pitch, stop * pitch, max(ARC_TOP, tallest / 2 + 8))


def _lines(ink: Ink, run: _Run, spans: Sequence[tuple[int, int]], pitch: float) -> None:
    role: Role = "main"
    ends = sorted({run.start, run.stop, *(end for span in spans for end in span)})
    for start, stop in pairwise(ends):
        role = "branch" if any(a <= start and stop <= b for a, b in spans) else "main"
        ink.add(line(start * pitch, 0, stop * pitch, 0, line_class(role)))


def _stack(
    ink: Ink, nodes: Sequence[Node], x: float, pitch: float, scale: float, on_branch: set[str]
) -> float:
    """Bars of one depth above one another; returns how high they are together."""
    heights = [min(bar_height(channels(node), scale), TALLEST) for node in nodes]
    total = sum(heights) + _STACKED * (len(nodes) - 1)
    top = -total / 2
    for node, height in zip(nodes, heights, strict=True):
        wide = kernel_width(kernel(node)) if node.kind == "conv" else 5.0
        width = max(min(1.2, 0.8 * pitch), wide * min(1.0, _SHARE * pitch))
        role: Role = "branch" if node.name in on_branch else "main"
        bar(ink, node, x - width / 2, top + height / 2, width, scale, role)
        top += height + _STACKED
    return total


def _arc(ink: Ink, fork: Fork, left: float, right: float, height: float) -> None:
    if fork.join is None:
        return
    room = right - left
    radius = min(JOINT_SMALL, 0.14 * room)
    centre = right - (radius if radius >= _SMALLEST_JOINT else 0.12 * room)
    projection = fork.join.kind == "add" and is_projection(fork)
    narrow = " small" if room < 24 else ""
    kind = f"skip{narrow}{' projection' if projection else ''}"
    ink.add(arch(left + 0.06 * room, centre, 0, -height, kind, radius=7), top=height + 1, bottom=0)
    if radius >= _SMALLEST_JOINT:
        ink.add(joint(fork.join.kind, centre, 0, radius))
    ink.legend.add(arc_key("concatenate" if fork.join.kind == "concatenate" else "add", projection))
    ink.legend |= {"add"} if fork.join.kind == "add" else {"concatenate"}
    ink.skips += 1


def _draw(
    canvas: Canvas, row: _Row, whole: Ink, blocks: Sequence[Ink], left: float, y: float, pitch: float
) -> None:
    before = 0
    for run, ink in zip(row.runs, blocks, strict=True):
        if run.start > before:
            canvas.put(line(left + before * pitch, y, left + run.start * pitch, y, "trunk"))
        canvas.take(ink)
        box = Box(
            left + run.start * pitch,
            y - whole.top - 6,
            (run.stop - run.start) * pitch,
            whole.top + whole.bottom + 12,
        )
        drawing = element("g", ink.parts, transform=f"translate({left:g} {y:g})")
        canvas.mark(frame.block_mark(row.index, row.entry, run.sign.group, box), [drawing])
        before = run.stop
    end = left + before * pitch
    canvas.put(line(left - 6, y, left, y, "trunk"))
    canvas.put(label(count(row.layers, "layer"), end + 8, y + 4, "name", "start"))
    for size, members in groupby(row.runs, lambda run: run.sign.size):
        listed = list(members)
        start, stop = listed[0].start, listed[-1].stop
        if text_width(size.title) + 4 <= (stop - start) * pitch:
            at = y + max(whole.bottom, 10.0) + 12 + 0.75 * frame.LINE
            canvas.put(label(size.title, left + (start + stop) / 2 * pitch, at, "words"))


def _note(rows: Sequence[_Row]) -> str:
    titles = [row.entry.title for row in rows if not row.entry.graph.fold.chain]
    if not titles:
        return ""
    verb = "is" if len(titles) == 1 else "are"
    return f"{' and '.join(titles)} {verb} no chain of blocks: layers are numbered as they are executed."
