"""Weights files (``.safetensors``) that this visitor brought, in a private folder that goes with the session."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from pathlib import Path

import streamlit as st

_KEY = "own_weights"


class OwnWeights:
    """Files by architecture and name, in a folder that is deleted when nothing refers to this any more."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="skipscope-"))
        self._titles: dict[tuple[str, str], str] = {}
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def add(self, architecture: str, file_name: str, data: bytes) -> str:
        """Keep a file for an architecture under a name made from its content; returns the name."""
        name = f"own-{hashlib.sha256(data).hexdigest()[:12]}"
        self.path(name).write_bytes(data)
        self._titles[architecture, name] = file_name
        return name

    def path(self, name: str) -> Path:
        """Where the file of that name lies; the name is one that `add` made."""
        return self._folder / f"{name}.safetensors"

    def of(self, architecture: str) -> dict[str, str]:
        """Names and the visitor's own file names, for one architecture."""
        return {name: title for (owner, name), title in self._titles.items() if owner == architecture}


def own_weights() -> OwnWeights:
    """The files of this session."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = OwnWeights()
    kept: OwnWeights = st.session_state[_KEY]
    return kept
