"""A page with the demonstrator alone, for the browser."""

import streamlit as st

from core.ui import page, selection, stacks

st.set_page_config(layout="wide")
page.style()
selection.sync("stacks")
stacks.draw()
