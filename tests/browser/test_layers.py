"""The layer table and the code lines in a real browser: sort, search, select, save, and what is outlined together."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, start_server

pytestmark = pytest.mark.browser
BRANCH = "branch = self.bn3(self.conv3(branch))"
ADDS = "return self.relu(self.add(skip, branch))"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("layers")
    server = start_server(folder, "tests/browser/layers_app.py", PYTHONPATH=str(ROOT))
    yield server.address
    server.process.terminate()
    server.process.wait(20)


def opened(browser: Browser, address: str, width: int = 1440, **options) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 1300}, **options).new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(address)
    expect(page.locator(".code .decisive")).to_have_count(1, timeout=60_000)
    expect(page.locator("tbody tr").first).to_be_visible()
    return page


@pytest.fixture
def page(browser, address) -> Iterator[Page]:
    made = opened(browser, address)
    yield made
    assert made.errors == []
    made.context.close()


def names(page: Page) -> list[str]:
    return page.locator("tbody th button").evaluate_all("all => all.map((button) => button.title)")


def told(page: Page, text: str) -> None:
    expect(page.get_by_text("told:")).to_contain_text(text, timeout=15_000)


def saved(page: Page, folder: Path) -> list[dict[str, str]]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    path = folder / "layers.csv"
    waiting.value.save_as(path)
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def test_sorting_goes_down_up_and_back(page):
    heading = page.locator("thead th", has_text="Parameters")
    assert names(page)[0] == "input"
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert names(page)[0] == "layer4.0.conv2"
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") is None
    assert names(page)[0] == "input"


def test_a_search_and_an_order_are_what_is_saved(page, tmp_path):
    page.get_by_role("searchbox").fill("layer3 Conv2d")
    page.locator("thead th", has_text="Multiply-adds").get_by_role("button").click()
    expect(page.locator(".count")).to_contain_text("19 of")
    shown = names(page)
    assert len(shown) == 19 and all("layer3" in name for name in shown)
    page.wait_for_timeout(1500)
    rows = saved(page, tmp_path)
    assert [row["name"] for row in rows] == shown
    costs = [int(row["multiply_adds"]) for row in rows]
    assert costs == sorted(costs, reverse=True)
    page.get_by_role("searchbox").fill("nonesuch")
    expect(page.locator("tbody .empty")).to_contain_text("No layer has these words")


def test_rows_are_made_as_they_come_into_sight(page):
    before = page.locator("tbody tr").count()
    assert before < 176
    page.locator(".view").evaluate("view => view.scrollTo(0, view.scrollHeight)")
    expect(page.locator("tbody tr")).to_have_count(176)
    head, first = page.locator("thead th").first, page.locator(".view")
    assert abs(head.bounding_box()["y"] - first.bounding_box()["y"]) < 2  # it stays in sight


def test_a_row_is_selected_by_pointer_and_by_keys(page):
    page.locator("tbody tr", has=page.locator("button[title='layer1.0.conv1']")).click()
    told(page, "told: layer1.0.conv1.")
    expect(page.locator("tbody tr.is-selected th")).to_have_text("layer1.0.conv1")
    page.keyboard.press("Tab")
    page.locator("tbody tr.is-selected button").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    told(page, "told: layer1.0.conv1; layer1.0.bn1.")
    assert page.locator("tbody button[tabindex='0']").count() == 1


def test_modules_stand_in_their_hierarchy(page):
    page.get_by_text("Modules", exact=True).click()
    row = page.locator("tbody tr", has=page.locator("button[title='layer1.0.conv1']"))
    expect(row.locator("button")).to_have_text("conv1")
    margin = "button => parseFloat(getComputedStyle(button).paddingInlineStart)"
    outer = page.locator("tbody tr", has=page.locator("button[title='layer1.0']")).locator("button")
    assert row.locator("button").evaluate(margin) == outer.evaluate(margin) + 12
    expect(page.locator("tbody tr.is-selected button")).to_have_attribute("title", "layer3.2")


def test_a_line_outlines_its_operations_and_the_other_way_round(page):
    line = page.locator(".code div", has_text=BRANCH)
    line.hover()
    bar = page.locator("svg.block [aria-label^='layer3.2.conv3']")
    expect(bar).to_have_class(re.compile("is-hovered"))
    expect(page.locator("svg.block .is-hovered")).to_have_count(1)
    page.locator("svg.block [aria-label^='layer3.2.add']").hover()
    expect(page.locator(".code .decisive")).to_have_class(re.compile("is-hovered"))
    expect(line).not_to_have_class(re.compile("is-hovered"))
    tip = page.locator(".tip:popover-open")
    expect(tip).to_contain_text("layer3.2.add")


def test_a_click_on_a_line_selects_its_operation_everywhere(page):
    page.locator(".code div", has_text=BRANCH).click()
    told(page, "told: layer3.2.conv3.")
    expect(page.locator("svg.block .is-selected")).to_have_attribute(
        "aria-label", re.compile("^layer3.2.conv3")
    )
    expect(page.locator("tbody tr.is-selected th")).to_have_text("layer3.2.conv3")
    page.locator(".code div", has_text=ADDS).focus()
    page.keyboard.press("Enter")
    told(page, "told: layer3.2.conv3; layer3.2.add.")


def test_the_line_that_adds_has_the_colour_of_the_skip(page):
    line = page.locator(".code .decisive")
    expect(line).to_contain_text(ADDS)
    expect(line).to_contain_text("the skip")
    expect(line).to_have_css("border-left-color", "rgb(213, 94, 0)")
    assert page.locator(".code b", has_text="return").evaluate("b => getComputedStyle(b).fontWeight") == "700"
    page.emulate_media(color_scheme="dark")
    expect(line).to_have_css("border-left-color", "rgb(255, 133, 51)")


def test_a_phone_scrolls_the_table_and_not_the_page(browser, address):
    page = opened(browser, address, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    view = page.locator(".view")
    view.evaluate("view => view.scrollTo(400, 0)")
    assert page.locator("tbody th").first.bounding_box()["x"] < 60  # the name stays in sight
    page.context.close()
