"""What a picture may cost, and the exception that a bad one raises. Imports neither Pillow nor torch."""

from __future__ import annotations

from dataclasses import dataclass


class ImageRejected(ValueError):
    """A picture cannot be used; the message is one sentence for the visitor who sent it."""


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Bounds that are checked before the pixels of a picture are decoded.

    Attributes:
        max_bytes: size of the file.
        max_pixels: width times height; a decoded picture takes four bytes a pixel, and twice that while it is
            converted.
        min_side: shorter side in pixels; smaller pictures show nothing after the first pooling.
        max_aspect: longer side over shorter side.
        max_metadata_bytes: comments, text, EXIF and colour profiles together, after decompression.
        max_scans: passes over a progressive JPEG; encoders in use write about ten.
        max_scan_pixels: passes times pixels: each pass of a progressive JPEG costs time in proportion to the
            picture, however few bytes it has.
        enough: a JPEG whose two sides are both at least twice, four or eight times this is decoded at half, a
            quarter or an eighth of its size: no net looks at more, and memory and time fall fourfold a step.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 50_000_000
    min_side: int = 8
    max_aspect: int = 200
    max_metadata_bytes: int = 8_000_000
    max_scans: int = 100
    max_scan_pixels: int = 600_000_000
    enough: int = 2048
