"""What a visitor waits for, in a real Chromium: start, first diagram, a click, a new photo.

Run: ``python -m benchmarks.pages``. Every figure is a wall-clock time from the outside; the targets are the project's.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.timing import spread
from tests.browser.conftest import FLAGS, Server, start_server

CLICKS = 40
PHOTOS = ("coffee", "astronaut", "rocket", "camera", "china", "flower", "chelsea")
DIAGRAM = "g.mark"


def timed(step: Callable[[], object]) -> float:
    """Seconds that a step takes."""
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def told(what: str, seconds: float, target: float) -> None:
    """One line: what, how long, and the target."""
    verdict = "met" if seconds <= target else "missed"
    print(f"  {what:<64} {seconds:6.2f} s   target {target:g} s: {verdict}")


def start(browser: Browser, folder: Path, what: str, target: float) -> tuple[Server, Page]:
    """Start the server and open the landing page; print when it is healthy, usable and drawn."""
    begin = time.perf_counter()
    server = start_server(folder)
    told(f"{what}: server healthy", time.perf_counter() - begin, 3)
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(server.address)
    page.wait_for_selector("h1")
    told(f"{what}: landing page usable", time.perf_counter() - begin, 5)
    page.wait_for_selector(DIAGRAM, timeout=60_000)
    told(f"{what}: first diagram", time.perf_counter() - begin, target)
    return server, page


def clicks(page: Page, address: str) -> None:
    """From a click on a block to its name in the details."""
    page.goto(f"{address}/?model=resnet50&node=layer3.2")
    page.wait_for_selector(DIAGRAM)
    page.wait_for_timeout(1000)
    times = []
    for number in range(CLICKS):
        name = f"layer3.{number % 6}"
        if page.inner_text(".sk-details b") == name:
            continue
        mark = page.locator(f"g.mark[aria-label^='{name},']").first
        box = mark.bounding_box()
        assert box is not None
        watch = "(name) => document.querySelector('.sk-details b')?.innerText === name"
        begin = time.perf_counter()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_function(watch, arg=name, polling=5)
        times.append(time.perf_counter() - begin)
        page.wait_for_timeout(200)
    told(f"click → details, 95th percentile of {len(times)}", quantiles(times, n=20)[-1], 0.25)
    print(f"    median {spread(times).median:.3f} s")


def photos(page: Page, address: str) -> None:
    """The worker's own time for a new photo on ResNet-18, as the page prints it, and what the visitor waits."""
    page.goto(f"{address}/feature_maps?model=resnet18&node=layer2.0&photo={PHOTOS[-1]}")
    page.wait_for_selector(".sk-figure", timeout=60_000)
    waits, passes = [], []
    for photo in PHOTOS[:-1]:
        begin = time.perf_counter()
        page.goto(f"{address}/feature_maps?model=resnet18&node=layer2.0&photo={photo}")
        page.wait_for_selector(".sk-figure", timeout=60_000)
        waits.append(time.perf_counter() - begin)
        found = re.search(r"one pass in eval mode, (\d+) ms", page.inner_text("[data-testid=stMain]"))
        assert found is not None
        passes.append(int(found[1]) / 1000)
    told("new photo on ResNet-18: pass in the worker, median", spread(passes).median, 0.4)
    print(f"    page opened anew with it, median {spread(waits).median:.2f} s")


def main() -> None:
    """Start twice, the second time with the graphs of the first on disk; then click and look."""
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        server, _ = start(browser, Path(name), "first start", 10)
        server.process.terminate()
        server.process.wait(20)
        server, page = start(browser, Path(name), "second start", 3)
        clicks(page, server.address)
        photos(page, server.address)
        server.process.terminate()
        server.process.wait(20)
        browser.close()


if __name__ == "__main__":
    main()
