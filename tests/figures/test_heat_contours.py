"""Lines around heat: what lies within them holds the share."""

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.figures.heat_contours import contours, smoothed


def disc(sigma: float, centre: tuple[float, float], size: tuple[int, int] = (96, 128)) -> np.ndarray:
    rows, columns = np.indices(size)
    away = (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2
    return np.exp(-away / (2 * sigma**2)).astype(np.float32)


def within(lines: tuple[tuple[tuple[float, float], ...], ...], shape: tuple[int, int]) -> np.ndarray:
    """Pixels within the lines, drawn eight times as large."""
    scale, canvas = 8, Image.new("1", (shape[1] * 8, shape[0] * 8))
    for line in lines:
        corners = [((x + 0.5) * scale, (y + 0.5) * scale) for x, y in line]
        mask = Image.new("1", canvas.size)
        ImageDraw.Draw(mask).polygon(corners, fill=1)
        canvas = Image.fromarray(np.asarray(canvas) ^ np.asarray(mask))
    return np.asarray(canvas)[scale // 2 :: scale, scale // 2 :: scale]


@pytest.mark.parametrize("share", [0.5, 0.95])
@pytest.mark.parametrize("centre", [(48.0, 60.0), (3.0, 120.0)])
def test_what_lies_within_holds_the_share(share: float, centre: tuple[float, float]) -> None:
    heat = disc(12, centre)
    lines = contours(heat, share)
    assert len(lines) == 1
    assert len(lines[0]) < 120
    smooth = smoothed(heat)
    assert smooth[within(lines, heat.shape)].sum() / smooth.sum() == pytest.approx(share, abs=0.02)


def test_the_line_around_a_gaussian_is_a_circle() -> None:
    (line,) = contours(disc(10, (48, 60)), 0.5, smoothing=0)
    radii = [math.hypot(x - 60, y - 48) for x, y in line]
    expected = 10 * math.sqrt(2 * math.log(2))
    assert min(radii) > expected - 0.6
    assert max(radii) < expected + 0.6


def test_islands_holes_and_nothing() -> None:
    ring = disc(14, (48, 60)) - disc(6, (48, 60))
    assert len(contours(ring, 0.6)) == 2
    two = disc(4, (20, 20)) + disc(6, (70, 90))
    first, second = contours(two, 0.9)
    assert np.mean(first, axis=0) == pytest.approx((90, 70), abs=1)
    assert np.mean(second, axis=0) == pytest.approx((20, 20), abs=1)
    assert contours(np.zeros((8, 8), np.float32), 0.95) == ()


def test_one_pixel_and_an_even_picture_have_a_line() -> None:
    single = np.zeros((9, 9), np.float32)
    single[4, 2] = 1
    (line,) = contours(single, 0.95, smoothing=0)
    assert np.mean(line, axis=0) == pytest.approx((2, 4), abs=0.1)
    (border,) = contours(np.ones((9, 12), np.float32), 1.0)
    assert within((border,), (9, 12)).all()


def test_smoothing_keeps_the_mass() -> None:
    heat = np.random.default_rng(0).random((7, 30)).astype(np.float32)
    assert smoothed(heat).sum() == pytest.approx(heat.sum())
    assert np.array_equal(smoothed(heat, 0), heat)
