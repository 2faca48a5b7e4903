"""The strip shows what the graph says: every operation once, every skip as an arc, nothing on top of another."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.figures import strip
from core.figures.glyphs import bar_height, kernel_width
from core.figures.numbers import SPACE
from core.graph.records import Graph

from .samples import Draft, resnet, vgg16

SVG = "{http://www.w3.org/2000/svg}"


def check_partition(graph: Graph, diagram) -> None:
    shown = [name for mark in diagram.marks for name in mark.operations]
    assert sorted(shown) == sorted(graph.nodes)


def check_no_overlap(diagram) -> None:
    leaves = [mark for mark in diagram.marks if not mark.opened]
    boxes = sorted((mark.box for mark in leaves), key=lambda box: box.x)
    for first, second in itertools.pairwise(boxes):
        assert not first.overlaps(second), (first, second)
    for frame in (mark for mark in diagram.marks if mark.opened):
        for mark in leaves:
            inside = (
                frame.box.x <= mark.box.x and mark.box.x + mark.box.width <= frame.box.x + frame.box.width
            )
            assert inside or not frame.box.overlaps(mark.box)


def elements(diagram, tag: str, class_: str) -> list[ET.Element]:
    root = ET.fromstring(diagram.svg)
    return [e for e in root.iter(f"{SVG}{tag}") if class_ in e.get("class", "").split()]


def test_every_skip_is_one_arc_and_projections_are_dashed():
    graph = resnet()
    for opened in ([], ["layer3"], [f"layer{n}" for n in (1, 2, 3, 4)]):
        diagram = strip(graph, opened=opened)
        arcs = elements(diagram, "path", "skip")
        assert len(arcs) == len(graph.skips) == 16
        assert len([arc for arc in arcs if "projection" in arc.get("class").split()]) == 4
        assert diagram.legend[:3] == ("identity", "projection", "add")
        assert len(elements(diagram, "circle", "joint")) == 16


def test_a_net_without_skips_has_no_arc_and_no_green():
    diagram = strip(vgg16(), opened=["features.14…features.17"])
    assert elements(diagram, "path", "skip") == []
    assert diagram.legend == ("main", "pool")


def test_bars_of_an_opened_block_are_kernels_and_channels():
    diagram = strip(resnet(), opened=["layer3"])
    root = ET.fromstring(diagram.svg)
    index = next(i for i, mark in enumerate(diagram.marks) if mark.id == "layer3.2")
    group = next(e for e in root.iter(f"{SVG}g") if e.get("data-mark") == str(index))
    bars = [e for e in group.iter(f"{SVG}rect") if "bar" in e.get("class", "")]
    assert [float(b.get("width")) for b in bars] == [5, 10, 5]
    assert [float(b.get("height")) for b in bars] == pytest.approx([25.92, 25.92, 51.84])
    starts = [float(b.get("x")) for b in bars]
    assert all(b - a > 5 for a, b in itertools.pairwise(starts))
    assert {b.get("class") for b in bars} == {"bar branch"}


@pytest.mark.parametrize(("sizes", "width"), [((1, 1), 5), ((3, 3), 10), ((7, 7), 16), ((5, 5), 13)])
def test_kernel_widths(sizes, width):
    assert kernel_width(sizes) == width
    assert kernel_width((sizes[0],)) == width


def test_long_kernels_lie_between():
    assert 5 < kernel_width((1, 7)) < 10
    assert kernel_width((64, 64)) == 24


def test_height_grows_with_the_root_of_the_channels():
    assert bar_height(256) == pytest.approx(25.92)
    assert bar_height(1024) == 2 * bar_height(256)


def test_tooltips_are_exact():
    mark = strip(resnet(), opened=["layer3"]).mark("layer3.2")
    assert mark is not None
    assert dict(mark.rows) == {"Parameters": "1,117,184", "Multiply-adds": "218,365,952"}
    assert mark.detail.replace(SPACE, " ") == "14 × 14 × 1024"
    assert mark.openable
    assert not mark.opened


def test_marks_are_found_by_operation_and_by_module():
    diagram = strip(resnet(), opened=["layer3"])
    assert diagram.mark("layer3.2.conv2").id == "layer3.2"
    assert diagram.mark("layer1.0").id == "layer1"
    assert diagram.mark("layer3").opened
    assert diagram.mark("nothing") is None


def test_the_strip_fills_its_width_and_keeps_its_height_when_stages_open():
    graph = resnet()
    folded, opened = strip(graph), strip(graph, opened=["layer3"])
    assert folded.width == opened.width == 1068
    assert folded.height == opened.height == 220


def test_names_and_shapes_stand_apart():
    diagram = strip(resnet(), opened=["layer3"])
    root = ET.fromstring(diagram.svg)
    rows: dict[str, list[tuple[float, str]]] = {}
    for text in root.findall(f"{SVG}text"):
        rows.setdefault(text.get("y"), []).append((float(text.get("x")), text.text))
    names = [text for _, text in rows["12"]]
    assert names == ["Input", "Stem", "Stage 1", "Stage 2", "Stage 3", "Stage 4", "Head"]
    assert "6 blocks, opened" in [text for _, text in rows["28"]]
    assert "224×224×3" in "".join(text.replace(SPACE, "") for row in rows.values() for _, text in row)


def test_hostile_names_stay_text():
    draft = Draft()
    bad = '<script>alert("x")</script>&\x00]]>\'"'
    draft.conv("c", 8, 3)
    names = list(draft.nodes)[1:]
    block = draft.group(bad, bad, names)
    graph = draft.graph(
        [
            draft.group("input", bad, ["input"], "input"),
            draft.group("stage", f"{bad} stage", names, "stage", [block]),
        ]
    )
    for opened in ([], ["stage"]):
        diagram = strip(graph, opened=opened)
        root = ET.fromstring(diagram.svg)
        assert not list(root.iter(f"{SVG}script"))
        assert "<script" not in diagram.svg
        ET.fromstring(diagram.standalone(title=bad))


def test_only_pictures_become_the_thumbnail():
    assert 'href="data:image/png;base64,AA=="' in strip(vgg16(), picture="data:image/png;base64,AA==").svg
    with pytest.raises(ValueError, match="data:image/"):
        strip(vgg16(), picture="javascript:alert(1)")


def test_same_graph_same_picture():
    assert strip(resnet(), opened=["layer2"]) == strip(resnet(), opened=("layer2",))
    assert strip(resnet()).rev != strip(resnet(), opened=["layer2"]).rev


@pytest.mark.parametrize("dark", [False, True])
def test_a_file_stands_on_its_own(dark):
    diagram = strip(resnet())
    text = diagram.standalone(dark=dark, title="ResNet-50", selected="layer2")
    root = ET.fromstring(text)
    assert root.find(f"{SVG}title").text == "ResNet-50"
    assert "var(" not in text
    assert ("#FF8533" if dark else "#D55E00") in text
    assert len(re.findall('class="is-selected', text)) == 1


def test_a_stage_of_many_blocks_folds_its_middle():
    graph = resnet((3, 4, 36, 3))
    diagram = strip(graph, opened=["layer3"])
    more = next(mark for mark in diagram.marks if mark.kind == "more")
    assert more.id == "layer3.11…layer3.24"
    assert more.label == "14 more blocks, all alike"
    check_partition(graph, diagram)
    unfolded = strip(graph, opened=["layer3", more.id])
    assert [mark.opened for mark in unfolded.marks if mark.kind == "more"] == [True]
    assert {f"layer3.{index}" for index in range(36)} <= {mark.id for mark in unfolded.marks}
    check_partition(graph, unfolded)


@pytest.mark.parametrize("counts", [(1500,), (300, 300, 300, 300), (1,) * 200])
def test_few_marks_however_large_the_network(counts):
    draft = Draft((1, 64, 8, 8))
    stages = [draft.group("input", "Input", ["input"], "input")]
    for number, blocks in enumerate(counts):
        children = []
        for index in range(blocks):
            path = f"s{number}.{index}"
            draft.conv(path, 64, 3)
            children.append(draft.group(path, path, [path, f"{path}_bn"]))
        names = [name for child in children for name in child.nodes]
        stages.append(draft.group(f"s{number}", f"Stage {number}", names, "stage", children))
    graph = draft.graph(stages)
    for opened in ([], [f"s{n}" for n in range(len(counts))]):
        diagram = strip(graph, opened=opened)
        assert len(diagram.marks) <= 230
        check_partition(graph, diagram)
        check_no_overlap(diagram)
    assert len(strip(graph).marks) <= 150


@st.composite
def nets(draw) -> tuple[Graph, list[str]]:
    """Nets of random stages, some opened, with blocks that have skips or not, of any width and kernel."""
    draft = Draft((1, draw(st.integers(1, 4)), 32, 32))
    stages = [draft.group("input", "Input", ["input"], "input")]
    opened = []
    for number in range(draw(st.integers(1, 5))):
        children = []
        for index in range(draw(st.sampled_from([1, 2, 3, 7, 26]))):
            path = f"stage{number}.{'b' * draw(st.integers(1, 30))}{index}"
            if draw(st.booleans()):
                draft.bottleneck(path, draw(st.integers(1, 2000)), 1, projection=True)
            else:
                draft.conv(f"{path}.", draw(st.integers(1, 9000)), draw(st.sampled_from([1, 3, 5, 11])))
            children.append(draft.group(path, path, draft.under(f"{path}.")))
        names = [name for child in children for name in child.nodes]
        stages.append(draft.group(f"stage{number}", f"Stage {number}", names, "stage", children))
        if draw(st.booleans()):
            opened.append(f"stage{number}")
    if draw(st.booleans()):
        draft.pool("pool", 1)
        draft.linear("fc", draw(st.integers(1, 22000)))
        stages.append(draft.group("head", "Head", draft.under("pool", "fc"), "head"))
    return draft.graph(stages), opened


@given(nets(), st.floats(300, 2000))
@settings(max_examples=20, deadline=None)
def test_any_chain_is_drawn_once_without_overlap(net, width):
    graph, opened = net
    diagram = strip(graph, opened=opened, width=width)
    check_partition(graph, diagram)
    check_no_overlap(diagram)
    assert diagram.width >= width - 0.01
    assert all(m.box.x >= 0 and m.box.x + m.box.width <= diagram.width + 0.01 for m in diagram.marks)
    assert all(m.box.y >= 0 and m.box.y + m.box.height <= diagram.height for m in diagram.marks)
    assert len({mark.id for mark in diagram.marks}) == len(diagram.marks)
    ET.fromstring(diagram.svg)


@given(nets())
@settings(max_examples=8, deadline=None)
def test_bars_of_a_strip_never_touch(net):
    graph, opened = net
    root = ET.fromstring(strip(graph, opened=opened).svg)
    spans = []
    for group in root.iter(f"{SVG}g"):
        shift = re.match(r"translate\(([\d.e+-]+) 0\)", group.get("transform", ""))
        if shift:
            spans += [
                (
                    float(shift[1]) + float(r.get("x")),
                    float(shift[1]) + float(r.get("x")) + float(r.get("width")),
                )
                for r in group.findall(f"{SVG}rect")
                if "bar" in r.get("class", "")
            ]
    spans.sort()
    assert all(b[0] - a[1] > 0.5 for a, b in itertools.pairwise(spans))
