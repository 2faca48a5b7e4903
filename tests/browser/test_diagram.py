"""The diagram in a real browser: mouse, keyboard, theme, small screens."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, start_server

pytestmark = pytest.mark.browser
MARK = "svg.strip [data-mark='{}']"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("diagram")
    server = start_server(folder, "tests/browser/diagram_app.py", PYTHONPATH=str(ROOT))
    yield server.address
    server.process.terminate()
    server.process.wait(20)


def opened(browser: Browser, address: str, width: int = 1440, **options) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, **options).new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(address)
    expect(page.locator("svg.strip .is-selected")).to_have_count(1, timeout=30_000)
    expect(page.locator("svg.operations [data-mark]").first).to_be_visible()
    return page


@pytest.fixture
def page(browser, address) -> Iterator[Page]:
    made = opened(browser, address)
    yield made
    assert made.errors == []
    made.context.close()


def told(page: Page, text: str) -> None:
    expect(page.get_by_text("told:")).to_contain_text(text, timeout=10_000)


def selected(page: Page, name: str) -> None:
    expect(page.locator("svg.strip .is-selected")).to_have_attribute("aria-label", re.compile(f"^{name},"))


def test_a_click_selects_here_at_once_and_there_soon(page):
    page.locator(MARK.format(9)).click()
    selected(page, "layer3.4")
    told(page, "told: select layer3.4.")
    page.get_by_role("button", name="Elsewhere").click()
    selected(page, "Stage 4")


def test_a_double_click_opens_and_the_button_closes(page):
    page.locator(MARK.format(2)).dblclick()
    told(page, "select layer1; toggle layer1.")
    expect(page.locator("svg.strip .mark.opened")).to_have_count(2)
    page.locator("svg.strip .toggle.minus").first.click()
    told(page, "toggle layer1; toggle layer1.")
    expect(page.locator("svg.strip .mark.opened")).to_have_count(1)


def test_the_keyboard_does_all_of_it(page):
    page.locator("svg.strip [tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip").first).to_contain_text("layer3.3")
    page.keyboard.press("Enter")
    told(page, "told: select layer3.3.")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    told(page, "select layer1.")
    page.keyboard.press("o")
    told(page, "toggle layer1.")
    focused = "e => e.getRootNode().activeElement?.getAttribute('aria-expanded')"
    expect(page.locator("svg.strip .mark.opened")).to_have_count(2)
    assert page.locator("svg.strip").evaluate(focused) == "true"


def test_hovering_tells_exact_numbers_beside_the_mark(page):
    mark = page.locator(MARK.format(9))
    mark.hover()
    tip = page.locator(".tip").first
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("1,117,184")
    expect(tip).to_contain_text("218,365,952")
    over, under = tip.bounding_box(), mark.locator(".hit").bounding_box()
    assert over["y"] + over["height"] <= under["y"] or over["y"] >= under["y"] + under["height"]
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_dragging_pans_and_selects_nothing(page):
    view = page.locator(".view").first
    before = page.locator("svg.strip").bounding_box()["width"]
    page.locator(".figure").first.hover()
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").first.click()
    assert page.locator("svg.strip").bounding_box()["width"] > 2 * before
    start = view.evaluate("view => view.scrollLeft")
    box = view.bounding_box()
    page.mouse.move(box["x"] + 400, box["y"] + 120)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 110, steps=4)
    page.mouse.up()
    assert view.evaluate("view => view.scrollLeft") == pytest.approx(start + 100, abs=2)
    told(page, "told: .")
    page.get_by_role("button", name="Fit").first.click()
    assert page.locator("svg.strip").bounding_box()["width"] <= box["width"] + 1


def test_the_wheel_scrolls_the_page_and_zooms_with_control(page):
    page.set_viewport_size({"width": 1440, "height": 420})
    box = page.locator(".view").first.bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 100)
    page.mouse.wheel(0, 120)
    scrolled = "() => document.querySelector('[data-testid=stMain]').scrollTop"
    page.wait_for_function(f"({scrolled})() > 0")
    width = page.locator("svg.strip").bounding_box()["width"]
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function(f"() => true && ({scrolled})() > 0")
    expect(page.locator("svg.strip")).not_to_have_css("width", f"{width}px")


def test_the_theme_changes_without_a_run(page):
    bar = page.locator("svg.strip .bar.branch").first
    joint = page.locator("svg.strip .joint").first
    expect(bar).to_have_css("fill", "rgb(0, 158, 115)")
    expect(page.locator("svg.strip path.skip").first).to_have_css("stroke", "rgb(213, 94, 0)")
    runs = page.get_by_text("runs:").inner_text()
    page.emulate_media(color_scheme="dark")
    expect(bar).to_have_css("fill", "rgb(45, 191, 149)")
    expect(joint).to_have_css("fill", "rgb(20, 23, 27)")
    expect(page.locator("svg.strip path.skip").first).to_have_css("stroke", "rgb(255, 133, 51)")
    assert page.get_by_text("runs:").inner_text() == runs


def test_on_a_phone_it_scrolls_sideways_from_the_selection(browser, address):
    page = opened(browser, address, width=390, has_touch=True)
    view = page.locator(".view").first
    assert view.evaluate("view => view.scrollWidth > view.clientWidth && view.scrollLeft > 100")
    box = page.locator("svg.strip .is-selected .hit").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    name = page.locator("svg.strip text.name").first
    assert name.evaluate("text => text.getBoundingClientRect().height") >= 12
    page.locator(MARK.format(8)).tap()
    told(page, "select layer3.3.")
    page.context.close()


def test_reduced_motion_has_no_transitions(browser, address):
    page = opened(browser, address, reduced_motion="reduce")
    assert page.locator(".tools").first.evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
    page.context.close()


def test_every_mark_is_a_named_button(page):
    marks = page.locator("svg.strip [data-mark]")
    assert marks.count() == 13
    for node in marks.all():
        assert node.get_attribute("role") == "button"
        assert node.get_attribute("aria-label")
        assert node.get_attribute("aria-pressed") in ("true", "false")
    assert page.locator("svg.strip [tabindex='0']").count() == 1
