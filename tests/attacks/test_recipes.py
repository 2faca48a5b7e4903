"""Recipes that nobody would write: in addresses, in files, and in what a browser may send from the form's fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs

import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from streamlit.util import AttributeDictionary

from core.architectures.codec import encode
from core.architectures.draft import Draft
from core.service import requests
from core.ui.builder import costs, fields, work
from core.ui.selection import parse
from tests.architectures.nets import example
from tests.attacks.test_components import JSON
from tests.pages import conftest
from tests.pages.conftest import settled
from tests.pages.test_build_your_own import recipe, text

# The page tests' own fixtures, under the names by which pytest finds them.
navigation_of_the_new_kind = conftest.navigation_of_the_new_kind
visit = conftest.visit

Visit = Callable[..., AppTest]
TEXT = encode(example())


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    requests.warm_up()
    yield
    requests.shut_down()


@pytest.fixture
def app(visit: Visit) -> AppTest:
    return visit("build_your_own", recipe=TEXT, model="resnet18")


HOSTILE = (
    "<script>alert(1)</script>", "1", "2_basic2x64", "1_basic2x64_" * 90, "\0", "1_basic999999x999999",
    "1_in999999x999999x999999_basic1x1", "1_in1x1_basic1x1", "1_in1x1x1_stem_basic1x1s2", "x" * 5000,
    "1_" + "_".join(["vgg512x4096s2"] * 40), "1_basic1x1_drop0.99_scale-9.9", "1_basic٣x64", "1_in7_vgg1x8s2",
    "1_basic2x64_hidden16384-16384-16384-16384-16384-16384-16384-16384", "1_basic2x64_pool99",
)  # fmt: skip


@pytest.mark.parametrize("named", HOSTILE)
def test_any_recipe_in_the_address_gives_a_page(visit: Visit, named: str) -> None:
    app = visit("build_your_own", recipe=named, base="<b>")
    assert not app.exception
    assert "What do you get if you change the recipe?" in text(app)
    assert "<script>" not in text(app)
    said = "in the address" in text(app)
    app.run()
    assert ("in the address" in text(app)) == said  # until something is changed
    app.number_input(key="builder_count_0").set_value(2)
    settled(app)
    assert not app.exception
    assert parse_qs(f"recipe={recipe(app)}")["recipe"] == [recipe(app)]


ODD = (
    "1_bottleneck1x16384_basic1x64_skipsA", "1_grouped1x8192_basic1x64_skipsA", "1_basic1x8192", "1_pre1x16384",
    "1_bottleneck1x16385", "1_grouped1x8191", "1_bottleneck1x1", "1_grouped1x1", "1_bottleneck999999x999999s2n",
    "1_basic0x64", "1_basic1x0", "1_basic-1x64", "1_basic1x-64", "1_basic1.5x64", "1_basic1x1e3", "1_basicx64",
    "1_basic9999999x64", "1_Basic2x64", "1_resnet2x64", "1_basic2x64s3", "1_basic2x64ns2", "1_basic2x64_basic",
    "1_" + "_".join(["basic1x8"] * 30), "1_" + "_".join(["basic500x8"] * 20),
    "1_bottleneck2x256_vgg2x64s2", "1_stem_bottleneck2x16384_vgg1x999999s2_skipsA", "1_vgg2x64s2_grouped1x100",
    "1_in4_basic1x64", "1_in5000_basic1x64", "1_in64_stem_bottleneck1x64s2_skipsA", "1_in4x5_basic1x64",
    "1_in1x1x1_stem9x1s4p_basic1x1s2", "1_in3x1x999_vgg1x8s2", "1_in999999x7x7_basic1x8_skipsA", "1_in0_basic1x1",
    "1_stem8x64_basic1x64", "1_stem7x999999s2p_basic1x64", "1_stem7x64s3_basic1x64",
    "1_in3x1x1_basic1x32_normgroup", "1_in3x1x1_vgg1x33_normgroup", "1_in1_plain1x1_normgroup",
    "1_in3x1x1_stem3x1_pre1x1_normlayer", "1_basic1x64_scale999", "1_basic1x64_scale-999", "1_basic1x64_scale9e-999",
    "1_basic1x64_drop1", "1_basic1x64_drop-0.5", "1_basic1x64_classes999999", "1_basic1x64_hidden99999",
    "1_basic1x64_pool17", "1_zero_zero_basic1x64", "1_skipsA_skipsnone_basic1x64", "_", "1_", "1__basic1x64",
)  # fmt: skip


def test_odd_recipes_one_after_the_other_give_a_page(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "_PATIENCE", 0.0)  # what the form says does not wait for what a net costs
    monkeypatch.setattr(costs, "_SHORT", 0.0)
    app = visit("build_your_own", recipe=TEXT)
    for named in ODD:
        app.query_params["recipe"] = named
        app.run()
        assert not app.exception, named
        assert "Stage 1" in text(app), named
        if named.startswith("1_bottleneck1x16384"):
            assert "cannot go from 16384 down to 64" in text(app)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{", "is no recipe that Skipscope kept; choose a file made with Keep as file."),
        (b'{"name": "a package", "version": "1"}', "is no recipe that Skipscope kept"),
        (b'{"stages": []}', "at least one stage"),
        (b"\xff\xfe\x00", "is no recipe"),
        (b'{"stages": [{"block": "<b>x</b>", "count": 1, "width": 8}]}', "is no recipe"),
        (b"[" * 90_000, "is no recipe"),
        (b'{"stages": [{"block": "basic", "count": NaN, "width": 8}]}', "is no recipe"),
        (
            b'{"stages": [{"block": "basic", "count": ' + b"9" * 80_000 + b', "width": 8}]}',
            "is no recipe",
        ),
        (b'{"stages": ' + b"[" * 90 + b"]" * 90 + b"}", "is no recipe"),
        (
            b'{"stages": [{"block": "basic", "count": "1; DROP", "width": true}], "x": "<script>"}',
            "is no recipe",
        ),
        (b" " * 200_000, "at most"),
    ],
)
def test_what_is_none_is_said_and_the_draft_stays(app: AppTest, data: bytes, says: str) -> None:
    app.file_uploader(key="builder.file").set_value([("<i>net</i>.json", data, "application/json")])
    settled(app)
    assert not app.exception
    shown = text(app)
    assert says in shown
    assert "&lt;i&gt;net" in shown
    assert "The recipe before stays." in shown
    assert "<b>x</b>" not in shown
    assert "<script>" not in shown
    assert recipe(app) == TEXT


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_names_of_recipes_are_refused_in_one_short_sentence(name: str) -> None:
    _, dropped = parse({"model": f"spec-{name}"})
    for sentence in dropped:
        assert sentence.endswith(".")
        assert sentence.isprintable()
        assert len(sentence) < 250


TAKERS: tuple[tuple[Callable[..., None], tuple[Any, ...]], ...] = (
    (fields._take_whole, ((1, 512),)),
    (fields._take_decimal, ((0.0, 1.0),)),
    (fields._take_choice, (("A", "B"),)),
    (fields._take_choice, ((1, 2),)),
    (fields._take_switch, ()),
)


@given(st.sampled_from(TAKERS), JSON | st.just(10**400) | st.just(float("inf")) | st.just("A") | st.just(2))
def test_a_field_takes_what_it_offers_alone(taker: tuple[Any, tuple[Any, ...]], sent: Any) -> None:
    take, limits = taker
    draft = Draft.of(example())
    taken: list[Any] = []

    def change(draft: Draft, value: Any) -> Draft:
        taken.append(value)
        return draft

    state = AttributeDictionary({"field": sent})
    with (
        patch.object(streamlit, "session_state", state),
        patch.object(work, "current", lambda: work.Work(draft, example(), work.nearest(example())[0])),
    ):
        take("field", *limits, change)
    for value in taken:
        assert value == sent
        assert type(value) in (int, float, str, bool)
        if take in (fields._take_whole, fields._take_decimal):
            assert limits[0][0] <= value <= limits[0][1]
        if take is fields._take_choice:
            assert value in limits[0]
