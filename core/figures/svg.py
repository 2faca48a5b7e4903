"""Writing SVG: escaped text, short numbers, and the pieces that both kinds of diagram share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

Attribute = str | float | int | None
# XML 1.0 has no way to write these, not even escaped.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
# Widths of Inter at 1 px, measured in Chromium; letters not listed are about as wide as "a".
_WIDTHS = {**dict.fromkeys("iIjl.,:;'|!", 0.27), **dict.fromkeys("frt()[]-/ ", 0.36)}
_WIDTHS |= {**dict.fromkeys("mwMW@%", 0.86), **dict.fromkeys("0123456789×", 0.64)}
_WIDTHS |= dict.fromkeys("ABCDEFGHKNOPQRSTUVXYZ_", 0.66)


def escape(text: str) -> str:
    """The text with markup characters escaped and characters that XML cannot hold replaced."""
    return _NOT_XML.sub("\ufffd", text).translate(_ESCAPES)


def number(value: float) -> str:
    """At most two decimals, no trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(tag: str, content: str | Iterable[str] | None = None, /, **attributes: Attribute) -> str:
    """One element. Attribute names: ``class_`` → ``class``, ``_`` → ``-``; None is left out; content is markup."""
    parts = [tag]
    for name, value in attributes.items():
        if value is None:
            continue
        text = escape(value) if isinstance(value, str) else number(value)
        parts.append(f'{name.rstrip("_").replace("_", "-")}="{text}"')
    opening = " ".join(parts)
    if content is None:
        return f"<{opening}/>"
    inner = content if isinstance(content, str) else "".join(content)
    return f"<{opening}>{inner}</{tag}>"


@lru_cache(maxsize=8192)
def text_width(text: str, size: float = 12, *, bold: bool = False) -> float:
    """About how many px the text takes in Inter; a few per cent too wide rather than too narrow."""
    return sum(_WIDTHS.get(letter, 0.58) for letter in text) * size * (1.05 if bold else 1.0)


def shorten(text: str, width: float, size: float = 12) -> str:
    """The text, its middle replaced by "…" where it is wider than ``width`` px."""
    if text_width(text, size) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        tail = kept * 2 // 3
        candidate = f"{text[: kept - tail]}…{text[len(text) - tail :]}"
        if text_width(candidate, size) <= width:
            return candidate
    return "…"


def label(text: str, x: float, y: float, class_: str, anchor: str = "middle") -> str:
    """One line of text with its baseline at ``y``."""
    return element("text", escape(text), x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return element("path", class_=class_, d=f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}")


def arch(x1: float, x2: float, foot: float, top: float, class_: str, radius: float = 9) -> str:
    """A skip: up from ``(x1, foot)``, across at ``top``, down to ``(x2, foot)``, with round corners.

    Hangs below the line where ``top`` is larger than ``foot``.
    """
    r = max(0.0, min(radius, (x2 - x1) / 2, abs(foot - top)))
    shoulder = number(top + r if top < foot else top - r)
    left, inner_left, inner_right, right = number(x1), number(x1 + r), number(x2 - r), number(x2)
    d = (
        f"M{left} {number(foot)}V{shoulder}Q{left} {number(top)} {inner_left} {number(top)}"
        f"H{inner_right}Q{right} {number(top)} {right} {shoulder}V{number(foot)}"
    )
    return element("path", class_=class_, d=d)


def joint(kind: str, x: float, y: float, radius: float) -> str:
    """The sign of a join: ⊕ for ``"add"``, ⊗ for ``"multiply"``, ⊞ for ``"concatenate"``."""
    arm = radius * 0.55
    plus = f"M{number(x - arm)} {number(y)}H{number(x + arm)}M{number(x)} {number(y - arm)}V{number(y + arm)}"
    a = arm * 0.8
    times = (
        f"M{number(x - a)} {number(y - a)}L{number(x + a)} {number(y + a)}"
        f"M{number(x - a)} {number(y + a)}L{number(x + a)} {number(y - a)}"
    )
    if kind == "concatenate":
        r = radius * 0.94
        body = element("rect", class_="joint", x=x - r, y=y - r, width=2 * r, height=2 * r, rx=1.5)
    else:
        body = element("circle", class_="joint", cx=x, cy=y, r=radius)
    stroke = "joint-sign small" if radius < 5 else "joint-sign"
    return body + element("path", class_=stroke, d=times if kind == "multiply" else plus)
