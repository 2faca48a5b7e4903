"""Measure here: latency and throughput of architectures by batch size, on this device."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import torch
from torch import nn

from core.architectures.building import build
from core.architectures.catalogue import get
from core.engine.device import choose, describe
from core.engine.settings import settings
from core.experiments.records import Progress, SpeedMeasured, SpeedSkipped
from core.graph.tracing import trace
from core.probes.memory import peak_bytes

# Fewer passes than this make quartiles meaningless; more than the maximum add nothing to a median.
_FEWEST, _MOST = 5, 50


def measure_speed(
    architectures: Sequence[str],
    batch_sizes: Sequence[int],
    *,
    device: str | None = None,
    seconds_each: float = 1.5,
    memory_limit: int | None = None,
) -> Iterator[Progress | SpeedMeasured | SpeedSkipped]:
    """Yield the time of inference passes (eval mode, float32, random weights and pictures), one event a combination.

    The clock stands between two synchronisations of the device; two passes of warm-up are not counted. Weights do not
    matter to the time of a dense pass, so none are loaded.

    Args:
        architectures: names in the catalogue.
        batch_sizes: pictures per pass.
        device: torch's name of the device; None takes the one that the settings name.
        seconds_each: how long one combination is measured, after warm-up.
        memory_limit: bytes of activations above which a combination is skipped, known from the graph; None
            takes the limit of the settings.

    Raises:
        UnknownArchitecture: a name is not in the catalogue.
        DeviceUnavailable: this machine has no such device.
    """
    place = choose(device)
    label = dict(describe().choices)[str(place)]
    memory_limit = settings().activation_bytes if memory_limit is None else memory_limit
    total, done = len(architectures) * len(batch_sizes), 0
    for name in architectures:
        yield Progress(done, total, f"building {get(name).title}")
        size = get(name).input_size
        graph = trace(build(name, device="meta"), size)
        module = build(name, device=place)
        for batch in batch_sizes:
            yield Progress(done, total, f"{get(name).title}, batch {batch}")
            needed = peak_bytes(graph, batch=batch)
            if needed > memory_limit:
                yield SpeedSkipped(
                    name,
                    batch,
                    f"needs {needed / 1e9:.1f} GB for its maps; the limit here is {memory_limit / 1e9:.1f} GB",
                )
            else:
                pictures = torch.randn(batch, *size, device=place)
                times = tuple(time_passes(module, pictures, seconds=seconds_each))
                skips = sum(skip.join_kind != "multiply" for skip in graph.skips)
                yield SpeedMeasured(name, batch, times, graph.macs, graph.parameters, skips, label)
            done += 1
    yield Progress(done, total, "finished")


def time_passes(module: nn.Module, x: torch.Tensor, *, seconds: float) -> Iterator[float]:
    """Yield the seconds of single forward passes until ``seconds`` are spent: 5 passes at least, 50 at most."""
    with torch.inference_mode():
        for _ in range(2):
            module(x)
        synchronise(x.device)
        began = time.perf_counter()
        for count in range(_MOST):
            if count >= _FEWEST and time.perf_counter() - began > seconds:
                return
            start = time.perf_counter()
            module(x)
            synchronise(x.device)
            yield time.perf_counter() - start


def synchronise(device: torch.device) -> None:
    """Wait until the device has done what it was given; on the CPU there is nothing to wait for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
