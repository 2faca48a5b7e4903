"""The parts that every page is made of: title, answer, totals, source line, notice. Plain text in, escaped here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, is_dataclass
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.figures.descriptions import Description
from core.figures.numbers import percent

_STYLE = Path(__file__).with_name("style.css")


def style() -> None:
    """Bring the house style to this run; Streamlit keeps no CSS between runs."""
    st.html(_STYLE)


def header(question: str, answer: str, rest: str = "") -> None:
    """The page's question as its title, and the answer: first clause in ink, the rest quieter."""
    tail = f" <span>{escape(rest)}</span>" if rest else ""
    st.html(
        f'<div class="sk-header"><h1>{escape(question)}</h1>'
        f'<p role="status"><b>{escape(answer)}</b>{tail}</p></div>'
    )


def totals(items: Sequence[tuple[str, str, str]]) -> None:
    """One strip of (label, value, remark) between two hairlines."""
    cells = "".join(
        f"<div><dt>{escape(label)}</dt><dd><b>{escape(value)}</b> {escape(remark)}</dd></div>"
        for label, value, remark in items
    )
    st.html(f'<dl class="sk-totals">{cells}</dl>')


def controls() -> DeltaGenerator:
    """The row of controls; use it in a ``with``. What does not fit wraps into the next row."""
    return st.container(horizontal=True, vertical_alignment="center", gap="medium")


@contextmanager
def control(text: str) -> Iterator[None]:
    """A control with a quiet word before it; both stay together when the row wraps."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        st.html(f'<span class="sk-label">{escape(text)}</span>', width="content")
        yield


def figure_title(title: str, subtitle: str = "") -> None:
    """What is seen, as a sentence, and below it the encoding or scale."""
    below = f"<span>{escape(subtitle)}</span>" if subtitle else ""
    st.html(f'<div class="sk-figure"><b>{escape(title)}</b>{below}</div>')


def rows(items: Sequence[tuple[str, str]]) -> None:
    """Label and value pairs with hairlines between, as in the details of a node."""
    cells = "".join(f"<div><dt>{escape(a)}</dt><dd>{escape(b)}</dd></div>" for a, b in items)
    st.html(f'<dl class="sk-rows">{cells}</dl>')


def details(description: Description) -> None:
    """A node's panel: name, place, sentence, numbers."""
    details_head(description)
    sentence(description.sentence)
    rows(description.rows)


def details_head(description: Description) -> None:
    """A node's name, and at its right what it is and where it stands."""
    st.html(
        f'<div class="sk-details"><b>{escape(description.title)}</b><span>{escape(description.place)}</span></div>'
    )


def sentence(text: str) -> None:
    """One sentence in small type."""
    st.html(f'<p class="sk-sentence">{escape(text)}</p>')


def bars(shares: Sequence[tuple[str, float]]) -> None:
    """Names with a bar and a percentage each; the first one in semibold. Nothing for no names."""
    if not shares:
        return
    lines = "".join(
        f"<li><span>{escape(name)}</span><span>{percent(share, 1.0)}</span>"
        f'<i style="width:{100 * share:.1f}%"></i></li>'
        for name, share in shares
    )
    st.html(f'<ul class="sk-bars">{lines}</ul>')


def caveat(text: str) -> None:
    """What the figure does not show, in the body's type."""
    st.html(f'<p class="sk-text"><b>What this does not show:</b> <span>{escape(text)}</span></p>')


def source(text: str) -> None:
    """Where the numbers come from."""
    st.html(f'<p class="sk-source">{escape(text)}</p>')


def paragraph(text: str, lead: str = "") -> None:
    """Body text of 14 px; its lead in semibold."""
    first = f"<b>{escape(lead)}</b> " if lead else ""
    st.html(f'<p class="sk-text">{first}{escape(text)}</p>')


def notice(what: str, way_out: str = "") -> None:
    """What is wrong, and the way out, beside a notice rule; nothing red."""
    below = f"<span>{escape(way_out)}</span>" if way_out else ""
    st.html(f'<div class="sk-notice" role="alert"><b>{escape(what)}</b>{below}</div>')


def awaiting(text: str, height: int) -> None:
    """The place of a figure that is on its way, with one line on what is awaited; keeps the figure's height."""
    st.html(
        f'<div class="sk-awaiting" style="min-height:{int(height)}px" role="status" aria-live="polite">'
        f"{escape(text)}</div>"
    )


def table(columns: Sequence[str], rows: Sequence[object]) -> None:
    """A plain table; each row a tuple or a dataclass of texts, the first one the row's heading."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(f"<tr>{_cells(_texts(row))}</tr>" for row in rows)
    st.html(
        '<div class="sk-table" tabindex="0" role="region" aria-label="Table">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _texts(row: object) -> tuple[str, ...]:
    if is_dataclass(row) and not isinstance(row, type):
        return astuple(row)
    if isinstance(row, tuple):
        return row
    raise TypeError(f"A table's row is a tuple or a dataclass, not {type(row).__name__}.")


def _cells(texts: tuple[str, ...]) -> str:
    first, *others = texts
    return f'<th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(text)}</td>" for text in others)


def dark() -> bool:
    """Whether the visitor sees the dark theme; for figures whose colours are not CSS variables."""
    return st.context.theme.type == "dark"
