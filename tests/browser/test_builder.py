"""Building a network in a real Chromium: change, mend, undo, keep, load, share, use; at a desk and on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.architectures.spec import NetSpec
from tests.architectures.nets import example
from tests.browser.conftest import Server, Visit, new_visit

pytestmark = pytest.mark.browser

START = "1_stem_basic2x64_basic2x128s2_bottleneck6x512s2_grouped3x1024s2"
PATH = f"build_your_own?recipe={START}&model=resnet18"


def type_width(visit: Visit, stage: int, value: int) -> None:
    field = visit.page.get_by_label(f"Width of stage {stage}, channels that it puts out")
    field.fill(str(value))
    field.press("Enter")
    visit.page.wait_for_url(re.compile(rf"x{value}"))
    visit.settle()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False)])
def test_the_whole_path(browser: Browser, server: Server, tmp_path: Path, width: int, dark: bool) -> None:
    context, visit = new_visit(browser, server.address, width=width, dark=dark)
    page = visit.page
    visit.open(PATH)
    lead = "Twice as deep as ResNet-18, for less: 37 layers"
    expect(page.locator(".sk-header b")).to_contain_text(lead, timeout=60_000)  # the worker may be starting
    for stage in range(1, 5):
        expect(page.get_by_role("switch", name=f"Skips in stage {stage}")).to_be_checked()

    # A width that does not split, its sentence, and the way out.
    type_width(visit, 4, 1000)
    expect(page.get_by_role("alert")).to_contain_text("do not split into 32 groups")
    expect(page.locator(".sk-cost.stale")).to_have_count(1)
    page.reload()
    visit.settle()
    expect(page.get_by_label("Width of stage 4, channels that it puts out")).to_have_value("1000")
    page.get_by_role("button", name="Take 960").click()
    page.wait_for_url(re.compile("grouped3x960s2"))
    visit.settle()
    expect(page.get_by_role("alert")).to_have_text([])
    expect(page.locator(".sk-cost.stale")).to_have_count(0)
    expect(page.locator(".sk-cost").nth(4)).to_contain_text("7 × 7 × 960")

    # A stage more, moved, removed; a step back by the button and one by the browser.
    page.get_by_role("button", name="Add a stage").click()
    page.wait_for_url(re.compile("grouped3x960s2_grouped3x960$|grouped3x960s2_grouped3x960&"))
    visit.settle()
    page.get_by_role("button", name="Move, copy or remove stage 5").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.wait_for_url(re.compile("grouped3x960s2(&|$)"))
    visit.settle()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url(re.compile("grouped3x960s2_grouped3x960(&|$)"))
    visit.settle()
    page.go_back()
    visit.settle()
    expect(page.get_by_label("Width of stage 5, channels that it puts out")).to_have_count(0)

    # The file.
    with page.expect_download() as started:
        page.get_by_role("button", name="Keep as file").click()
    kept = tmp_path / "net.json"
    started.value.save_as(kept)
    spec = NetSpec.parse(kept.read_bytes())
    assert spec.stages[3].out_width == 960
    kept.write_text(example().model_dump_json())
    page.get_by_role("button", name="Load a file").click()
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(kept)
    page.wait_for_url(re.compile("grouped3x1024s2"))
    visit.settle()
    page.keyboard.press("Escape")

    # Use it, and look at it on another page.
    page.get_by_role("button", name="Use on all pages").click()
    page.wait_for_url(re.compile("model=spec-1_stem"))
    visit.settle()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    visit.open(f"feature_maps?model=spec-{START}&node=layer3.2")
    assert "Own net has learned nothing yet" in visit.text()
    visit.check_sound()
    context.close()


def test_a_click_on_the_strip_is_harmless(visit: Visit) -> None:
    visit.open(PATH)
    visit.page.locator("g.mark").first.click()
    visit.settle()
    visit.check_sound()


@pytest.mark.parametrize(
    "recipe",
    [
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "1_basic999999x999999",
        "2",
        "1_vgg2x64s2_basic3x8n_pre1x8",
        "1_in5_plain3x7",
    ],
)
def test_any_address_gives_a_sound_page(visit: Visit, recipe: str) -> None:
    visit.open(f"build_your_own?recipe={recipe}")
    assert visit.page.inner_text("h1") == "What do you get if you change the recipe?"
    visit.check_sound()
