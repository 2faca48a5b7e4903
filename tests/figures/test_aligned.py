"""Networks under one another: one column a map size, one scale of bars, nothing on top of another."""

import itertools
import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.figures.aligned import AlignedEntry, aligned_strips
from core.figures.aligned_depth import longest_path
from core.figures.aligned_rows import signs
from core.figures.glyphs import TALLEST, bar_height, channels
from core.figures.map_sizes import VECTOR, MapSize, map_size
from core.figures.numbers import SPACE
from core.figures.svg import text_width
from core.graph.records import Graph
from tests.real_graphs import graph_of

from .samples import Draft, resnet, vgg16
from .test_strip import SVG, check_no_overlap, elements

PLAIN = " "


@dataclass(frozen=True)
class Column:
    title: str
    left: float
    right: float


def entry(graph: Graph, title: str = "Net") -> AlignedEntry:
    return AlignedEntry(title.lower(), title, ("13 conv, 3 linear", "no skips"), graph)


def columns(diagram) -> list[Column]:
    """The columns by their headings; every second one has a ground, and the grounds give all edges."""
    root = ET.fromstring(diagram.svg)
    headings = [
        e for e in root.findall(f"{SVG}text") if e.get("y") == "12" and e.get("text-anchor") == "middle"
    ]
    grounds = [(float(e.get("x")), float(e.get("width"))) for e in elements(diagram, "rect", "ground")]
    edges = sorted({edge for x, width in grounds for edge in (x, x + width)})
    if len(headings) % 2 == 0:
        # The last column has no ground: its heading stands in its middle.
        edges.append(2 * float(headings[-1].get("x")) - edges[-1])
    return [
        Column(heading.text, left, right)
        for heading, (left, right) in zip(headings, itertools.pairwise(edges), strict=True)
    ]


def check_picture(diagram, entries) -> None:
    """What holds of every picture: ids unique, nothing overlaps, texts fit, bars of one scale."""
    names = [mark.id for mark in diagram.marks]
    assert len(set(names)) == len(names)
    assert ET.fromstring(diagram.svg) is not None
    check_one_scale(diagram, entries)
    for row in range(len(entries)):
        check_no_overlap_in(diagram, row)
    check_texts(diagram)


def check_no_overlap_in(diagram, row: int) -> None:
    boxes = [mark.box for mark in diagram.marks if mark.id.startswith(f"{row}:")]
    assert boxes
    for first, second in itertools.pairwise(boxes):
        assert first.x + first.width <= second.x + 0.02, (first, second)


def check_one_scale(diagram, entries) -> None:
    root = ET.fromstring(diagram.svg)
    by_index = {int(e.get("data-mark")): e for e in root.iter(f"{SVG}g") if e.get("data-mark")}
    scales = set()
    for index, mark in enumerate(diagram.marks):
        row = int(mark.id.partition(":")[0])
        nodes = [entries[row].graph.nodes[name.partition(":")[2]] for name in mark.operations]
        for bar in (e for e in by_index[index].iter(f"{SVG}rect") if "bar" in e.get("class").split()):
            height = float(bar.get("height")) + (1.4 if "hollow" in bar.get("class") else 0.0)
            if height <= 2.01 or height >= TALLEST - 0.02:
                continue  # the least and the largest height of a bar
            fitting = {
                round(height / bar_height(channels(n)), 2) for n in nodes if bar_height(channels(n)) > 2.5
            }
            scales.add(frozenset(fitting))
    everywhere = [
        one for one in set().union(*scales) if all(any(abs(one - s) < 0.02 for s in fit) for fit in scales)
    ]
    assert everywhere or not scales, scales


def check_texts(diagram) -> None:
    """Texts of one line do not touch one another, and stay in the picture."""
    lines: dict[str, list[tuple[float, float, str]]] = {}
    for text in ET.fromstring(diagram.svg).findall(f"{SVG}text"):
        if "again" in text.get("class"):
            continue
        length = text_width(text.text, bold="name" in text.get("class"))
        x = float(text.get("x"))
        start = x if text.get("text-anchor") == "start" else x - length / 2
        lines.setdefault(text.get("y"), []).append((start, start + length, text.text))
    for line in lines.values():
        for first, second in itertools.pairwise(sorted(line)):
            assert first[1] <= second[0] + 0.5, (first, second)
        assert max(end for _, end, _ in line) <= diagram.width + 0.5


def check_columns(diagram, entries) -> None:
    """Every block stands in the column of its map's size, and every text under it too."""
    found = columns(diagram)
    assert found[-1].right <= diagram.width + 0.02
    for row, one in enumerate(entries):
        sizes = {sign.group.name: sign.size.title for sign in signs(one.graph)}
        for mark in diagram.marks:
            index, _, name = mark.id.partition(":")
            if int(index) != row:
                continue
            first = name if name in sizes else next(n for n in sizes if name.startswith(f"{n}…"))
            holding = [c for c in found if c.left <= mark.box.x and mark.box.x + mark.box.width <= c.right]
            assert [c.title for c in holding] == [sizes[first]], mark
    for text in elements(diagram, "text", "words"):
        half, x = text_width(text.text) / 2, float(text.get("x"))
        assert any(c.left <= x - half and x + half <= c.right for c in found), text.text


VGG_RESNET = [entry(vgg16(), "VGG-16"), entry(resnet(), "ResNet-50")]


def test_vgg_above_resnet():
    diagram = aligned_strips(VGG_RESNET)
    titles = [column.title.replace(SPACE, PLAIN) for column in columns(diagram)]
    assert titles == ["224 × 224", "112 × 112", "56 × 56", "28 × 28", "14 × 14", "7 × 7", "vector"]
    assert diagram.width == 1068
    check_picture(diagram, VGG_RESNET)
    check_columns(diagram, VGG_RESNET)
    assert len(diagram.marks) == 13 + 1 + 1 + 16 + 1
    assert len(elements(diagram, "path", "skip")) == 16
    assert len([e for e in elements(diagram, "path", "skip") if "projection" in e.get("class")]) == 4
    assert diagram.legend == ("identity", "projection", "add", "branch", "main")


def test_words_under_the_cells():
    words = {e.text.replace(SPACE, PLAIN) for e in elements(aligned_strips(VGG_RESNET), "text", "words")}
    assert {"2 × 3×3", "64 channels", "3 × 3×3", "512 channels", "flattened", "25,088 numbers"} <= words
    assert {
        "3 linear",
        "4096, 4096, 1000",
        "1 × 7×7",
        "6 blocks",
        "1024 channels",
        "pool, 1 linear",
        "1000",
    } <= words


def test_a_block_is_told_with_its_network():
    diagram = aligned_strips(VGG_RESNET)
    mark = diagram.mark("1:layer3.2")
    assert mark.label == "layer3.2 of ResNet-50"
    assert dict(mark.rows)["Parameters"] == "1,117,184"
    assert diagram.mark("1:layer3.2.conv2") is mark
    assert diagram.mark("0:layer3.2") is None


def test_equal_networks_stand_exactly_under_one_another():
    diagram = aligned_strips([entry(resnet()), entry(resnet())])
    boxes = {row: [m.box for m in diagram.marks if m.id.startswith(row)] for row in ("0:", "1:")}
    for above, below in zip(boxes["0:"], boxes["1:"], strict=True):
        assert (above.x, above.width) == (below.x, below.width)
        assert above.y + above.height < below.y


def test_bars_are_roots_of_channels():
    diagram = aligned_strips(VGG_RESNET)
    root = ET.fromstring(diagram.svg)
    index = diagram.marks.index(diagram.mark("1:layer3.2"))
    group = next(e for e in root.iter(f"{SVG}g") if e.get("data-mark") == str(index))
    heights = [float(e.get("height")) for e in group.iter(f"{SVG}rect") if "bar" in e.get("class")]
    assert heights == pytest.approx([1.62 * math.sqrt(c) for c in (256, 256, 1024)], abs=0.01)


def test_blocks_that_do_not_fit_are_counted():
    long = [entry(resnet((3, 8, 36, 3)), "ResNet-152"), entry(vgg16(), "VGG-16")]
    diagram = aligned_strips(long)
    assert diagram.width == 1068
    check_picture(diagram, long)
    check_columns(diagram, long)
    more = [mark for mark in diagram.marks if mark.kind == "more"]
    shown = [mark for mark in diagram.marks if mark.id.startswith("0:layer3.") and mark.kind != "more"]
    hidden = next(mark for mark in more if mark.id.startswith("0:layer3."))
    number = 36 - len(shown)
    assert hidden.label == f"{number} more blocks of ResNet-152, all alike"
    assert {shown[0].id, shown[-1].id} == {"0:layer3.0", "0:layer3.35"}
    texts = [e.text.replace(SPACE, PLAIN) for e in elements(diagram, "text", "sub")]
    assert f"+ {number}" in texts


def test_more_room_shows_more():
    long = [entry(resnet((3, 8, 36, 3)))]
    narrow, wide = aligned_strips(long, width=900), aligned_strips(long, width=2600)
    assert len(narrow.marks) < len(wide.marks) == 1 + 50 + 1
    assert not [mark for mark in wide.marks if mark.kind == "more"]


def test_depth_counts_the_layers_of_the_longest_path():
    assert list(longest_path(vgg16()).values()) == list(range(1, 17))
    depths = longest_path(resnet())
    assert (depths["conv1"], depths["layer1.0.conv1"], depths["layer4.2.conv3"], depths["fc"]) == (
        1,
        2,
        49,
        50,
    )
    assert "layer1.0.downsample" not in depths


def test_by_depth_a_layer_stands_at_its_number():
    diagram = aligned_strips(VGG_RESNET, align="depth")
    check_picture(diagram, VGG_RESNET)
    stem, first = diagram.mark("1:conv1…maxpool").box, diagram.mark("1:layer1.0").box
    assert first.width == pytest.approx(3 * stem.width)
    vgg = [mark.box for mark in diagram.marks if mark.id.startswith("0:features.")]
    assert {round(box.width, 6) for box in vgg} == {round(stem.width, 6)}
    assert vgg[9].x == pytest.approx(diagram.mark("1:layer1.2").box.x + 2 * stem.width)  # layers 8 to 10
    names = [e.text for e in elements(diagram, "text", "name")]
    assert {"16 layers", "50 layers"} <= set(names)


def test_the_same_input_gives_the_same_picture():
    for align in ("map size", "depth"):
        assert aligned_strips(VGG_RESNET, align=align) == aligned_strips(VGG_RESNET, align=align)
        other = aligned_strips(VGG_RESNET[::-1], align=align)
        assert other.rev != aligned_strips(VGG_RESNET, align=align).rev


def test_titles_are_repeated_for_narrow_screens_alone():
    diagram = aligned_strips(VGG_RESNET)
    again = [e.text for e in elements(diagram, "text", "again")]
    assert again.count("VGG-16") == again.count("ResNet-50") >= 2
    assert ".again{display:none" in diagram.standalone().replace(" ", "")


def test_text_of_a_name_is_escaped():
    diagram = aligned_strips([AlignedEntry("x", "<b>&", ("<i>",), vgg16())])
    assert "<b>" not in diagram.svg
    assert "&lt;b&gt;&amp;" in diagram.svg


def test_nothing_to_draw_is_said():
    with pytest.raises(ValueError, match="at least one entry"):
        aligned_strips([])


def growing() -> Graph:
    """An encoder and its decoder: maps shrink and grow again."""
    draft = Draft((1, 3, 64, 64))
    names = []
    for index, (width, stride) in enumerate(((16, 1), (32, 2), (64, 2))):
        names.append(draft.conv(f"down{index}", width, 3, stride))
    draft.put("up", "resize", [draft.last], (1, 64, 32, 32))
    draft.conv("up0", 32, 3)
    draft.put("up_1", "resize", [draft.last], (1, 32, 64, 64))
    draft.conv("up1", 3, 3)
    stages = [draft.group("input", "Input", ["input"], "input")]
    for name in ("down0", "down1", "down2", "up0", "up1"):
        before = {"up0": ["up"], "up1": ["up_1"]}.get(name, [])
        stages.append(draft.group(name, name, [*before, name, f"{name}_bn"], "stage"))
    return draft.graph(stages)


def test_maps_that_grow_again_get_columns_of_their_own():
    entries = [entry(growing(), "Decoder"), entry(vgg16(), "VGG-16")]
    diagram = aligned_strips(entries)
    titles = [column.title.replace(SPACE, PLAIN) for column in columns(diagram)]
    assert titles[-3:] == ["32 × 32", "64 × 64", "vector"] or titles[-2:] == ["64 × 64", "vector"]
    assert titles.count("64 × 64") == 2
    check_picture(diagram, entries)


@pytest.mark.parametrize(
    ("shape", "before", "expected"),
    [
        ((1, 64, 56, 48), VECTOR, MapSize(56, 48)),
        ((1, 14, 14, 384), VECTOR, MapSize(14, 14)),
        ((1, 197, 768), MapSize(14, 14), MapSize(14, 14)),
        ((1, 196, 768), VECTOR, MapSize(14, 14)),
        ((1, 77, 512), VECTOR, MapSize(77, 1)),
        ((1, 1000), MapSize(7, 7), VECTOR),
        ((1, 2048, 1, 1), MapSize(7, 7), VECTOR),
        ((1, 1, 1, 768), MapSize(7, 7), VECTOR),
    ],
)
def test_size_of_a_map(shape, before, expected):
    assert map_size(shape, before) == expected


def test_sizes_are_called():
    assert MapSize(56, 48).title.replace(SPACE, PLAIN) == "56 × 48"
    assert VECTOR.title == "vector"
    assert MapSize(77, 1).title == "77 tokens"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(*(st.integers(1, 9) for _ in range(4))),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["map size", "depth"]),
    st.sampled_from([700, 1068, 1500]),
)
def test_laws_for_any_resnets(counts, align, width):
    entries = [entry(resnet(numbers), f"Net {index}") for index, numbers in enumerate(counts)]
    diagram = aligned_strips(entries, align=align, width=width)
    check_picture(diagram, entries)
    if align == "map size":
        check_columns(diagram, entries)


TOGETHER = [
    ("vgg19", "resnet50"),
    ("vgg16", "resnet18", "densenet121", "inception_v3"),
    ("vit_b_16", "swin_t", "convnext_tiny"),
    ("resnet152", "efficientnet_b0"),
    ("squeezenet1_1", "googlenet", "timm/dla34"),
    ("timm/hrnet_w18_small", "alexnet"),
    ("timm/mixer_b16_224", "timm/pvt_v2_b0", "mobilenet_v3_small"),
    ("timm/coatnet_0_rw_224", "timm/resnest14d", "shufflenet_v2_x0_5", "regnet_y_400mf"),
]


@pytest.mark.slow
@pytest.mark.parametrize("names", TOGETHER, ids=lambda names: "+".join(names))
def test_real_networks(names):
    entries = [entry(graph_of(name), name) for name in names]
    for align in ("map size", "depth"):
        diagram = aligned_strips(entries, align=align)
        check_picture(diagram, entries)
        check_no_overlap(diagram)
        if align == "map size":
            check_columns(diagram, entries)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "layers"),
    [("vgg19", 19), ("resnet50", 50), ("resnet152", 152), ("densenet121", 121), ("inception_v3", 48)],
)
def test_depths_are_those_of_the_papers(name, layers):
    assert max(longest_path(graph_of(name)).values()) == layers
