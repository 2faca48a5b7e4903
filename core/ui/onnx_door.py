"""The door for ONNX files, and what to say where a network is needed and there is only a file."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.engine.errors import EngineError, RequestFailed
from core.graph.onnx.records import OnnxRejected
from core.service import requests
from core.ui import asking, models, page, selection, server, subject
from core.ui.own_onnx import own_onnx

_HEIGHT = 40  # px of the line on what is awaited
_STAYS = "What was selected before stays selected."


def popover() -> None:
    """A button that opens the drop zone; a file that can be read is selected at once."""
    with st.popover("Open an ONNX file", type="tertiary"):
        st.caption(
            "Its operations, sizes and costs are read. Nothing in it is run, not even its weights are read, "
            "and it is kept for this session only."
        )
        file = st.file_uploader(
            "ONNX file", type="onnx", key="sidebar.onnx.file", label_visibility="collapsed"
        )
        if file is not None:
            _open(file)


def _open(file: UploadedFile) -> None:
    """Have the worker read a file once; select it, or say why it is not read."""
    own, upload = own_onnx(), file.file_id
    if own.opened(upload):
        return
    if sentence := own.refusal(upload):
        page.notice(sentence, _STAYS)
        return
    try:
        name = own.add(upload, file.name, file.getbuffer)
    except OSError:
        page.notice("The file cannot be kept here, most likely because the server's disk is full.")
        return
    if not models.known(name):
        path = str(own.path(name))
        pending = asking.ask("onnx", upload, lambda: requests.onnx_file(path, visitor=server.visitor()))
        if not pending.wait(asking.PATIENCE):
            asking.watch(pending, _HEIGHT)
            return
        try:
            own.accept(name, file.name, pending.result())
        except EngineError as error:
            page.notice(str(error), _STAYS)
            if isinstance(error, RequestFailed) and error.failure.kind == OnnxRejected.__name__:
                own.refuse(upload, str(error))
            else:  # it says nothing of the file
                st.button("Try again", key="again.onnx", on_click=_again, args=(upload,))
            return
    selection.select(model=name)
    st.rerun()


def _again(upload: str) -> None:
    """Keep the file and ask the worker anew in the next run."""
    own_onnx().withdraw(upload)
    asking.forget("onnx")


def require_network(question: str) -> None:
    """Where the selected architecture is a file, say that it cannot be run, in place of the page's figure."""
    entry = subject.architecture()
    if models.runs(entry):
        return
    page.header(question, f"{entry.title} is an ONNX file, which brings its structure only.")
    page.notice(
        "There is no network to run here: nothing in a file is executed.",
        "Pick an architecture in the sidebar that is built here, such as ResNet-50.",
    )
    st.button("Show ResNet-50", on_click=selection.select, kwargs={"model": selection.DEFAULT_MODEL})
    st.page_link("pages/architecture.py", label=f"The structure of {entry.title}")
    st.stop()
