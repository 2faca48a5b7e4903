"""Bars of paths: heights are shares, places are sizes, words are computed; nothing leaves the picture."""

import csv
import io
import xml.etree.ElementTree as ET
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.figures.numbers import whole
from core.figures.path_bins import bins, commonest, half
from core.figures.path_shares import NARROW, WIDE, path_shares
from core.figures.path_words import paths_csv, subtitle, title
from core.figures.svg import text_width
from core.graph.fields.paths import Paths, paths

from .nets import graph

SVG = "{http://www.w3.org/2000/svg}"
SHOWN = (
    "alexnet", "resnet50", "densenet121", "inception_v3", "mobilenet_v3_small", "swin_t", "vit_b_16", "cifar_resnet56",
    "residual_mlp10", "timm/hrnet_w18_small",
)  # fmt: skip
COUNTED = st.dictionaries(st.integers(1, 4000), st.integers(1, 10**40), min_size=1, max_size=60)


def drawn(name: str, node: str | None = None, width: float = WIDE):
    found = paths(graph(name), node)
    return found, path_shares(found, graph(name), width=width)


def bars(picture, kind: str) -> list[ET.Element]:
    return [e for e in ET.fromstring(picture.svg).iter(f"{SVG}rect") if e.get("class") == f"bar {kind}"]


@settings(max_examples=40, deadline=None)
@given(COUNTED, st.one_of(st.integers(1, 80), st.just(4000)))
def test_bins_hold_every_path_once(counted, most):
    found = bins(counted, most)
    assert len(found) <= most
    assert sum(bar.paths for bar in found) == sum(counted.values())
    edges = [edge for bar in found for edge in (bar.start, bar.stop)]
    assert edges == sorted(edges)
    for bar in found:
        assert bar.start < bar.first <= bar.last < bar.stop
        assert bar.paths == sum(n for value, n in counted.items() if bar.first <= value <= bar.last)
    if most == 4000:
        assert len(found) == len(counted)
        assert all(2 * bar.first == bar.start + bar.stop for bar in found)


@settings(max_examples=40, deadline=None)
@given(COUNTED)
def test_half_of_the_paths_see_at_most_the_middle(counted):
    total = sum(counted.values())
    middle = half(counted, total)
    assert 2 * sum(n for value, n in counted.items() if value <= middle) >= total
    assert 2 * sum(n for value, n in counted.items() if value < middle) < total
    assert half(counted, 3 * total) is None
    assert counted[commonest(counted)] == max(counted.values())


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", SHOWN)
def test_everything_lies_within_the_picture(name, width):
    _, shares = drawn(name, width=width)
    picture = shares.picture
    assert picture.width == width
    for text in ET.fromstring(picture.svg).iter(f"{SVG}text"):
        x, wide = float(text.get("x")), text_width(text.text)
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}[text.get("text-anchor")]
        assert left >= -1, text.text
        assert left + wide <= width + 1, text.text
        assert 0 < float(text.get("y")) <= picture.height
    for rect in ET.fromstring(picture.svg).iter(f"{SVG}rect"):
        assert 0 <= float(rect.get("x")) <= width - float(rect.get("width"))
        assert 0 <= float(rect.get("y")) <= picture.height - float(rect.get("height"))


@pytest.mark.parametrize("name", SHOWN)
def test_bars_of_a_plot_add_up_to_all_paths(name):
    """By the numbers at its axis; in the narrow layout the plots stand one below the other."""
    _, shares = drawn(name, width=NARROW)
    tree = ET.fromstring(shares.picture.svg)
    middle = shares.picture.height / 2
    colours = [len(bars(shares.picture, kind)) for kind in ("skip", "main", "rest")]
    assert 0 in colours[:2]
    assert len(shares.columns) == sum(colours)
    for below in (False, True):
        ticks = {
            float(e.get("y")): float(e.text[:-2])
            for e in tree.iter(f"{SVG}text")
            if e.text.endswith("%") and (float(e.get("y")) > middle) == below
        }
        (high, most), (low, least) = min(ticks.items()), max(ticks.items())
        per_px = (most - least) / (low - high)
        heights = [
            float(e.get("height"))
            for e in tree.iter(f"{SVG}rect")
            if e.get("class").startswith("bar ") and (float(e.get("y")) > middle) == below
        ]
        assert sum(heights) * per_px == pytest.approx(100, rel=2e-3)


def test_a_column_says_its_size_and_its_paths_exactly():
    found, shares = drawn("resnet50", "layer4.2")
    sizes = shares.columns[: len(found.by_size)]
    assert [column.label.split("\u00a0")[0] for column in sizes] == [str(size) for size in found.by_size]
    assert [dict(column.rows)["Paths"] for column in sizes] == [whole(n) for n in found.by_size.values()]
    middles = [column.box.x + column.box.width / 2 for column in sizes]
    values = list(found.by_size)
    per_px = (middles[-1] - middles[0]) / (values[-1] - values[0])
    assert middles == pytest.approx([middles[0] + (v - values[0]) * per_px for v in values], abs=0.01)


def test_residual_networks_are_vermillion_and_others_blue():
    assert bars(drawn("resnet50")[1].picture, "skip")
    assert not bars(drawn("inception_v3")[1].picture, "skip")
    assert bars(drawn("inception_v3")[1].picture, "main")


def texts(name: str, node: str) -> str:
    found = paths(graph(name), node)
    return f"{title(found, node)} {subtitle(found)}".replace("\u00a0", " ")


def test_titles_say_what_is_computed():
    assert texts("resnet50", "layer4.2") == (
        "Half of the 65,536 paths to layer4.2 see at most 219 px; the largest sees 427 px. "
        "Paths of 5 to 49 weighted layers."
    )
    assert texts("vgg16", "features.30").startswith(
        "One path leads to features.30: it passes 13 weighted layers and sees 212 px."
    )
    assert texts("vit_b_16", "encoder.layers.encoder_layer_2") == (
        "Of the 64 paths to encoder.layers.encoder_layer_2, 87.5 % see the whole picture; "
        "the others see at most 16 px. "
        "Paths of 1 to 13 weighted layers; everything is seen from encoder.layers.encoder_layer_0.self_attention on."
    )
    assert texts("resnet50", "fc").startswith("All of the 65,536 paths to fc see the whole picture.")
    assert "the size is not followed" in texts("swin_t", "features.1.0")


@pytest.mark.parametrize("name", SHOWN)
def test_every_network_has_a_title(name):
    found = paths(graph(name))
    assert title(found, "this layer").endswith(".")
    assert subtitle(found).endswith(".")


def test_the_file_holds_every_count_exactly():
    found = paths(graph("densenet121"))
    rows = list(csv.DictReader(io.StringIO(paths_csv(found))))
    for quantity, counted in (
        ("field_height_px", found.by_height),
        ("field_width_px", found.by_width),
        ("weighted_layers", found.by_length),
    ):
        read = {int(row["value"]): int(row["paths"]) for row in rows if row["quantity"] == quantity}
        assert read == counted
        shares = sum(float(row["share"]) for row in rows if row["quantity"] == quantity)
        assert shares == pytest.approx(1, abs=1e-4)


def test_paths_without_a_size_stand_in_the_file():
    found = Paths("x", 8, {2: 8}, {16: 1}, {16: 1}, whole=4, unsized=3)
    rows = list(csv.DictReader(io.StringIO(paths_csv(found))))
    assert {row["quantity"]: row["paths"] for row in rows if not row["value"]} == {
        "whole_picture": "4",
        "size_not_followed": "3",
    }


@pytest.mark.parametrize(
    "number, text",
    [
        (65_536, "65,536"),
        (999_999, "999,999"),
        (5_308_416, "5.31 M"),
        (999_499_999, "999 M"),
        (999_500_000, "1.00 × 10⁹"),
        (2**98, "3.17 × 10²⁹"),
        (2**5000, "1.41 × 10¹⁵⁰⁵"),
    ],
)
def test_counts_of_any_size(number, text):
    assert whole(number).replace("\u00a0", " ") == text


@given(st.integers(10**9, 10**60))
def test_large_counts_keep_three_digits(number):
    mantissa, power = whole(number).split("\u00a0×\u00a010")
    digits = int(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")))
    assert abs(Fraction(mantissa) * 10**digits / number - 1) <= Fraction(1, 180)
