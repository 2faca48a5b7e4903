"""Where the cost is: two icicles over stages and blocks, one hanging and one standing, ribbons between them.

The upper half shows one quantity, the lower half another, both over the same parts in execution order, so a ribbon
that widens downwards is a stage that costs more of the lower quantity. Rows from outside in: stages, their blocks, and
what of each block lies on its branch and on its shortcut. A part is one mark with a rectangle in each half.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.figures.canvas import Canvas
from core.figures.diagram import Box, Diagram, Mark, MarkKind
from core.figures.icicle_layout import Cell, Extent, lay_out
from core.figures.kept import by_identity
from core.figures.numbers import SPACE, count, shape_text
from core.figures.quantities import Costs, Quantity
from core.figures.svg import element, label, number, text_width
from core.graph.records import Graph, Node

STAGE, BLOCK, THIN = 24.0, 24.0, 8.0
"""Heights of the rows in px: stages, blocks, branch and skip."""
GAP_STAGES, GAP_BLOCKS, GAP_ROWS = 2.0, 1.0, 2.0
RIBBON = 78.0
_CAPTION = 20.0  # px above and below, for what each half shows
_PADDING = 6.0  # px between a label and the sides of its rectangle
_TIGHT = 2.0  # the same in the row of blocks
_LEAST_GAP_SHARE = 0.35  # of a narrow rectangle that its gap may take


@dataclass(frozen=True, slots=True)
class _Half:
    """One half: where its rows begin, and its quantity. ``sign``: 1 if it hangs from the top, −1 if it stands."""

    costs: Costs
    index: int
    edge: float
    sign: int

    def row(self, start: float, height: float) -> float:
        """The upper end of a row that begins ``start`` px from the half's outer edge."""
        return self.edge + start if self.sign > 0 else self.edge - start - height

    @property
    def stages(self) -> float:
        return self.row(0, STAGE)

    @property
    def blocks(self) -> float:
        return self.row(STAGE + GAP_ROWS, BLOCK)

    @property
    def thin(self) -> float:
        return self.row(STAGE + BLOCK + 2 * GAP_ROWS, THIN)

    @property
    def inner(self) -> float:
        """Where ribbons begin."""
        return self.edge + self.sign * (STAGE + BLOCK + THIN + 3 * GAP_ROWS)


@by_identity(16)
def cost_icicle(graph: Graph, *, top: Quantity, bottom: Quantity, width: float = 690) -> Diagram:
    """Stages and blocks as rectangles whose widths are their shares of two quantities.

    Args:
        graph: its ``fold`` is drawn.
        top: hangs from above.
        bottom: stands below.
        width: px; nothing reaches beyond it.
    """
    depth = STAGE + BLOCK + THIN + 3 * GAP_ROWS
    height = 2 * _CAPTION + 2 * depth + RIBBON
    upper = _Half(Costs(graph, top), 0, _CAPTION, 1)
    lower = _Half(Costs(graph, bottom), 1, height - _CAPTION, -1)
    canvas = Canvas()
    for cell in lay_out(graph, upper.costs, lower.costs, width):
        _draw_stage(canvas, graph, cell, (upper, lower))
    captions = [
        _caption(half.costs, baseline, width) for half, baseline in ((upper, 12.0), (lower, height - 6))
    ]
    return canvas.diagram(
        "".join((*captions, *canvas.parts)),
        kind="icicle",
        spoken=f"{top.title} above and {bottom.name} below, by stages and blocks",
        width=width,
        height=height,
        note=_note(graph, top, bottom),
    )


def _note(graph: Graph, top: Quantity, bottom: Quantity) -> str:
    unused = sum(graph.unused_parameters.values())
    if not unused or "parameters" not in (top.name, bottom.name):
        return ""
    return f"{top.text(unused)} more parameters are read in training alone (auxiliary heads) and have no part here."


def _caption(costs: Costs, baseline: float, width: float) -> str:
    title = costs.quantity.title
    x = text_width(title, bold=True) + 5
    text = costs.caption
    if x + text_width(text) > width:
        text = text.partition(":")[0].partition(",")[0]
    return label(title, 0, baseline, "name", "start") + label(text, x, baseline, "sub", "start")


def _draw_stage(canvas: Canvas, graph: Graph, cell: Cell, halves: Sequence[_Half]) -> None:
    start = len(canvas.parts)
    role = _role(cell)
    canvas.put(_ribbon(cell, halves, role))
    hits, drawn = [], []
    for half in halves:
        extent = cell.extents[half.index]
        if not extent.amount:
            continue
        drawn.append(_rectangle(extent, half.stages, STAGE, GAP_STAGES, f"cell pale {role}"))
        drawn.extend(_stage_label(cell, half, extent))
        top, bottom = half.stages, half.stages + STAGE
        if not cell.blocks:
            drawn.extend(_inner_rows(extent, half, role, GAP_STAGES, _block_words(graph, cell, half)))
            top, bottom = min(top, half.thin), max(bottom, half.thin + THIN)
        hits.append(Box(extent.x, top, extent.width, bottom - top))
    _put_mark(canvas, cell, halves, drawn, hits, "stage")
    numbered = [_numbers_fit(graph, cell, half) for half in halves]
    for block in cell.blocks:
        _draw_block(canvas, graph, block, halves, numbered, last=block is cell.blocks[-1])
    # Together, so that the ribbon can answer to the selection of a block.
    canvas.parts[start:] = [element("g", canvas.parts[start:], class_="part")]


def _draw_block(
    canvas: Canvas, graph: Graph, cell: Cell, halves: Sequence[_Half], numbered: Sequence[bool], *, last: bool
) -> None:
    role = _role(cell)
    hits: list[Box] = []
    drawn: list[str] = []
    for half, numbers in zip(halves, numbered, strict=True):
        extent = cell.extents[half.index]
        if extent.amount:
            words = [word for word in _block_words(graph, cell, half) if numbers or not word.isdigit()]
            drawn.extend(_inner_rows(extent, half, role, GAP_STAGES if last else GAP_BLOCKS, words))
            top = min(half.blocks, half.thin)
            hits.append(Box(extent.x, top, extent.width, BLOCK + GAP_ROWS + THIN))
    _put_mark(canvas, cell, halves, drawn, hits, "block")


def _role(cell: Cell) -> str:
    if len(cell.groups) > 1:
        return "more"
    return "branch" if cell.on_branch else "main"


def _inner_rows(extent: Extent, half: _Half, role: str, gap: float, words: Sequence[str]) -> Iterable[str]:
    """The rectangle of a block with the first words that fit, and below it what lies on the skip and on the branch."""
    yield _rectangle(extent, half.blocks, BLOCK, gap, f"cell {role}")
    if text := _fitting(words, extent.width - gap - 2 * _TIGHT):
        yield label(text, extent.x + (extent.width - gap) / 2, half.blocks + 16, f"on-{role}")
    skip = extent.width * extent.skip / extent.amount
    if skip:
        whole = extent.skip == extent.amount
        part = Extent(extent.x, skip, extent.skip, 0)
        yield _rectangle(part, half.thin, THIN, gap if whole else 0, "cell thin skip")
    if extent.skip < extent.amount:
        rest = Extent(extent.x + skip, extent.width - skip, extent.amount - extent.skip, 0)
        yield _rectangle(rest, half.thin, THIN, gap, f"cell thin {role}")


def _rectangle(extent: Extent, y: float, height: float, gap: float, class_: str) -> str:
    """A rectangle that leaves a gap to the next one; a narrow one leaves less."""
    width = extent.width - min(gap, _LEAST_GAP_SHARE * extent.width)
    return element("rect", class_=class_, x=extent.x, y=y, width=width, height=height)


def _ribbon(cell: Cell, halves: Sequence[_Half], role: str) -> str:
    (x, right), (low, low_right) = ((e.x, e.x + e.width) for e in cell.extents)
    top, bottom = halves[0].inner, halves[1].inner
    middle = (top + bottom) / 2
    n = number
    d = (
        f"M{n(x)} {n(top)}C{n(x)} {n(middle)} {n(low)} {n(middle)} {n(low)} {n(bottom)}"
        f"H{n(low_right)}C{n(low_right)} {n(middle)} {n(right)} {n(middle)} {n(right)} {n(top)}Z"
    )
    return element("path", class_=f"ribbon {role}", d=d)


def _stage_label(cell: Cell, half: _Half, extent: Extent) -> Iterable[str]:
    """Name and share, the name alone, or nothing: what fits."""
    name, share = _title(cell, "stage"), half.costs.percent(extent.amount)
    room = extent.width - GAP_STAGES - 2 * _PADDING
    length = text_width(name, bold=True)
    if length > room:
        return
    x, y = extent.x + _PADDING, half.stages + 16
    yield label(name, x, y, "name", "start")
    if length + 6 + text_width(share) <= room:
        yield label(share, x + length + 6, y, "sub", "start")


def _title(cell: Cell, kind: str) -> str:
    return cell.groups[0].title if len(cell.groups) == 1 else count(len(cell.groups), f"more {kind}")


def _block_words(graph: Graph, cell: Cell, half: _Half) -> Sequence[str]:
    """What may stand in a block, best first."""
    if len(cell.groups) > 1:
        return (_title(cell, "block"), f"+{SPACE}{len(cell.groups)}")
    layers = [node for name in cell.nodes if (node := graph.nodes[name]).macs or node.parameters]
    multiplying = [node for node in layers if node.macs]
    if len(multiplying) == 1 or (not multiplying and len(layers) == 1):
        word = _word((multiplying or layers)[0])
        return (f"{word} {half.costs.quantity.text(cell.extents[half.index].amount, digits=4)}", word)
    name = cell.groups[0].name
    if "…" in name or not multiplying:
        return ()
    last = name.rpartition(".")[2]
    digits = last[len(last.rstrip("0123456789")) :]
    return (digits,) if digits else (last,)


def _numbers_fit(graph: Graph, stage: Cell, half: _Half) -> bool:
    """Whether all numbers of a stage's blocks fit; some of them without the others would look like a choice."""
    for cell in stage.blocks:
        width = cell.extents[half.index].width
        numbers = [word for word in _block_words(graph, cell, half) if word.isdigit()]
        if width and numbers and text_width(numbers[0]) > width - GAP_BLOCKS - 2 * _TIGHT:
            return False
    return True


def _word(node: Node) -> str:
    return node.kind.replace("_", " ")


def _fitting(words: Iterable[str], room: float) -> str:
    return next((word for word in words if text_width(word) <= room), "")


def _put_mark(
    canvas: Canvas,
    cell: Cell,
    halves: Sequence[_Half],
    drawn: Sequence[str],
    hits: Sequence[Box],
    level: str,
) -> None:
    merged = len(cell.groups) > 1
    kind: MarkKind = "more" if merged else "stage" if level == "stage" else "block"
    mark = Mark(
        id=cell.name,
        kind=kind,
        box=hits[0],
        label=_title(cell, level),
        detail=shape_text(cell.groups[-1].output_shape),
        rows=tuple(row for half in halves for row in _rows(half.costs, cell.extents[half.index])),
        openable=False,
        opened=False,
        operations=() if cell.blocks else cell.nodes,
    )
    rest = [
        element("rect", class_="hit", x=box.x, y=box.y, width=box.width, height=box.height)
        for box in hits[1:]
    ]
    canvas.mark(mark, drawn, classes=" over", hit_first=False, rx=0, more=rest)


def _rows(costs: Costs, extent: Extent) -> Iterable[tuple[str, str]]:
    quantity = costs.quantity
    yield quantity.title, f"{quantity.exact(extent.amount)} · {costs.percent(extent.amount)}"
    if extent.skip:
        yield "of these on the skip", quantity.exact(extent.skip)
