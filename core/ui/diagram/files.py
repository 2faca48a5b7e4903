"""The components' scripts and styles, which lie beside their Python."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def text(name: str) -> str:
    """What a file of this package says."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
