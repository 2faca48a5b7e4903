"""How the photo becomes the network's input."""

from __future__ import annotations

import streamlit as st

from core.figures.maps import encode_png
from core.figures.sight_photo import cut_picture, cut_words
from core.service.records import CellView
from core.service.subjects import Picture
from core.ui import page


def expander(view: CellView | None, picture: Picture) -> None:
    """A door to the photo with what is cut out of it; a sentence where no network has looked at it."""
    with st.expander("How the photo becomes the net’s input"):
        if view is None:
            page.sentence(
                "No network looks at the photo here: its middle is shown, resized to the input's size."
            )
            return
        lead, rest = cut_words(view.crop, view.photo_size, view.seen.shape)
        page.paragraph(rest, lead)
        left, right = st.columns([0.62, 0.38], gap="medium")
        with left:
            page.figure_title("The photo, and what is cut out of it")
            cut = cut_picture(picture.data, view.crop, dark=page.dark())
            st.image(cut, width="stretch", alt=f"{picture.name}; a frame shows what the net gets of it")
        with right:
            page.figure_title("The net’s input")
            seen = view.seen if view.seen.shape[-1] == 3 else view.seen.repeat(3, axis=-1)
            st.image(encode_png(seen), width="stretch", alt=f"{picture.name}, as the net gets it")
