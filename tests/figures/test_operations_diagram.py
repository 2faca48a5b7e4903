"""Graphviz' layout with our signs; what happens without it, and when it takes too long."""

import shutil
import stat
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from core.figures import graphviz_diagram, layout_program
from core.figures.graphviz_diagram import LayoutUnavailable, operations
from core.figures.layout_program import LayoutFailed, find_program, run_layout

from .samples import Draft, resnet
from .test_structure import inception

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _fresh_layouts():
    graphviz_diagram.forget_layouts()
    yield
    graphviz_diagram.forget_layouts()


@pytest.fixture
def only_program(tmp_path, monkeypatch):
    """Puts a program of our own in the place of Graphviz."""

    def install(script: str) -> None:
        program = tmp_path / "dot"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.setattr(layout_program, "PROGRAMS", ("dot",))

    return install


def test_every_operation_of_the_block_is_one_mark():
    graph = resnet()
    diagram = operations(graph, "layer3.0")
    assert [mark.id for mark in diagram.marks] == list(graph.groups["layer3.0"].nodes)
    root = ET.fromstring(diagram.svg)
    assert len([e for e in root.iter(f"{SVG}path") if e.get("class") == "skip projection"]) == 3
    assert diagram.legend == ("projection", "add", "branch")


def test_boxes_do_not_overlap_and_lie_in_the_picture():
    for graph, name in ((resnet(), "layer2.1"), (resnet(), "")):
        diagram = operations(graph, name)
        boxes = [mark.box for mark in diagram.marks]
        assert not [1 for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]
        assert all(b.x >= 0 and b.y >= 0 and b.x + b.width <= diagram.width for b in boxes)
        assert all(b.y + b.height <= diagram.height for b in boxes)


@pytest.mark.parametrize("limit", [150, 60, 20, 9])
def test_what_does_not_fit_is_drawn_in_runs_then_in_groups(limit):
    graph = resnet()
    diagram = operations(graph, limit=limit)
    assert len(diagram.marks) <= limit
    assert sorted(name for mark in diagram.marks for name in mark.operations) == sorted(graph.nodes)
    assert len({mark.id for mark in diagram.marks}) == len(diagram.marks)
    ET.fromstring(diagram.svg)


def test_unknown_groups_are_named():
    with pytest.raises(KeyError, match=r"no group 'layer9'"):
        operations(resnet(), "layer9")


def test_names_of_the_network_never_reach_the_layout_program(monkeypatch):
    draft = Draft()
    bad = 'x"]; URL="javascript:alert(1)" ["<b>&\\N'
    draft.conv(bad, 8, 3)
    graph = draft.graph([draft.group("input", "Input", ["input"], "input")])
    sources = []
    run = graphviz_diagram.run_layout
    monkeypatch.setattr(
        graphviz_diagram, "run_layout", lambda dot, seconds: sources.append(dot) or run(dot, seconds=seconds)
    )
    diagram = operations(graph)
    assert "javascript" not in sources[0]
    assert "URL" not in sources[0]
    root = ET.fromstring(diagram.svg)
    assert bad in [mark.id for mark in diagram.marks]
    assert not list(root.iter(f"{SVG}a"))


def test_the_source_for_the_layout_program():
    sizes, edges = {"n0": (36.0, 72.0), "n1": (18.0, 18.0)}, [("n0", "n1", False), ("n0", "n1", True)]
    assert graphviz_diagram._dot(sizes, edges, simple=False).split("\n")[1:-2] == [
        "\tgraph [nodesep=0.16 rankdir=LR ranksep=0.2 splines=spline]",
        '\tnode [fixedsize=true label="" shape=box]',
        "\tedge [dir=none]",
        "\tn0 [height=1.000 width=0.500]",
        "\tn1 [height=0.250 width=0.250]",
        "\tn0 -> n1 [weight=20]",
        "\tn0 -> n1 [weight=1]",
    ]
    assert "n0 -> n1 [constraint=false weight=1]" in graphviz_diagram._dot(sizes, edges, simple=True)


def test_a_layout_that_takes_too_long_falls_back_to_columns(only_program, monkeypatch):
    only_program("exec sleep 30")
    monkeypatch.setattr(graphviz_diagram, "SECONDS", (0.2, 0.1))
    diagram = operations(resnet(), "layer1.0")
    assert "simpler" in diagram.note
    assert len(diagram.marks) == 10
    boxes = [mark.box for mark in diagram.marks]
    assert not [1 for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]


def test_a_second_simpler_attempt_may_succeed(only_program, tmp_path):
    real = find_program()
    only_program(
        f'if [ -e "{tmp_path}/tried" ]; then exec "{real}" "$@"; fi; touch "{tmp_path}/tried"; exit 3'
    )
    assert "simpler" in operations(resnet(), "layer1.1").note


def test_a_missing_program_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LayoutUnavailable, match=r"needs a program that lays out graphs.*graphviz-pure"):
        operations(resnet(), "layer1.0")


def test_refused_graphs_are_failures():
    with pytest.raises(LayoutFailed, match="refused"):
        run_layout("digraph { a -> ", seconds=10)


def test_lanes_lie_side_by_side():
    draft = inception()
    graph = draft.graph([draft.group("input", "Input", ["input"], "input")])
    diagram = operations(graph)
    heights = {diagram.mark(name).box.y for name in ("a", "b1", "c")}
    assert len(heights) == 3


def test_the_program_beside_python_comes_first(tmp_path, monkeypatch):
    program = tmp_path / "graphviz-pure"
    shutil.copy(Path(find_program()), program)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert find_program() == str(program)


def test_exactly_what_is_opened_is_drawn_opened():
    graph = resnet()
    diagram = operations(graph, opened=["layer3", "layer3.2", "layer4.0"])
    frames = [mark.id for mark in diagram.marks if mark.opened]
    assert frames == ["layer3", "layer3.2"]
    folded = {mark.id for mark in diagram.marks if not mark.opened}
    assert {"layer1", "layer2", "layer4", "layer3.0", "layer3.5", "layer3.2.conv2", "layer3.2.add"} <= folded
    assert "layer4.0" not in folded
    check_frames(diagram)


def check_frames(diagram) -> None:
    """What a frame holds lies inside it; everything else outside."""
    boxes = {mark.id: mark.box for mark in diagram.marks}
    for frame in (mark for mark in diagram.marks if mark.opened):
        outer = boxes[frame.id]
        for mark in diagram.marks:
            if mark.opened:
                continue
            box = boxes[mark.id]
            held = mark.id.startswith(f"{frame.id}.")
            inside = outer.x <= box.x and box.x + box.width <= outer.x + outer.width
            assert (inside and outer.y <= box.y) if held else not outer.overlaps(box)
