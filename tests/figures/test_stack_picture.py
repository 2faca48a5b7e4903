"""Pictures of stacks and kernels: cells where the arithmetic puts them, one scale, and words that hold."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.figures import kernel_words, stack_picture, stack_words
from core.figures.kernel_picture import bars, kernel_picture, percent_words
from core.graph.stack import PRESETS, Stack, StackLayer, counterpart, parse
from core.probes.kernels import prove

SVG = "{http://www.w3.org/2000/svg}"
LAYERS = st.builds(
    StackLayer, st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.sampled_from(["conv", "pool"])
)
STACKS = st.lists(LAYERS, min_size=1, max_size=3).map(lambda layers: Stack(tuple(layers)))


def rects(drawing, attribute):
    root = ElementTree.fromstring(drawing.svg)
    return {node.get(attribute): node for node in root.iter(f"{SVG}rect") if node.get(attribute) is not None}


def middle(node):
    return float(node.get("x")) + float(node.get("width")) / 2


@given(STACKS)
@settings(max_examples=12, deadline=None)
def test_a_cell_stands_above_the_middle_of_what_it_reads(stack):
    drawing = stack_picture.tree(stack, 3.0)
    cells = rects(drawing, "data-cell")
    if stack.field > stack_picture.MOST_CELLS:
        assert not cells
        return
    assert set(cells) == {f"{level}:{cell}" for level, row in enumerate(stack.cells) for cell in row}
    for level, row in enumerate(stack.cells[1:], start=1):
        layer = stack.layers[level - 1]
        for cell in row:
            below = [middle(cells[f"{level - 1}:{one}"]) for one in layer.reads(cell)]
            assert middle(cells[f"{level}:{cell}"]) == pytest.approx((below[0] + below[-1]) / 2, abs=0.02)
    tops = [float(cells[f"{level}:0"].get("y")) for level in range(len(stack.cells))]
    assert tops == sorted(tops, reverse=True)  # the output on top


def test_gaps_are_hollow_and_strides_space_the_cells():
    drawing = stack_picture.tree(parse("3-3d2"), 10.0)
    assert drawing.svg.count('class="cell gap"') == 2  # three taps two cells apart leave two out
    cells = rects(stack_picture.tree(parse("3s2-3"), 10.0), "data-cell")
    assert middle(cells["1:1"]) - middle(cells["1:0"]) == pytest.approx(20)
    assert middle(cells["0:1"]) - middle(cells["0:0"]) == pytest.approx(10)


def test_the_box_says_how_many_paths():
    drawing = stack_picture.box(PRESETS["Two 3×3"], 20.0, 9)
    root = ElementTree.fromstring(drawing.svg)
    told = [int(node.text) for node in root.iter(f"{SVG}text") if (node.text or "").isdigit()]
    assert np.array_equal(np.reshape(told, (5, 5)), np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1]))
    pixels = rects(drawing, "data-pixel")
    opacity = {place: float(node.get("fill-opacity")) for place, node in pixels.items()}
    assert opacity["2:2"] == max(opacity.values()) == 1
    assert opacity["0:0"] == min(opacity.values())
    assert "up to 9, 1 in the corner" in drawing.spoken


def test_pixels_without_a_path_are_empty():
    pixels = rects(stack_picture.box(parse("3d2"), 20.0, 1), "data-pixel")
    empty = {place for place, node in pixels.items() if node.get("fill-opacity") is None}
    assert empty == {f"{r}:{c}" for r in range(5) for c in range(5) if r % 2 or c % 2}


@pytest.mark.parametrize("text", ["5", "3-3-3", "3-3d2-3d4"])
def test_a_stack_and_its_counterpart_share_a_scale(text):
    stack = parse(text)
    other = counterpart(stack)
    pixel = stack_picture.scale((stack, other))
    assert stack.field * pixel <= stack_picture.WIDTH
    for one in (stack, other):
        inputs = [
            node for key, node in rects(stack_picture.tree(one, pixel), "data-cell").items() if key[0] == "0"
        ]
        assert middle(inputs[-1]) - middle(inputs[0]) == pytest.approx((stack.field - 1) * pixel, abs=0.02)


def test_wide_fields_are_one_picture_each():
    stack = parse("11s3d4-11s3d4-11")
    pictures = [stack_picture.box(one, 0.5, 100).svg for one in (stack, counterpart(stack))]
    masks = [re.findall(r'<mask id="([^"]+)"', svg) for svg in pictures]
    assert all(
        len(found) == 1 and f"url(#{found[0]})" in svg for found, svg in zip(masks, pictures, strict=True)
    )
    assert masks[0] != masks[1]
    largest = parse("-".join(["11s3d4"] * 8))
    assert len(stack_picture.box(largest, 0.001, 11**16).svg) < 40_000
    assert len(stack_picture.tree(largest, 0.001).svg) < 40_000


@given(STACKS)
@example(parse("3d2"))
@example(parse("3-3s2"))
@example(parse("5-1"))
@example(parse("1-1"))
def test_fewer_weights_are_said_only_of_an_equal_field(stack):
    other = counterpart(stack)
    title = stack_words.title(stack, other)
    small, large = sorted((stack, other or stack), key=lambda one: len(one.layers), reverse=True)
    if ", with" in title and "instead of" in title:
        assert stack.reached == stack.field == other.field
        assert small.weights < large.weights
    if "span" in title:
        assert f"only {stack.reached**2:,} of the {stack.field**2:,}" in title
        assert stack.reached < stack.field
    found = stack_words.saved(stack, other) if other else None
    if found and found[0] == "Weights saved":
        assert 1 - small.weights / large.weights == pytest.approx(found[1])
        assert stack.reached == stack.field
    if "fades towards the border" in stack_words.subtitle(stack):
        assert stack.paths[0] == stack.paths.min() < stack.paths.max() == stack.paths[stack.field // 2]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("3-3", "Two 3×3 see what one 5×5 sees, with 18 weights instead of 25"),
        ("7", "Three 3×3 see what one 7×7 sees, with 27 weights instead of 49"),
        ("3d2", "One 3×3 with dilation 2 spans 5 × 5 pixels, but reads only 9 of the 25"),
        (
            "3-3d2-3d4",
            "Three 3×3 with dilation 1, 2, 4 see what one 15×15 sees, with 27 weights instead of 225",
        ),
        ("5-1", "Two layers see what one 5×5 sees, but with 26 weights instead of 25"),
        (
            "3-3s2",
            "Two 3×3 with stride 1, 2 see what one 5×5 with stride 2 sees, with 18 weights instead of 25",
        ),
        ("p2s2-p2s2", "Two 2×2 poolings with stride 2 see 4 × 4 pixels without any weights"),
        ("3", "One 3×3 sees 3 × 3 pixels with 9 weights"),
    ],
)
def test_titles(text, title):
    stack = parse(text)
    assert stack_words.title(stack, counterpart(stack)) == title


def test_more_work_for_fewer_weights_is_said():
    stack = parse("3-3s2")
    assert (
        "takes 45 multiply-adds in two 3×3 with stride 1, 2 and 25 in one"
        in stack_words.caveats(stack, counterpart(stack))[0]
    )
    assert stack_words.caveats(PRESETS["Two 3×3"], counterpart(PRESETS["Two 3×3"])) == ()


def test_kernels_are_red_and_blue_around_nothing():
    drawing = kernel_picture(np.array([[1.0, -0.5], [0.0, 4.0]]), caption="a <kernel>", limit=2.0)
    squares = list(ElementTree.fromstring(drawing.svg).iter(f"{SVG}rect"))
    assert [node.get("class").split()[1] for node in squares] == [
        "positive",
        "negative",
        "negative",
        "positive",
    ]
    assert [float(node.get("fill-opacity")) for node in squares] == [0.5, 0.25, 0.0, 1.0]
    assert drawing.spoken.endswith("1.00, −0.50; 0.00, 4.00")
    with pytest.raises(ValueError, match="rows, columns"):
        kernel_picture(np.ones(3), caption="", limit=1)


def test_bars_are_in_proportion():
    found = ElementTree.fromstring(bars((("a", 0.5), ("b", 0.25))).svg)
    widths = [float(node.get("width")) for node in found.iter(f"{SVG}rect")]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.02)
    assert [percent_words(share) for share in (0.327, 1e-12, 0.001)] == [
        "33\u00a0%",
        "0\u00a0%",
        "<\u00a01\u00a0%",
    ]


def test_what_is_said_of_a_fit_are_its_figures():
    proof = prove(3)
    assert kernel_words.title(proof) == "Equal field, not equal function: two 3×3 miss this 5×5 by 33\u00a0%"
    assert "two 3×3 make this kernel exactly" in kernel_words.meaning(proof)
    assert percent_words(proof.wider[2][3]) in kernel_words.meaning(proof)
    assert "seed 3" in kernel_words.method(proof)
