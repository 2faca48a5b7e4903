"""What both kinds of aligned picture share: rows with their titles, and the marks of their blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.figures.aligned_rows import AlignedEntry
from core.figures.canvas import group_mark
from core.figures.diagram import Box, Mark
from core.figures.frame import More
from core.figures.numbers import count, exact, shape_text
from core.figures.svg import label, shorten, text_width
from core.graph.records import Group

TALLEST_ROW = 168.0
"""Px that a row's signs may reach from top to bottom before all bars are drawn smaller."""
HEADER = 20.0  # px at the top for the columns' headings
LINE = 16.0  # px from line to line
TITLE_ROOM = 16.0  # px above a row's signs, where its title is repeated on narrow screens
_WIDEST_TITLE, _TITLE_GAP = 150.0, 14.0
_NARROW, _LEAST_STEP = 330.0, 140.0  # px that a phone shows of a picture, least px between repeated titles


def title_width(entries: Iterable[AlignedEntry]) -> float:
    """Px that the titles at the left take."""
    wanted = [text_width(entry.title, bold=True) for entry in entries]
    wanted += [text_width(text) for entry in entries for text in entry.lines]
    return min(max(wanted, default=0.0), _WIDEST_TITLE) + _TITLE_GAP


def title(entry: AlignedEntry, y: float) -> list[str]:
    """The title and lines of a row whose trunk lies at ``y``."""
    top = y - LINE * len(entry.lines) / 2 + 4
    drawn = [label(shorten(entry.title, _WIDEST_TITLE / 1.05), 0, top, "name", "start")]
    for index, text in enumerate(entry.lines, start=1):
        drawn.append(label(shorten(text, _WIDEST_TITLE), 0, top + LINE * index, "sub", "start"))
    return drawn


def titles_again(entry: AlignedEntry, right: float, y: float) -> list[str]:
    """The title again and again up to ``right``, for screens so narrow that the one at the left scrolls away."""
    length = text_width(entry.title, bold=True)
    step = max(_LEAST_STEP, _NARROW - length)
    number = max(0, int((right - length) // step))
    return [label(entry.title, step * index, y, "name again", "start") for index in range(1, number + 1)]


def block_mark(row: int, entry: AlignedEntry, group: Group, box: Box) -> Mark:
    """The mark of a block; its name is unique among all rows."""
    mark = group_mark(group, "block", box)
    return replace(
        mark,
        id=f"{row}:{group.name}",
        label=f"{group.title} of {entry.title}",
        openable=False,
        operations=tuple(f"{row}:{name}" for name in group.nodes),
    )


def more_mark(row: int, entry: AlignedEntry, groups: Sequence[Group], box: Box) -> Mark:
    """The mark of blocks that are left out."""
    same = len({group.signature for group in groups}) == 1
    return Mark(
        id=f"{row}:{More.id_of(groups)}",
        kind="more",
        box=box,
        label=f"{count(len(groups), 'more block')} of {entry.title}{', all alike' if same else ''}",
        detail=shape_text(groups[-1].output_shape),
        rows=(
            ("First", groups[0].title),
            ("Last", groups[-1].title),
            ("Parameters", exact(sum(group.parameters for group in groups))),
            ("Multiply-adds", exact(sum(group.macs for group in groups))),
        ),
        openable=False,
        opened=False,
        operations=tuple(f"{row}:{name}" for group in groups for name in group.nodes),
    )
