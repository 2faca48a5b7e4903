"""Downloads against a server of our own: whole files arrive, anything else leaves nothing behind and says why."""

import hashlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import timm
import torch
from safetensors.torch import save

from core.architectures import build, download, get, is_local
from core.architectures.downloads import WeightsUnavailable, download_url, fetch_file, hash_in_name

BODY = bytes(range(256)) * 3000  # three chunks
DIGEST = hashlib.sha256(BODY).hexdigest()


class Handler(BaseHTTPRequestHandler):
    bodies: ClassVar[dict[str, bytes]] = {}

    def do_GET(self):
        kind = self.path.partition("?")[0].strip("/").partition("-")[0]
        if kind == "moved":
            self.send_response(302)
            self.send_header("Location", "/good")
            self.send_header("X-Linked-ETag", f'"{self.path.partition("?")[2] or DIGEST}"')
            self.end_headers()
        elif kind.isdigit():
            self.send_error(int(kind))
        elif self.path in self.bodies or kind in ("good", "short", "endless", "unsized"):
            self.send_body(kind, self.bodies.get(self.path, BODY))
        else:
            self.send_error(404)

    def send_body(self, kind, body):
        self.send_response(200)
        if kind != "unsized":
            length = {"short": len(body) + 10, "endless": 10**18}.get(kind, len(body))
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that hangs up is part of these tests."""


@pytest.fixture(scope="module")
def server():
    with QuietServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_arrives_whole_with_progress(server, tmp_path):
    seen = []
    target = tmp_path / "new" / "folder" / "model.bin"
    done = fetch_file(
        f"{server}/good", target, sha256_prefix=DIGEST[:8], progress=lambda *step: seen.append(step)
    )
    assert done == target and target.read_bytes() == BODY
    assert [received for received, _ in seen] == sorted(received for received, _ in seen)
    assert seen[-1] == (len(BODY), len(BODY)) and len(seen) >= 3
    assert files_below(tmp_path) == [target]


def test_a_file_of_unannounced_length_arrives(server, tmp_path):
    seen = []
    fetch_file(f"{server}/unsized", tmp_path / "a", progress=lambda *step: seen.append(step))
    assert (tmp_path / "a").read_bytes() == BODY
    assert {total for _, total in seen} == {0}


def test_the_hubs_stated_hash_is_checked(server, tmp_path):
    fetch_file(f"{server}/moved", tmp_path / "a")
    with pytest.raises(WeightsUnavailable, match="damaged or not the published one"):
        fetch_file(f"{server}/moved?{'0' * 64}", tmp_path / "b")
    assert files_below(tmp_path) == [tmp_path / "a"]


@pytest.mark.parametrize(
    ("path", "prefix", "sentence"),
    [
        (
            "short",
            "",
            r"could not be downloaded from 127\.0\.0\.1:\d+: the connection ended 10 bytes too early",
        ),
        ("good", "00000000", rf"its SHA-256 begins with {DIGEST[:8]}, not 00000000; try again later"),
        ("404-model.bin", "", r"no longer has the file 404-model\.bin \(HTTP 404\)"),
        ("401-model.bin", "", r"only to people who have accepted its licence there \(HTTP 401\)"),
        ("503-model.bin", "", r"answered with HTTP 503 when asked for 503-model\.bin; try again later"),
        ("endless", "", "The disk has no room for the weights in "),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_leaves_nothing(server, tmp_path, path, prefix, sentence):
    with pytest.raises(WeightsUnavailable, match=sentence) as caught:
        fetch_file(f"{server}/{path}", tmp_path / "model.bin", sha256_prefix=prefix)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
    assert files_below(tmp_path) == []


def test_a_failed_download_keeps_the_file_that_was_there(server, tmp_path):
    target = tmp_path / "model.bin"
    target.write_bytes(b"old")
    with pytest.raises(WeightsUnavailable):
        fetch_file(f"{server}/good", target, sha256_prefix="1" * 64)
    assert target.read_bytes() == b"old" and files_below(tmp_path) == [target]


def test_nobody_listens(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(WeightsUnavailable, match="Connection refused"):
        fetch_file(f"http://127.0.0.1:{port}/good", tmp_path / "a")


def test_a_server_that_falls_silent_is_given_up(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(WeightsUnavailable, match="it did not answer in time"):
            fetch_file(f"http://127.0.0.1:{port}/good", tmp_path / "a", timeout=0.2)
    assert files_below(tmp_path) == []


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, InterruptedError, RuntimeError])
def test_an_interrupted_download_leaves_nothing(server, tmp_path, interruption):
    def stop(received, total):
        raise interruption

    with pytest.raises((interruption, WeightsUnavailable)):
        fetch_file(f"{server}/good", tmp_path / "a", progress=stop)
    assert files_below(tmp_path) == []


def test_other_addresses_and_unwritable_folders_are_refused(server, tmp_path):
    with pytest.raises(WeightsUnavailable, match="not from 'file:///etc/passwd'"):
        fetch_file("file:///etc/passwd", tmp_path / "a")
    (tmp_path / "file").touch()
    with pytest.raises(WeightsUnavailable, match="could not be written"):
        fetch_file(f"{server}/good", tmp_path / "file" / "below")


def test_hashes_are_read_from_names():
    assert hash_in_name("https://a.org/models/resnet50-0676ba61.pth") == "0676ba61"
    assert (
        hash_in_name("https://a.org/models/mnasnet0.5_top1_67.823-3ffadce67e.pth?x=-deadbeef") == "3ffadce67e"
    )
    assert hash_in_name("https://a.org/models/vgg16_features-amdegroot-88682ab5.pth") == "88682ab5"
    assert hash_in_name("https://a.org/models/model.safetensors") == ""


def test_all_of_torchvisions_addresses_carry_a_hash():
    for name in ("resnet50", "vgg16", "mnasnet0_5", "vit_b_16", "regnet_y_16gf"):
        for weights in get(name).weights:
            assert len(hash_in_name(download_url(weights))) >= 8


def test_a_hub_network_is_downloaded_once_and_loaded(server, tmp_path, monkeypatch):
    theirs = timm.create_model("test_resnet")
    entry = get("timm/test_resnet")
    hub = entry.weights[0].hub_id
    body = save(theirs.state_dict())
    monkeypatch.setenv("HF_ENDPOINT", server)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setitem(Handler.bodies, f"/{hub}/resolve/main/model.safetensors", body)
    assert not is_local(entry.name, "default", folder=tmp_path)
    module = build(entry.name, weights="default", folder=tmp_path)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), theirs.parameters(), strict=True))
    assert is_local(entry.name, "default", folder=tmp_path)
    monkeypatch.setitem(Handler.bodies, f"/{hub}/resolve/main/model.safetensors", b"")
    assert download(entry.name, folder=tmp_path).read_bytes() == body


def test_the_hubs_offline_switch_is_heeded(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(WeightsUnavailable, match="HF_HUB_OFFLINE forbids"):
        download("timm/resnet50", folder=tmp_path)
