"""The growth as a table and a file."""

from __future__ import annotations

import streamlit as st

from core.figures.growth_table import COLUMNS, growth_csv, growth_rows
from core.graph.fields.growth import growth
from core.graph.records import Graph
from core.ui import page


def expander(graph: Graph, title: str) -> None:
    """A door to the table, with the numbers as a file named after the network's title."""
    found = growth(graph)
    with st.expander("The growth as a table"):
        page.table(COLUMNS, growth_rows(found))
        st.download_button(
            "Save the growth (CSV)",
            lambda: growth_csv(found).encode("utf-8-sig"),
            file_name=f"{title} receptive fields.csv".replace("/", "-"),
            mime="text/csv",
            type="tertiary",
            on_click="ignore",
            key="fields.csv",
        )
