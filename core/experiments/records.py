"""What experiments yield: small frozen events, readable without torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an experiment is.

    Attributes:
        done: steps finished.
        total: steps in all.
        doing: what is under way, in a few words.
    """

    done: int
    total: int
    doing: str


@dataclass(frozen=True, slots=True)
class SpeedMeasured:
    """Time of a forward pass, measured on this device.

    Attributes:
        architecture: name in the catalogue.
        batch_size: pictures in one pass.
        seconds: seconds of each counted pass, in the order measured.
        macs: multiply-adds for one picture, counted by tracing.
        parameters: scalars in the weights.
        skips: residual additions and dense concatenations, counted by tracing.
        device: the device in words.
    """

    architecture: str
    batch_size: int
    seconds: tuple[float, ...]
    macs: int
    parameters: int
    skips: int
    device: str

    @property
    def latency_ms(self) -> float:
        """Median milliseconds of one pass over the whole batch."""
        return 1000 * quantile(self.seconds, 0.5)

    @property
    def spread_ms(self) -> tuple[float, float]:
        """First and third quartile of a pass, in milliseconds."""
        return 1000 * quantile(self.seconds, 0.25), 1000 * quantile(self.seconds, 0.75)

    @property
    def images_per_second(self) -> float:
        """Pictures per second at the median."""
        return self.batch_size / quantile(self.seconds, 0.5)

    @property
    def macs_per_second(self) -> float:
        """Multiply-adds per second at the median: how well the device is used."""
        return self.macs * self.images_per_second


@dataclass(frozen=True, slots=True)
class SpeedSkipped:
    """A measurement that was not made, and why, in one sentence."""

    architecture: str
    batch_size: int
    reason: str


def quantile(values: tuple[float, ...], q: float) -> float:
    """The q-quantile of some numbers by linear interpolation (0 ≤ q ≤ 1).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("A quantile needs at least one value; got none.")
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
