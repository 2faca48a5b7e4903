"""The key of a diagram: the signs that occur in it, with their words."""

from __future__ import annotations

from collections.abc import Iterable

from core.figures.diagram import LegendKey, Scale
from core.figures.svg import arch, element, joint

_WORDS: dict[LegendKey, str] = {
    "identity": "skip, identity",
    "projection": "skip, projection",
    "dense": "skip, concatenated",
    "long": "longer skip",
    "add": "addition",
    "multiply": "gate",
    "concatenate": "concatenation",
    "branch": "residual branch",
    "main": "main path",
    "attention": "attention, no weights",
    "all-seen": "sees all of the picture",
    "no-field": "no field",
}


def legend(keys: Iterable[LegendKey | Scale]) -> tuple[tuple[str, str], ...]:
    """``(sign as SVG markup, words)`` for every key that has a sign."""
    return tuple(
        (_ramp(key), key.words) if isinstance(key, Scale) else (_sign(key), _WORDS[key])
        for key in keys
        if isinstance(key, Scale) or key in _WORDS
    )


def _ramp(scale: Scale) -> str:
    """The colours of a scale side by side."""
    step = 7
    width = step * len(scale.colours)
    steps = (
        element("rect", x=index * step, y=2, width=step + 0.5, height=10, fill=colour)
        for index, colour in enumerate(scale.colours)
    )
    return element("svg", steps, width=width, height=14, viewBox=f"0 0 {width} 14", aria_hidden="true")


def _sign(key: LegendKey) -> str:
    width = 26 if key in _ARCS else 14 if key in _JOINTS else 10
    return element(
        "svg",
        _drawing(key),
        class_="sk",
        width=width,
        height=14,
        viewBox=f"0 0 {width} 14",
        aria_hidden="true",
    )


_ARCS: dict[LegendKey, str] = {
    "identity": "skip",
    "projection": "skip projection",
    "dense": "skip",
    "long": "skip long",
}
_JOINTS = frozenset({"add", "multiply", "concatenate"})


def _drawing(key: LegendKey) -> str:
    if key in _JOINTS:
        return joint(key, 7, 7, 6)
    if key in _ARCS:
        return arch(1.2, 24.8, 13, 3, _ARCS[key], radius=5)
    if key == "attention":
        return element("rect", class_="bar hollow branch", x=0.7, y=1.7, width=8.6, height=10.6, rx=1.5)
    return element("rect", class_=f"bar {key}", x=0, y=1, width=10, height=12, rx=1.5)
