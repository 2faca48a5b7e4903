"""Pages with an ONNX file selected, the real worker behind them. The door itself is tried in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.graph.onnx import OnnxFile, describe
from core.ui.own_onnx import MOST, OwnOnnx
from tests.graph.exported import file, node, residual, weight
from tests.pages.conftest import APP, html, settled

PAGES = ("feature_maps", "speed", "runs")


@pytest.fixture
def with_file() -> Callable[..., AppTest]:
    """Open a page in a session that has opened a file."""

    def open_page(data: bytes, page: str = "architecture", **query: str) -> AppTest:
        own = OwnOnnx()
        name = own.add("upload", "tiny.onnx", lambda: data)
        own.accept(name, "tiny.onnx", describe(data))
        app = AppTest.from_file(APP, default_timeout=60)
        app.session_state["own_onnx"] = own
        for key, value in {"model": name, **query}.items():
            app.query_params[key] = value
        app.run()
        if page != "architecture":
            app.switch_page(f"pages/{page}.py")
            for key, value in {"model": name, **query}.items():
                app.query_params[key] = value
        return settled(app)

    return open_page


def test_its_structure_is_shown(with_file: Callable[..., AppTest]) -> None:
    app = with_file(residual())
    assert not app.exception
    text = html(app)
    assert "tiny’s 1 block is bridged by a skip" in text
    assert "Counted from the file tiny; nothing in it was run." in text
    assert app.sidebar.selectbox(key="sidebar.model").options[0] == "tiny · ONNX file"
    assert app.sidebar.selectbox(key="sidebar.weights.none").disabled
    assert app.sidebar.selectbox(key="sidebar.size").value == 32


def test_another_size_is_read_anew(with_file: Callable[..., AppTest]) -> None:
    assert "at 64 × 64" in html(with_file(residual(), size="64"))


def test_a_size_that_does_not_fit_is_said(with_file: Callable[..., AppTest]) -> None:
    flat = file(
        [node("Flatten", "x", "f"), node("Gemm", "f w", "y", transB=1)], weights=[weight("w", 5, 3 * 32 * 32)]
    )
    app = with_file(flat, size="64")
    assert not app.exception
    assert "does not take an input of 64 × 64" in html(app)


@pytest.mark.parametrize("page", PAGES)
def test_other_pages_say_it_or_leave_it_out(with_file: Callable[..., AppTest], page: str) -> None:
    app = with_file(residual(), page)
    assert not app.exception
    if page == "feature_maps":
        assert "tiny is an ONNX file, which brings its structure only." in html(app)
    if page == "speed":
        assert "tiny · ONNX file" not in app.multiselect(key="speed.names").options


def test_markup_in_a_file_stays_text(with_file: Callable[..., AppTest]) -> None:
    nodes = [
        node("Conv", "x w", "a", name="/<script>alert(1)</script>/<b>/Conv"),
        node("Relu", "a", "y", name="<i>"),
    ]
    app = with_file(file(nodes, weights=[weight("w", 4, 3, 3, 3)]))
    assert not app.exception
    assert "<script>alert" not in html(app)
    assert "<b>/" not in html(app)


def test_a_file_that_is_gone_is_said(with_file: Callable[..., AppTest], tmp_path: Path) -> None:
    app = with_file(residual())
    name = app.query_params["model"]
    app.session_state["own_onnx"].path(name).unlink()
    app.query_params["size"] = "96"
    app.run()
    settled(app)
    assert not app.exception
    assert "is not on this machine any more" in html(app)


def upload(app: AppTest, data: bytes) -> AppTest:
    app.file_uploader(key="sidebar.onnx.file").set_value([("net.onnx", data, "application/octet-stream")])
    return settled(app)


def test_a_refused_upload_leaves_the_selected_file(with_file: Callable[..., AppTest]) -> None:
    app = with_file(residual())
    selected, own = app.query_params["model"], app.session_state["own_onnx"]
    for number in range(1, MOST):
        own.accept(own.add(f"{number}", "n.onnx", lambda n=number: b"%d" % n), "n.onnx", describe(residual()))
    upload(app, residual()[:700])
    assert not app.exception
    assert "The file is not a readable ONNX file" in html(app)
    assert app.query_params["model"] == selected
    assert len(own.entries()) == MOST
    assert not [button for button in app.button if button.key == "again.onnx"]


def test_only_the_reader_s_word_counts_against_a_file(with_file: Callable[..., AppTest]) -> None:
    other = file([node("Relu", "x", "y")])
    app = with_file(residual())
    own = app.session_state["own_onnx"]
    lost = own.path(own.add("earlier", "net.onnx", lambda: other))
    lost.unlink()  # kept, as far as the session knows, but the worker will not find it
    upload(app, other)
    assert not app.exception
    assert "is not on this machine any more" in html(app)
    app.button(key="again.onnx").click()
    settled(app)
    assert not app.exception
    assert app.query_params["model"] == lost.parent.name
    assert not [button for button in app.button if button.key == "again.onnx"]


class Late:
    """An answer that comes when the first run has ended its waiting."""

    waiting_for = "Reading the ONNX file…"

    def __init__(self, answer: OnnxFile) -> None:
        self._answer = answer
        self.looks = 0

    def wait(self, seconds: float) -> bool:
        self.looks += 1
        return self.looks > 1

    def result(self) -> OnnxFile:
        return self._answer


def test_a_file_that_is_read_late_is_selected_without_another_click(
    with_file: Callable[..., AppTest],
) -> None:
    other = file([node("Relu", "x", "y")])
    app = with_file(residual())
    own = app.session_state["own_onnx"]
    kept = own.path(own.add("earlier", "net.onnx", lambda: other))
    kept.unlink()
    upload(app, other)
    question, _ = app.session_state["asked.onnx"]
    kept.write_bytes(other)
    late = Late(describe(other))
    app.session_state["asked.onnx"] = (question, late)
    app.run()
    assert not app.exception
    assert late.looks > 1
    assert app.query_params["model"] == kept.parent.name
