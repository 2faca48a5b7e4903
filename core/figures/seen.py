"""What a network sees in a picture, as sentences and labels computed from one look."""

from __future__ import annotations

from collections.abc import Sequence

from core.figures.numbers import count, human, percent
from core.probes.records import FeatureMaps

_TILE = 54  # px that a map takes
_ROOM = 462  # px that a page of 1440 leaves for the grid
_MOST_COLUMNS = 8
_ORDER = {"strength": "strongest first", "variance": "most varied first", "index": "in the network's order"}


def answer(top: Sequence[tuple[str, float]], weights: str, title: str) -> tuple[str, str]:
    """What the network says the picture is; for random weights, that it says nothing."""
    if not top:
        return f"{title} has learned nothing yet: {weights[0].lower()}{weights[1:]}.", (
            "The maps still show what its structure lets through; the classes would be noise, so none are named."
        )
    (best, share), *others = top
    lead = f"{article(best)}, with {percent(share, 1.0)}."
    if not others:
        return lead, ""
    sure = "It is unsure" if share < 0.5 else "Next come"
    names = " and ".join(f"{name} ({percent(p, 1.0)})" for name, p in others[:2])
    return lead, f"{sure}: {names}." if share < 0.5 else f"{sure} {names}."


def article(name: str) -> str:
    """``"espresso"`` → ``"An espresso"``: by the first letter, which is right for nearly all class names."""
    return f"{'An' if name[:1].lower() in 'aeiou' else 'A'} {name}"


def maps_title(maps: FeatureMaps, order: str) -> str:
    """``"24 of 40 maps of blocks.2.1, strongest first"``."""
    shown = len(maps.maps)
    number = f"All {maps.channels}" if shown == maps.channels else f"{shown} of {maps.channels}"
    return f"{number} maps of {maps.node}, {_ORDER[order]}"


def maps_subtitle(maps: FeatureMaps) -> str:
    """Size of a map, range of strengths, and how to use the grid."""
    height, width = maps.size
    strengths = [float(maps.strengths[i]) for i in maps.order[: len(maps.maps)]]
    spread = f"; mean |value| {human(max(strengths))} to {human(min(strengths))}" if strengths else ""
    return f"{height} × {width} cells each{spread}. Click one, or use the arrow keys and Enter."


def grid_columns(maps: FeatureMaps) -> int:
    """How many maps stand in a row: as many as fit when each cell is a whole number of pixels and a map about 54."""
    width = maps.size[1]
    times = max(1, round(_TILE / width))
    fitting = (_ROOM + times) // (times * (width + 1)) if width <= _TILE + 4 else _MOST_COLUMNS
    return int(max(2, min(fitting, _MOST_COLUMNS, len(maps.maps))))


def labels(maps: FeatureMaps) -> tuple[str, ...]:
    """One label a shown map: its channel and exact strength."""
    return tuple(
        f"channel {i}: mean |value| {float(maps.strengths[i]):.4g}" for i in maps.order[: len(maps.maps)]
    )


def channel_title(maps: FeatureMaps, place: int) -> tuple[str, str]:
    """Title and subtitle of the large map at a place of the grid."""
    values = maps.maps[place]
    row, column = divmod(int(abs(values).argmax()), values.shape[1])
    dead = int((values == 0).sum())
    rest = f"; {count(dead, 'cell')} of {values.size} at exactly 0" if dead else ""
    return (
        f"Channel {int(maps.order[place])} over the photo",
        f"Strongest at row {row + 1}, column {column + 1}: {float(values[row, column]):.3g}{rest}.",
    )


def scale_note(maps: FeatureMaps, *, whole_layer: bool) -> str:
    """What the colours mean."""
    colours = (
        "Blue below zero, red above, the background's colour at zero"
        if maps.signed
        else "Dark at zero, yellow at the top"
    )
    end = (
        f"clipped at {maps.limit:.3g}, the layer's 99.5 % quantile"
        if whole_layer
        else "each map to its own 99.5 % quantile"
    )
    return f"{colours}; {end}."
