"""The growth as a table and a file."""

from __future__ import annotations

import streamlit as st

from core.figures import growth_table
from core.figures.sight import Sight
from core.ui import page


def expander(content: Sight) -> None:
    """A door to the table, with the numbers as a file."""
    with st.expander("The growth as a table"):
        page.table(*growth_table.columns(content))
        st.download_button(
            "Growth (CSV)",
            growth_table.csv_text(content),
            file_name=f"{content.title} receptive fields.csv",
            mime="text/csv",
            on_click="ignore",
            key="fields.csv",
        )
