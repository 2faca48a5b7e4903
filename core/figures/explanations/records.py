"""What an explanation is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A paper: who wrote it, when, what it is called and where to read it."""

    authors: str
    year: int
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an operation or a block does, in a few lines.

    Attributes:
        title: what people call it: ``"Bottleneck"``.
        text: one or two sentences.
        formula: one line; ``_{i}`` and ``^{i}`` are small letters below and above (`formula_html`).
        numbers: sentences with the figures of this very operation or block.
        sources: papers, the first use first; empty for what nobody had to invent.
    """

    title: str
    text: str
    formula: str = ""
    numbers: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
