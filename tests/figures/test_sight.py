"""What each cell sees, ready to be drawn: against the fields themselves, by counting, and by hand."""

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from core.architectures import build
from core.architectures.records import Preprocessing
from core.figures import sight_heat, sight_photo, sight_words
from core.figures.sight import Axis, Sees, SightLayer, sight, spread
from core.graph import trace
from core.images.preprocess import prepare
from core.probes.records import EffectiveReceptiveField


class Hourglass(nn.Module):
    """Down and up again: cells of the last layer see boxes of different sizes."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.inner = nn.Conv2d(4, 4, 3, padding=1)
        self.up = nn.Upsample(scale_factor=2)
        self.out = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        return self.out(self.up(self.inner(self.down(x))))


class Gated(nn.Module):
    """A convolution whose channels are gated by the mean of the picture."""

    def __init__(self):
        super().__init__()
        self.conv, self.pool, self.fc = (
            nn.Conv2d(3, 4, 5, padding=2),
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(4, 4, 1),
        )
        self.last = nn.Conv2d(4, 4, 3, stride=2, padding=1)

    def forward(self, x):
        x = self.conv(x)
        return self.last(x * self.fc(self.pool(x)).sigmoid())


@pytest.fixture(scope="module")
def resnet():
    return trace(build("cifar_resnet20", device="meta"), (3, 32, 32))


@pytest.fixture(scope="module")
def hourglass():
    return trace(Hourglass(), (3, 16, 24))


@pytest.fixture(scope="module")
def gated():
    return trace(Gated(), (3, 16, 16))


class TestGeometry:
    @pytest.mark.parametrize("name", ["resnet", "hourglass", "gated"])
    def test_every_cell_sees_what_its_field_says(self, name, request):
        graph = request.getfixturevalue(name)
        found = sight(graph, name)
        assert found.layers
        for layer in found.layers:
            field = graph.nodes[layer.node].receptive_field
            for axis, (drawn, count) in enumerate(
                zip((layer.sees.rows, layer.sees.columns), layer.grid, strict=True)
            ):
                if field.status == "whole image":
                    assert {drawn.span(cell) for cell in range(count)} == {(0, found.picture[axis] - 1)}
                else:
                    assert tuple(drawn.span(cell) for cell in range(count)) == field.seen(axis, count)

    @pytest.mark.parametrize("name", ["resnet", "hourglass", "gated"])
    def test_a_cell_is_found_again_where_it_lies(self, name, request):
        found = sight(request.getfixturevalue(name), name)
        for layer in found.layers:
            for cell in np.ndindex(layer.grid):
                assert layer.cell_at(layer.spot_of(cell, found.picture), found.picture) == cell

    def test_pixels_are_those_of_the_box_that_lie_in_the_picture(self, resnet):
        found = sight(resnet, "ResNet-20")
        for layer in found.layers[::4]:
            for cell in ((0, 0), (3, 5), (layer.grid[0] - 1, 1)):
                top, left, bottom, right = layer.box(cell)
                counted = sum(top <= y < bottom and left <= x < right for y in range(32) for x in range(32))
                assert layer.pixels(cell, found.picture) == counted

    def test_a_cell_that_sees_padding_alone_sees_no_pixel(self):
        axis = Axis(count=4, first=-9, size=3, stride=4.0)
        layer = SightLayer("a", "a", 1, 1.0, marked=False, reach=3, sees=Sees((3, 3), axis, axis))
        assert layer.pixels((0, 0), (8, 8)) == 0
        assert layer.pixels((3, 3), (8, 8)) == 9

    def test_a_layer_beside_the_trunk_is_put_in_its_place(self, resnet):
        inside = "layer2.1.conv1"
        assert sight(resnet, "a").of_node(resnet, inside) is None
        found = sight(resnet, "a", node=inside)
        layer = found.of_node(resnet, inside)
        assert layer.depth == 10  # conv1, three blocks of two, layer2.0's two, and itself
        places = [one.place for one in found.layers]
        assert places == sorted(places)
        assert [one.name for one in found.layers].index(inside) == [one.name for one in found.layers].index(
            "layer2.1"
        ) - 1

    def test_before_what_has_no_cells_comes_the_last_layer_that_has(self, resnet):
        found = sight(resnet, "a")
        assert found.of_node(resnet, "fc") is None
        assert found.before(resnet, "fc").name == "layer3.2"

    def test_gates_are_told_from_convolutions(self, gated):
        last = sight(gated, "a").layers[-1]
        assert last.whole
        assert last.sees.size == (16, 16)
        assert last.local.size == (7, 7)
        assert last.reach == 7

    def test_what_is_sent_keeps_its_zeros(self, resnet):
        sent = json.loads(sight(resnet, "ResNet <20>").payload())
        valid = [layer["sees"]["rows"] for layer in sent["layers"]]
        assert all("first" in axis and "stride" in axis for axis in valid)
        assert sent["layers"][0]["sees"]["rows"] == {"count": 32, "first": -1, "size": 3, "stride": 1.0}


class TestGrowth:
    @given(st.lists(st.integers(1, 30), min_size=1, max_size=20))
    def test_places_never_go_back_and_stay_within_their_depth(self, depths):
        places = spread(depths)
        assert list(places) == sorted(places)
        assert len(set(places)) == len(places)
        assert [int(place) for place in places] == list(np.maximum.accumulate(depths))

    def test_residual_is_vermillion_plain_is_blue_and_more_are_told_apart(self, resnet, hourglass):
        found = sight(resnet, "a", compared=(("b", hourglass), ("c", resnet), ("d", hourglass)))
        assert [line.role for line in found.lines] == ["skip", "main", "second", "ink-2"]
        assert [line.role for line in sight(hourglass, "b", compared=(("a", resnet),)).lines] == [
            "main",
            "skip",
        ]

    def test_a_line_ends_with_the_last_field(self, resnet, gated):
        last = resnet.nodes[sight(resnet, "a").layers[-1].node].receptive_field
        assert sight(resnet, "ResNet-20").lines[0].label == f"ResNet-20 {last.size[0]}"
        assert sight(gated, "Gated").lines[0].label == "Gated 7*"


def effect(heat, box=None):
    return EffectiveReceptiveField("a", (1, 1), (2, 2), heat, "absolute", 8, (9, 9), box, (4.0, 4.0))


class TestWords:
    @pytest.mark.parametrize(
        ("share", "words"),
        [
            (1, "all"),
            (0.95, "nearly all"),
            (0.496, "half"),
            (0.127, "an eighth"),
            (0.58, "58\u00a0%"),
            (0.001, "less than 1\u00a0%"),
        ],
    )
    def test_shares(self, share, words):
        assert sight_words.share_words(share) == words

    def test_the_answer_is_computed(self, resnet):
        found = sight(resnet, "ResNet-20")
        layer = found.of_node(resnet, "layer1.0")
        heat = np.zeros((32, 32), np.float32)
        heat[10, 10:12] = 1
        lead, rest = sight_words.answer(found, layer, (10, 10), effect(heat), weights="random")
        assert lead == "This cell of layer1.0 can see 7\u00a0×\u00a07 pixels, a twentieth of the picture."
        assert "With these random weights, 95\u00a0% of what moves it comes from 4\u00a0% of those." in rest
        assert "Through the skips alone it would see 3\u00a0×\u00a03." in rest

    def test_without_a_measurement_that_clause_is_left_out(self, gated):
        found = sight(gated, "a")
        lead, rest = sight_words.answer(found, found.layers[-1], (1, 1), None, weights="random")
        assert lead == f"Every cell of {found.layers[-1].name} can see the whole picture."
        assert "Without that it would be 7\u00a0×\u00a07." in rest
        assert "weights" not in rest

    def test_a_gate_is_named_with_the_pooling_that_feeds_it(self, gated):
        found = sight(gated, "a")
        heat = np.zeros((16, 16), np.float32)
        heat[:8] = 1
        _, rest = sight_words.answer(found, found.layers[-1], (1, 1), effect(heat), weights="random")
        assert "Why: a squeeze-excite gate at pool scales each channel" in rest
        assert "comes from half of the picture." in rest

    def test_why_cells_see_boxes_of_different_sizes_is_told(self, hourglass):
        last = sight(hourglass, "a").layers[-1]
        assert last.unequal == "up-sampling"

    def test_what_has_no_cells_says_so_and_names_another_layer(self, resnet):
        why, way = sight_words.not_shown(resnet, "fc", sight(resnet, "a").layers[-1])
        assert "fc" in why
        assert "layer3.2" in way


class TestHeat:
    def test_pixels_without_effect_stay_photo(self):
        heat = np.zeros((64, 64), np.float32)
        heat[20:24, 30:34] = 1
        picture = np.asarray(Image.open(io.BytesIO(sight_heat.heat_png(heat))))
        assert picture.shape == (64, 64, 4)
        assert picture[21, 31, 3] == 255
        assert picture[60, 5, 3] == 0

    def test_no_heat_is_transparent_and_has_no_line(self):
        nothing = np.zeros((8, 8), np.float32)
        assert np.asarray(Image.open(io.BytesIO(sight_heat.heat_png(nothing))))[..., 3].max() == 0
        assert sight_heat.contour_path(nothing, 0.5) == ""

    def test_a_line_runs_around_the_pixels_in_the_coordinates_of_their_edges(self):
        heat = np.zeros((64, 64), np.float32)
        heat[20:30, 40:50] = 1
        path = sight_heat.contour_path(heat, 0.95)
        points = np.array([[float(n) for n in point.split(",")] for point in path.strip("MZ").split("L")])
        assert (points.min(axis=0) + points.max(axis=0)) / 2 == pytest.approx([45, 25], abs=0.1)


class TestPhoto:
    def test_the_cut_is_told_as_the_preprocessing_does_it(self):
        photo = Image.new("RGB", (451, 300))
        made = prepare(photo, Preprocessing(256, 224, "bilinear", (0.5,) * 3, (0.25,) * 3, "center"))
        lead, rest = sight_photo.cut_words(made.box, photo.size, made.pixels.shape)
        assert "451 × 300" in lead
        assert "resized to 384 × 256 px" in lead
        assert "224 × 224" in lead
        assert "1.17" in rest

    @pytest.mark.parametrize("crop", [(10.0, 5.0, 40.0, 35.0), (-8.0, -3.0, 60.0, 50.0)])
    def test_what_is_cut_away_is_veiled(self, crop):
        stream = io.BytesIO()
        Image.new("RGB", (50, 40), (200, 30, 30)).save(stream, "PNG")
        drawn = np.asarray(
            Image.open(io.BytesIO(sight_photo.cut_picture(stream.getvalue(), crop, dark=False)))
        )
        middle = drawn[drawn.shape[0] // 2, drawn.shape[1] // 2]
        assert tuple(middle) == (200, 30, 30)
        assert tuple(drawn[-1, -1]) != (200, 30, 30)
