"""Every architecture that this visitor can pick: the catalogue's, and what they brought or made themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.architectures import catalogue, installed
from core.architectures.records import Architecture, UnknownArchitecture
from core.engine.settings import settings
from core.ui import own_onnx, own_recipes

# The settings are asked at every look-up, so that a server for strangers offers none.
installed.permit(lambda: settings().allows_own_code())


@dataclass(frozen=True, slots=True)
class Source:
    """Where architectures come from besides the catalogue.

    Attributes:
        prefix: that all its names begin with, and no others.
        names: gives those that this visitor's lists offer.
        get: gives the entry of a name, also of one that no list offers, or raises UnknownArchitecture.
        missing: what to say of a name that this visitor cannot pick; "" for the usual sentence.
    """

    prefix: str
    names: Callable[[], tuple[str, ...]]
    get: Callable[[str], Architecture]
    missing: str = ""


SOURCES = (
    Source(own_recipes.PREFIX, own_recipes.names, catalogue.get),
    Source(
        own_onnx.PREFIX,
        own_onnx.names,
        own_onnx.get,
        "ONNX files stay with the session that they were opened in",
    ),
    Source(installed.PREFIX, installed.names, installed.get),
)
_WITHOUT_MODULE = ("onnx",)


def own() -> tuple[str, ...]:
    """Names of what this visitor brought or made."""
    return tuple(name for source in SOURCES for name in source.names())


def names() -> tuple[str, ...]:
    """All names to offer, the visitor's own first."""
    return (*own(), *catalogue.names())


def runnable_names() -> tuple[str, ...]:
    """Names of all that can be run, and not only looked at."""
    return tuple(name for name in names() if not name.startswith(own_onnx.PREFIX))


def get(name: str) -> Architecture:
    """The entry of that name.

    Raises:
        UnknownArchitecture: there is none for this visitor; the message names the closest ones, or says why a recipe
            does not fit.
    """
    source = _source(name)
    return source.get(name) if source is not None else catalogue.get(name)


def known(name: str) -> bool:
    """Whether this visitor can pick that name."""
    try:
        get(name)
    except UnknownArchitecture:
        return False
    return True


def missing(name: str) -> str:
    """What to say of a name that this visitor cannot pick, where more can be said than that nothing is called so."""
    source = _source(name)
    return source.missing if source is not None else ""


def runs(entry: Architecture) -> bool:
    """Whether there is a network behind the entry that can be run."""
    return entry.library not in _WITHOUT_MODULE


def search(
    text: str,
    *,
    family: str | None = None,
    year: int | None = None,
    max_parameters: int | None = None,
    min_top1: float | None = None,
    limit: int = 50,
) -> tuple[Architecture, ...]:
    """The architectures that fit, the visitor's own first; see `catalogue.search`."""
    words = text.lower().split()
    fits = (
        entry
        for entry in map(get, own())
        if year is None
        and min_top1 is None
        and family in (None, entry.family)
        and (max_parameters is None or (entry.parameters or 0) <= max_parameters)
        and all(word in f"{entry.title} {entry.family}".lower() for word in words)
    )
    listed = catalogue.search(
        text, year=year, family=family, max_parameters=max_parameters, min_top1=min_top1, limit=limit
    )
    return (*fits, *listed)[:limit]


def families() -> tuple[str, ...]:
    """All families, the visitor's own first if there is any."""
    return tuple(dict.fromkeys((*(get(name).family for name in own()), *catalogue.families())))


def _source(name: str) -> Source | None:
    return next((source for source in SOURCES if name.startswith(source.prefix)), None)
