"""Visitors who speak to a running server without a browser, and send what no page offers: nobody else is troubled."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from urllib.request import urlopen

import psutil
import pytest

from tests.attacks.stranger import Stranger, state
from tests.attacks.test_pictures import png_of_size
from tests.attacks.test_weights_files import good, with_values
from tests.browser.conftest import Server, start_server

pytestmark = pytest.mark.browser

SMALL = "model=cifar_resnet20"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of their own, which they may mistreat."""
    started = start_server(tmp_path_factory.mktemp("strangers"), SKIPSCOPE_JOBS_PER_VISITOR="1")
    with Stranger(started.address) as first:
        first.visit(SMALL, page="feature_maps")
    yield started
    started.process.terminate()
    started.process.wait(20)


@pytest.fixture
def stranger(server: Server) -> Iterator[Stranger]:
    with Stranger(server.address) as made:
        yield made


def check_sound(stranger: Stranger) -> None:
    """No exception; and where something is wrong, one sentence of plain text for each thing."""
    assert stranger.exceptions() == []
    for notice in stranger.notices():
        assert "Traceback" not in notice
        assert "Something went wrong" not in notice
    assert "<script>" not in stranger.markup()


@pytest.mark.parametrize(
    "query",
    [
        "model=%3Cscript%3Ealert(1)%3C/script%3E&node=%3Cscript%3E",
        "model=%00&size=" + "9" * 5000,
        SMALL + "&node=" + "a" * 100_000,
        SMALL + "&node=%ED%A0%80&photo=%00&weights=%FF",
        SMALL + "&weights=..%2F..%2F..%2Fetc%2Fpasswd&photo=..%2Fx",
        SMALL + "&model=resnet18&size=%D9%A3&size=0",
        SMALL + "&size=17&embed=true&embed_options=x",
        "&".join(f"p{i}={i}" for i in range(900)),
        "model=vit_b_16&size=225",
        "model=alexnet&size=16",
        "model=residual_mlp10&size=64",
    ],
)
@pytest.mark.parametrize("page", ["", "build_your_own", "feature_maps"])
def test_addresses(stranger: Stranger, page: str, query: str) -> None:
    stranger.visit(query, page=page)
    check_sound(stranger)


VALUES = ("<script>", "", "\0", "x" * 100_000, "../../etc/passwd", "own-aaaaaaaaaaaa")


@pytest.mark.parametrize("field", ["model", "weights", "size", "node", "photo"])
def test_choices_that_no_box_offers(stranger: Stranger, field: str) -> None:
    stranger.visit(SMALL + "&node=layer2.1")
    for value in VALUES:
        stranger.visit(SMALL + "&node=layer2.1", stranger.says(f"sidebar.{field}", string_value=value))
        check_sound(stranger)
        assert stranger.notices() == []
        assert "<b>layer2.1</b>" in stranger.markup()


def test_options_that_no_page_offers(stranger: Stranger) -> None:
    stranger.visit(SMALL, page="feature_maps")
    for key, values in {
        "maps.count": (["1000000"], ["-1"], ["16", "32"], []),
        "maps.scale": (["x"], []),
    }.items():
        for value in values:
            stranger.visit(SMALL, stranger.says(key, string_array_value=value), page="feature_maps")
            check_sound(stranger)
    for value in ("", "evil", "Strength"):
        stranger.visit(SMALL, stranger.says("maps.order", string_value=value), page="feature_maps")
        check_sound(stranger)


@pytest.mark.parametrize(
    ("page", "key", "event"),
    [("", "network", "select"), ("", "network", "toggle"), ("feature_maps", "maps.grid", "pick")],
)
def test_triggers_of_every_kind(stranger: Stranger, page: str, key: str, event: str) -> None:
    stranger.visit(SMALL, page=page)
    whole = {"index": 10**30}, {"index": -1}, {"index": True}, {"index": "0"}, {"index": [1]}, {}
    for value in (
        None,
        True,
        [],
        10**400,
        float("nan"),
        "\ud800",
        "…\ud800",
        "x" * 9000,
        "__proto__",
        *whole,
    ):
        trigger = stranger.triggers(key, event, value)
        stranger.visit(SMALL, trigger, stranger.says(key, json_value="{}"), page=page)
        check_sound(stranger)
    for raw in ("[]", "null", "{", '[{"event":1}]', "[[]]", f'[{{"event":"{event}"}}]'):
        trigger = stranger.triggers(key, event, None, raw=raw)
        stranger.visit(SMALL, trigger, stranger.says(key, json_value="[1]"), page=page)
        check_sound(stranger)


def test_values_that_streamlit_itself_cannot_read_trouble_nobody_else(server: Server) -> None:
    """Streamlit ends such a session's runs with a message of its own, without details; the server goes on."""
    for kind in ({"json_value": "[" * 100_000}, {"int_array_value": [9]}, {"bytes_value": b"\xff"}):
        with Stranger(server.address) as stranger:
            stranger.visit(SMALL)
            stranger.visit(SMALL, stranger.says("sidebar.model", **kind))
            assert all("Traceback" not in one and "core" not in one for one in stranger.exceptions())
    with Stranger(server.address) as other:
        other.visit(SMALL, page="feature_maps")
        check_sound(other)
        assert not other.notices()


def test_ten_thousand_names(stranger: Stranger) -> None:
    stranger.visit(page="speed")
    for names in (["evil"] * 8, [f"n{i}" for i in range(10_000)]):
        stranger.visit("", stranger.says("speed.names", string_array_value=names), page="speed")
        assert all("Traceback" not in one and "n9999" not in one for one in stranger.exceptions())
    stranger.visit("", page="speed")
    check_sound(stranger)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        (
            "<img src=x onerror=alert(1)>.png",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "is an SVG drawing",
        ),
        ("page.jpg", b"<html><script>alert(1)</script>", "no picture that can be read"),
        ("bomb.png", b"PK\3\4" + bytes(1000), "zip archive"),
        ("giant.png", png_of_size(60_000, 60_000), "megapixels"),
        ("long.png", b"\x89PNG\r\n\x1a\n" + bytes(21_000_000), "pictures up to 20"),
    ],
)
def test_pictures_that_are_none(stranger: Stranger, name: str, data: bytes, says: str) -> None:
    stranger.visit(SMALL + "&photo=coffee", page="feature_maps")
    up = stranger.upload("photo_input.file", name, data)
    stranger.visit(SMALL + "&photo=coffee", up, page="feature_maps")
    check_sound(stranger)
    (notice,) = stranger.notices()
    assert says in notice
    assert "The picture before stays selected." in notice
    assert "Rachel Michetti" in stranger.text()


def use_weights(stranger: Stranger, query: str, name: str, data: bytes) -> str:
    """Bring a file and press the button; the name that the file has then."""
    stranger.visit(query, page="feature_maps")
    up = stranger.upload("sidebar.weights.file", name, data)
    stranger.visit(query, up, page="feature_maps")
    button = stranger.says("sidebar.weights.use", trigger_value=True)
    stranger.visit(query, up, button, page="feature_maps")
    check_sound(stranger)
    return stranger.query.partition("weights=")[2]


class TestWeights:
    def test_senseless_ones_are_refused_by_their_own_name(self, stranger: Stranger) -> None:
        use_weights(stranger, SMALL, "my <b>net</b>.safetensors", with_values(lambda v: -v.abs() * 1e38))
        (notice,) = stranger.notices()
        assert "computes infinite or undefined numbers" in notice
        use_weights(stranger, SMALL, "mine.safetensors", with_values(lambda v: v * float("nan")))
        (notice,) = stranger.notices()
        assert "mine.safetensors cannot be used: " in notice

    def test_stay_with_the_architecture_and_the_session(self, server: Server, stranger: Stranger) -> None:
        name = use_weights(stranger, SMALL, "mine.safetensors", good())
        assert name.startswith("own-")
        assert not stranger.notices()
        assert "Weights from the file mine.safetensors." in stranger.text()
        stranger.visit(f"model=cifar_resnet32&weights={name}", page="feature_maps")
        check_sound(stranger)
        assert "Weights files stay with the session and the architecture" in stranger.notices()[0]
        stranger.visit(f"{SMALL}&weights={name}", page="feature_maps")
        assert "Weights from the file mine.safetensors." in stranger.text()
        with Stranger(server.address) as other:
            other.visit(f"{SMALL}&weights={name}", page="feature_maps")
            check_sound(other)
            assert "Weights files stay with the session" in other.notices()[0]
            assert "mine.safetensors" not in other.markup()


class TestOthers:
    def test_twenty_visitors_at_once(self, server: Server) -> None:
        models = ("cifar_resnet20", "cifar_plain20", "cifar_resnet32", "cifar_plain32", "timm/resnet10t")
        said: dict[int, list[str]] = {}

        def come(number: int) -> None:
            with Stranger(server.address) as one:
                one.visit(f"model={models[number % 5]}&size={32 + number}", page="feature_maps", seconds=100)
                said[number] = [*one.exceptions(), *one.notices(), *(["awaits"] if one.awaits() else [])]

        crowd = [threading.Thread(target=come, args=(number,)) for number in range(20)]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join(120)
        assert said == {number: [] for number in range(20)}

    def test_a_run_belongs_to_who_started_it(self, server: Server, stranger: Stranger) -> None:
        stranger.visit(page="speed")
        start = next(button.id for button in stranger.of("button") if button.label == "Measure here")
        for _ in range(5):  # as fast as the answers come
            stranger.visit("", state(start, trigger_value=True), page="speed", wait=False)
            check_sound(stranger)
        stranger.visit(page="runs")
        assert stranger.text().count('<th scope="row">Speed of') == 1
        stop = next(button.id for button in stranger.of("button") if button.label == "Stop")
        with Stranger(server.address) as other:
            other.visit(page="runs")
            other.visit("", state(stop, trigger_value=True), page="runs")
            check_sound(other)
            assert "Speed of" not in other.text()
        stranger.visit(page="runs")
        assert "<td>Running</td>" in stranger.markup()
        stranger.visit("", state(stop, trigger_value=True), page="runs")
        stranger.visit(page="runs")
        assert "<td>Cancelled</td>" in stranger.markup()

    @pytest.mark.skipif(not psutil.LINUX, reason="elsewhere no process forks the workers")
    @pytest.mark.parametrize("killed", ["worker", "zygote"])
    def test_a_killed_process_costs_one_sentence(
        self, server: Server, stranger: Stranger, killed: str
    ) -> None:
        stranger.visit(SMALL, page="feature_maps")
        web = psutil.Process(server.process.pid)
        (zygote,) = web.children()
        size = {"worker": 672, "zygote": 704}[killed]
        query = f"model=resnet101&size={size}"
        stranger.send(query, page="feature_maps")
        time.sleep(1.0)  # about half of what the answer takes
        for process in zygote.children() if killed == "worker" else [zygote]:
            process.kill()
        stranger.follow()
        stranger.visit(query, page="feature_maps")
        check_sound(stranger)
        for notice in stranger.notices():
            assert "The worker was lost while it answered" in notice
            again = next(button.id for button in stranger.of("button") if button.label == "Try again")
            stranger.visit(query, state(again, trigger_value=True), page="feature_maps")
        assert not stranger.notices()
        assert "ResNet-101 has learned nothing yet" in stranger.text()

    def test_the_server_is_well_afterwards(self, server: Server) -> None:
        with urlopen(f"{server.address}/_stcore/health", timeout=5) as answer:
            assert answer.status == 200
        assert psutil.Process(server.process.pid).memory_info().rss < 400e6
