"""The diagram in a real browser: mouse, keyboard, theme, small screens, search, files."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from PIL import Image
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
    expect(page.locator("svg.strip .is-selected")).to_have_count(1 + ("second" in address), timeout=30_000)
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


def focused(page: Page) -> str:
    """Label of the mark that has the focus, else of the element."""
    return page.evaluate(
        """() => {
            let node = document.activeElement;
            while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
            return node?.getAttribute("aria-label") ?? node?.tagName;
        }"""
    )


def find(page: Page, words: str) -> None:
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Find a layer")).to_be_focused()
    page.keyboard.type(words)
    expect(page.get_by_role("listbox")).to_be_visible()


def test_a_slash_finds_a_layer_and_opens_what_holds_it(page):
    assert page.locator("svg.strip").first.locator("[aria-label^='layer4.1.conv2']").count() == 0
    find(page, "layer4 3x3")
    options = page.get_by_role("option")
    expect(options).to_have_count(3)
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    box = page.get_by_role("combobox", name="Find a layer")
    assert options.nth(1).get_attribute("id") == box.get_attribute("aria-activedescendant")
    page.keyboard.press("Enter")
    told(page, "told: select layer4.1.conv2.")
    mark = page.locator("svg.strip").first.locator("[aria-label^='layer4.1.conv2,']")
    expect(mark).to_have_class(re.compile("is-selected"))
    expect(mark.locator(".hit")).to_be_in_viewport()
    page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    assert focused(page).startswith("layer4.1.conv2,")
    expect(page.get_by_role("listbox")).to_be_hidden()
    assert page.locator("svg.strip").first.locator(".mark.opened").count() == 3


def test_search_by_shape_or_in_vain(page):
    find(page, "7×7×2048 block")
    expect(page.get_by_role("option")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.type("<b>nothing</b>")
    expect(page.get_by_text("Nothing of this network matches.")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Find a layer")).not_to_be_focused()
    told(page, "told: .")


def test_a_slash_in_a_field_is_a_slash(page):
    field = page.get_by_label("Elsewhere to write")
    field.click()
    page.keyboard.type("a/b")
    expect(field).to_have_value("a/b")


def test_the_breadcrumb_leads_back(page):
    crumbs = page.get_by_role("navigation", name="Where the selection is").first
    expect(crumbs).to_have_text("NetworkStage 3layer3.2")
    find(page, "layer3.2.conv2")
    page.keyboard.press("Enter")
    expect(crumbs).to_have_text("NetworkStage 3layer3.2conv2")
    crumbs.get_by_role("button", name="Stage 3").focus()
    page.keyboard.press("Enter")
    told(page, "select layer3.")
    expect(crumbs).to_have_text("NetworkStage 3")
    crumbs.get_by_role("button", name="Network").click()
    strip, view = page.locator("svg.strip").first, page.locator(".view").first
    assert strip.bounding_box()["width"] <= view.bounding_box()["width"] + 1


def test_a_block_opens_in_place_and_the_place_is_kept(page):
    mark = page.locator("svg.strip").first.locator("[aria-label^='layer3.3,']")
    before = mark.locator(".hit").first.bounding_box()
    mark.focus()
    page.keyboard.press("o")
    told(page, "toggle layer3.3.")
    expect(mark).to_have_class(re.compile("opened"))
    page.wait_for_timeout(400)
    after = mark.locator(".hit").first.bounding_box()
    view = page.locator(".view").first
    room = view.evaluate("v => v.scrollWidth - v.clientWidth")
    moved = after["x"] - before["x"]
    # Kept, but where the picture ends there is nothing to scroll to.
    assert abs(moved) < 3 or view.evaluate("v => v.scrollLeft") in (0, room)
    page.keyboard.press("o")
    expect(mark).not_to_have_class(re.compile("opened"))
    page.wait_for_timeout(400)
    assert mark.locator(".hit").first.bounding_box()["x"] == pytest.approx(before["x"], abs=3)


MOVING = """() => {
    const seen = [];
    const animate = Element.prototype.animate;
    Element.prototype.animate = function (...told) {
        seen.push([this.getAttribute("aria-label") ?? this.tagName, Object.keys(told[0])[0], told[1].duration]);
        return animate.apply(this, told);
    };
    window.seen = seen;
}"""


def test_marks_glide_and_new_ones_fade_in(page):
    page.evaluate(MOVING)
    page.locator(MARK.format(2)).first.dblclick()
    told(page, "toggle layer1.")
    page.wait_for_function("() => window.seen.length > 0")
    seen = page.evaluate("() => window.seen")
    assert {duration for _, _, duration in seen} == {180}
    ways = {label.split(",")[0]: way for label, way, _ in seen}
    assert ways["layer1.0"] == "opacity"
    assert ways["layer3.2"] == ways["Stage 4"] == "transform"


def test_nothing_moves_where_motion_is_not_wanted(browser, address):
    page = opened(browser, address, reduced_motion="reduce")
    page.evaluate(MOVING)
    page.locator(MARK.format(2)).first.dblclick()
    told(page, "toggle layer1.")
    expect(page.locator("svg.strip").first.locator("[aria-label^='layer1.0,']")).to_be_visible()
    assert page.evaluate("() => window.seen") == []
    page.context.close()


def test_what_is_pointed_at_is_outlined_in_the_other_figure_too(browser, address):
    page = opened(browser, f"{address}/?second=1")
    first, second = (page.locator("svg.strip").nth(i).locator("[aria-label^='layer3.4,']") for i in (0, 1))
    first.hover()
    expect(second).to_have_class(re.compile("is-hovered"))
    assert page.locator(".tip:popover-open").count() == 1
    page.mouse.move(5, 5)
    expect(second).not_to_have_class(re.compile("is-hovered"))
    page.context.close()


def test_the_minimap_is_there_when_the_picture_is_large(page):
    figure = page.locator(".figure").first
    expect(figure.locator(".map")).to_be_hidden()
    figure.hover()
    for _ in range(4):
        figure.get_by_role("button", name="Zoom in").click()
    expect(figure.locator(".map")).to_be_visible()
    assert figure.locator(".map rect.small").count() == 12
    view, box = page.locator(".view").first, figure.locator(".map").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 10, steps=3)
    page.mouse.up()
    seen = view.evaluate("v => (v.scrollLeft + v.clientWidth / 2) / v.scrollWidth")
    assert seen > 0.75
    told(page, "told: .")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pictures_to_keep(browser, address, dark):
    page = opened(browser, address, color_scheme="dark" if dark else "light")
    figure = page.locator(".figure").first
    figure.hover()
    with page.expect_download() as download:
        figure.get_by_role("button", name="SVG").click()
    assert download.value.suggested_filename == "ResNet -50-.svg"
    text = download.value.path().read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert "var(" not in text
    assert "Each block adds its input" in "".join(root.itertext())
    assert ("#14171B" if dark else "#FFFFFF").lower() in text.lower()
    figure.hover()
    with page.expect_download() as download:
        figure.get_by_role("button", name="PNG").click()
    assert download.value.suggested_filename == "ResNet -50-.png"
    picture = Image.open(io.BytesIO(download.value.path().read_bytes())).convert("RGB")
    assert picture.size == (2 * float(root.get("width")), 2 * float(root.get("height")))
    colours = {colour for _, colour in picture.getcolors(1 << 24)}
    assert picture.getpixel((2, 2)) == ((20, 23, 27) if dark else (255, 255, 255))
    assert ((255, 133, 51) if dark else (213, 94, 0)) in colours  # skips
    assert ((45, 191, 149) if dark else (0, 158, 115)) in colours  # residual branches
    page.context.close()


def test_a_question_mark_tells_the_keys(page):
    page.locator("svg.strip [tabindex='0']").first.focus()
    page.keyboard.press("?")
    keys = page.locator(".keys").first
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("find a layer")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    assert "Told as text below." in page.locator("svg.strip").first.get_attribute("aria-label")
