"""How many cores there are; which device is chosen (with the real torch, in a process of its own)."""

import os
import sys

import pytest

from core.engine import Engine
from core.engine.device import DeviceInfo, DeviceUnavailable, _quota, cores
from core.engine.errors import RequestFailed
from core.engine.settings import Settings


@pytest.mark.parametrize(
    ("text", "count"),
    [("max 100000", None), ("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1), ("", None)],
)
def test_a_container_quota_counts_as_cores(tmp_path, text, count):
    file = tmp_path / "cpu.max"
    file.write_text(text)
    assert _quota(file) == count


def test_a_missing_quota_is_none(tmp_path):
    assert _quota(tmp_path / "nothing") is None


def test_cores_lie_within_the_machine():
    assert 1 <= cores() <= (os.cpu_count() or 1)


@pytest.mark.slow
def test_devices_with_torch(monkeypatch):
    with Engine(Settings(device="cpu", threads=1), preload=("torch",), later=()) as engine:
        ticket = engine.ask("core.engine.device:describe", visitor="v")
        assert ticket.wait(60)
        info = ticket.result()
        assert isinstance(info, DeviceInfo)
        assert (info.name, info.kind) == ("cpu", "cpu")
        assert info.choices[-1] == ("cpu", info.label)
        assert info.label.startswith("CPU, ")
        assert engine.status().device == info

        same = engine.ask("core.engine.device:describe", visitor="v", device="cpu")
        with pytest.raises(DeviceUnavailable, match=r"“cuda:99” is not available here; choose one of: .*cpu"):
            engine.ask("core.engine.device:describe", visitor="v", device="cuda:99")
        with pytest.raises(DeviceUnavailable, match="“cuda:99”"):
            engine.start("tests.engine.functions:train", 3, device="cuda:99")
        assert same.wait(60)
        again = engine.ask("core.engine.device:choose", visitor="v", device=info.name)
        assert again.wait(60)
        assert engine.status().others == ()

        threads = engine.ask("torch:get_num_threads", visitor="v")
        assert threads.wait(60)
        assert threads.result() == 1

        job = engine.start("tests.engine.functions:train", 3)
        assert job.wait(60), job.state
        losses = [event.values[0] for event in job.result()]
        assert losses[-1] < losses[0]

        monkeypatch.delitem(sys.modules, "torch", raising=False)  # other tests may have imported it
        tensor = engine.ask("tests.engine.functions:tensor", visitor="v")
        assert tensor.wait(60)
        with pytest.raises(RequestFailed, match="convert it to NumPy"):
            tensor.result()


@pytest.mark.slow
def test_a_device_of_the_settings_that_is_not_there_is_told_to_whoever_asks():
    with Engine(Settings(device="cuda:99"), preload=("torch",), later=()) as engine:
        ticket = engine.ask("core.engine.device:choose", visitor="v")
        assert ticket.wait(60)
        with pytest.raises(RequestFailed, match=r"“cuda:99” is not available here; choose one of: .*cpu"):
            ticket.result()
        assert engine.status().ready
        assert engine.status().device is None
