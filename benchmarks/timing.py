"""Side-by-side timing: functions take turns in one process, and ratios are told with their spread."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Spread:
    """The median and the quartiles of some samples."""

    low: float
    median: float
    high: float
    count: int


def spread(samples: Sequence[float]) -> Spread:
    """Median and quartiles (linear interpolation). Raises: ValueError for no samples."""
    if not samples:
        raise ValueError("A spread needs at least one sample, but there are none.")
    if len(samples) == 1:
        return Spread(samples[0], samples[0], samples[0], 1)
    low, median, high = quantiles(samples, n=4, method="inclusive")
    return Spread(low, median, high, len(samples))


def interleave(
    functions: Mapping[str, Callable[[], object]],
    rounds: int,
    *,
    warmups: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds that each function took: `rounds` samples each, in turn, after `warmups` rounds uncounted.

    The order rotates from round to round, so that no function always follows the same other. A function
    that works on an accelerator has to wait for it before it returns.
    """
    names = list(functions)
    samples: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-warmups, rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            begin = clock()
            functions[name]()
            seconds = clock() - begin
            if number >= 0:
                samples[name].append(seconds)
    return samples


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """How many times as long ours took, round by round. Raises: ValueError for unequal numbers of samples."""
    return spread([our / their for our, their in zip(ours, theirs, strict=True)])


def report(
    title: str,
    samples: Mapping[str, Sequence[float]],
    *,
    us: str,
    peer: str | None = None,
    target: float | None = None,
) -> None:
    """Print every function's time and, with a peer, the ratio to it and whether it is at most `target`.

    Without a peer, `target` is a time in seconds for `us`.
    """
    print(f"\n{title}")
    for name, values in samples.items():
        print(f"  {name:<34} {_seconds(spread(values))}")
    if peer is not None:
        found = ratio(samples[us], samples[peer])
        told = f"{found.median:.2f} (IQR {found.low:.2f} to {found.high:.2f})"
        print(f"  ratio {us} / {peer}: {told}{_met(found, target, '')}")
    elif target is not None:
        print(f"  {us}{_met(spread(samples[us]), target, ' s')}")


def _met(found: Spread, target: float | None, unit: str) -> str:
    if target is None:
        return ""
    return f"; target at most {target:g}{unit}: {'met' if found.median <= target else 'MISSED'}"


def _seconds(found: Spread) -> str:
    scale, unit = (1e3, "ms") if found.median < 1 else (1, "s")
    low, median, high = (value * scale for value in (found.low, found.median, found.high))
    return f"median {median:9.3f} {unit} (IQR {low:.3f} to {high:.3f}, n = {found.count})"
