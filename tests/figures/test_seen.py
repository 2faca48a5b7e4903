"""What a look at a picture is told as, and the map over the photo."""

import numpy as np
import pytest

from core.figures import seen
from core.figures.overlay import overlay
from core.probes.records import FeatureMaps


def feature_maps(shown: int = 2, signed: bool = True) -> FeatureMaps:
    values = np.array([[[0, -4], [1, 0]], [[2, 0], [0, 0]], [[0, 0], [0, 0]]], np.float32)
    strengths = np.abs(values).mean(axis=(1, 2))
    return FeatureMaps(
        node="layer1",
        shape=(1, 3, 2, 2),
        layout="channels first",
        order=np.array([0, 1, 2]),
        maps=values[:shown],
        strengths=strengths,
        variances=values.var(axis=(1, 2)),
        signed=signed,
        limit=4.0,
    )


class TestAnswer:
    def test_sure(self) -> None:
        lead, rest = seen.answer((("espresso", 0.953), ("cup", 0.013), ("consomme", 0.008)), "", "Net")
        assert lead.replace("\u00a0", " ") == "An espresso, with 95.3 %."
        assert rest.replace("\u00a0", " ") == "Next come cup (1.3 %) and consomme (0.8 %)."

    def test_unsure_says_so(self) -> None:
        lead, rest = seen.answer((("tiger cat", 0.39), ("Egyptian cat", 0.36)), "", "Net")
        assert lead.startswith("A tiger cat")
        assert rest.startswith("It is unsure")

    def test_random_weights_name_nothing(self) -> None:
        lead, rest = seen.answer((), "Random weights, seed 0", "ResNet-50")
        assert lead == "ResNet-50 has learned nothing yet: random weights, seed 0."
        assert "noise" in rest


class TestTitles:
    def test_of_some_maps(self) -> None:
        assert seen.maps_title(feature_maps(), "strength") == "2 of 3 maps of layer1, strongest first"

    def test_of_all_maps(self) -> None:
        assert seen.maps_title(feature_maps(3), "index").startswith("All 3 maps of layer1")

    def test_labels_are_exact(self) -> None:
        assert seen.labels(feature_maps()) == ("channel 0: mean |value| 1.25", "channel 1: mean |value| 0.5")

    def test_channel_names_its_strongest_cell_and_its_zeros(self) -> None:
        title, subtitle = seen.channel_title(feature_maps(), 0)
        assert title == "Channel 0 over the photo"
        assert subtitle == "Strongest at row 1, column 2: -4; 2 cells of 4 at exactly 0."


class TestOverlay:
    def test_zero_cells_leave_the_grey_photo(self) -> None:
        photo = np.full((4, 4, 3), 100, np.uint8)
        out = overlay(photo, np.array([[0, 1], [0, 0]], np.float32), signed=True, dark=False)
        assert out.shape == photo.shape
        assert (out[:2, :2] == out[0, 0]).all()
        assert len(set(out[0, 0].tolist())) == 1
        red, _, blue = out[0, 3].astype(int)
        assert red > blue

    @pytest.mark.parametrize("fill", [0.0, np.nan, np.inf])
    def test_maps_without_numbers_are_drawn_without_a_warning(self, fill: float) -> None:
        photo = np.full((4, 4, 3), 100, np.uint8)
        assert overlay(photo, np.full((2, 2), fill, np.float32), signed=False, dark=True).shape == photo.shape
