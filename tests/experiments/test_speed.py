"""The first job: times of forward passes, with what cannot be measured said."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.architectures.catalogue import get
from core.architectures.records import UnknownArchitecture
from core.experiments.records import Progress, SpeedMeasured, SpeedSkipped, quantile
from core.experiments.speed import measure_speed, time_passes


class TestQuantile:
    @given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0, 1))
    def test_equals_torchs(self, values: list[float], q: float) -> None:
        expected = torch.quantile(torch.tensor(values, dtype=torch.float64), q).item()
        assert quantile(tuple(values), q) == pytest.approx(expected, rel=1e-9, abs=1e-9)

    def test_of_nothing_is_refused(self) -> None:
        with pytest.raises(ValueError, match="at least one value"):
            quantile((), 0.5)


def measured(seconds: tuple[float, ...], batch: int = 4) -> SpeedMeasured:
    return SpeedMeasured("resnet18", batch, seconds, macs=1_000_000, parameters=1, skips=8, device="CPU")


class TestFigures:
    def test_by_hand(self) -> None:
        event = measured((0.1, 0.2, 0.3))
        assert event.latency_ms == pytest.approx(200)
        assert event.spread_ms == pytest.approx((150, 250))
        assert event.images_per_second == pytest.approx(20)
        assert event.macs_per_second == pytest.approx(20e6)


class TestTimePasses:
    def test_every_pass_is_counted_and_warm_up_is_not(self) -> None:
        calls = 0

        class Counting(torch.nn.Module):
            def forward(self, x: torch.Tensor) -> torch.Tensor:
                nonlocal calls
                calls += 1
                assert not torch.is_grad_enabled()
                return x

        times = list(time_passes(Counting(), torch.zeros(1), seconds=0))
        assert len(times) == 5
        assert calls == 7
        assert all(t >= 0 for t in times)


class TestMeasureSpeed:
    def test_events_in_order(self) -> None:
        events = list(
            measure_speed(["cifar_resnet20", "residual_mlp10"], [1, 2], device="cpu", seconds_each=0)
        )
        results = [event for event in events if isinstance(event, SpeedMeasured)]
        assert [(e.architecture, e.batch_size) for e in results] == [
            ("cifar_resnet20", 1),
            ("cifar_resnet20", 2),
            ("residual_mlp10", 1),
            ("residual_mlp10", 2),
        ]
        assert results[0].parameters == get("cifar_resnet20").parameters
        assert (results[0].skips, results[2].skips) == (9, 10)
        progress = [event for event in events if isinstance(event, Progress)]
        assert progress[-1] == Progress(4, 4, "finished")
        assert [event.done for event in progress] == sorted(event.done for event in progress)

    def test_what_needs_too_much_memory_is_skipped_with_its_reason(self) -> None:
        events = list(measure_speed(["cifar_resnet20"], [1], device="cpu", memory_limit=1000))
        (skipped,) = [event for event in events if isinstance(event, SpeedSkipped)]
        assert "GB" in skipped.reason
        assert not [event for event in events if isinstance(event, SpeedMeasured)]

    def test_unknown_name(self) -> None:
        with pytest.raises(UnknownArchitecture, match="nonesuch"):
            list(measure_speed(["nonesuch"], [1], device="cpu"))
