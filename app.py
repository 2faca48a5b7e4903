"""Skipscope: page configuration, navigation, and the sidebar that all pages share.

``streamlit run app.py`` imports this file once for the server (`app`, which starts the worker with the
server and ends it with the server) and then runs it as ``__main__`` at every interaction.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from core.ui import page, selection, server, sidebar


def navigation() -> st.Page:
    """The page that the visitor is on, of all pages."""
    return st.navigation(
        {
            "Look inside": [
                st.Page("pages/architecture.py", title="Architecture", default=True),
                st.Page("pages/build_your_own.py", title="Build your own"),
                st.Page("pages/receptive_fields.py", title="Receptive fields"),
                st.Page("pages/feature_maps.py", title="Feature maps"),
            ],
            "Train and measure": [
                st.Page("pages/speed.py", title="Speed"),
                st.Page("pages/runs.py", title="Runs"),
            ],
        }
    )


def main() -> None:
    """Draw one run of the page that the visitor is on."""
    st.set_page_config(
        page_title="Skipscope", page_icon="static/icon.svg", layout="wide", initial_sidebar_state=300
    )
    page.style()
    st.logo("static/logo.svg", size="large")
    here = navigation()
    selection.sync(here.url_path)
    sidebar.draw()
    for sentence in selection.dropped():
        page.notice(sentence)
    here.run()


@asynccontextmanager
async def _lifespan(_: st.App) -> AsyncIterator[None]:
    server.start()
    yield
    server.stop()


if __name__ == "__main__":
    main()
else:
    # Until the first call of st.navigation Streamlit takes the folder pages/ for navigation of its older kind, and
    # would serve a first visitor who comes by a page's own address without the rest of this file.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
    navigation()
    app = st.App(__file__, lifespan=_lifespan)
