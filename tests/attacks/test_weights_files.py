"""Weights files made to harm or to mislead: one sentence each, the network as it was, and few of them on the disk."""

from __future__ import annotations

import gc
import json
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from core.architectures import build
from core.architectures.weights import WeightsRejected, load_safetensors
from core.ui.own_weights import MOST, OwnWeights

NAME = "cifar_resnet20"


@cache
def good() -> bytes:
    return save({key: value.contiguous() for key, value in build(NAME).state_dict().items()})


def parts() -> tuple[dict[str, Any], bytes]:
    """Header and data of a good file."""
    (length,) = struct.unpack("<Q", good()[:8])
    return json.loads(good()[8 : 8 + length]), good()[8 + length :]


def made(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def with_first(**changes: object) -> bytes:
    header, data = parts()
    header["conv1.weight"].update(changes)
    return made(header, data)


def with_values(change: Callable[[Tensor], Tensor]) -> bytes:
    state = build(NAME).state_dict()
    return save({k: change(v) if v.is_floating_point() else v for k, v in state.items()})


ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
NOTHING = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
UNREADABLE: dict[str, Callable[[], bytes]] = {
    "seven bytes": lambda: bytes(7),
    "header of 2**63 bytes": lambda: struct.pack("<Q", 2**63) + b"{}",
    "header longer than the file": lambda: struct.pack("<Q", 10**7) + good()[8:],
    "header of 99 MB that is not there": lambda: struct.pack("<Q", 99_000_000) + b"{" + b" " * 100,
    "empty header": lambda: struct.pack("<Q", 0),
    "list": lambda: made([1, 2]),
    "nested 90,000 deep": lambda: made(b"[" * 90_000),
    "nested inside": lambda: made(b'{"a":' * 90_000),
    "unknown dtype": lambda: with_first(dtype="X99"),
    "dtype of another size": lambda: with_first(dtype="I8"),
    "negative shape": lambda: with_first(shape=[-1]),
    "shape that overflows": lambda: with_first(shape=[2**62, 4]),
    "offsets beyond the end": lambda: with_first(data_offsets=[0, 10**12]),
    "offsets that overlap": lambda: with_first(data_offsets=[4, 1732]),
    "bytes behind the end": lambda: good() + b"x",
    "metadata of numbers": lambda: made({"__metadata__": {"a": 1}}),
    "half a character": lambda: made(b'{"\xed\xa0\x80":{}}'),
}
UNFIT: dict[str, Callable[[], bytes]] = {
    "the same key twice": lambda: made(
        b'{"conv1.weight":%b,"conv1.weight":%b}' % ((json.dumps(ONE).encode(),) * 2), bytes(4)
    ),
    "100,000 empty tensors": lambda: made({f"k{i}": NOTHING for i in range(100_000)}),
    "names with markup": lambda: made({"<script>alert(1)</script>" * 40: NOTHING, "\0\u202e\n": NOTHING}),
    "a name of 50,000 letters": lambda: made({"k" * 50_000: {**ONE, "shape": [1] * 500}}, bytes(4)),
    "four bits": lambda: made({"conv1.weight": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}, b"\0"),
}
SENSELESS: dict[str, Callable[[], bytes]] = {
    "undefined": lambda: with_values(lambda v: torch.full_like(v, float("nan"))),
    "infinite": lambda: with_values(lambda v: torch.full_like(v, float("-inf"))),
    "infinite in 32 bits": lambda: with_values(lambda v: torch.full_like(v, 1e300, dtype=torch.float64)),
    "whole numbers": lambda: with_values(lambda v: v.to(torch.int8)),
    "truth values": lambda: with_values(lambda v: v.bool()),
    "complex": lambda: with_values(lambda v: v.to(torch.complex64)),
}
ALL = {**UNREADABLE, **UNFIT, **SENSELESS}


@pytest.fixture(scope="module")
def module() -> torch.nn.Module:
    return build(NAME, seed=3)


@pytest.mark.parametrize("case", ALL)
def test_is_refused_in_one_sentence_and_changes_nothing(
    module: torch.nn.Module, tmp_path: Path, case: str
) -> None:
    file = tmp_path / "mine.safetensors"
    file.write_bytes(ALL[case]())
    before = {key: value.clone() for key, value in module.state_dict().items()}
    with pytest.raises(WeightsRejected) as caught:
        load_safetensors(module, file, title="CIFAR ResNet-20")
    message = str(caught.value)
    start = "mine.safetensors " + (
        "is not a readable" if case in UNREADABLE else "does not fit" if case in UNFIT else "cannot be used"
    )
    assert message.startswith(start)
    assert message.endswith(".")
    assert message.isprintable()
    assert len(message) < 700
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16, torch.float8_e4m3fn])
def test_other_floating_point_numbers_are_converted(
    module: torch.nn.Module, tmp_path: Path, kind: torch.dtype
) -> None:
    file = tmp_path / "mine.safetensors"
    file.write_bytes(with_values(lambda v: v.to(kind)))
    load_safetensors(module, file, title="it")
    assert all(value.dtype == torch.float32 for value in module.parameters())


class TestOwnWeights:
    def test_a_name_leads_nowhere_else(self) -> None:
        own = OwnWeights()
        names = (
            "../../../etc/passwd.safetensors",
            "/etc/passwd",
            "<b>\n\0\ud800</b>",
            "",
            "." * 300,
            "ü漢" * 200,
        )
        for number, given in enumerate(names):
            name = own.add(NAME, f"upload {number}", given, lambda number=number: b"%d" % number)  # type: ignore[misc]
            path = own.path(name)
            assert path.parent.name == name
            assert path.suffix == ".safetensors"
            assert path.read_bytes() == b"%d" % number
            shown = own.of(NAME)[name]
            assert shown.encode()
            assert len(shown) <= 80

    def test_only_the_latest_are_kept(self) -> None:
        own = OwnWeights()
        names = [
            own.add(NAME, f"upload {i}", "w.safetensors", lambda i=i: b"%d" % i) for i in range(MOST + 2)
        ]  # type: ignore[misc]
        assert list(own.of(NAME)) == names[-MOST:]
        assert len(list(own.path(names[-1]).parents[1].iterdir())) == MOST

    def test_is_read_once(self) -> None:
        own = OwnWeights()
        first = own.add(NAME, "upload", "w.safetensors", lambda: b"1")
        again = own.add("resnet18", "upload", "w.safetensors", lambda: pytest.fail("read again"))
        assert first == again == own.name_of("resnet18", "upload")
        assert own.name_of("vgg16", "upload") == own.name_of(NAME, "other") == ""
        assert not own.of("vgg16")

    def test_nothing_stays_behind(self) -> None:
        own = OwnWeights()
        folder = own.path(own.add(NAME, "upload", "w.safetensors", lambda: b"1")).parents[1]
        assert folder.is_dir()
        del own
        gc.collect()
        assert not folder.exists()
