"""Parameters and multiply-adds of several networks as bars of one scale a quantity, cut where their parts end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.figures.canvas import Canvas
from core.figures.comparison import Compared
from core.figures.diagram import Box, Diagram, Mark
from core.figures.numbers import SPACE, division, exact, hundredths, percent
from core.figures.statements import weighted_layers
from core.figures.svg import element, escape, text_width
from core.graph.records import Group

Quantity = Literal["parameters", "multiply-adds"]
SegmentRole = Literal["main", "branch", "head", "unused"]
_HEIGHT, _GAP, _LINE = 28.0, 6.0, 20.0  # px of a bar, between bars, of a line of text
_BETWEEN = 14.0  # px between quantities
_TITLES: Mapping[Quantity, str] = {"parameters": "Parameters", "multiply-adds": "Multiply-adds"}
_WORD_GAP = 8.0
_CUT = 1.0  # px of background between segments, where they are wide enough to spare it


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar.

    Attributes:
        name: short, to stand in the bar (``"16 conv"``, ``"linear 1"``, ``"Stage 3"``).
        role: colour: blue, green for what skips bridge, pale blue for linear layers at the end, grey for what no
            operation of this pass uses (heads for training alone).
        group: name of the group or operation that a click selects.
        operations: what it sums up.
        parameters, macs: their sums.
    """

    name: str
    role: SegmentRole
    group: str
    operations: tuple[str, ...]
    parameters: int
    macs: int

    def value(self, quantity: Quantity) -> int:
        """Its share of the quantity."""
        return self.parameters if quantity == "parameters" else self.macs


def segments(one: Compared) -> tuple[Segment, ...]:
    """The network in parts: its stages, or all maps together where nothing is bridged; each linear layer at the end."""
    bridged = {name for skip in one.graph.skips if skip.join_kind != "multiply" for name in skip.branch_nodes}
    heads = {node.name: index for index, node in enumerate(one.linear_head, start=1)}
    found: list[Segment] = []
    body: list[Group] = []
    for stage in one.graph.fold.children:
        inside = [name for name in stage.nodes if name in heads]
        rest = [name for name in stage.nodes if name not in heads]
        if bridged and rest and stage.role != "input":
            role: SegmentRole = "main" if bridged.isdisjoint(rest) else "branch"
            found.append(_segment(one, stage.title, role, stage.name, rest))
        else:
            body.append(stage)
        for name in inside:
            word = "linear" if len(heads) == 1 else f"linear {heads[name]}"
            found.append(_segment(one, word, "head", name, [name]))
    if not bridged:
        names = [name for stage in body for name in stage.nodes if name not in heads]
        layers = set(weighted_layers(one.graph)[0]) & set(names)
        kinds = sorted({one.graph.nodes[name].kind for name in layers})
        first = next((name for name in names if name in layers), names[0])
        found.insert(
            0,
            _segment(one, f"{len(layers)} {kinds[0] if len(kinds) == 1 else 'layers'}", "main", first, names),
        )
    unused = sum(one.graph.unused_parameters.values())
    found.append(Segment("unused in this pass", "unused", "", (), unused, 0))
    return tuple(segment for segment in found if segment.parameters or segment.macs)


def _segment(one: Compared, name: str, role: SegmentRole, group: str, names: Sequence[str]) -> Segment:
    nodes = [one.graph.nodes[each] for each in names]
    return Segment(
        name, role, group, tuple(names), sum(n.parameters for n in nodes), sum(n.macs for n in nodes)
    )


def stacked_bars(
    networks: Sequence[Compared],
    *,
    quantities: Sequence[Quantity] = ("parameters", "multiply-adds"),
    width: float = 700,
) -> Diagram:
    """One bar a network and quantity; the longest of a quantity fills the width.

    Every network but the largest is told with the division that compares it to the largest one. Marks are named
    ``"0:parameters:layer3"``: the row, the quantity, the group.
    """
    canvas = Canvas()
    y = 0.0
    for quantity in quantities:
        y = _quantity(canvas, networks, quantity, y, width) + _BETWEEN
    return canvas.diagram(
        "".join(canvas.parts),
        kind="strip bars",
        spoken="Bars of the networks' " + " and ".join(quantities),
        width=width,
        height=max(0.0, y - _BETWEEN),
    )


def total(one: Compared, quantity: Quantity) -> int:
    """The network's whole sum."""
    return one.graph.parameters if quantity == "parameters" else one.graph.macs


def _quantity(
    canvas: Canvas, networks: Sequence[Compared], quantity: Quantity, y: float, width: float
) -> float:
    most = max(networks, key=lambda one: total(one, quantity))
    whole = max(1, total(most, quantity))
    heading = [(_TITLES[quantity], "name")]
    y += _LINE
    for row, one in enumerate(networks):
        length = width * total(one, quantity) / whole
        told = [(one.title, "name"), (hundredths(total(one, quantity)), "value")]
        told += [(division(whole, total(one, quantity)), "sub")] if 0 < total(one, quantity) < whole else []
        beside = length + sum(text_width(text, bold=True) + _WORD_GAP for text, _ in told) <= width
        if row == 0:
            first = [] if beside else _first(one, quantity, told)
            canvas.put(_words([*heading, *first], 0, y - _LINE + 12))
        elif not beside:
            canvas.put(_words(told, 0, y + 12))
            y += _LINE
        for segment, x, wide in _placed(segments(one), quantity, length, total(one, quantity)):
            _draw(canvas, row, one, quantity, segment, Box(x, y, wide, _HEIGHT))
        if beside:
            canvas.put(_words(told, length + 10, y + _HEIGHT / 2 + 4))
        y += _HEIGHT + _GAP
    return y


def _words(told: Sequence[tuple[str, str]], x: float, y: float) -> str:
    """One line of words, each with its class."""
    spans = [
        element("tspan", escape(text), class_=class_, dx=_WORD_GAP if index else None)
        for index, (text, class_) in enumerate(told)
    ]
    return element("text", spans, x=x, y=y, text_anchor="start")


def _first(one: Compared, quantity: Quantity, told: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What stands beside the quantity, over a first bar that fills the width."""
    size = one.graph.input_size
    picture = (
        f", one {size[1]}{SPACE}×{SPACE}{size[2]} picture"
        if quantity != "parameters" and len(size) == 3
        else ""
    )
    in_all = f"{one.title}, {hundredths(total(one, quantity))} in all{picture}"
    return [(in_all, "sub"), *told[2:]]


def _placed(
    parts: Sequence[Segment], quantity: Quantity, length: float, whole: int
) -> Iterator[tuple[Segment, float, float]]:
    x = 0.0
    for part in parts:
        wide = length * part.value(quantity) / max(1, whole)
        if wide > 0:
            yield part, x, wide
        x += wide


def _draw(canvas: Canvas, row: int, one: Compared, quantity: Quantity, part: Segment, box: Box) -> None:
    cut = _CUT if box.width > 3 * _CUT else 0.0
    size = {"x": box.x, "y": box.y, "width": box.width - cut, "height": box.height}
    drawn = [element("rect", class_=f"seg {part.role}", **size)]
    drawn += _inside(part, part.value(quantity), total(one, quantity), box)
    mark = Mark(
        id=f"{row}:{quantity}:{part.group}",
        kind="block",
        box=box,
        label=f"{part.name} of {one.title}",
        detail=percent(part.value(quantity), total(one, quantity)),
        rows=(("Parameters", exact(part.parameters)), ("Multiply-adds", exact(part.macs))),
        openable=False,
        opened=False,
        operations=tuple(f"{row}:{quantity}:{name}" for name in part.operations),
    )
    canvas.mark(mark, drawn, classes=" over", hit_first=False)


def _share(value: int, whole: int) -> str:
    share = 100 * value / max(1, whole)
    return f">{SPACE}99{SPACE}%" if 99.5 <= share < 100 else f"{share:.0f}{SPACE}%"


def _inside(part: Segment, value: int, whole: int, box: Box) -> list[str]:
    """The name in the bar, with its number where both fit."""
    name, share = part.name, _share(value, whole)
    y, class_ = box.y + box.height / 2 + 4, f"on-seg {part.role}"
    for rest in (f"{hundredths(value)}, {share}", hundredths(value), ""):
        needed = text_width(name, bold=True) + (text_width(rest) + _WORD_GAP if rest else 0) + 18
        if needed <= box.width:
            told = [(name, f"{class_} lead"), *([(rest, class_)] if rest else [])]
            return [_words(told, box.x + 9, y)]
    return []
