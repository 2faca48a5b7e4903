"""The timing behind the benchmarks, with a clock made for the test."""

import pytest

from benchmarks.timing import Spread, interleave, ratio, report, spread


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_functions_take_turns_and_only_their_own_time_counts():
    clock, order = Clock(), []

    def spend(name, seconds):
        order.append(name)
        clock.now += seconds

    samples = interleave(
        {"a": lambda: spend("a", 1.0), "b": lambda: spend("b", 2.0), "c": lambda: spend("c", 4.0)},
        3,
        warmups=1,
        clock=clock,
    )
    assert samples == {"a": [1.0] * 3, "b": [2.0] * 3, "c": [4.0] * 3}
    assert order == list("cab" + "abc" + "bca" + "cab")


def test_spread_by_hand():
    assert spread([4, 1, 3, 2, 5]) == Spread(2, 3, 4, 5)
    assert spread([7]) == Spread(7, 7, 7, 1)
    with pytest.raises(ValueError, match="none"):
        spread([])


def test_ratios_are_taken_round_by_round():
    assert ratio([1, 4, 9], [1, 2, 3]) == Spread(1.5, 2, 2.5, 3)
    with pytest.raises(ValueError, match="zip"):
        ratio([1], [1, 2])


def test_a_report_says_ratio_spread_and_target(capsys):
    samples = {"ours": [0.2, 0.2, 0.2], "theirs": [0.1, 0.1, 0.1]}
    report("Something", samples, us="ours", peer="theirs", target=1.5)
    report("Alone", {"ours": [0.2]}, us="ours", target=0.5)
    printed = capsys.readouterr().out
    assert "median   200.000 ms (IQR 200.000 to 200.000, n = 3)" in printed
    assert "ratio ours / theirs: 2.00 (IQR 2.00 to 2.00); target at most 1.5: MISSED" in printed
    assert "ours; target at most 0.5 s: met" in printed
