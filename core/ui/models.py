"""Every architecture that this visitor can pick: the catalogue's, and what they brought or made themselves."""

from __future__ import annotations

import streamlit as st

from core.architectures import catalogue, recipes
from core.architectures.records import Architecture, UnknownArchitecture

MOST = 12
"""Recipes of a session that stay in the lists; what is forgotten is still found by its address."""

_RECIPES = "models.recipes"


def names() -> tuple[str, ...]:
    """All names to offer, the visitor's own first."""
    return (*own(), *catalogue.names())


def own() -> tuple[str, ...]:
    """Names of the recipes that this visitor has used, the latest one first."""
    kept: tuple[str, ...] = st.session_state.get(_RECIPES, ())
    return kept


def get(name: str) -> Architecture:
    """The entry of that name.

    Raises:
        UnknownArchitecture: there is none for this visitor; the message names the closest ones, or says why a recipe
            does not fit.
    """
    return catalogue.get(name)


def known(name: str) -> bool:
    """Whether this visitor can pick that name."""
    if not recipes.is_recipe(name):
        return name in catalogue.names()
    try:
        catalogue.get(name)
    except UnknownArchitecture:
        return False
    return True


def remember(name: str) -> None:
    """Keep a recipe among those that the lists offer; other names are there already."""
    if recipes.is_recipe(name):
        others = tuple(one for one in own() if one != name)
        if name not in own():
            st.session_state[_RECIPES] = (name, *others)[:MOST]


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
    return (*dict.fromkeys(get(name).family for name in own()), *catalogue.families())
