"""The demonstrator in a real browser: pointing lights paths, rows edit the stack, channels count in the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, start_server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("stacks")
    server = start_server(folder, "tests/browser/stacks_app.py", PYTHONPATH=str(ROOT))
    yield server.address
    server.process.terminate()
    server.process.wait(20)


def opened(browser: Browser, address: str, width: int = 1440) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 1000}).new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(address)
    expect(page.locator(".tree-frame svg").first).to_be_visible(timeout=60_000)
    expect(page.locator(".channels-left svg")).to_be_visible(timeout=60_000)
    return page


@pytest.fixture
def page(browser, address) -> Iterator[Page]:
    made = opened(browser, address)
    yield made
    assert made.errors == []
    made.context.close()


def test_what_is_counted_and_lit_without_the_server(page):
    told = page.locator(".told")
    page.locator('[data-pixel="2:1"]').first.hover()
    expect(told).to_have_text("Row 3, column 2: 6 paths, 3 × 2.")
    lit = page.locator(".tree-frame .lit").first
    # Two paths from pixel 2 over two cells of layer 1: two lines down and two up.
    assert lit.get_attribute("d").count("M") == 4
    page.locator('[data-cell="1:2"]').first.hover()
    expect(told).to_have_text("Cell 3 of layer 1 sees pixels 3 to 5.")
    page.mouse.move(0, 0)
    expect(page.locator(".lit, .frame")).to_have_count(0)
    page.locator(".tree-frame").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(told).to_have_text(re.compile(r"Pixel \d of 5: \d paths? along this axis\."))
    page.locator(".box-frame").nth(1).focus()
    page.keyboard.press("ArrowRight")
    expect(told).to_have_text("Row 1, column 2: 1 path, 1 × 1.")

    weights = page.locator("tbody tr", has_text="Weights, C in and out").locator("td")
    assert weights.all_inner_texts() == ["1,179,648\n18 C²", "1,638,400\n25 C²"]
    page.get_by_label("channels").focus()
    page.keyboard.press("ArrowLeft")
    expect(weights.first).to_have_text(f"{18 * 128**2:,}18 C²")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="SVG").click()
    assert waiting.value.suggested_filename.endswith(".svg")
    assert "paths to each px" in waiting.value.path().read_text(encoding="utf-8")


def test_rows_edit_the_stack_and_the_address_keeps_it(page):
    title = page.locator(".sk-figure b").first
    page.get_by_role("button", name="Add a layer").click()
    expect(title).to_have_text(
        "Three 3×3 see what one 7×7 sees, with 27 weights instead of 49", timeout=20_000
    )
    page.get_by_label("Dilation of layer 3").select_option("3")
    page.get_by_label("Kind of layer 1").select_option("pool")
    expect(page).to_have_url(re.compile(r"stack=p3-3-3d3"), timeout=20_000)
    page.get_by_role("button", name="Remove layer 2").click()
    expect(page).to_have_url(re.compile(r"stack=p3-3d3$"), timeout=20_000)
    page.reload()
    expect(page.get_by_label("Kind of layer 1")).to_have_value("pool", timeout=60_000)
    expect(page.get_by_label("Dilation of layer 2")).to_have_value("3")
    page.get_by_role("radio", name="Two 3×3").click()
    expect(title).to_have_text("Two 3×3 see what one 5×5 sees, with 18 weights instead of 25", timeout=20_000)


def test_a_telephone_shows_all_of_it(browser, address):
    page = opened(browser, f"{address}/?stack=3-3d2-3d4", width=390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for picture in page.locator(".tree-frame svg, .box-frame svg, .kernel svg, table, .layer").all():
        box = picture.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    scrolls = page.get_by_role("radiogroup").evaluate("group => group.scrollWidth > group.clientWidth")
    assert not scrolls
    assert page.errors == []
    page.context.close()
