"""The form's texts and bars as markup: column heads, what a row costs, bars of the comparison. Escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files

from core.figures import theme
from core.figures.numbers import exact, human
from core.figures.recipe import Bar, RowCost

_ROLES = ("main", "skip", "branch", "notice", "ink", "ink_3", "background", "on_main")


@cache
def style() -> str:
    """The form's style, with the colours of both themes from the one place that knows them."""
    light, dark = theme.literal_colours(dark=False), theme.literal_colours(dark=True)
    roles = (f"--sk-{role.replace('_', '-')}: light-dark({light[role]}, {dark[role]});" for role in _ROLES)
    rules = files(__package__).joinpath("builder.css").read_text(encoding="utf-8")
    return f"<style>.stApp {{ {' '.join(roles)} }}\n{rules}</style>"


def wrong_field(key: str) -> str:
    """The style that frames the field of that key; the key is one of ours."""
    frame = "box-shadow: 0 0 0 2px var(--sk-notice)"
    return f"<style>.st-key-{key} [data-testid='stNumberInputContainer'] {{ {frame}; }}</style>"


def column_heads() -> str:
    """Words above the columns."""
    fields, costs = (
        "".join(f"<span>{escape(word)}</span>" for word in words)
        for words in (
            ("", "Block", "Blocks", "Width, out", "Stride", "Skip"),
            ("Output", "Parameters", "Multiply-adds"),
        )
    )
    return f'<div class="sk-heads" aria-hidden="true"><div>{fields}</div><div>{costs}</div></div>'


def row_name(name: str, what: str = "") -> str:
    """The row's name, and for a row without fields what it is."""
    told = f"<span>{escape(what)}</span>" if what else ""
    return f'<div class="sk-row-name"><b>{escape(name)}</b>{told}</div>'


def cost(row: RowCost | None, rows: Sequence[RowCost], *, stale: bool) -> str:
    """What a row puts out and costs, with a bar each at the scale of its column; dashes where it is not known yet."""
    if row is None:
        return '<div class="sk-cost stale"><span>–</span><i></i><span>–</span><i></i><span>–</span></div>'
    colour = "branch" if row.bridged else "main"
    cells = "".join(
        f'<i><b class="{colour}" style="width:{_share(value, most)}%"></b></i>'
        f'<span class="number" title="{escape(f"{exact(value)} {word}")}">{escape(_short(value))}</span>'
        for value, most, word in (
            (row.parameters, max(one.parameters for one in rows), "parameters"),
            (row.macs, max(one.macs for one in rows), "multiply-adds"),
        )
    )
    return f'<div class="sk-cost{" stale" if stale else ""}"><span>{escape(row.output)}</span>{cells}</div>'


def _short(value: int) -> str:
    return exact(value) if value < 10_000 else human(value)


def _share(value: int, most: int) -> str:
    return f"{100 * value / most if most else 0:.1f}"


def problem(sentence: str, rest: str) -> str:
    """One thing that does not fit, below its row."""
    return f'<div class="sk-problem" role="alert"><b>{escape(sentence)}</b> <span>{escape(rest)}</span></div>'


def bars(title: str, bars: Sequence[Bar], *, stale: bool) -> str:
    """A titled list of bars at one scale, each with its value and its words."""
    lines = "".join(_bar(bar) for bar in bars)
    return (
        f'<div class="sk-compare{" stale" if stale else ""}"><h3>{escape(title)}</h3><ul>{lines}</ul></div>'
    )


def _bar(bar: Bar) -> str:
    kind = "own" if bar.own else "skip" if bar.bridged else "main"
    value, words = f"<b>{escape(bar.value)}</b>", f" {escape(bar.words)}"
    inside = bar.share > 0.6
    return (
        f'<li class="{kind}"><span>{escape(bar.title)}</span>'
        f'<span class="track"><i class="{kind}" style="width:{72 * bar.share:.2f}%">{value if inside else ""}</i>'
        f"<span>{'' if inside else value}{words}</span></span></li>"
    )
