"""The photo as a small picture inside a diagram."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

from PIL import Image, ImageOps

_SIDE = 84  # px: twice the 42 that the strip gives its input, for screens of double density


@lru_cache(maxsize=32)
def thumbnail(data: bytes) -> str:
    """A picture's centre as a ``data:image/jpeg`` address of 84 × 84 pixels.

    Args:
        data: a bundled picture, or one that has passed the worker's door; never a visitor's own bytes.
    """
    image = ImageOps.fit(Image.open(io.BytesIO(data)).convert("RGB"), (_SIDE, _SIDE))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
