"""Recipes that this visitor has used on the pages, so that the lists offer them again."""

from __future__ import annotations

import streamlit as st

from core.architectures import recipes

PREFIX = recipes.PREFIX
MOST = 12
"""Recipes of a session that stay in the lists; what is forgotten is still found by its address."""

_RECIPES = "own_recipes"


def names() -> tuple[str, ...]:
    """Names of the recipes that this visitor has used, the latest one first."""
    kept: tuple[str, ...] = st.session_state.get(_RECIPES, ())
    return kept


def remember(name: str) -> None:
    """Keep a recipe among those that the lists offer; other names are there already."""
    if recipes.is_recipe(name) and name not in names():
        st.session_state[_RECIPES] = (name, *names())[:MOST]
