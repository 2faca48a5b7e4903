"""Weights files (``.safetensors``) that this visitor brought, in a private folder that goes with the session."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

_KEY = "own_weights"


@dataclass(slots=True)
class OwnWeights:
    """Files by architecture and name. The folder is deleted when nothing refers to it any more."""

    folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="skipscope-", ignore_cleanup_errors=True)
    )
    titles: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, architecture: str, file_name: str, data: bytes) -> str:
        """Keep a file for an architecture under a name made from its content; returns the name."""
        name = f"own-{hashlib.sha256(data).hexdigest()[:12]}"
        self.path(name).write_bytes(data)
        self.titles[architecture, name] = file_name
        return name

    def path(self, name: str) -> Path:
        """Where the file of that name lies; the name is one that `add` made."""
        return Path(self.folder.name) / f"{name}.safetensors"

    def of(self, architecture: str) -> dict[str, str]:
        """Names and the visitor's own file names, for one architecture."""
        return {name: title for (owner, name), title in self.titles.items() if owner == architecture}


def own_weights() -> OwnWeights:
    """The files of this session."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = OwnWeights()
    kept: OwnWeights = st.session_state[_KEY]
    return kept
