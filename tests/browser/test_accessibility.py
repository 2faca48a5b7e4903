"""Every page through axe-core, light and dark: nothing serious; and the architecture page by keyboard alone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, Visit, new_visit
from tests.browser.test_app import FIELDS, LITE0

pytestmark = pytest.mark.browser

PAGES = {
    "architecture": "?model=resnet50&node=layer3.2",
    "no chain": "?model=timm/hrnet_w18_small",
    "receptive fields": FIELDS,
    "feature maps": LITE0,
    "speed": "speed",
    "runs": "runs",
}
# Rules that Streamlit's own markup breaks and no page of ours can mend, with the part of it and the reason.
STREAMLITS_OWN = {
    "list": (
        "[data-testid=stSidebarNav]",
        "its navigation puts the sections' headers and links into div inside ul",
    ),
    "listitem": ("[data-testid=stSidebarNav]", "the same: its links are li without a list around them"),
}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
INSIDE = "([target, part]) => !!document.querySelector(target)?.closest(part)"


def violations(page: Page) -> list[str]:
    """What is serious or critical in what is ours, shadow trees included."""
    found = []
    for violation in Axe().run(page, options=RULES).response["violations"]:
        if violation["impact"] not in ("serious", "critical"):
            continue
        part, _ = STREAMLITS_OWN.get(violation["id"], ("", ""))
        for node in violation["nodes"]:
            target = node["target"][0]
            if part and isinstance(target, str) and page.evaluate(INSIDE, [target, part]):
                continue
            found.append(f"{violation['id']}: {node['html'][:300]} {node['failureSummary']}")
    return found


def opened(visit: Visit, path: str) -> Page:
    """The page once its graph is there: until then the picker of nodes is off, and pale."""
    visit.open(path)
    # While a run replaces another one, both of their pickers are there for a moment.
    expect(visit.page.locator('input[aria-label="Node"]:enabled')).to_have_count(1, timeout=60_000)
    expect(visit.page.locator('input[aria-label="Node"]')).to_have_count(1, timeout=60_000)
    visit.settle()
    return visit.page


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_serious(browser: Browser, server: Server, name: str, dark: bool) -> None:
    context, visit = new_visit(browser, server.address, dark=dark)
    assert violations(opened(visit, PAGES[name])) == []
    context.close()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_serious_in_what_opens(browser: Browser, server: Server, dark: bool) -> None:
    context, visit = new_visit(browser, server.address, dark=dark)
    page = opened(visit, "?model=resnet50&node=layer3.2&open=layer3,layer3.2,layer4")
    page.get_by_text("The network as text").click()
    expect(page.locator(".sk-outline")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("conv")
    expect(page.get_by_role("listbox")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("svg.strip [tabindex='0']").first.focus()
    for _ in range(6):
        page.keyboard.press("+")
    expect(page.locator(".map").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator(".keys").first).to_be_visible()
    assert violations(page) == []
    context.close()


def test_the_graph_is_read_and_opened_by_keyboard_alone(visit: Visit) -> None:
    page = opened(visit, "?model=resnet50&node=layer3.2")
    page.keyboard.press("/")
    page.keyboard.type("layer2.1.conv3")
    page.keyboard.press("Enter")
    expect(page.locator(".sk-details b")).to_have_text("layer2.1.conv3")
    expect(page.locator("svg.strip [aria-label^='layer2.1.conv3,']")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".sk-details b")).to_have_text("layer2.1.add")
    visit.settle()
    assert "open=layer3" in page.url
    for _ in range(8):  # back to the block's frame
        page.keyboard.press("ArrowLeft")
        if page.locator("svg.strip [aria-label^='layer2.1,']:focus").count():
            break
    page.keyboard.press("o")
    expect(page.locator("svg.strip [aria-label^='layer2.1,']")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    current = page.get_by_role("navigation", name="Where the selection is").first
    assert current.locator("button:focus").count() == 1
    visit.check_sound()


def test_the_outline_says_it_in_nested_lists(visit: Visit) -> None:
    page = opened(visit, "?model=resnet50&node=layer3.2")
    assert "The network as text" in page.locator("svg.strip").get_attribute("aria-label")
    page.get_by_text("The network as text").click()
    outline = page.locator(".sk-outline")
    expect(outline.locator("> ul > li")).to_have_count(7)
    expect(outline.locator("> ul > li").nth(4)).to_contain_text("Stage 3: Sequential, 6 blocks")
    assert outline.get_by_text("with an identity skip").count() == 12
