"""The figure of what cells see: what comes back from a browser, and the spot in the address."""

from hypothesis import given
from hypothesis import strategies as st

from core.figures.sight import Axis, Sees, Sight, SightLayer
from core.ui.fields import spot
from core.ui.sight import chosen_cell
from tests.attacks.test_components import JSON

AXIS = Axis(count=4, first=-1, size=3, stride=8.0)
LAYER = SightLayer("layer1.relu", "layer1", 3, 3.0, marked=True, reach=3, sees=Sees((3, 3), AXIS, AXIS))
CONTENT = Sight("a", (32, 32), 3, (LAYER,), 3, residual=False, lines=())


@given(JSON | st.fixed_dictionaries({"layer": JSON | st.just("layer1"), "row": JSON, "column": JSON}))
def test_only_cells_of_the_figure_count(value):
    found = chosen_cell(CONTENT, value)
    assert found is None or (found.layer is LAYER and all(type(i) is int and 0 <= i < 4 for i in found.cell))


def test_a_cell_is_chosen_by_its_layer_row_and_column():
    assert chosen_cell(CONTENT, {"layer": "layer1", "row": 3, "column": 0}).cell == (3, 0)
    for wrong in ({"row": 4}, {"row": True}, {"row": 1.0}, {"layer": "layer2"}, {"column": -1}):
        assert chosen_cell(CONTENT, {"layer": "layer1", "row": 3, "column": 0, **wrong}) is None


@given(st.text(max_size=40))
def test_any_text_is_a_place_near_the_picture_or_none(text):
    found = spot.parse(text)
    assert found is None or all(abs(share) <= 2 for share in found)


@given(st.tuples(st.floats(-2, 2), st.floats(-2, 2)))
def test_a_place_survives_the_address_to_a_tenth_of_a_pixel(place):
    found = spot.parse(spot.joined(place))
    assert all(abs(a - b) <= 0.0001 for a, b in zip(found, place, strict=True))


def test_what_is_no_number_is_no_place():
    for text in ("nan,0.5", "inf,0", "0.5", "1,2,3", "a,b", ""):
        assert spot.parse(text) is None
