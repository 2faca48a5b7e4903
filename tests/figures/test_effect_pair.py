"""The pair of effective fields: lines where the numbers are, sentences that say what the numbers say."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from core.figures import effect_pair_words as words
from core.figures.effect_pair import Panel, numbers, pair_picture, panel_picture
from core.probes.records import EffectiveReceptiveField

SVG = "{http://www.w3.org/2000/svg}"


def square(side: int, *, box: tuple[int, int, int, int] | None = (4, 8, 60, 64)) -> EffectiveReceptiveField:
    """An even effect on ``side`` × ``side`` pixels in the middle of 64 × 72."""
    heat = np.zeros((64, 72), np.float32)
    top, left = 32 - side // 2, 36 - side // 2
    heat[top : top + side, left : left + side] = 1
    return EffectiveReceptiveField("layer1", (3, 3), (8, 9), heat, "squared", 8, (56, 56), box, (31.5, 35.5))


def text(of: str) -> str:
    return of.replace("\u00a0", " ")


def corners(path: str) -> np.ndarray:
    return np.array([float(found) for found in re.findall(r"-?[\d.]+", path)]).reshape(-1, 2)


def test_the_panel_shows_heat_box_and_the_line_around_95_percent():
    root = ElementTree.fromstring(panel_picture(square(20)))
    image = Image.open(io.BytesIO(b64decode(root.find(f"{SVG}image").get("href").partition(",")[2])))
    assert image.size == (72, 64)
    assert image.getpixel((36, 32)) == (253, 231, 37)
    assert image.getpixel((0, 0)) == (68, 1, 84)
    drawn = {path.get("class"): path.get("d") for path in root.iter(f"{SVG}path")}
    assert re.fullmatch(r"M8\.\d+ 4\.\d+H63\.\d+V59\.\d+H8\.\d+Z", drawn["box"])
    around = corners(drawn["held"])
    assert np.abs(around.min(0) - [26, 22]).max() < 2
    assert np.abs(around.max(0) - [46, 42]).max() < 2


def test_without_a_box_or_an_effect_nothing_is_outlined():
    root = ElementTree.fromstring(panel_picture(square(0, box=None)))
    assert not list(root.iter(f"{SVG}path"))


def test_the_saved_picture_names_both_and_their_numbers():
    left, right = Panel("ResNet-18 <as it is>", square(20)), Panel("Its plain twin", square(28))
    root = ElementTree.fromstring(pair_picture(left, right, dark=True))
    said = [text("".join(found.itertext())) for found in root.iter(f"{SVG}text")]
    assert said == [
        "ResNet-18 <as it is>",
        "95 % of the effect on 380 px",
        "an eighth of what it can see",
        "Its plain twin",
        "95 % of the effect on 745 px",
        "a quarter of what it can see",
    ]
    assert text(numbers(square(20, box=None))) == "95 % of the effect on 380 px"


@pytest.mark.parametrize(
    ("residual", "twin", "lead", "rest"),
    [
        (
            20,
            28,
            "0.12 of the box in ResNet-18 and 0.24 in its plain twin",
            "The skips shrink the effective field here",
        ),
        (28, 20, "0.24 of the box in ResNet-18 and 0.12 in its plain twin", "Here the skips widen"),
        (20, 20, "no difference that so few pictures could tell", ""),
        (20, 0, "In the plain twin no pixel moves this cell", ""),
    ],
)
def test_what_the_skips_do_is_told_from_the_numbers(residual, twin, lead, rest):
    told = words.with_and_without_skips(square(residual), square(twin), title="ResNet-18")
    assert lead in text(told[0])
    assert told[1].startswith(rest)
    assert bool(told[1]) == bool(rest)


def test_other_boxes_are_not_compared():
    assert words.with_and_without_skips(square(20), square(28, box=(0, 0, 64, 64)), title="A net") == ("", "")
    assert words.random_and_trained(square(20), square(28, box=None)) == ("", "")


def test_what_training_does_is_told_from_the_numbers():
    assert words.random_and_trained(square(20), square(28))[1].startswith("Training has widened")
    assert words.random_and_trained(square(28), square(20))[1].startswith("Training has narrowed")
    assert "not what a plain network would learn" in words.twin_differs(trained=True, calibrated=False)
    assert "batch norms take statistics of their own" in words.twin_differs(trained=False, calibrated=True)
    assert "batch norm" not in words.twin_differs(trained=False, calibrated=False)
    assert words.training_differs(calibrated=False).endswith("the weights alone differ.")
    assert "from noise where the weights are random" in words.training_differs(calibrated=True)


def test_fields_over_other_numbers_of_pictures_are_not_compared():
    few = replace(square(28), images=4)
    assert words.with_and_without_skips(square(20), few, title="A net") == (words.UNEVEN, "")
    assert words.random_and_trained(square(20), few) == (words.UNEVEN, "")
    assert words.drawn(square(20), few).startswith("Measured over 8 and 4 pictures. ")
    assert words.drawn(square(20), square(28)).startswith("Measured each over 8 pictures. ")


def test_how_far_two_measurements_are():
    assert words.under_way(square(20), None).startswith("Measuring both, on 8 and 0 pictures by now")


def test_where_no_trained_weights_are_that_is_said():
    assert "offers to download" in words.no_weights("ResNet-18", known=True)
    assert words.no_weights("A net", known=False) == "There are no trained weights of A net to compare with."
