"""The app as a visitor meets it: a real server, a real Chromium, light and dark, desk and phone."""

from __future__ import annotations

import io
import re
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Server, Visit, new_visit, start_server

pytestmark = pytest.mark.browser

LITE0 = "feature_maps?model=timm/tf_efficientnet_lite0&photo=coffee&node=blocks.2.1"
FIELDS = "receptive_fields?model=cifar_resnet20&node=layer2.1&photo=coffee&growth=cifar_plain20"
PATHS = ("", "build_your_own", FIELDS, LITE0, "speed", "runs")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_sound(browser: Browser, server: Server, width: int, dark: bool) -> None:
    context, visit = new_visit(browser, server.address, width=width, dark=dark)
    for path in PATHS:
        visit.open(path)
        visit.check_sound()
        assert visit.page.inner_text("h1")
        wide = visit.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= width, f"{path or 'home'} scrolls sideways: {wide} px"
    context.close()


class TestSelection:
    def test_click_selects_and_the_address_keeps_it(self, visit: Visit) -> None:
        visit.open("?model=resnet50")
        page = visit.page
        page.locator("g.mark[aria-label^='layer3.4']").first.click()
        page.wait_for_url(re.compile("node=layer3.4"))
        expect(page.locator(".sk-details b")).to_have_text("layer3.4")
        expect(page.get_by_label("Node", exact=True)).to_have_value("layer3.4")
        page.reload()
        visit.settle()
        expect(page.locator(".sk-details b")).to_have_text("layer3.4")
        visit.check_sound()

    @pytest.mark.parametrize(
        ("view", "detail"), [("Inside the block", "Stages"), ("All layers", "Operations")]
    )
    def test_views_stay_while_one_selects(self, visit: Visit, view: str, detail: str) -> None:
        visit.open("?model=resnet18&node=layer1.0")
        page = visit.page
        for word in (view, detail):
            page.get_by_role("radio", name=word, exact=True).first.click()
            visit.settle()
        for place in (3, 4):
            before = page.url
            page.locator(".paper").first.locator("g.mark:not(.opened)").nth(place).click()
            page.wait_for_url(lambda now, before=before: now != before)
            visit.settle()
        visit.check_sound()
        page.reload()
        visit.settle()
        for word in (view, detail):
            expect(page.get_by_role("radio", name=word, exact=True).first).to_be_checked()
        visit.check_sound()

    def test_back_and_forward(self, visit: Visit) -> None:
        visit.open("?model=resnet50&node=layer1.0")
        page = visit.page
        page.locator("g.mark[aria-label^='layer1.2']").first.click()
        page.wait_for_url(re.compile("node=layer1.2"))
        visit.settle()
        page.go_back()
        expect(page.locator(".sk-details b")).to_have_text("layer1.0")
        page.go_forward()
        expect(page.locator(".sk-details b")).to_have_text("layer1.2")

    def test_other_pages_read_the_same_selection(self, visit: Visit) -> None:
        visit.open("?model=cifar_resnet20&node=layer2.1&photo=rocket")
        page = visit.page
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Feature maps").click()
        page.wait_for_url(re.compile("feature_maps.*node=layer2.1"))
        visit.settle()
        assert "layer2.1" in visit.text()
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Architecture").click()
        expect(page.locator(".sk-details b")).to_have_text("layer2.1")

    def test_going_back_over_pages_is_no_trap(self, visit: Visit) -> None:
        visit.open("?model=cifar_resnet20&node=layer2.1")
        page = visit.page
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Speed").click()
        page.wait_for_url(re.compile("speed.*node=layer2.1"))
        visit.settle()
        for _ in range(3):
            page.go_back()
            page.wait_for_timeout(700)
            if "speed" not in page.url:
                break
        visit.settle()
        assert "speed" not in page.url
        expect(page.locator(".sk-details b")).to_have_text("layer2.1")

    def test_what_an_address_names_in_vain_is_said_in_plain_text(self, visit: Visit) -> None:
        visit.open("?model=%3Cimg src=x onerror=alert(1)%3E&size=99999")
        assert "No architecture is called “<img src=x" in visit.text()
        assert "no input size" in visit.text()
        visit.check_sound()


class TestArchitecture:
    def test_stage_opens_and_closes(self, visit: Visit) -> None:
        visit.open("?model=resnet50&node=layer3.2")
        page = visit.page
        assert page.locator("svg.strip g.mark[aria-label^='layer1.1']").count() == 0
        page.locator("svg.strip g.mark[aria-label^='Stage 1']").first.dblclick()
        page.wait_for_selector("svg.strip g.mark[aria-label^='layer1.1']")
        visit.check_sound()

    def test_find_an_architecture(self, visit: Visit) -> None:
        visit.open("?model=resnet50")
        page = visit.page
        page.get_by_text("Find by family, size, accuracy").click()
        page.get_by_label("Name, family or year").fill("densenet")
        page.keyboard.press("Enter")
        expect(page.get_by_text("40 shown of")).to_have_count(0)
        visit.settle()
        page.locator("[role=radiogroup] label", has_text="DenseNet-121 · torchvision").click()
        page.wait_for_url(re.compile("model=densenet121"))
        visit.settle()
        assert "58 all dense" in visit.text()
        visit.check_sound()


class TestCost:
    def test_a_click_in_either_half_selects_everywhere(self, visit: Visit) -> None:
        visit.open("?model=resnet50&node=layer3.2")
        page = visit.page
        part = page.locator("svg.icicle g.mark[aria-label^='layer4.1']")
        part.locator("> .hit").nth(1).click()
        page.wait_for_url(re.compile("node=layer4.1"))
        visit.settle()
        expect(page.locator(".sk-details b")).to_have_text("layer4.1")
        named = re.compile("^layer4.1,")
        for picture in ("strip", "icicle", "depth"):
            chosen = page.locator(f"svg.{picture} .mark.is-selected")
            expect(chosen).to_have_count(1)
            expect(chosen).to_have_attribute("aria-label", named)
        for place in (0, 1):
            expect(part.locator("> .hit").nth(place)).to_have_css("stroke-width", "2px")
        expect(page.locator("svg.icicle .mark.is-selected > .hit").first).to_have_css(
            "fill", "rgba(0, 0, 0, 0)"
        )
        visit.check_sound()

    def test_a_bar_selects_its_layer(self, visit: Visit) -> None:
        visit.open("?model=vgg16")
        page = visit.page
        page.locator("svg.depth g.mark[aria-label^='classifier.0,']").click()
        page.wait_for_url(re.compile("node=classifier.0"))
        visit.settle()
        expect(page.locator(".sk-details b")).to_have_text("classifier.0")

    def test_labels_fit_in_the_real_font(self, visit: Visit) -> None:
        for model in ("vgg16", "densenet121", "efficientnet_b0"):
            visit.open(f"?model={model}")
            visit.page.wait_for_selector("svg.icicle")
            outside = visit.page.locator("svg.icicle").evaluate(
                """svg => [...svg.querySelectorAll('.mark text')].filter(text => {
                    const a = text.getBBox();
                    const cells = [...text.parentElement.querySelectorAll(':scope > .cell')];
                    return !cells.some(cell => {
                        const b = cell.getBBox();
                        return b.x <= a.x && a.x + a.width <= b.x + b.width && b.y <= a.y + 2
                            && a.y + a.height <= b.y + b.height + 2;
                    });
                }).map(text => text.textContent)"""
            )
            assert outside == []

    def test_colours_follow_a_quantity_and_its_key(self, visit: Visit) -> None:
        visit.open("?model=vgg16")
        page = visit.page
        page.get_by_label("Colour by", exact=True).click()
        page.get_by_role("option", name="Parameters", exact=True).click()
        head = page.locator("svg.strip g.mark[aria-label^='Head'] .bar").first
        expect(head).to_have_css("fill", "rgb(253, 231, 37)", timeout=20_000)
        expect(page.locator(".key").first).to_contain_text("0 to 123,642,856 parameters")
        visit.check_sound()


class TestFeatureMaps:
    def test_tile_is_shown_large(self, visit: Visit) -> None:
        visit.open(LITE0)
        page = visit.page
        assert "An espresso, with 95" in visit.text()
        first = page.get_by_text(re.compile(r"^Channel \d+ over the photo$")).inner_text()
        page.locator(".grid").focus()
        for key in ("ArrowRight", "ArrowDown", "Enter"):
            page.keyboard.press(key)
        page.wait_for_timeout(300)
        visit.settle()
        assert page.get_by_text(re.compile(r"^Channel \d+ over the photo$")).inner_text() != first
        visit.check_sound()

    def test_own_picture(self, visit: Visit) -> None:
        visit.open(LITE0)
        name = "<b>my & cat</b>.png"
        upload(visit, name, picture("PNG"))
        visit.page.wait_for_url(re.compile("photo=own-"))
        visit.settle()
        assert "kept for this session only" in visit.text()
        expect(visit.page.get_by_label("Photo", exact=True)).to_have_value(name)
        visit.check_sound()

    @pytest.mark.parametrize(
        ("name", "data"),
        [("note.png", b"this is no picture"), ("cut.jpg", b"\xff\xd8\xff\xe0 cut"), ("empty.png", b"")],
    )
    def test_what_is_no_picture_gets_a_sentence_and_loses_nothing(
        self, visit: Visit, name: str, data: bytes
    ) -> None:
        visit.open(LITE0)
        upload(visit, name, data)
        notice = visit.page.locator(".sk-notice")
        expect(notice).to_contain_text("The picture before stays selected.", timeout=20_000)
        assert "photo=coffee" in visit.page.url
        assert "An espresso" in visit.text()
        visit.check_sound()


def picture(format_: str) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, format_)
    return out.getvalue()


def upload(visit: Visit, name: str, data: bytes) -> None:
    visit.page.get_by_text("Use your own picture").click()
    visit.page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": data}
    )


class TestSpeed:
    def test_measures_here_and_can_be_watched_from_another_page(self, visit: Visit) -> None:
        visit.open("speed")
        page = visit.page
        page.get_by_role("button", name="Measure here").click()
        page.wait_for_timeout(500)
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Runs").click()
        expect(page.get_by_test_id("stSidebar")).to_contain_text("Speed of VGG-16", timeout=20_000)
        page.get_by_test_id("stSidebar").get_by_role("button", name="Stop").click()
        expect(page.locator(".sk-table")).to_contain_text("Cancelled", timeout=20_000)
        visit.check_sound()


class TestServer:
    def test_web_process_stays_light_and_without_torch(self, visit: Visit, server: Server) -> None:
        for path in (*PATHS, "?model=vgg16", "?model=timm/convnext_tiny"):
            visit.open(path)
        process = psutil.Process(server.process.pid)
        mapped = {Path(region.path).name for region in process.memory_maps()}
        assert not [name for name in mapped if name.startswith("libtorch")]
        # Torch alone would take more than this; the graphs and pictures of all pages before stay in its caches.
        assert process.memory_info().rss < 280e6

    @pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")
    @pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
    def test_no_process_survives_it(self, tmp_path: Path, kind: signal.Signals) -> None:
        started = start_server(tmp_path)
        parent = psutil.Process(started.process.pid)
        deadline = time.monotonic() + 20
        while not (children := parent.children(recursive=True)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert children
        started.process.send_signal(kind)
        started.process.wait(20)
        _, alive = psutil.wait_procs(children, timeout=20)
        assert alive == []
