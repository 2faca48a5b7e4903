"""Sentences and files from fields made by hand, whose figures can be counted."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from core.figures import effect_statements as statements
from core.probes.records import EffectiveReceptiveField
from core.service.records import EffectView


def field(**changes: object) -> EffectiveReceptiveField:
    """An even effect of 10 × 10 pixels within a box of 20 × 20 on 64 × 64."""
    heat = np.zeros((64, 64), np.float32)
    heat[25:35, 35:45] = 0.5
    known = EffectiveReceptiveField(
        node="layer1",
        cell=(15, 20),
        cells=(32, 32),
        heat=heat,
        measure="squared",
        images=8,
        field=(20, 20),
        box=(20, 30, 40, 50),
        centre=(29.5, 39.5),
        calibrated=4,
    )
    return replace(known, **changes)


def view(found: EffectiveReceptiveField, **changes: object) -> EffectView:
    known = EffectView(found, 2, 4, "noise", "as it is", "Random weights, seed 0", False, 1.5, "CPU, 2 cores")
    return replace(known, **changes)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_answer_tells_the_part_that_moves_it() -> None:
    assert plain(statements.answer(view(field()))) == (
        "With these random weights, 95 % of what moves it comes from 24 % of those pixels, around its centre."
    )
    aside = np.zeros((64, 64), np.float32)
    aside[20:40, 30:41] = 1
    assert plain(statements.answer(view(field(heat=aside), trained=True))) == (
        "With these trained weights, 95 % of what moves it comes from half of those pixels."
    )


def test_what_is_not_known_is_left_out() -> None:
    unknown = field(field=(0, 0), box=None)
    assert plain(statements.answer(view(unknown))) == (
        "With these random weights, 95 % of what moves it comes from 95 pixels."
    )
    assert statements.held(unknown, 0.95)[1] == ""
    assert "theoretical" not in statements.spread(unknown)
    whole = field(field=(64, 64), box=(0, 0, 64, 64))
    assert plain(statements.answer(view(whole))).endswith("comes from 2 % of the picture.")
    nothing = field(heat=np.zeros((64, 64), np.float32))
    assert statements.answer(view(nothing)) == "With these random weights, no pixel moves it."
    assert (statements.spread(nothing), statements.reached(nothing)) == ("", "")
    assert statements.held(nothing, 0.5)[1] == ""


def test_pixels_and_their_part() -> None:
    assert [plain(text) for text in statements.held(field(), 0.5)] == [
        "50 px",
        "an eighth of what it can see",
    ]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.499, "half"),
        (0.127, "an eighth"),
        (0.34, "a third"),
        (0.98, "all"),
        (0.9, "90 %"),
        (0.43, "43 %"),
        (0.003, "0.3 %"),
        (0.0004, "0.04 %"),
        (0.0, "less than 0.01 %"),
    ],
)
def test_shares_as_people_say_them(share: float, words: str) -> None:
    assert plain(statements.fraction(share)) == words


def test_the_spread_beside_the_size() -> None:
    text = plain(statements.spread(field()))
    assert text.startswith("The effect spreads with σ = 2.9 px; 4 σ")
    assert "are 0.57 of the theoretical size" in text
    cut = plain(statements.spread(field(box=(20, 30, 40, 45))))
    assert "theoretical" not in cut


def test_pixels_without_any_effect_are_told() -> None:
    assert statements.reached(field()).startswith("With these weights only a quarter of the pixels")
    assert statements.reached(field(box=(25, 35, 35, 45))) == ""
    assert statements.reached(field(images=1)) == ""


def test_what_was_measured() -> None:
    noise = statements.method(view(field()))
    assert "mean (∂ cell / ∂ pixel)²" in noise
    assert "over 8 noise pictures; random weights, batch norm calibrated on 4 noise pictures" in noise
    photo = statements.method(
        view(field(measure="absolute", images=1, calibrated=0), source="photo", trained=True)
    )
    assert "mean |∂ cell / ∂ pixel|" in photo
    assert "over 1 look at the photo under noise; trained weights (after" in photo
    twin = statements.method(view(field(), variant="plain twin"))
    assert "random weights, residual additions taken out, batch norm" in twin
    assert "training changes it" in statements.caveat(view(field()))
    assert "this photo" in statements.caveat(view(field(), source="photo", trained=True))


def test_two_nets_beside_each_other() -> None:
    wide = np.zeros((64, 64), np.float32)
    wide[22:38, 32:48] = 1
    names = ("the residual net", "its plain twin")
    told = plain(statements.beside(field(), field(heat=wide), names=names))
    assert told == (
        "95 % of the effect takes 0.24 of the box in the residual net and 0.61 in its plain twin: "
        "its plain twin really uses more of what it can see."
    )
    assert "no difference" in statements.beside(field(), field(), names=names)
    assert statements.beside(field(), field(box=(0, 0, 20, 20)), names=names) == ""


def test_the_files_hold_what_was_measured() -> None:
    rows = list(csv.DictReader(io.StringIO(statements.heat_csv(field()))))
    assert len(rows) == 100
    assert sum(float(row["share_of_effect"]) for row in rows) == pytest.approx(1)
    assert {(row["row_px"], row["column_px"]) for row in rows} >= {("25", "35"), ("34", "44")}
    measures = {
        row["name"]: row["value"]
        for row in csv.DictReader(io.StringIO(statements.measures_csv(view(field()))))
    }
    assert measures["95 % of the effect"] == "95"
    assert measures["side of the square of 95 %"] == "10"
    assert measures["effect in the box"] == "1.000000"
