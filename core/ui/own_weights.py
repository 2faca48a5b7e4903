"""Weights files (``.safetensors``) that this visitor brought, in a private folder that goes with the session."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.ui.wording import plain

MOST = 3
"""Files of a session that are kept; each may be as large as an upload."""

_KEY = "own_weights"
_UNSAFE = re.compile(r"[^\w.-]")


class OwnWeights:
    """Files by architecture and name, in a folder that is deleted when nothing refers to this any more.

    The folder is made with the first file: most visitors bring none.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._files: dict[str, Path] = {}  # by name, oldest first
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
            name = self._names[upload] = self._keep(file_name, read())
        self._titles[architecture, name] = plain(file_name) or name
        return name

    def name_of(self, architecture: str, upload: str) -> str:
        """The name under which `add` has kept an upload for an architecture; "" if it has not."""
        name = self._names.get(upload, "")
        return name if name in self.of(architecture) else ""

    def _keep(self, file_name: str, data: bytes | memoryview) -> str:
        name = f"own-{hashlib.sha256(data).hexdigest()[:12]}"
        if name in self._files:
            return name
        stem = _UNSAFE.sub("_", file_name.removesuffix(".safetensors"))[:50] or "weights"
        path = self._made_folder() / name / f"{stem}.safetensors"  # messages show the file's name
        while len(self._files) >= MOST:
            shutil.rmtree(self._files.pop(next(iter(self._files))).parent, ignore_errors=True)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise
        self._files[name] = path
        return name

    def _made_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="skipscope-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def path(self, name: str) -> Path:
        """Where the file of that name lies; the name is one of those that `of` gives."""
        return self._files[name]

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
