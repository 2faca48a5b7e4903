"""What cells see, in a real browser: pointer, keys, touch, slider, files; only a choice asks the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Server, Visit, new_visit

pytestmark = pytest.mark.browser
# layer2.1 of ResNet-20: seven 3×3 convolutions see 15 px, the next, of stride 2, 17, and three more at a stride of 2
# see 29, centred on pixel 2 · index.
PATH = "receptive_fields?model=cifar_resnet20&node=layer2.1&photo=coffee&growth=none"
CELLS = 16
SIZE, STRIDE, FIRST = 29, 2, -14


@pytest.fixture(scope="module")
def one_visit(browser: Browser, server: Server) -> Iterator[Visit]:
    """One visitor for the tests at a desk, which end with the ones that go to other layers."""
    context, visit = new_visit(browser, server.address)
    opened(visit)
    yield visit
    context.close()


@pytest.fixture
def page(one_visit: Visit) -> Iterator[Page]:
    """The page with the pointer away."""
    one_visit.page.mouse.move(2, 2)
    yield one_visit.page
    one_visit.check_sound()


def opened(visit: Visit) -> Page:
    visit.open(PATH)
    expect(visit.page.locator(".grid-title")).to_contain_text("layer2.1", timeout=60_000)
    expect(visit.page.get_by_text("Measuring the effect")).to_have_count(0, timeout=60_000)
    expect(visit.page.locator(".sk-awaiting")).to_have_count(0, timeout=60_000)  # it asks while it waits
    visit.settle()
    return visit.page


def box(page: Page) -> list[int]:
    """Top, left, bottom, right of the box that is drawn, not cut."""
    return [int(edge) for edge in page.locator(".photo path.box[data-box]").get_attribute("data-box").split()]


def expected(row: int, column: int) -> list[int]:
    top, left = FIRST + STRIDE * row, FIRST + STRIDE * column
    return [top, left, top + SIZE, left + SIZE]


def at(place: Locator, row: float, column: float, cells: int) -> tuple[float, float]:
    """Where the middle of a cell is on the screen."""
    found = place.bounding_box()
    return found["x"] + (column + 0.5) / cells * found["width"], found["y"] + (row + 0.5) / cells * found[
        "height"
    ]


def count_runs(page: Page) -> None:
    """Count from now on what the page sends to the server."""
    page.evaluate(
        """() => {
            const known = window.sent !== undefined, send = WebSocket.prototype.send;
            window.sent = 0;
            if (known) return;
            WebSocket.prototype.send = function (data) { window.sent++; return send.call(this, data); };
        }"""
    )


def test_pointing_at_a_cell_draws_its_box_and_asks_nobody(page: Page) -> None:
    count_runs(page)
    canvas = page.locator(".grid canvas")
    for row, column in ((3, 12), (0, 0), (15, 7)):
        page.mouse.move(*at(canvas, row, column, CELLS))
        expect(page.locator(".read-title")).to_have_text(f"Row {row}, column {column}")
        assert box(page) == expected(row, column)
    expect(page.locator(".numbers")).to_contain_text(f"{SIZE} × {SIZE} px")
    expect(page.locator(".read-note")).to_contain_text("padding, which holds no picture")
    assert page.evaluate("window.sent") == 0


def test_pointing_at_the_photo_lights_the_cells_that_see_the_pixel(page: Page) -> None:
    page.mouse.move(*at(page.locator(".photo rect.edge"), 0, 31, 32))
    expect(page.locator(".hint")).to_contain_text("see the pixel at row 0, column 31.")
    seers = [i for i in range(CELLS) if FIRST + STRIDE * i <= 0 < FIRST + STRIDE * i + SIZE]
    across = [i for i in range(CELLS) if FIRST + STRIDE * i <= 31 < FIRST + STRIDE * i + SIZE]
    wanted = f"{seers[0]} {across[0]} {seers[-1] + 1} {across[-1] + 1}"
    assert page.locator(".marks .lit").get_attribute("data-cells") == wanted
    expect(page.locator(".hint")).to_contain_text(f"{len(seers) * len(across)} of the 256 cells")
    page.mouse.move(2, 2)
    expect(page.locator(".hint")).to_contain_text("Point at a cell")


def test_arrow_keys_point_and_enter_chooses(page: Page) -> None:
    title = page.locator(".read-title")
    page.get_by_role("application").focus()
    before = [int(word.strip(",")) for word in title.inner_text().split()[1::2]]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    row, column = before[0] - 1, before[1] + 1
    expect(title).to_have_text(f"Row {row}, column {column}")
    assert box(page) == expected(row, column)
    expect(page.locator(".said")).to_contain_text(
        f"Row {row}, column {column} of layer2.1 can see 29 × 29 pixels"
    )
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('spot=')")
    expect(page.locator(".is-p95 dd b")).to_contain_text("px", timeout=30_000)  # measured anew, for this cell
    expect(title).to_have_text(f"Row {row}, column {column}")


def test_box_and_effect_are_shown_as_one_asks(page: Page) -> None:
    count_runs(page)
    heat, drawn = page.locator(".photo .heat"), page.locator(".photo path.box[data-box]")
    expect(heat).to_be_visible()
    page.get_by_text("Box", exact=True).click()
    expect(heat).to_be_hidden()
    expect(drawn).to_be_visible()
    page.get_by_text("Effect", exact=True).click()
    expect(heat).to_be_visible()
    expect(drawn).to_be_hidden()
    page.get_by_role("slider", name="Heat map").fill("30")
    expect(heat).to_have_css("opacity", "0.3")
    assert page.evaluate("window.sent") == 0


def test_a_finger_on_the_photo_moves_the_cell(browser: Browser, server: Server) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        color_scheme="dark",
    )
    visit = Visit(context.new_page(), server.address)
    page = opened(visit)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    page.locator(".photo").scroll_into_view_if_needed()
    page.touchscreen.tap(*at(page.locator(".photo rect.edge"), 8, 24, 32))
    expect(page.locator(".read-title")).to_have_text("Row 4, column 12")
    assert box(page) == expected(4, 12)
    assert page.locator(".growth").bounding_box()["y"] < page.get_by_role("application").bounding_box()["y"]
    context.close()


def test_photo_and_curve_are_saved_as_files_that_stand_alone(page: Page) -> None:
    for place, kind in ((".photo-part", "svg"), (".growth", "svg"), (".photo-part", "png")):
        page.locator(place).hover()
        with page.expect_download() as got:
            page.locator(f"{place} [data-save={kind}]").click()
        data = got.value.path().read_bytes()
        if kind == "png":
            assert data[:8] == b"\x89PNG\r\n\x1a\n"
        else:
            assert data.startswith(b"<svg")
            assert b"var(--" not in data


def test_dragging_grows_the_box_at_once_and_selects_when_it_is_let_go(page: Page) -> None:
    count_runs(page)
    handle = page.get_by_role("slider", name="Layer")
    place, sizes = handle.bounding_box(), []
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    curve = page.locator(".curve-place").bounding_box()
    for share in (0.1, 0.3, 0.6, 0.85):
        page.mouse.move(curve["x"] + share * curve["width"], y)
        page.wait_for_timeout(60)
        top, _, bottom, _ = box(page)
        sizes.append(bottom - top)
    assert sizes == sorted(sizes)
    assert sizes[-1] > 2 * sizes[0]
    assert page.evaluate("window.sent") == 0
    page.mouse.up()
    page.wait_for_function("location.search.includes('node=layer3.2')")
    assert page.evaluate("window.sent") > 0
    expect(page.get_by_label("Node", exact=True)).to_have_value("layer3.2")
    expect(page.locator(".sk-header")).to_contain_text("layer3.2")
    handle.focus()
    page.keyboard.press("Home")
    expect(handle).to_have_attribute("aria-valuenow", "1")
    assert "weighted layer 1 of 20" in handle.get_attribute("aria-valuetext")


def test_playing_walks_to_the_last_layer_without_a_tween_where_motion_is_unwelcome(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("slider", name="Layer").focus()
    page.keyboard.press("Home")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".play")).to_have_class("play running")
    expect(page.locator(".growth-title")).to_contain_text("layer3.2", timeout=20_000)
    page.wait_for_function("location.search.includes('node=layer3.2')")
