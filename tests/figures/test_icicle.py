"""The icicle's areas are the network's numbers, in both halves, and every part can be pointed at."""

import itertools
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.figures.icicle import BLOCK, STAGE, THIN, cost_icicle
from core.figures.icicle_layout import ROW_LIMIT, Cell, lay_out
from core.figures.quantities import MULTIPLY_ADDS, PARAMETERS, Costs, Quantity
from core.figures.svg import text_width
from core.graph.records import Graph

from .nets import NETS, graph
from .samples import Draft, resnet, vgg16

SVG = "{http://www.w3.org/2000/svg}"
WIDTH = 690.0
PAIRS = ((PARAMETERS, MULTIPLY_ADDS), (Quantity("activations", 8), Quantity("training memory", 32, "Adam")))


def cells(found: Graph, top: Quantity, bottom: Quantity) -> tuple[Cell, ...]:
    return lay_out(found, Costs(found, top), Costs(found, bottom), WIDTH)


def check_layout(found: Graph, top: Quantity, bottom: Quantity) -> None:
    stages = cells(found, top, bottom)
    for half, quantity in enumerate((top, bottom)):
        costs = Costs(found, quantity)
        assert sum(stage.extents[half].amount for stage in stages) == costs.total
        if not costs.total:
            continue
        check_row(stages, half, 0.0, WIDTH, WIDTH / costs.total)
        for stage in stages:
            outer = stage.extents[half]
            assert outer.amount == costs.of(stage.nodes)
            if stage.blocks:
                assert sum(block.extents[half].amount for block in stage.blocks) == outer.amount
                check_row(stage.blocks, half, outer.x, outer.width, WIDTH / costs.total)


def check_row(row: tuple[Cell, ...], half: int, x: float, width: float, scale: float) -> None:
    """One after the other without a gap, from ``x`` to its end, each as wide as its amount."""
    for cell in row:
        extent = cell.extents[half]
        assert extent.x == pytest.approx(x, abs=1e-6)
        assert extent.width == pytest.approx(extent.amount * scale, abs=1e-6)
        assert 0 <= extent.skip <= extent.amount
        x += extent.width
    assert x == pytest.approx(row[0].extents[half].x + width, abs=1e-6)


@pytest.mark.parametrize("pair", PAIRS, ids=("counts", "bytes"))
@pytest.mark.parametrize("name", NETS)
def test_widths_are_shares_and_add_up(name, pair):
    check_layout(graph(name), *pair)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)), min_size=1, max_size=6),
        min_size=1,
        max_size=6,
    )
)
def test_any_amounts_add_up(stages):
    draft = Draft()
    groups = [draft.group("input", "Input", ["input"], "input")]
    for number, blocks in enumerate(stages):
        names = []
        for index, (parameters, macs) in enumerate(blocks):
            names.append(
                draft.put(
                    f"s{number}.{index}", "conv", [draft.last], (1, 8, 4, 4), parameters=parameters, macs=macs
                )
            )
        children = [draft.group(name, name, [name]) for name in names]
        groups.append(draft.group(f"s{number}", f"Stage {number}", names, "stage", children))
    found = draft.graph(groups)
    check_layout(found, PARAMETERS, MULTIPLY_ADDS)
    diagram = cost_icicle(found, top=PARAMETERS, bottom=MULTIPLY_ADDS)
    ET.fromstring(diagram.svg)


@pytest.mark.parametrize("name", NETS)
def test_every_part_is_one_mark_with_a_box_in_each_half(name):
    found = graph(name)
    diagram = cost_icicle(found, top=PARAMETERS, bottom=MULTIPLY_ADDS)
    names = [mark.id for mark in diagram.marks]
    assert len(names) == len(set(names))
    assert {mark.id for mark in diagram.marks if mark.kind != "more"} <= set(found.groups)
    shown = [operation for mark in diagram.marks for operation in mark.operations]
    assert len(shown) == len(set(shown))
    costly = {node.name for node in found.nodes.values() if node.parameters or node.macs}
    assert costly <= set(shown)
    root = ET.fromstring(diagram.svg)
    for node in root.iter(f"{SVG}g"):
        if node.get("data-mark") is None:
            continue
        mark = diagram.marks[int(node.get("data-mark"))]
        group = found.groups.get(mark.id)
        hits = [child for child in node if child.get("class") == "hit"]
        if group is not None:
            assert len(hits) == (group.parameters > 0) + (group.macs > 0)
        for hit in hits:
            assert -0.01 <= float(hit.get("x")) <= WIDTH
            assert float(hit.get("x")) + float(hit.get("width")) <= WIDTH + 0.02


@pytest.mark.parametrize("pair", PAIRS, ids=("counts", "bytes"))
@pytest.mark.parametrize("name", NETS)
def test_labels_stay_within_their_rectangles(name, pair):
    diagram = cost_icicle(graph(name), top=pair[0], bottom=pair[1])
    root = ET.fromstring(diagram.svg)
    for mark in root.iter(f"{SVG}g"):
        if mark.get("data-mark") is None:
            continue
        boxes = [rectangle(child) for child in mark if child.get("class", "").startswith("cell")]
        for text in mark.iter(f"{SVG}text"):
            length = text_width(text.text, bold=text.get("class") == "name")
            x, y = float(text.get("x")), float(text.get("y"))
            left = x - length / 2 if text.get("text-anchor") == "middle" else x
            assert any(
                bx <= left + 0.01 and left + length <= bx + width + 0.01 and by <= y - 9 and y <= by + height
                for bx, by, width, height in boxes
            ), text.text
    captions = [text for text in root.findall(f"{SVG}text") if text.get("class") == "sub"]
    assert len(captions) == 2
    assert all(float(text.get("x")) + text_width(text.text) <= WIDTH for text in captions)


def rectangle(element: ET.Element) -> tuple[float, float, float, float]:
    x, y, width, height = (float(element.get(name)) for name in ("x", "y", "width", "height"))
    return (x, y, width, height)


def drawn(diagram, classes: str) -> list[tuple[float, float, float, float]]:
    root = ET.fromstring(diagram.svg)
    return [
        rectangle(e) for e in root.iter(f"{SVG}rect") if set(classes.split()) <= set(e.get("class").split())
    ]


def test_rows_have_the_heights_of_the_design():
    diagram = cost_icicle(graph("resnet50"), top=PARAMETERS, bottom=MULTIPLY_ADDS)
    assert (STAGE, BLOCK, THIN) == (24, 24, 8)
    assert {height for *_, height in drawn(diagram, "pale")} == {24}
    assert {height for *_, height in drawn(diagram, "thin")} == {8}
    rows = sorted({y for _, y, _, _ in drawn(diagram, "cell")})
    assert len(rows) == 6
    middle = diagram.height / 2
    heights = (24, 24, 8, 8, 24, 24)
    assert [y + height / 2 - middle for y, height in zip(rows, heights, strict=True)] == pytest.approx(
        [-(y + height / 2 - middle) for y, height in zip(rows[::-1], heights[::-1], strict=True)]
    )


def test_gaps_are_two_px_between_stages_and_one_between_blocks():
    diagram = cost_icicle(graph("resnet50"), top=PARAMETERS, bottom=MULTIPLY_ADDS)
    stages = sorted(box for box in drawn(diagram, "pale") if box[1] < diagram.height / 2 and box[2] > 8)
    for (x, _, width, _), after in itertools.pairwise(stages):
        assert after[0] - x - width == pytest.approx(2, abs=0.02)
    row = min(y for _, y, _, _ in drawn(diagram, "branch") if y > stages[0][1])
    blocks = sorted(box for box in drawn(diagram, "branch") if box[1] == row and box[2] > 20)
    gaps = [after[0] - x - width for (x, _, width, _), after in itertools.pairwise(blocks)]
    assert sorted(round(gap) for gap in gaps) == [1] * 7 + [2]  # six blocks of stage 3, three of stage 4


def test_resnet50_is_the_one_of_the_papers():
    stages = {cell.name: cell for cell in cells(graph("resnet50"), PARAMETERS, MULTIPLY_ADDS)}
    parameters = {name: cell.top.amount for name, cell in stages.items()}
    assert (parameters["layer3"], parameters["layer4"]) == (7_098_368, 14_964_736)
    shares = [round(100 * stages[f"layer{n}"].bottom.width / WIDTH, 1) for n in (1, 2, 3, 4)]
    assert shares == [16.3, 25.1, 35.8, 19.8]
    assert [round(100 * stages[f"layer{n}"].top.width / WIDTH, 1) for n in (3, 4)] == [27.8, 58.6]
    projections = sum(cell.top.skip for cell in stages.values())
    # 1 × 1 convolutions without bias, and a batch norm each.
    assert projections == sum(i * o + 2 * o for i, o in ((64, 256), (256, 512), (512, 1024), (1024, 2048)))
    assert round(100 * projections / 25_557_032, 1) == 10.9


def test_the_head_of_vgg16_leaps_to_the_eye():
    diagram = cost_icicle(graph("vgg16"), top=PARAMETERS, bottom=MULTIPLY_ADDS)
    head = cells(graph("vgg16"), PARAMETERS, MULTIPLY_ADDS)[-1]
    assert head.groups[0].role == "head"
    assert head.top.amount == 123_642_856
    assert head.top.width > 0.89 * WIDTH
    assert head.bottom.width < 0.01 * WIDTH
    assert [block.top.amount for block in head.blocks] == [102_764_544, 16_781_312, 4_097_000]
    assert ">linear 102.8\u00a0M<" in diagram.svg
    assert "branch" not in {
        name for e in ET.fromstring(diagram.svg).iter() for name in e.get("class", "").split()
    }


def test_shortcuts_without_weights_are_not_drawn():
    assert drawn(cost_icicle(graph("cifar_resnet56"), top=PARAMETERS, bottom=MULTIPLY_ADDS), "skip") == []
    boxes = drawn(cost_icicle(graph("resnet50"), top=PARAMETERS, bottom=MULTIPLY_ADDS), "skip")
    assert len(boxes) == 8  # four projections in each half
    upper = [width for _, y, width, _ in boxes if y < 120]
    assert sum(upper) == pytest.approx(WIDTH * 2_782_720 / 25_557_032, abs=1)


@pytest.mark.parametrize("counts", [(1500,), (300, 300, 300, 300), (1,) * 450])
def test_deep_networks_merge_the_middle(counts):
    found = resnet(counts)
    diagram = cost_icicle(found, top=PARAMETERS, bottom=MULTIPLY_ADDS)
    check_layout(found, PARAMETERS, MULTIPLY_ADDS)
    blocks = [mark for mark in diagram.marks if mark.kind == "block"]
    assert len(blocks) <= ROW_LIMIT + 8  # the operations of stem and head come beside
    merged = [mark for mark in diagram.marks if mark.kind == "more"]
    assert merged
    assert all("more " in mark.label for mark in merged)
    shown = sum(len(mark.operations) for mark in diagram.marks)
    assert shown >= sum(1 for node in found.nodes.values() if node.parameters)


def test_tooltips_are_exact_and_name_the_skip():
    mark = cost_icicle(graph("resnet50"), top=PARAMETERS, bottom=MULTIPLY_ADDS).mark("layer3.0")
    assert mark is not None
    rows = [(label, value.replace("\u00a0", " ")) for label, value in mark.rows]
    assert rows[0] == ("Parameters", "1,512,448 · 5.9 %")
    assert rows[1] == ("of these on the skip", "526,336")


def test_operations_are_found_in_their_blocks():
    diagram = cost_icicle(resnet(), top=PARAMETERS, bottom=MULTIPLY_ADDS)
    assert diagram.mark("layer3.2.conv2").id == "layer3.2"
    assert diagram.mark("layer3").kind == "stage"


def test_same_graph_same_picture():
    first, second = (cost_icicle(vgg16(), top=PARAMETERS, bottom=MULTIPLY_ADDS) for _ in range(2))
    assert first == second
    assert first.rev != cost_icicle(vgg16(), top=MULTIPLY_ADDS, bottom=PARAMETERS).rev


def test_a_network_that_costs_nothing_is_an_empty_picture():
    draft = Draft()
    found = draft.graph([draft.group("input", "Input", ["input"], "input")])
    diagram = cost_icicle(found, top=PARAMETERS, bottom=MULTIPLY_ADDS)
    assert diagram.marks == ()
    ET.fromstring(diagram.svg)


def test_hostile_names_stay_text():
    draft = Draft()
    bad = '<script>alert("x")</script>&\x00]]>\'"'
    draft.conv("c", 8, 3)
    names = list(draft.nodes)[1:]
    found = draft.graph([draft.group(bad, bad, names, "stage", [draft.group(f"{bad}.1", bad, names)])])
    diagram = cost_icicle(found, top=PARAMETERS, bottom=MULTIPLY_ADDS)
    assert "<script" not in diagram.svg
    ET.fromstring(diagram.standalone(title=bad))


@pytest.mark.parametrize("dark", [False, True])
def test_a_file_stands_on_its_own(dark):
    diagram = cost_icicle(graph("resnet50"), top=PARAMETERS, bottom=MULTIPLY_ADDS)
    text = diagram.standalone(dark=dark, title="ResNet-50", selected="layer3.2")
    assert "var(" not in text
    assert text.count('class="is-selected') == 1
    ET.fromstring(text)


def test_auxiliary_heads_are_mentioned():
    found = graph("googlenet")
    diagram = cost_icicle(found, top=PARAMETERS, bottom=MULTIPLY_ADDS)
    assert bool(found.unused_parameters) == bool(diagram.note)
