"""Numbers as people read them."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.figures.numbers import count, exact, human, human_bytes, percent, scientific, shape_text


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (25_557_032, "25.6 M"),
        (4_089_184_256, "4.09 G"),
        (999, "999"),
        (999_999, "1.00 M"),
        (1_000, "1.00 k"),
        (0, "0"),
        (0.5, "0.5"),
        (12.345, "12.3"),
        (-25_557_032, "−25.6 M"),
        (0.00000044, "4.4 × 10⁻⁷"),
        (math.inf, "∞"),
        (math.nan, "no number"),
    ],
)
def test_human(value, text):
    assert plain(human(value)) == text


def test_bytes_scientific_exact_percent_and_counts():
    assert plain(human_bytes(102_228_128)) == "102 MB"
    assert plain(human_bytes(12)) == "12 B"
    assert plain(scientific(0.00000044)) == "4.4 × 10⁻⁷"
    assert exact(25_557_032) == "25,557,032"
    assert plain(percent(14_964_736, 25_557_032)) == "58.6 %"
    assert plain(percent(1, 100_000)) == "< 0.1 %"
    assert plain(percent(0, 0)) == "0 %"
    assert (count(1, "block"), count(3, "block"), count(2, "box", "boxes")) == (
        "1 block",
        "3 blocks",
        "2 boxes",
    )


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((1, 1024, 14, 14), "14 × 14 × 1024"),
        ((1, 14, 14, 384), "14 × 14 × 384"),
        ((1, 8, 8, 8), "8 × 8 × 8"),
        ((1, 197, 768), "197 × 768"),
        ((1, 1000), "1000"),
        ((1,), "1"),
        ((), "1 number"),
    ],
)
def test_shapes(shape, text):
    assert plain(shape_text(shape)) == text
    assert shape_text(shape, spaced=False) == text.replace(" × ", "×")


@given(st.floats(1e-2, 1e20))
def test_human_keeps_three_digits(value):
    text = plain(human(value))
    number, _, unit = text.partition(" ")
    scale = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}[unit]
    assert float(number) * scale == pytest.approx(value, rel=6e-3)
    assert len(re.sub(r"\D", "", number.lstrip("0."))) <= 3
