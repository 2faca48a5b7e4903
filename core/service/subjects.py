"""What a question is about: a network, and the picture that it looks at. No torch; plain names, numbers and bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """A network as the visitor chose it.

    Attributes:
        architecture: name in the catalogue.
        weights: published name, path to a ``.safetensors`` file, or None for random weights.
        input_size: ``(channels, height, width)`` in pixels, or ``(features,)`` for nets of vectors.
    """

    architecture: str
    weights: str | None
    input_size: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright RGB picture that has passed the door (`core.images.open_image`), as PNG or JPEG bytes.

    Attributes:
        name: what it is called in the page.
        data: encoded picture.
    """

    name: str
    data: bytes

    @property
    def digest(self) -> str:
        """First 12 hex digits of the SHA-256 of the bytes: the picture's identity in caches and addresses."""
        return hashlib.sha256(self.data).hexdigest()[:12]
