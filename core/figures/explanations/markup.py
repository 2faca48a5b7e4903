"""Formulas as HTML and as plain text: the one place that knows their notation."""

from __future__ import annotations

import re
from html import escape

_SMALL = re.compile(r"([_^])\{([^{}]*)\}")


def formula_html(formula: str) -> str:
    """The formula as HTML: ``x_{i}`` with the letter below, ``x^{2}`` with the number above; all else escaped."""
    return _SMALL.sub(lambda found: _tagged(found[1], found[2]), escape(formula))


def formula_text(formula: str) -> str:
    """The formula as one line of plain text: small letters in brackets."""
    return _SMALL.sub(lambda found: f"^{found[2]}" if found[1] == "^" else f"[{found[2]}]", formula)


def _tagged(sign: str, content: str) -> str:
    tag = "sub" if sign == "_" else "sup"
    return f"<{tag}>{content}</{tag}>"
