"""One engine for all page tests: real processes, real torch."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from core.service import requests

APP = Path(__file__).parents[2] / "app.py"
PAGES = ("architecture", "build_your_own", "receptive_fields", "feature_maps", "speed", "runs")


@pytest.fixture(scope="session", autouse=True)
def engine() -> Iterator[None]:
    """Started once; the first answer takes the time of torch's import."""
    requests.warm_up()
    yield
    requests.shut_down()


@pytest.fixture(autouse=True)
def navigation_of_the_new_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep AppTest from taking the folder pages/ for Streamlit's older navigation, as app.py does for the server.

    AppTest forgets before every run that st.navigation was called, and would then run a page without app.py.
    """
    original = PagesManager.__init__

    def made(self: PagesManager, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", made)


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """Open a page with a query, and run it until nothing is awaited."""

    def open_page(page: str = "architecture", **query: str) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        if page != "architecture":
            app.switch_page(f"pages/{page}.py")
            for key, value in query.items():
                app.query_params[key] = value
        return settled(app)

    return open_page


def settled(app: AppTest) -> AppTest:
    """Run until no figure is awaited; at most half a minute."""
    for _ in range(30):
        app.run()
        if app.exception or 'class="sk-awaiting"' not in html(app) or "Nothing measured" in html(app):
            return app
    raise AssertionError(f"Still waiting: {html(app)[-500:]}")


def html(app: AppTest) -> str:
    """All markup of the main part."""
    return "\n".join(element.proto.body for element in app.get("html"))
