"""Weights files (``.safetensors``) that this visitor brought, kept for this session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.ui.private_files import PrivateFiles, digest
from core.ui.wording import plain

MOST = 3
"""Files of a session that are kept; each may be as large as an upload."""

_KEY = "own_weights"


class OwnWeights:
    """Files by architecture and name, deleted when nothing refers to this any more."""

    def __init__(self) -> None:
        self._files = PrivateFiles(most=MOST, suffix=".safetensors")
        self._names: dict[str, str] = {}  # by the upload's id
        self._titles: dict[tuple[str, str], str] = {}

    def add(
        self, architecture: str, upload: str, file_name: str, read: Callable[[], bytes | memoryview]
    ) -> str:
        """Keep an upload for an architecture under a name made from its content; returns the name.

        What was kept already is neither read nor written again. Of more than `MOST` files the oldest is deleted.

        Args:
            architecture: whose weights they are.
            upload: an id that this upload has alone.
            file_name: what the visitor calls the file; shown, and part of messages about it.
            read: gives the content.

        Raises:
            OSError: the disk is full, or the folder is gone.
        """
        name = self._names.get(upload, "")
        if name not in self._files:
            data = read()
            name = self._names[upload] = f"own-{digest(data)}"
            self._files.keep(name, file_name, data)
        self._titles[architecture, name] = plain(file_name) or name
        return name

    def name_of(self, architecture: str, upload: str) -> str:
        """The name under which `add` has kept an upload for an architecture; "" if it has not."""
        name = self._names.get(upload, "")
        return name if name in self.of(architecture) else ""

    def path(self, name: str) -> Path:
        """Where the file of that name lies; the name is one of those that `of` gives."""
        return self._files.path(name)

    def of(self, architecture: str) -> dict[str, str]:
        """Names and the visitor's own file names, for one architecture."""
        return {
            name: title
            for (owner, name), title in self._titles.items()
            if owner == architecture and name in self._files
        }


def own_weights() -> OwnWeights:
    """The files of this session."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = OwnWeights()
    kept: OwnWeights = st.session_state[_KEY]
    return kept
