"""Which stack is shown: the address, the presets, and what a browser may send in place of an edited stack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from streamlit.testing.v1 import AppTest
from streamlit.util import AttributeDictionary

from core.graph.stack import USUAL, parse
from core.service import requests
from core.ui.stacks import choice
from tests.attacks.test_components import JSON, session


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    """The worker finds the kernels; it starts at the first question."""
    yield
    requests.shut_down()


def opened(stack: str | None = None) -> AppTest:
    app = AppTest.from_file("../browser/stacks_app.py", default_timeout=30)
    if stack is not None:
        app.query_params["stack"] = stack
    app.run()
    assert not app.exception
    return app


def settled(app: AppTest) -> AppTest:
    """Run until the worker has found the kernels; at most half a minute."""
    for _ in range(60):
        app.run()
        if 'class="sk-awaiting"' not in told(app):
            return app
    raise AssertionError("Still waiting.")


def told(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_the_address_names_the_stack():
    assert "Three 3×3 see what one 7×7 sees" in told(opened("3-3-3"))
    assert "Two 3×3 see what one 5×5 sees" in told(opened())


def test_an_address_that_names_none_is_said_in_one_sentence():
    said = told(opened("3-99"))
    assert "“3-99” is no stack of layers: a kernel of 99 is not between 1 and 11. These are two 3×3." in said
    assert "Two 3×3 see what one 5×5 sees" in said


def test_a_preset_changes_the_address_and_the_usual_one_leaves_it():
    app = opened("9-9")
    app.segmented_control(key="stacks.preset").set_value("Dilated").run()
    assert app.query_params["stack"] in ("3-3d2-3d4", ["3-3d2-3d4"])
    assert "one 15×15 sees" in told(app)
    app.segmented_control(key="stacks.preset").set_value("Two 3×3").run()
    assert "stack" not in app.query_params


def test_another_kernel_is_another_one():
    app = settled(opened())
    assert "miss this 5×5 by 33" in told(app)
    app.button(key="stacks.another").click()
    assert "miss this 5×5 by 40" in told(settled(app))


@given(JSON)
@example("3-3-")
@example("9" * 1000)
@example(["3-3"])
def test_what_is_no_stack_counts_as_nothing(sent):
    with session(part=AttributeDictionary({"edit": sent}), preset=sent):
        choice.take_preset("preset")
        try:
            wanted = parse(sent) if isinstance(sent, str) and sent else None
        except ValueError:
            wanted = None
        if wanted is None:
            choice.take_edit("part")
            assert choice.current() == USUAL
