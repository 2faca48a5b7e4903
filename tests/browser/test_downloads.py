"""Weights downloaded on request, from a hub that the test runs itself: found, loaded, and refused when absent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from safetensors.torch import save

from core.architectures.building import build
from tests.browser.conftest import Server, new_visit, start_server

pytestmark = pytest.mark.browser

HERE = "/timm/test_efficientnet.r160_in1k/resolve/main/model.safetensors"
PAGE = "feature_maps?model=timm/test_efficientnet&weights=r160_in1k"


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    """A hub with the weights of one tiny network, drawn with a seed of their own."""
    weights = save(build("timm/test_efficientnet", seed=7).state_dict())

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != HERE:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(weights)))
            self.end_headers()
            self.wfile.write(weights)

        def log_message(self, *_: object) -> None:
            """Nothing: the test's own output is enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def app(hub: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server that takes its weights from that hub."""
    folder = tmp_path_factory.mktemp("downloads")
    started = start_server(folder, HF_ENDPOINT=hub, HF_HUB_OFFLINE="0")
    yield started, folder
    started.process.terminate()
    started.process.wait(20)


def test_download_on_request_and_use(browser: Browser, app: tuple[Server, Path]) -> None:
    server, folder = app
    context, visit = new_visit(browser, server.address)
    visit.open(PAGE)
    assert "random weights, seed 0" in visit.text()
    visit.page.get_by_test_id("stMain").get_by_role("button", name="Download its weights").click()
    expect(visit.page.get_by_test_id("stMain")).to_contain_text("timm r160_in1k", timeout=30_000)
    assert "It says" in visit.text()
    files = [file.name for file in (folder / "data" / "weights").rglob("*") if file.is_file()]
    assert files == ["model.safetensors"]
    visit.check_sound()
    context.close()


def test_what_the_hub_does_not_have_is_said(browser: Browser, app: tuple[Server, Path]) -> None:
    server, _ = app
    context, visit = new_visit(browser, server.address)
    visit.open("feature_maps?model=timm/test_vit&weights=r160_in1k")
    visit.page.get_by_test_id("stMain").get_by_role("button", name="Download its weights").click()
    sidebar = visit.page.get_by_test_id("stSidebar")
    expect(sidebar.locator(".sk-notice")).to_contain_text("HTTP 404", timeout=30_000)
    sidebar.get_by_role("button", name="I have read it").click()
    expect(sidebar.locator(".sk-notice")).to_have_count(0)
    visit.page.get_by_test_id("stSidebarNavLink").filter(has_text="Runs").click()
    expect(visit.page.locator(".sk-table")).to_contain_text("HTTP 404")
    visit.check_sound()
    context.close()
