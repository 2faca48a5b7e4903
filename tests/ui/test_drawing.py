"""What is opened in the network's picture: kept for the session, told in the address, never more than was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.figures import graphviz_diagram
from core.figures.opening import seen
from core.figures.parts import tree
from tests.figures.samples import resnet

GRAPH = resnet()
LARGE = resnet((3, 4, 60, 3))


def script() -> None:
    """A page that does what the session asks for, then draws."""
    import io

    import streamlit as st
    from PIL import Image

    from core.ui import drawing, selection

    photo = io.BytesIO()
    Image.new("RGB", (8, 8)).save(photo, "PNG")
    state = st.session_state
    selection.sync("")
    graph, detail = state["graph"], state.get("detail", "Blocks")
    node = selection.current().node or "layer3.2"
    for name, *arguments in state.pop("actions", []):
        if name == "toggle":
            shown = drawing.picture(graph, node, detail, photo.getvalue())
            drawing.toggle(graph, node, detail, shown, *arguments)
        elif name == "find":
            drawing.find(graph, node, detail, *arguments)
        elif name == "pick":
            drawing.pick(graph, *arguments)
        else:
            selection.select(model=arguments[0])
    node = selection.current().node or "layer3.2"
    shown = drawing.picture(graph, node, detail, photo.getvalue())
    state["shown"] = shown
    state["opened"] = drawing.opened(graph, node, detail)


@pytest.fixture
def page() -> Callable[..., AppTest]:
    """The page with a query and a graph."""

    def opened(graph: object = GRAPH, **query: str) -> AppTest:
        app = AppTest.from_function(script, default_timeout=30)
        app.session_state["graph"] = graph
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return opened


def do(app: AppTest, *actions: tuple[str, ...]) -> AppTest:
    app.session_state["actions"] = list(actions)
    app.run()
    assert not app.exception
    return app


def query(app: AppTest, name: str) -> str:
    value = app.query_params.get(name, "")
    return value if isinstance(value, str) else value[0]


def opened(app: AppTest) -> tuple[str, ...]:
    return app.session_state["opened"]


def test_the_stage_of_the_selection_is_open_at_first_and_a_click_opens_nothing(page) -> None:
    app = page()
    assert opened(app) == ("layer3",)
    do(app, ("pick", "layer1"))
    assert opened(app) == ("layer3",)
    do(app, ("pick", "layer3.4"))
    assert opened(app) == ("layer3",)
    assert query(app, "open") == ""


def test_a_block_in_a_folded_middle_is_seen_at_first(page) -> None:
    app = page(LARGE, node="layer3.30")
    mark = app.session_state["shown"].mark("layer3.30")
    assert mark is not None
    assert mark.id == "layer3.30"
    assert opened(app)[0] == "layer3"


def test_a_toggle_is_kept_and_goes_to_the_address(page) -> None:
    app = do(page(model="resnet50"), ("toggle", "layer1"), ("toggle", "layer3.1"))
    assert opened(app) == ("layer1", "layer3", "layer3.1")
    assert query(app, "open") == "layer1,layer3,layer3.1"
    again = page(model="resnet50", open=query(app, "open"))
    assert opened(again) == opened(app)
    assert again.session_state["shown"] == app.session_state["shown"]
    do(app, ("toggle", "layer3"))
    assert opened(app) == ("layer1",)
    do(app, ("toggle", "layer1"))
    assert opened(app) == ()
    assert query(app, "open") == ""


def test_only_marks_of_the_picture_are_opened(page) -> None:
    app = do(page(), ("toggle", "layer1.0"), ("toggle", "nothing"), ("toggle", ""))
    assert opened(app) == ("layer3",)


def test_what_is_searched_for_is_opened_and_selected(page) -> None:
    app = do(page(LARGE), ("find", "layer3.30.conv2"))
    assert query(app, "node") == "layer3.30.conv2"
    mark = app.session_state["shown"].mark("layer3.30.conv2")
    assert mark is not None
    assert mark.id == "layer3.30.conv2"
    do(app, ("find", "nothing"))
    assert query(app, "node") == "layer3.30.conv2"


def test_a_selection_from_elsewhere_brings_its_block_into_the_picture(page) -> None:
    app = page()
    do(app, ("pick", "layer1.2"))
    assert opened(app) == ("layer3", "layer1")
    do(app, ("pick", "layer4.0.conv1"))
    assert opened(app) == ("layer3", "layer1", "layer4")


@pytest.mark.parametrize("text", ["nothing", "<b>", ",,,", "layer3.2.conv1", "x" * 5000, "…", "layer9,fc"])
def test_an_address_that_names_nothing_changes_nothing(page, text) -> None:
    assert opened(page(open=text)) == ("layer3",)


def test_another_network_starts_afresh(page) -> None:
    app = do(page(model="resnet50"), ("toggle", "layer1"))
    do(app, ("model", "resnet101"))
    assert opened(app) == ("layer3",)
    assert query(app, "open") == ""
    assert app.session_state["address.last"] == {"model": "resnet101"}


def test_names_with_commas_stay_out_of_the_address(page) -> None:
    stages = tuple(
        replace(stage, name=stage.name.replace("layer1", "layer,1")) for stage in GRAPH.fold.children
    )
    app = do(
        page(replace(GRAPH, fold=replace(GRAPH.fold, children=stages))),
        ("toggle", "layer,1"),
        ("toggle", "layer2"),
    )
    assert set(opened(app)) == {"layer,1", "layer2", "layer3"}
    assert set(query(app, "open").split(",")) == {"layer2", "layer3"}
    app.run()
    assert set(opened(app)) == {"layer,1", "layer2", "layer3"}


def test_going_back_in_the_address_goes_back_in_the_picture(page) -> None:
    app = do(page(model="resnet50"), ("toggle", "layer1"))
    do(app, ("toggle", "layer2"))
    app.query_params["open"] = "layer1,layer3"
    app.run()
    assert opened(app) == ("layer1", "layer3")


def test_a_long_list_is_kept_without_the_address(page) -> None:
    app = page(LARGE)
    blocks = [*(f"layer3.{index}" for index in range(11)), *(f"layer3.{index}" for index in range(49, 60))]
    do(app, *(("toggle", name) for name in blocks))
    assert len(opened(app)) == 23
    assert query(app, "open") == ""


def test_each_detail_has_its_own(page) -> None:
    app = page()
    app.session_state["detail"] = "Stages"
    app.run()
    assert opened(app) == ()
    do(app, ("toggle", "layer2"))
    assert opened(app) == ("layer2",)
    app.session_state["detail"] = "Operations"
    app.run()
    assert len(opened(app)) > 10
    assert len(seen(tree(GRAPH), opened(app))) <= 150
    app.session_state["detail"] = "Blocks"
    app.run()
    assert opened(app) == ("layer3",)


def test_without_a_layout_program_the_strip_is_drawn_as_far_as_it_can(page, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    graphviz_diagram.forget_layouts()
    graph = resnet((2, 2, 2, 2))
    app = page(graph, open="layer3,layer3.1")
    assert {"layer3", "layer3.1"} <= {mark.id for mark in app.session_state["shown"].marks}
    assert app.session_state["shown"].mark("layer3.1.conv1").id == "layer3.1"
