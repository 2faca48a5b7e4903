"""The visitor's own picture: a file or the webcam, opened by the worker."""

from __future__ import annotations

import hashlib

import streamlit as st

from core.engine.errors import EngineError
from core.engine.settings import settings
from core.figures.numbers import human_bytes
from core.service import requests
from core.ui import asking, page, photos, server
from core.ui.wording import plain

_TYPES = ("jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "bmp", "avif")
_STAYS = "The picture before stays selected."
_TAKEN = "photo_input.taken"
_WAIT = 30.0  # seconds for a picture to be opened: the worker may still be importing torch


def popover() -> None:
    """A button that opens the drop zone and the webcam."""
    with st.popover("Use your own picture"):
        limit = human_bytes(settings().picture_bytes)
        st.caption(f"Up to {limit}. It is kept for this session only, and no one else sees it.")
        # In megabytes, and in the browser alone: the server checks the size again.
        most = max(1, settings().picture_bytes // 1_000_000)
        file = st.file_uploader("A picture", type=_TYPES, key="photo_input.file", max_upload_size=most)
        if file is not None and _small_enough(file.size):
            _take(file.getvalue(), file.name)
        if st.toggle("Use the webcam", key="photo_input.webcam"):
            shot = st.camera_input("Webcam", key="photo_input.shot", label_visibility="collapsed")
            if shot is not None and _small_enough(shot.size):
                _take(shot.getvalue(), "Webcam")


def _small_enough(size: int) -> bool:
    """Whether a file is worth handing to the worker; says so if it is not."""
    limit = settings().picture_bytes
    if size > limit:
        page.notice(
            f"The file has {human_bytes(size)}; pictures up to {human_bytes(limit)} are read.", _STAYS
        )
    return size <= limit


def _take(data: bytes, name: str) -> None:
    """Hand the file to the worker once; select the picture, or say why it is none."""
    digest = hashlib.sha256(data).hexdigest()
    if st.session_state.get(_TAKEN) == digest:
        return
    pending = asking.ask(
        "picture", digest, lambda: requests.accept_picture(data, name=plain(name), visitor=server.visitor())
    )
    if not pending.wait(_WAIT):
        page.paragraph(pending.waiting_for)
        return
    try:
        accepted = pending.result()
    except EngineError as error:
        page.notice(str(error), _STAYS)
        return
    st.session_state[_TAKEN] = digest
    photos.add(accepted)
    st.rerun()
