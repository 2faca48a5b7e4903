"""Measured time beside published cost: does a network with fewer multiply-adds run faster here?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.experiments.records import SpeedMeasured
from core.figures import theme
from core.figures.numbers import human

_ROW = 34  # px a network takes
_ROOM = 96  # px for titles and axes


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """One row of the speed table: names and numbers as text."""

    architecture: str
    batch: str
    parameters: str
    macs: str
    top1: str
    latency: str
    spread: str
    throughput: str
    use: str


COLUMNS = (
    "Architecture",
    "Batch",
    "Parameters",
    "Multiply-adds",
    "Top-1, published",
    "One pass, median",
    "Middle half",
    "Pictures a second",
    "Multiply-adds a second",
)


def speed_figure(
    measured: Sequence[SpeedMeasured], titles: Mapping[str, str], *, batch_size: int, dark: bool
) -> go.Figure:
    """Two rows of bars that share their networks: multiply-adds counted, and milliseconds a picture measured.

    Args:
        measured: what the job has yielded so far; only those of ``batch_size`` are drawn.
        titles: what each architecture is called.
        batch_size: pictures in one pass.
        dark: colours for the dark theme.
    """
    shown = sorted((m for m in measured if m.batch_size == batch_size), key=lambda m: m.macs, reverse=True)
    names = [titles[m.architecture] for m in shown]
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.06)
    colours = theme.literal_colours(dark)
    fill = [colours["skip" if m.skips else "main"] for m in shown]
    figure.add_bar(
        row=1, col=1, orientation="h", y=names, x=[m.macs / 1e9 for m in shown], marker_color=fill,
        text=[human(m.macs) for m in shown], hovertemplate="%{y}: %{x:.3f} G multiply-adds<extra></extra>",
    )  # fmt: skip
    figure.add_bar(
        row=1, col=2, orientation="h", y=names, x=[m.latency_ms / batch_size for m in shown], marker_color=fill,
        error_x=_quartiles(shown, batch_size, colours["ink_2"]),
        text=[f"{m.latency_ms / batch_size:.1f} ms" for m in shown],
        hovertemplate="%{y}: %{x:.2f} ms a picture<extra></extra>",
    )  # fmt: skip
    figure.update_traces(textposition="auto", textangle=0, insidetextanchor="start", cliponaxis=False)
    figure.update_xaxes(title_text="G multiply-adds a picture, counted", rangemode="tozero", row=1, col=1)
    figure.update_xaxes(title_text="ms a picture, measured here", rangemode="tozero", row=1, col=2)
    figure.update_yaxes(showgrid=False, autorange="reversed")
    figure.update_layout(
        template=theme.plotly_template(dark),
        height=_ROOM + _ROW * max(len(shown), 3),
        bargap=0.35,
        showlegend=False,
        margin={"l": 8, "r": 24, "t": 8, "b": 44},
    )
    return figure


def _quartiles(shown: Sequence[SpeedMeasured], batch_size: int, colour: str) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [(m.spread_ms[1] - m.latency_ms) / batch_size for m in shown],
        "arrayminus": [(m.latency_ms - m.spread_ms[0]) / batch_size for m in shown],
        "color": colour,
        "thickness": 1,
        "width": 3,
    }


def speed_answer(measured: Sequence[SpeedMeasured], titles: Mapping[str, str]) -> tuple[str, str]:
    """Whether cost predicts time here: the first clause, and the two extremes of how well the device is used."""
    batches = [m.batch_size for m in measured]
    first = max(
        sorted(set(batches)), key=batches.count, default=0
    )  # the smallest of those that most networks have
    same = [m for m in measured if m.batch_size == first]
    if len(same) < 2:
        return "Nothing to compare yet.", "Two networks at least must be measured."
    by_cost = [m.architecture for m in sorted(same, key=lambda m: m.macs)]
    by_time = [m.architecture for m in sorted(same, key=lambda m: m.latency_ms)]
    best, worst = max(same, key=lambda m: m.macs_per_second), min(same, key=lambda m: m.macs_per_second)
    lead = (
        "Here the order by time is the order by multiply-adds."
        if by_cost == by_time
        else "Fewer multiply-adds do not always run faster here."
    )
    ratio = best.macs_per_second / worst.macs_per_second
    return lead, (
        f"{titles[best.architecture]} does {human(best.macs_per_second)} multiply-adds a second, "
        f"{titles[worst.architecture]} {human(worst.macs_per_second)}: {ratio:.1f} times fewer (batch {first})."
    )


def empty_state(*, running: bool) -> str:
    """What stands in the figure's place before there is a measurement."""
    if running:
        return "The first network is being measured; its bars appear when all its passes are done."
    return "Nothing measured yet: choose networks and press “Measure here”. Four of them take about a minute."


def speed_rows(
    measured: Sequence[SpeedMeasured], titles: Mapping[str, str], accuracy: Mapping[str, str]
) -> tuple[SpeedRow, ...]:
    """The measurements as text, in the order measured."""
    return tuple(
        SpeedRow(
            titles[m.architecture],
            str(m.batch_size),
            human(m.parameters),
            human(m.macs),
            accuracy.get(m.architecture) or "–",
            f"{m.latency_ms:.1f} ms",
            f"{m.spread_ms[0]:.1f} – {m.spread_ms[1]:.1f} ms",
            f"{m.images_per_second:.1f}",
            human(m.macs_per_second),
        )
        for m in measured
    )
