"""Maps are whole cells in honest colours."""

import io

import numpy as np
import plotly.colors
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from core.figures.maps import (
    colour_limit,
    colour_map,
    encode_png,
    map_grid,
    signed_colours,
    viridis,
)

WHITE, NIGHT = (255, 255, 255), (0x14, 0x17, 0x1B)


def test_viridis_is_the_published_scale():
    stops = [plotly.colors.hex_to_rgb(text) for text in plotly.colors.sequential.Viridis]
    ours = viridis()[np.linspace(0, 255, len(stops)).round().astype(int)]
    assert np.abs(ours.astype(int) - np.array(stops)).max() <= 6


def test_viridis_grows_brighter():
    light = viridis().astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (light[6:] > light[:-6]).all()  # six steps, as colours are whole numbers


@pytest.mark.parametrize(("dark", "ground"), [(False, WHITE), (True, NIGHT)])
def test_zero_of_a_signed_map_is_the_background(dark, ground):
    colours = colour_map(np.array([0.0, np.nan, -1.0, 1.0]), signed=True, limit=1.0, dark=dark)
    assert tuple(colours[0]) == tuple(colours[1]) == ground
    assert tuple(colours[2]) == tuple(signed_colours(dark)[0])
    assert tuple(colours[3]) == tuple(signed_colours(dark)[-1])
    assert colours[2, 2] > colours[2, 0]
    assert colours[3, 0] > colours[3, 2]


def test_tiles_are_whole_cells_in_reading_order():
    values = np.stack([np.full((2, 3), float(index)) for index in range(1, 6)])
    sheet = map_grid(values, signed=False, columns=2, tile=4, gap=2, normalise="layer")
    assert sheet.shape == (3 * 10 - 2, 2 * 14 - 2, 3)
    assert len(np.unique(sheet[:8, :12].reshape(-1, 3), axis=0)) == 1
    assert tuple(sheet[20, 0]) == tuple(viridis()[-1])
    assert tuple(sheet[0, 12]) == tuple(sheet[25, 20]) == WHITE


def test_each_channel_or_the_layer_sets_the_scale():
    values = np.stack([np.linspace(0, 1, 16).reshape(4, 4), np.linspace(0, 100, 16).reshape(4, 4)])
    apart = map_grid(values, signed=False, columns=2, gap=0)
    assert (apart[:, :4] == apart[:, 4:]).all()
    shared = map_grid(values, signed=False, columns=2, gap=0, normalise="layer")
    assert (shared[:, :4] != shared[:, 4:]).any()
    given_limit = map_grid(values, signed=False, columns=2, gap=0, normalise="layer", limit=1e9)
    assert len(np.unique(given_limit.reshape(-1, 3), axis=0)) == 1


def test_an_outlier_does_not_bleach_the_rest():
    values = np.ones((40, 40))
    values[0, 0] = 1e9
    assert colour_limit(values) == pytest.approx(1.0)


def test_one_bright_cell_still_has_a_scale():
    values = np.zeros((40, 40))
    values[0, 0] = 3.0
    assert colour_limit(values) == 3.0
    assert colour_limit(np.full((2, 2), np.nan)) == 0.0


@pytest.mark.parametrize(
    ("values", "more"),
    [(np.zeros((2, 2)), {}), (np.zeros((1, 2, 2)), {"columns": 0}), (np.zeros((1, 2, 2)), {"tile": 0})],
)
def test_what_is_no_stack_of_maps_is_refused(values, more):
    with pytest.raises(ValueError, match=r"shape|at least"):
        map_grid(values, signed=False, **more)


@given(
    hnp.arrays(
        np.float32, hnp.array_shapes(min_dims=3, max_dims=3, max_side=6), elements=st.floats(width=32)
    ),
    st.booleans(),
    st.integers(1, 7),
)
def test_any_values_give_a_picture(values, signed, columns):
    sheet = map_grid(values, signed=signed, columns=columns, tile=2, gap=1)
    image = Image.open(io.BytesIO(encode_png(sheet)))
    assert (np.asarray(image) == sheet).all()
