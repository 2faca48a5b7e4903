"""Files that a visitor brought, in a private folder that goes with the session. No Streamlit here."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import weakref
from pathlib import Path

_UNSAFE = re.compile(r"[^\w.-]")


def digest(data: bytes | memoryview) -> str:
    """The first 12 hex digits of the SHA-256 of a file: its identity in addresses."""
    return hashlib.sha256(data).hexdigest()[:12]


class PrivateFiles:
    """Files by name, in a folder that is deleted when nothing refers to this any more.

    The folder is made with the first file: most visitors bring none.

    Args:
        most: how many files are kept, the latest ones; each may be as large as an upload.
        suffix: of their names on the disk.
    """

    def __init__(self, *, most: int, suffix: str) -> None:
        self._most = most
        self._suffix = suffix
        self._folder: Path | None = None
        self._files: dict[str, Path] = {}  # oldest first

    def __contains__(self, name: str) -> bool:
        """Whether a file of that name is kept."""
        return name in self._files

    def keep(self, name: str, file_name: str, data: bytes | memoryview) -> None:
        """Keep a file under a name; of too many the oldest is deleted. What is kept already is not written again.

        Args:
            name: made by us from the content; it becomes a folder's name.
            file_name: what the visitor calls the file; part of messages about it.
            data: its content.

        Raises:
            OSError: the disk is full, or the folder is gone.
        """
        if name in self._files:
            return
        stem = _UNSAFE.sub("_", file_name.removesuffix(self._suffix))[:50] or "file"
        path = self._made_folder() / name / f"{stem}{self._suffix}"  # messages show the file's name
        while len(self._files) >= self._most:
            self.discard(next(iter(self._files)))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise
        self._files[name] = path

    def discard(self, name: str) -> None:
        """Delete a file, if it is kept."""
        if name in self._files:
            shutil.rmtree(self._files.pop(name).parent, ignore_errors=True)

    def path(self, name: str) -> Path:
        """Where the file of that name lies; it is one that is kept."""
        return self._files[name]

    def _made_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="skipscope-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder
