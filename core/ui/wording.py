"""A visitor's own words on our pages: names of files, parts of addresses. No Streamlit here."""

from __future__ import annotations


def plain(text: str, longest: int = 80) -> str:
    """The text on one line and at most so long, with a mark for each control and each half of a character.

    Half a character (a lone surrogate) cannot be sent to a browser at all, and marks of direction would turn the words
    around it.
    """
    short = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return "".join(character if character.isprintable() else "�" for character in short)


def quoted(text: str) -> str:
    """The text in quotation marks, to stand within a sentence."""
    return f"“{plain(text, 60)}”"
