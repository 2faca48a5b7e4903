"""A recipe as a file to keep and to load; what a visitor brings is only ever read as JSON, never run."""

from __future__ import annotations

from hashlib import sha256

import streamlit as st

from core.architectures.spec import NetSpec, NoRecipe, SpecRejected
from core.figures.numbers import human_bytes
from core.ui import page
from core.ui.builder import work
from core.ui.wording import plain, quoted

MOST_BYTES = 100_000
_TAKEN = "builder.file.taken"


def keep(spec: NetSpec) -> None:
    """A button that saves the recipe; ``NetSpec.parse`` reads the file."""
    st.download_button(
        "Keep as file",
        spec.model_dump_json(indent=2).encode() + b"\n",
        file_name=f"own-net-{spec.depth}-layers.json",
        mime="application/json",
        on_click="ignore",
        key="builder.keep",
    )


def load() -> None:
    """A field for a file; what is wrong with it is said in one sentence, and the draft stays."""
    file = st.file_uploader(
        "Load a recipe that you have kept", type="json", key="builder.file", max_upload_size=1
    )
    if file is None:
        return
    if file.size > MOST_BYTES:  # the browser alone keeps to the field's own limit
        page.notice(
            f"{quoted(file.name)} has {human_bytes(file.size)}; recipes have {human_bytes(MOST_BYTES)} at most.",
            "The recipe before stays.",
        )
        return
    data = file.getvalue()
    try:
        spec = NetSpec.parse(data)
    except NoRecipe:
        page.notice(
            f"{quoted(file.name)} is no recipe that Skipscope kept; choose a file made with Keep as file.",
            "The recipe before stays.",
        )
        return
    except SpecRejected as error:
        page.notice(f"{quoted(file.name)} is no recipe. {plain(str(error), 200)}", "The recipe before stays.")
        return
    mark = (file.file_id, sha256(data).hexdigest())
    if st.session_state.get(_TAKEN) != mark:
        st.session_state[_TAKEN] = mark
        work.take(spec)
        st.rerun()
