"""ONNX files that this visitor opened, each an architecture of this session alone, named by a digest of its content.

The web process never reads them; it writes them to a private folder, and the worker reads them there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.architectures.records import Architecture, UnknownArchitecture
from core.graph.onnx.records import OnnxFile
from core.ui.private_files import PrivateFiles, digest
from core.ui.wording import plain

PREFIX = "onnx-"
MOST = 3
"""Files of a session that are kept; each may be as large as an upload."""

_KEY = "own_onnx"


class OwnOnnx:
    """Files by name, and the catalogue entries of those that the worker could read."""

    def __init__(self) -> None:
        self._files = PrivateFiles(most=MOST + 1, suffix=".onnx")  # one more while it is being read
        self._names: dict[str, str] = {}  # by the upload's id
        self._refused: dict[str, str] = {}  # sentences by the upload's id
        self._entries: dict[str, Architecture] = {}

    def add(self, upload: str, file_name: str, read: Callable[[], bytes | memoryview]) -> str:
        """Keep an upload under a name made from its content; returns the name. It is no architecture yet.

        It takes the place of an upload that is none yet either, and of no architecture: it may be refused.

        Args:
            upload: an id that this upload has alone.
            file_name: what the visitor calls the file.
            read: gives the content; not called for what is kept already.

        Raises:
            OSError: the disk is full, or the folder is gone.
        """
        name = self._names.get(upload, "")
        if name not in self._files:
            data = read()
            name = self._names[upload] = f"{PREFIX}{digest(data)}"
            for other in set(self._names.values()) - {name, *self._entries}:
                self._files.discard(other)
            self._files.keep(name, file_name, data)
        return name

    def accept(self, name: str, file_name: str, found: OnnxFile) -> None:
        """Make a kept file an architecture: the worker has read it, and says what is in it.

        Of more than `MOST` architectures the oldest goes, and its file with it.
        """
        self._entries[name] = Architecture(
            name=name,
            title=plain(file_name.removesuffix(".onnx"), 60) or name,
            library="onnx",
            family="ONNX file",
            year=None,
            paper_title=None,
            paper_url=None,
            depth=None,
            input_size=found.input_size,
            num_classes=found.outputs,
            parameters=found.parameters,
            weights=(),
        )
        while len(self._entries) > MOST:
            oldest = next(iter(self._entries))
            del self._entries[oldest]
            self._files.discard(oldest)

    def refuse(self, upload: str, sentence: str) -> None:
        """Delete what was kept of an upload, and remember why."""
        self._refused[upload] = sentence
        self.withdraw(upload)

    def withdraw(self, upload: str) -> None:
        """Delete what was kept of an upload that has become no architecture; it may be added again."""
        name = self._names.pop(upload, "")
        if name not in self._entries:
            self._files.discard(name)

    def refusal(self, upload: str) -> str:
        """Why an upload was refused; "" if it was not."""
        return self._refused.get(upload, "")

    def opened(self, upload: str) -> str:
        """The name of the architecture that an upload has become; "" if it is none."""
        name = self._names.get(upload, "")
        return name if name in self.entries() else ""

    def entries(self) -> dict[str, Architecture]:
        """The architectures by name, oldest first."""
        return {name: entry for name, entry in self._entries.items() if name in self._files}

    def path(self, name: str) -> Path:
        """Where the file of that name lies; the name is one that `add` gave."""
        return self._files.path(name)


def own_onnx() -> OwnOnnx:
    """The files of this session."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = OwnOnnx()
    kept: OwnOnnx = st.session_state[_KEY]
    return kept


def names() -> tuple[str, ...]:
    """Names of this session's files, the latest first."""
    return tuple(reversed(own_onnx().entries()))


def get(name: str) -> Architecture:
    """The entry of one of this session's files.

    Raises:
        UnknownArchitecture: this session has no such file.
    """
    found = own_onnx().entries().get(name)
    if found is None:
        raise UnknownArchitecture("ONNX files stay with the session that they were opened in.")
    return found
