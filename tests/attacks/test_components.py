"""What a browser may send in place of a click or a choice: of every kind of value, only what was offered counts."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import streamlit
from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.util import AttributeDictionary

from core.architectures import catalogue
from core.engine.device import DeviceUnavailable
from core.engine.errors import EngineError, TooManyRequests
from core.figures.layer_table import COLUMNS
from core.service.pending import Declined
from core.ui import asking, layer_table, selection, sidebar
from core.ui.map_grid.map_grid import _keep, chosen
from core.ui.sent import name_in

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
STATES = JSON | st.dictionaries(st.sampled_from(["pick", "select", "toggle", "choose"]), JSON)


def session(**values: Any) -> Any:
    """A session's state for a while."""
    return patch.object(streamlit, "session_state", AttributeDictionary(values))


@given(STATES)
@example({"pick": {"index": True}})
@example({"pick": {"index": -1}})
@example({"pick": {"index": 10**400}})
@example({"pick": {"index": float("nan")}})
@example({"pick": {"index": "3"}})
@example(None)
def test_a_tile_is_chosen_by_a_whole_number_alone(state: Any) -> None:
    sent = AttributeDictionary(state) if isinstance(state, dict) else state
    with session(grid=sent):
        assert chosen("grid", "photo", 8) == 0
        _keep("grid")
        pick = state.get("pick") if isinstance(state, dict) else None
        index = pick.get("index") if isinstance(pick, dict) else None
        wanted = min(index, 7) if type(index) is int and index >= 0 else 0
        assert chosen("grid", "photo", 8) == wanted


def test_a_tile_chosen_before_the_grid_is_known_counts_as_nothing() -> None:
    with session():
        _keep("grid")
        assert chosen("grid", "photo", 8) == 0


@given(STATES)
@example({"select": "x" * 501})
@example({"select": ["layer1"]})
def test_a_mark_is_named_by_a_short_text_alone(state: Any) -> None:
    sent = AttributeDictionary(state) if isinstance(state, dict) else state
    for event in ("select", "toggle", "choose"):
        name = name_in(sent, event)
        assert name is None or (isinstance(name, str) and 0 < len(name) <= 500)


@given(JSON | st.fixed_dictionaries({"query": JSON, "column": JSON, "descending": JSON}))
@example({"query": "x" * 100_000, "column": "name", "descending": 1})
def test_a_view_of_the_table_is_a_view(value: Any) -> None:
    view = layer_table.view_of(value)
    assert len(view.query) <= 200
    assert view.column in ("", *(column.key for column in COLUMNS))
    assert view.descending in (True, False)


OFFERED = {
    "model": catalogue.names(),
    "weights": ("random", "IMAGENET1K_V1"),
    "size": (96, 224),
    "node": ("layer1.0", "layer2.0"),
    "photo": ("chelsea", "coffee"),
}


@given(st.sampled_from(sorted(OFFERED)), JSON | st.just("x" * 100_000) | st.just("224") | st.just(224.0))
def test_a_box_takes_what_it_offers_alone(field: str, sent: Any) -> None:
    with session(**{f"sidebar.{field}": sent}), patch.object(selection, "select") as select:
        sidebar._take(field, OFFERED[field])
        assert not select.called or sent in OFFERED[field]


def test_a_box_takes_what_it_offers() -> None:
    for field, values in OFFERED.items():
        with (
            session(**{f"sidebar.{field}": values[-1]}),
            patch.object(selection, "select") as select,
        ):
            sidebar._take(field, values)
            select.assert_called_once_with(**{field: values[-1]})


def test_a_question_that_is_declined_is_kept_with_its_sentence() -> None:
    errors: list[EngineError] = [TooManyRequests("Too many."), DeviceUnavailable("No such device.")]
    for error in errors:

        def declining(error: EngineError = error) -> Any:
            raise error

        with session():
            pending = asking.ask("maps", "question", declining)
            assert isinstance(pending, Declined)
            assert pending is asking.ask("maps", "question", declining)
            assert pending.wait(0)
            assert pending.waiting_for == str(error)
