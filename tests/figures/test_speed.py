"""The speed figure: bars at the measured values, colours by role, sentences that follow the data."""

import pytest

from core.experiments.records import SpeedMeasured
from core.figures import theme
from core.figures.speed import empty_state, speed_answer, speed_figure, speed_rows

TITLES = {"a": "Net A", "b": "Net B"}


def measured(name: str, milliseconds: float, macs: float, *, skips: int = 0, batch: int = 1) -> SpeedMeasured:
    spread = (0.9, 1.0, 1.1)
    seconds = tuple(milliseconds / 1000 * s for s in spread)
    return SpeedMeasured(name, batch, seconds, int(macs), 10_000_000, skips, "CPU, 2 cores")


BOTH = (measured("a", 10, 1e9), measured("b", 20, 0.5e9, skips=8), measured("b", 60, 0.5e9, skips=8, batch=4))


class TestFigure:
    def test_bars_stand_at_the_medians_most_costly_first(self) -> None:
        figure = speed_figure(BOTH, TITLES, batch_size=1, dark=False)
        macs, times = figure.data
        assert list(macs.y) == list(times.y) == ["Net A", "Net B"]
        assert list(macs.x) == pytest.approx([1.0, 0.5])
        assert list(times.x) == pytest.approx([10, 20])

    def test_time_is_for_one_picture(self) -> None:
        figure = speed_figure(BOTH, TITLES, batch_size=4, dark=False)
        assert list(figure.data[1].x) == pytest.approx([15])

    @pytest.mark.parametrize("dark", [False, True])
    def test_nets_with_skips_are_vermillion(self, dark: bool) -> None:
        figure = speed_figure(BOTH, TITLES, batch_size=1, dark=dark)
        colours = theme.literal_colours(dark)
        assert list(figure.data[0].marker.color) == [colours["main"], colours["skip"]]

    def test_axes_name_their_units(self) -> None:
        layout = speed_figure(BOTH, TITLES, batch_size=1, dark=False).layout
        assert "multiply-adds" in layout.xaxis.title.text
        assert "ms" in layout.xaxis2.title.text


class TestAnswer:
    def test_order_that_differs(self) -> None:
        lead, rest = speed_answer(BOTH, TITLES)
        assert lead == "Fewer multiply-adds do not always run faster here."
        assert "Net A does 100" in rest
        assert "4.0 times fewer" in rest

    def test_order_that_agrees(self) -> None:
        lead, _ = speed_answer((measured("a", 10, 1e9), measured("b", 5, 0.5e9)), TITLES)
        assert lead == "Here the order by time is the order by multiply-adds."

    def test_a_net_is_not_compared_with_itself(self) -> None:
        apart = (measured("a", 10, 1e9), measured("b", 60, 0.5e9, batch=4))
        assert speed_answer(apart, TITLES)[0] == "Nothing to compare yet."

    def test_one_net_is_no_comparison(self) -> None:
        assert speed_answer(BOTH[:1], TITLES)[0] == "Nothing to compare yet."


def test_empty_state_says_whether_it_runs() -> None:
    assert "press “Measure here”" in empty_state(running=False)
    assert "being measured" in empty_state(running=True)


def test_rows_say_what_is_not_published() -> None:
    rows = speed_rows(BOTH, TITLES, {"a": "76.1 % V1", "b": ""})
    assert [row.top1 for row in rows] == ["76.1 % V1", "–", "–"]
    assert rows[0].latency == "10.0 ms"
    assert rows[2].throughput == "66.7"
