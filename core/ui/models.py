"""Every architecture that this visitor can pick: the catalogue's, and what they brought or made themselves."""

from __future__ import annotations

from core.architectures import catalogue
from core.architectures.records import Architecture


def names() -> tuple[str, ...]:
    """All names to offer, the visitor's own first."""
    return catalogue.names()


def get(name: str) -> Architecture:
    """The entry of that name.

    Raises:
        UnknownArchitecture: there is none for this visitor; the message names the closest ones.
    """
    return catalogue.get(name)


def known(name: str) -> bool:
    """Whether this visitor can pick that name."""
    return name in catalogue.names()
