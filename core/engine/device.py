"""Which device computes: names on the web side, `torch.device` on the worker side.

torch is looked up by name inside the functions that run in a worker: importing this module never imports it.
"""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.engine.errors import Refused
from core.engine.settings import settings

Kind = Literal["cpu", "cuda", "mps"]

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


class DeviceUnavailable(Refused):
    """A device was asked for that this machine does not have."""


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """The device that a worker computes on.

    name: as torch writes it ("cpu", "cuda:0", "mps"). label: for people ("CPU, 2 cores").
    choices: every device of this machine as (name, label), the best one first.
    """

    name: str
    kind: Kind
    label: str
    torch_version: str
    choices: tuple[tuple[str, str], ...]


def cores() -> int:
    """How many CPU cores this process may use: its affinity, and its container's quota where there is one."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, min(count, _quota(_QUOTA) or count))


def _quota(path: Path) -> int | None:
    """Cores that a Linux control group (version 2) grants, rounded up; None without a limit."""
    try:
        allowed, period = path.read_text().split()
        return None if allowed == "max" else -(-int(allowed) // int(period))
    except (OSError, ValueError):
        return None


def describe() -> DeviceInfo:
    """The device that `choose()` picks in this process, and all others; runs in a worker."""
    torch = importlib.import_module("torch")
    device = choose()
    name = str(device)
    choices = _choices(torch)
    return DeviceInfo(name, device.type, dict(choices).get(name, name), str(torch.__version__), choices)


def choose(setting: str | None = None) -> Any:
    """The `torch.device` for a setting, by default that of `settings()`.

    Settings are "auto", "cpu", "cuda", "cuda:1", "mps". "auto" is the first CUDA device, else Apple's GPU,
    else the CPU; "cuda" is "cuda:0".

    Raises: DeviceUnavailable when the machine has no such device.
    """
    torch = importlib.import_module("torch")
    wanted = settings().device if setting is None else setting
    names = [name for name, _ in _choices(torch)]
    name = names[0] if wanted == "auto" else "cuda:0" if wanted == "cuda" else wanted
    if name not in names:
        raise unavailable(wanted, names)
    return torch.device(name)


def unavailable(wanted: str, names: Iterable[str]) -> DeviceUnavailable:
    """The error that names the device that was wanted and those that there are."""
    return DeviceUnavailable(
        f"The device “{wanted}” is not available here; choose one of: {', '.join(names)}."
    )


def _choices(torch: Any) -> tuple[tuple[str, str], ...]:
    """Every device as (name, label), the best first; the CPU is always there and always last."""
    found = []
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            card = torch.cuda.get_device_properties(index)
            found.append((f"cuda:{index}", f"{card.name}, {card.total_memory / 2**30:.0f} GiB"))
    if torch.backends.mps.is_available():
        found.append(("mps", f"Apple GPU ({platform.machine()})"))
    count = cores()
    return (*found, ("cpu", f"CPU, {count} core{'' if count == 1 else 's'}"))
