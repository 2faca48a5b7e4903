"""Measures of a heat map against brute force and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.graph.records import UNDEFINED, ReceptiveField
from core.probes import EffectiveReceptiveField
from core.probes.boxes import box_of, centre_of
from core.probes.heat import (
    centre_of_mass,
    gaussian_overlap,
    level_holding,
    mass_within,
    pixels_holding,
    radius_holding,
    side_holding,
    spread,
)

HEATS = st.tuples(st.integers(1, 7), st.integers(1, 7)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.sampled_from([0.0, 0.5, 1.0, 3.0, 8.0]))
)
SHARES = st.sampled_from([0.05, 0.5, 0.9, 0.95, 1.0])


@given(HEATS, SHARES)
@settings(max_examples=150)
def test_as_few_pixels_as_hold_the_share(heat: np.ndarray, share: float) -> None:
    count, total = pixels_holding(heat, share), heat.sum()
    ranked = sorted(heat.reshape(-1).tolist(), reverse=True)
    if total == 0:
        assert (count, level_holding(heat, share)) == (0, 0.0)
        return
    assert sum(ranked[:count]) >= share * total - 1e-9
    assert sum(ranked[: count - 1]) < share * total
    assert level_holding(heat, share) == ranked[count - 1]
    assert (heat > level_holding(heat, share)).sum() < count <= (heat >= level_holding(heat, share)).sum()


@given(HEATS, SHARES, st.tuples(st.integers(-2, 12), st.integers(-2, 12)))
@settings(max_examples=150)
def test_the_smallest_square_and_disc(heat: np.ndarray, share: float, doubled: tuple[int, int]) -> None:
    centre = (doubled[0] / 2, doubled[1] / 2)
    side, radius = (measure(heat, share, centre=centre) for measure in (side_holding, radius_holding))
    rows, columns = np.indices(heat.shape)
    square = np.maximum(abs(rows - centre[0]), abs(columns - centre[1]))
    disc = np.hypot(rows - centre[0], columns - centre[1])
    total = heat.sum()
    if total == 0:
        assert (side, radius) == (0, 0.0)
        return
    assert heat[square <= (side - 1) / 2].sum() >= share * total - 1e-9
    assert heat[square < (side - 1) / 2].sum() < share * total
    assert heat[disc <= radius + 1e-9].sum() >= share * total - 1e-9
    assert heat[disc < radius - 1e-9].sum() < share * total


def bell(sigma: tuple[float, float], centre: tuple[float, float] = (60.0, 50.0)) -> np.ndarray:
    rows, columns = np.mgrid[:121, :101]
    away = ((rows - centre[0]) / sigma[0]) ** 2 + ((columns - centre[1]) / sigma[1]) ** 2
    return np.exp(-away / 2).astype(np.float32)


def test_a_gaussian_is_found_again() -> None:
    heat = bell((9.0, 6.0))
    assert centre_of_mass(heat) == pytest.approx((60, 50), abs=1e-3)
    assert spread(heat) == pytest.approx((9, 6), rel=1e-3)
    assert gaussian_overlap(heat) == pytest.approx(1, abs=1e-3)
    # A disc of radius r holds 1 − exp(−r²/2σ²) of a round one.
    assert radius_holding(bell((8, 8)), 0.95, centre=(60, 50)) == pytest.approx(
        8 * math.sqrt(2 * math.log(20)), abs=0.5
    )


def test_an_even_square_is_no_gaussian() -> None:
    heat = np.zeros((40, 40), np.float32)
    heat[5:25, 10:30] = 2
    assert spread(heat) == pytest.approx((math.sqrt((20**2 - 1) / 12),) * 2)
    assert gaussian_overlap(heat) < 0.75
    assert mass_within(heat, (5, 10, 25, 20)) == 0.5
    assert pixels_holding(heat, 0.5) == 200
    assert side_holding(heat, 1.0, centre=(14.5, 19.5)) == 20


def test_one_pixel_and_none() -> None:
    heat = np.zeros((5, 5), np.float32)
    assert (spread(heat), gaussian_overlap(heat), centre_of_mass(heat)) == ((0, 0), 0, (2, 2))
    heat[1, 3] = 1e-30
    assert (spread(heat), gaussian_overlap(heat), centre_of_mass(heat)) == ((0, 0), 1, (1, 3))
    with pytest.raises(ValueError, match=r"at most 1; this is 1\.5"):
        pixels_holding(heat, 1.5)


def record(heat: np.ndarray, field: tuple[int, int], box: tuple[int, int, int, int] | None) -> object:
    return EffectiveReceptiveField("layer", (0, 0), (4, 4), heat, "squared", 8, field, box, (14.5, 19.5))


def test_the_record_tells_its_measures() -> None:
    heat = np.zeros((40, 40), np.float32)
    heat[5:25, 10:30] = 2
    found = record(heat, (40, 20), (5, 10, 25, 30))
    assert (found.inside, found.box_pixels, found.holds(0.5), found.side(1)) == (1.0, 400, 200, 20)
    assert found.ratio == pytest.approx((4 * found.sigma[0] / 40, 4 * found.sigma[1] / 20))
    unknown = record(heat, (0, 0), None)
    assert (unknown.inside, unknown.box_pixels, unknown.ratio) == (None, None, None)


def test_boxes_are_cut_to_the_picture() -> None:
    field = ReceptiveField((7, 5), (4, 2), (0, 1))
    assert box_of(field, (0, 0), (32, 16)) == (0, 0, 4, 4)
    assert box_of(field, (3, 2), (32, 16)) == (9, 3, 16, 8)
    assert centre_of(field, (3, 2)) == (12, 5)
    assert box_of(field, (20, 0), (32, 16)) == (32, 0, 32, 4)
    assert box_of(ReceptiveField((9, 9), (0, 0), (4, 4), "whole image"), (1, 1), (9, 8)) == (0, 0, 9, 8)
    assert box_of(UNDEFINED, (0, 0), (9, 9)) is None
    assert centre_of(UNDEFINED, (0, 0)) is None
