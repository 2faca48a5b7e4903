"""Which architectures stand side by side, as one text of the address: names with commas between. No Streamlit here."""

from __future__ import annotations

from collections.abc import Sequence

from core.figures.numbers import count
from core.ui import models
from core.ui.wording import quoted

MOST = 4
USUAL = ("vgg19", "resnet50")
"""Shown where nothing is chosen."""
LONGEST = 4000  # letters of an address that are looked at: names of recipes are long


def parse(text: str, *, most: int = MOST) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The architectures that a text names, at most `most`, and sentences on those that are left out."""
    names = tuple(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))
    known = tuple(name for name in names if models.known(name))
    unknown = [name for name in names if name not in known]
    sentences = [_unknown(unknown)] if unknown else []
    if len(known) > most:
        sentences.append(f"{len(known)} architectures are too many side by side; these are the first {most}.")
    return known[:most], tuple(sentences)


def _unknown(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"No architecture is called {quoted(names[0])}; it is left out."
    shown = [quoted(name) for name in names[:MOST]]
    if len(names) > MOST:
        shown = [*shown[:-1], count(len(names) - MOST + 1, "other name")]
    return f"No architecture is called {', '.join(shown[:-1])} or {shown[-1]}; they are left out."


def joined(names: Sequence[str]) -> str:
    """The text that names them."""
    return ",".join(names)


def shown(text: str) -> tuple[str, ...]:
    """The architectures to show for a checked text: the usual pair where it names none."""
    return tuple(filter(None, text.split(","))) or USUAL
