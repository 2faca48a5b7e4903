"""Several architectures under one another, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Server, Visit, new_visit

pytestmark = pytest.mark.browser


def open_page(visit: Visit, query: str) -> None:
    """Open the page and wait for its figures: the first time the networks have to be traced."""
    visit.open(query)
    visit.page.wait_for_selector("svg.bars", timeout=60_000)
    visit.settle()


def test_a_click_selects_network_and_block(visit: Visit) -> None:
    open_page(visit, "?view=side&compare=vgg16,resnet18")
    page = visit.page
    page.locator("g.mark[aria-label^='layer3.1 of ResNet-18']").click()
    page.wait_for_url(re.compile("model=resnet18.*node=layer3.1"))
    visit.settle()
    expect(page.get_by_label("Node", exact=True)).to_have_value("layer3.1")
    expect(page.locator("g.mark.is-selected")).to_have_attribute(
        "aria-label", re.compile("layer3.1 of ResNet-18")
    )
    assert "view=side" in page.url
    page.reload()
    visit.settle()
    expect(page.locator("g.mark.is-selected")).to_have_count(1)
    page.get_by_text("Look inside layer3.1").click()
    expect(page.locator(".sk-details b")).to_have_text("layer3.1")
    page.go_back()
    expect(page.get_by_text("Look inside layer3.1")).to_be_visible()
    visit.check_sound()


def test_a_part_of_a_bar_selects_its_stage(visit: Visit) -> None:
    open_page(visit, "?view=side")
    page = visit.page
    page.locator("g.mark[aria-label^='Stage 4 of ResNet-50']").first.click()
    page.wait_for_url(re.compile("node=layer4"))
    visit.settle()
    visit.check_sound()


def test_hover_tells_exact_numbers(visit: Visit) -> None:
    open_page(visit, "?view=side")
    page = visit.page
    page.locator("g.mark[aria-label^='layer3.2 of ResNet-50']").hover()
    expect(page.get_by_role("tooltip").filter(has_text="layer3.2 of ResNet-50")).to_contain_text("1,117,184")


def test_the_mocks_first_screen(visit: Visit) -> None:
    open_page(visit, "?view=side")
    page = visit.page
    rows = page.locator("svg.aligned").bounding_box()
    bars = page.locator("svg.bars").bounding_box()
    assert rows is not None
    assert bars is not None
    assert rows["y"] + rows["height"] < bars["y"]
    assert bars["y"] + bars["height"] < 900, "rows and bars stand above the fold at 1440 × 900"
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 1440
    visit.check_sound()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_on_a_phone_every_row_keeps_its_name(browser: Browser, server: Server, dark: bool) -> None:
    context, visit = new_visit(browser, server.address, width=390, dark=dark)
    open_page(visit, "?view=side")
    page = visit.page
    again = page.locator("svg.aligned text.again", has_text="ResNet-50")
    expect(again.first).to_be_visible()
    frame = page.locator(".view", has=page.locator("svg.aligned")).first
    whole = frame.evaluate("e => e.scrollWidth")
    seen = frame.evaluate("e => e.clientWidth")
    assert whole > seen
    for left in range(0, whole - seen, seen // 2):
        frame.evaluate("(e, left) => { e.scrollLeft = left }", left)
        shown = frame.evaluate(
            """e => [...e.querySelectorAll('text.again, text.name')].filter(t => t.textContent === 'ResNet-50')
                 .some(t => { const a = t.getBoundingClientRect(), b = e.getBoundingClientRect();
                              return a.left >= b.left - 1 && a.right <= b.right + 1; })"""
        )
        assert shown, f"no name of the row in view at {left} px"
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    visit.check_sound()
    context.close()


def test_names_are_repeated_on_narrow_screens_alone(visit: Visit) -> None:
    open_page(visit, "?view=side")
    expect(visit.page.locator("svg.aligned text.again").first).to_be_hidden()


def test_depth_is_another_picture_of_the_same_blocks(visit: Visit) -> None:
    open_page(visit, "?view=side&align=depth")
    page = visit.page
    expect(page.get_by_text("50 layers", exact=True)).to_be_visible()
    page.get_by_text("Map size", exact=True).click()
    page.wait_for_url(lambda url: "align" not in url)
    expect(page.get_by_text("Map size, px")).to_be_visible()
    visit.check_sound()
