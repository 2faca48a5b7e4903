"""An ONNX file through the door in the sidebar, in a real browser."""

from pathlib import Path

import pytest

from core.figures.numbers import human
from tests.browser.conftest import Visit
from tests.graph.exported import residual

pytestmark = pytest.mark.browser


def test_a_file_is_opened_shown_and_not_run(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "tiny.onnx").write_bytes(residual())
    (tmp_path / "broken.onnx").write_bytes(residual()[:700])
    visit.open("?model=resnet18")
    visit.page.get_by_role("button", name="Open an ONNX file").click()
    chooser = visit.page.get_by_test_id("stFileUploaderDropzoneInput")
    chooser.set_input_files(tmp_path / "broken.onnx")
    visit.page.get_by_text("The file is not a readable ONNX file").wait_for()
    assert "ResNet-18" in visit.text()
    chooser.set_input_files(tmp_path / "tiny.onnx")
    visit.page.wait_for_url("**/?model=onnx-*")
    visit.settle()
    visit.page.keyboard.press("Escape")
    assert "is bridged by a skip" in visit.text()
    assert human(1482, digits=4) in visit.text()
    assert visit.page.locator('[data-testid="stMain"] svg').count() >= 2
    visit.page.get_by_role("link", name="Feature maps", exact=True).click()
    visit.page.get_by_text("tiny is an ONNX file, which brings its structure only.").wait_for()
    visit.check_sound()


def test_another_session_is_told_so(visit: Visit) -> None:
    visit.open("?model=onnx-0123456789ab")
    assert "ONNX files stay with the session that they were opened in; this is resnet50." in visit.text()
    visit.check_sound()
