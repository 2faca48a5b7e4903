"""The architecture page with large networks, and what it keeps: in the address, and as files."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


def find(visit: Visit, words: str) -> None:
    """Search and take the first that is found."""
    page = visit.page
    page.keyboard.press("/")
    page.keyboard.type(words)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("node="))
    visit.settle()


@pytest.mark.parametrize(
    ("model", "name"),
    [("timm/resnest269e", "layer3.24.conv3"), ("timm/hrnet_w18_small", "stage4.0.fuse_layers.0.3.0")],
)
def test_any_layer_of_a_large_network_is_found_and_seen(visit: Visit, model: str, name: str) -> None:
    visit.open(f"?model={model}")
    page = visit.page
    expect(page.locator("g.mark").first).to_be_visible(timeout=60_000)
    visit.settle()
    assert page.locator(".paper").first.locator("g.mark").count() < 150
    find(visit, name)
    expect(page.locator(".sk-details b")).to_have_text(name)
    mark = page.locator(".paper").first.locator("g.is-selected")
    expect(mark).to_have_attribute("aria-label", re.compile(f"^{re.escape(name)},"))
    expect(mark.locator(".hit")).to_be_in_viewport()
    expect(page.locator(".map").first).to_be_visible()
    visit.check_sound()


def test_what_is_opened_is_in_the_address_and_comes_back(visit: Visit) -> None:
    visit.open("?model=resnet50&node=layer3.2")
    page = visit.page
    page.locator("g.mark[aria-label^='layer3.4']").first.dblclick()
    page.wait_for_url(re.compile("open=layer3"))
    visit.settle()
    opened = page.locator("g.mark.opened")
    expect(opened).to_have_count(2)
    page.reload()
    visit.settle()
    expect(opened).to_have_count(2)
    page.locator(".toggle.minus").nth(1).click()
    expect(opened).to_have_count(1)
    page.go_back()
    expect(opened).to_have_count(2)
    visit.check_sound()


def test_a_saved_picture_has_its_font_inside(visit: Visit) -> None:
    visit.open("?model=resnet50&node=layer3.2")
    figure = visit.page.locator(".figure").first
    figure.hover()
    with visit.page.expect_download() as download:
        figure.get_by_role("button", name="SVG").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert download.value.suggested_filename == "ResNet-50.svg"
    assert "url(data:font/woff2;base64," in text or "url(&quot;data:font/woff2" in text
    visit.check_sound()
