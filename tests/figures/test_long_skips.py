"""Skips that leave a folded group are drawn from its border to that of the group they lead to."""

import re
import xml.etree.ElementTree as ET

import pytest

from core.figures import operations, strip
from core.figures.diagram import Diagram, Mark
from core.graph import trace
from core.graph.records import Graph

from .test_strip import SVG, elements
from .unet import UNet

NEAR = 0.6  # px


@pytest.fixture(scope="module")
def graph() -> Graph:
    return trace(UNet(), (3, 64, 64))


def holder(diagram: Diagram, operation: str) -> Mark:
    return next(mark for mark in diagram.marks if operation in mark.operations)


def arcs(diagram: Diagram) -> list[tuple[tuple[float, float], tuple[float, float], float]]:
    """Start, end and height of each long arc, in the picture's coordinates."""
    shift = float(re.search(r"translate\(0 ([\d.]+)\)", diagram.svg).group(1))
    found = []
    for path in elements(diagram, "path", "long"):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", path.get("d"))]
        start, end = (numbers[0], numbers[1] + shift), (numbers[7] + 6, numbers[-1] + shift)
        found.append((start, end, numbers[2] + shift))
    return found


def stage_of(graph: Graph, operation: str) -> str:
    return next(stage.name for stage in graph.fold.children if operation in stage.nodes)


@pytest.mark.parametrize("opened", ["none", "source", "reader", "between", "all"])
def test_arcs_of_the_strip_stand_on_the_marks_that_hold_their_ends(graph, opened):
    by_name = {stage.name: stage for stage in graph.fold.children}
    source, reader = stage_of(graph, "down.0.1.relu2"), stage_of(graph, "cat_1")
    names = {"none": [], "source": [source], "reader": [reader], "between": ["down"], "all": list(by_name)}
    diagram = strip(graph, opened=names[opened])
    wanted = {(holder(diagram, skip.fork).id, holder(diagram, skip.join).id) for skip in graph.skips}
    drawn = set()
    for (x1, y1), (x2, y2), top in arcs(diagram):
        ends = []
        for x, y in ((x1, y1), (x2, y2)):
            # The rearmost of a stack of cards stands 6 px above its sensitive box.
            on = [
                m
                for m in diagram.marks
                if not m.opened
                and m.box.x <= x <= m.box.x + m.box.width
                and min(abs(m.box.y - y), abs(m.box.y - 6 - y)) < NEAR
            ]
            assert len(on) == 1, (x, y)
            ends.append(on[0].id)
        drawn.add(tuple(ends))
        assert top < min(y1, y2)
    assert drawn == wanted
    assert "long" in diagram.legend


def test_no_two_arcs_share_a_piece_of_line(graph):
    heights = [top for _, _, top in arcs(strip(graph))]
    assert len(set(heights)) == len(heights) == 2


@pytest.mark.parametrize("opened", [(), ("down",), ("down.0.0.conv1…pool",)])
def test_in_the_layout_of_operations_too(graph, opened):
    diagram = operations(graph, opened=opened)
    skips = elements(diagram, "path", "skip")
    ends = set()
    for path in skips:
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", path.get("d"))]
        # From centre to centre, behind the marks: what is seen starts at the border.
        ends.add((mark_at(diagram, *numbers[:2]), mark_at(diagram, *numbers[-2:])))
    assert ends == {(holder(diagram, skip.fork).id, holder(diagram, skip.join).id) for skip in graph.skips}
    root = list(ET.fromstring(diagram.svg))
    last_line = max(i for i, e in enumerate(root) if "skip" in (e.get("class") or "").split())
    cards = [
        i for i, e in enumerate(root) if e.tag == f"{SVG}g" and "block" in (e.get("class") or "").split()
    ]
    assert all(i > last_line for i in cards if "opened" not in root[i].get("class").split())


def mark_at(diagram: Diagram, x: float, y: float) -> str:
    on = [m for m in diagram.marks if not m.opened and abs(m.box.x + m.box.width / 2 - x) < NEAR]
    on = [m for m in on if abs(m.box.y + m.box.height / 2 - y) < NEAR]
    assert len(on) == 1
    return on[0].id


def test_a_line_that_carries_both_is_the_main_path(graph):
    diagram = operations(graph, opened=())
    assert len(elements(diagram, "path", "skip")) == 2
    assert "identity" not in diagram.legend
