"""What of a picture's file may reach the decoder: pixels, palette and colour profile, and nothing else.

Most ways to make a decoder slow or hungry need no big picture: a comment in a million pieces, text that
unpacks to a gigabyte, a directory whose entries all point at the same megabytes, a hundred passes over one
picture. Each walk here reads a file's outer structure in time linear in its bytes, keeps the parts that make
pixels, drops the rest, and finds the orientation that the camera noted, so that no parser of metadata runs.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass

from core.images.limits import ImageLimits, ImageRejected

FORMATS = "JPEG, PNG, WebP, GIF, TIFF, BMP or AVIF"
MAX_PARTS = 200_000  # segments, chunks or blocks that a file may consist of
ORIENTATION = 0x0112  # EXIF's number for it, which is also TIFF's
_MAX_PACKED_BMP = 2_000_000  # bytes of a run-length coded bitmap
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True, slots=True)
class Container:
    """A picture's file, reduced to what the decoder needs.

    Attributes:
        format: Pillow's name for it (``"JPEG"``).
        data: the file without comments, thumbnails, further frames and camera data.
        orientation: EXIF orientation, 1 to 8; 1 where none is noted, and for TIFF and AVIF, whose decoders
            keep it themselves.
        scans: passes over the picture; 1 except for progressive JPEGs.
    """

    format: str
    data: bytes
    orientation: int = 1
    scans: int = 1


def unpack_container(data: bytes, limits: ImageLimits) -> Container:
    """The file reduced to what the decoder needs.

    Raises:
        ImageRejected: no picture of a known format, cut off, or built to be slow.
    """
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data, limits)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data, limits)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return _gif(data, limits)
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _tiff(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data, limits)
    if data[:2] == b"BM":
        return _bmp(data)
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return Container("AVIF", data)
    raise ImageRejected(_not_a_picture(data))


def _not_a_picture(data: bytes) -> str:
    known = (
        (data[4:8] == b"ftyp", "a HEIC photo or a video"),
        (data.startswith(b"%PDF"), "a PDF document"),
        (data.startswith(b"PK"), "a zip archive"),
        (data.startswith((b"II+\0", b"MM\0+")), "a BigTIFF"),
        (b"<svg" in data[:1000], "an SVG drawing"),
    )
    kind = next((name for found, name in known if found), "no picture that can be read here")
    return f"This file is {kind}; choose a {FORMATS} picture."


def cut_off(kind: str) -> ImageRejected:
    """The rejection of a file of that kind whose structure breaks off or contradicts itself."""
    return ImageRejected(f"The {kind} file is cut off or damaged; save or send the picture again.")


def _too_many_parts(kind: str) -> ImageRejected:
    return ImageRejected(
        f"The {kind} file is made of an unreasonable number of parts; "
        "save the picture again as a plain JPEG or PNG."
    )


def _too_much_metadata(kind: str, limits: ImageLimits) -> ImageRejected:
    return ImageRejected(
        f"The {kind} file carries more than {limits.max_metadata_bytes // 1_000_000} MB of text, profiles "
        "or camera data; save the picture without them."
    )


def exif_orientation(blob: bytes) -> int:
    """EXIF orientation (1 to 8) noted in an EXIF blob; 1 where none can be read."""
    blob = blob.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(blob[:2])
    if order is None or len(blob) < 8:
        return 1
    start = int(struct.unpack_from(order + "I", blob, 4)[0])
    if start + 2 > len(blob):
        return 1
    count = int(struct.unpack_from(order + "H", blob, start)[0])
    for at in range(start + 2, min(start + 2 + 12 * count, len(blob) - 11), 12):
        tag, kind, _, value = struct.unpack_from(order + "HHIH", blob, at)
        if tag == ORIENTATION:
            return int(value) if kind == 3 and 1 <= value <= 8 else 1
    return 1


def _jpeg(data: bytes, limits: ImageLimits) -> Container:
    """Keeps tables, frame, scans, JFIF, Adobe and ICC segments; counts the scans up to the end marker."""
    kept, exif, metadata, scans, at = [b"\xff\xd8"], b"", 0, 0, 2
    for _ in range(MAX_PARTS):
        found = _MARKER.search(data, at)
        if found is None:
            raise cut_off("JPEG")
        if scans:
            kept.append(data[at : found.start()])
        marker, start = data[found.start() + 1], found.end()
        if marker == 0xD9:
            kept.append(b"\xff\xd9")
            return Container("JPEG", b"".join(kept), exif_orientation(exif), max(scans, 1))
        if marker in (0x01, 0xD8):
            at = start
            continue
        length = int.from_bytes(data[start : start + 2], "big")
        at = start + length
        if length < 2 or at > len(data):
            raise cut_off("JPEG")
        body = data[start + 2 : at]
        if marker == 0xE1 and not exif and body.startswith(b"Exif\0\0"):
            exif = body
        metadata += length if _is_metadata(marker) else 0
        if metadata > limits.max_metadata_bytes:
            raise _too_much_metadata("JPEG", limits)
        if not _is_metadata(marker) or _shapes_colour(marker, body):
            kept.append(data[found.start() : at])
        scans += marker == 0xDA
        if scans > limits.max_scans:
            raise ImageRejected(
                f"This progressive JPEG is stored in more than {limits.max_scans} passes; "
                "save it again as a plain JPEG."
            )
    raise _too_many_parts("JPEG")


def _is_metadata(marker: int) -> bool:
    return 0xE0 <= marker <= 0xEF or marker == 0xFE


def _shapes_colour(marker: int, body: bytes) -> bool:
    starts = {0xE0: b"JFIF", 0xE2: b"ICC_PROFILE", 0xEE: b"Adobe"}
    return marker in starts and body.startswith(starts[marker])


_PNG_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_PNG_PACKED = {b"zTXt", b"iTXt", b"iCCP"}


def _png(data: bytes, limits: ImageLimits) -> Container:
    """Keeps header, palette, transparency, profile and the still picture's data."""
    kept, orientation, metadata, at = [data[:8]], 1, 0, 8
    for _ in range(MAX_PARTS):
        if at + 12 > len(data):
            raise cut_off("PNG")
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        name, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if end > len(data):
            raise cut_off("PNG")
        if name not in _PNG_PIXELS:
            metadata += _unpacked_size(name, body, limits.max_metadata_bytes)
        if metadata > limits.max_metadata_bytes and name not in (b"fdAT", b"IDAT"):
            raise _too_much_metadata("PNG", limits)
        if name == b"eXIf":
            orientation = exif_orientation(body)
        if name in _PNG_PIXELS or name == b"iCCP":
            kept.append(data[at:end])
        if name == b"IEND":
            return Container("PNG", b"".join(kept), orientation)
        at = end
    raise _too_many_parts("PNG")


def _unpacked_size(name: bytes, body: bytes, limit: int) -> int:
    """Bytes that a chunk of metadata takes in memory, counted no further than just above the limit."""
    if name == b"fdAT":
        return 0
    if name not in _PNG_PACKED:
        return len(body)
    keyword, _, rest = body.partition(b"\0")
    if name == b"iTXt":
        if rest[:1] != b"\1":
            return len(body)
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        rest = rest[1:]
    try:
        return len(keyword) + len(zlib.decompressobj().decompress(rest, limit + 1))
    except zlib.error:
        return len(body)


def _gif(data: bytes, limits: ImageLimits) -> Container:
    """Keeps the header, the palettes and the first frame with its transparency."""
    if len(data) < 13:
        raise cut_off("GIF")
    at = 13 + _palette_bytes(data, 10)
    kept, control, metadata = [data[:at]], b"", 0
    for _ in range(MAX_PARTS):
        kind = data[at : at + 1]
        if kind == b"!":
            end = _blocks_end(data, at + 2)
            if data[at + 1 : at + 2] == b"\xf9":
                control = data[at:end]
            else:
                metadata += end - at
        elif kind == b",":
            end = _blocks_end(data, at + 11 + _palette_bytes(data, at + 9))
            kept += [control, data[at:end], b";"]
            return Container("GIF", b"".join(kept))
        else:
            raise cut_off("GIF")
        if metadata > limits.max_metadata_bytes:
            raise _too_much_metadata("GIF", limits)
        at = end
    raise _too_many_parts("GIF")


def _palette_bytes(data: bytes, at: int) -> int:
    """Size of the GIF palette that the flags at this offset announce; 0 where the file ends before them."""
    flags = data[at] if at < len(data) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    """Offset behind a GIF's chain of length-prefixed blocks."""
    for _ in range(MAX_PARTS):
        if at >= len(data):
            break
        length = data[at]
        at += 1 + length
        if length == 0:
            return at
    raise cut_off("GIF")


# Of the specification (TIFF 6.0, Adobe 1992): bytes of a value by its type, tags that the pixels depend on, and
# those of them that hold a value for each strip, tile or channel.
_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TIFF_PIXELS = {254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323}
_TIFF_PIXELS |= {324, 325, 332, 338, 339, 347, 512, 513, 514, 515, 519, 520, 521, 529, 530, 531, 532, 34675}
_TIFF_LONG = {273, 279, 320, 324, 325, 347, 34675, 519, 520, 521}


def _tiff(data: bytes) -> Container:
    """Keeps of the first directory the entries that make pixels, in a new directory at its end."""
    order = "<" if data[:2] == b"II" else ">"
    if len(data) < 8:
        raise cut_off("TIFF")
    start = int(struct.unpack_from(order + "I", data, 4)[0])
    count = int(struct.unpack_from(order + "H", data, start)[0]) if start + 2 <= len(data) else 0
    if count == 0 or start + 2 + 12 * count > len(data):
        raise cut_off("TIFF")
    kept: dict[int, bytes] = {}
    held = 0
    for at in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, values = struct.unpack_from(order + "HHI", data, at)
        if tag not in _TIFF_PIXELS or tag in kept:
            continue
        held += _TIFF_SIZES.get(kind, 8) * values
        if held > len(data) or (values > 256 and tag not in _TIFF_LONG) or values > 8 * MAX_PARTS:
            raise cut_off("TIFF")
        kept[tag] = data[at : at + 12]
    at = len(data) + len(data) % 2
    directory = struct.pack(order + "H", len(kept)) + b"".join(kept.values()) + bytes(4)
    header = data[:4] + struct.pack(order + "I", at)
    return Container("TIFF", header + data[8:] + bytes(at - len(data)) + directory)


def _webp(data: bytes, limits: ImageLimits) -> Container:
    """Reads the orientation; the decoder itself skips what it does not need."""
    orientation, metadata, at = 1, 0, 12
    if len(data) < 20 or 8 + int.from_bytes(data[4:8], "little") > len(data):
        raise cut_off("WebP")
    for _ in range(MAX_PARTS):
        if at + 8 > len(data):
            return Container("WEBP", data, orientation)
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"EXIF":
            orientation = exif_orientation(data[at + 8 : at + 8 + length])
        if data[at : at + 4] in (b"EXIF", b"XMP ", b"ICCP"):
            metadata += length
        if metadata > limits.max_metadata_bytes:
            raise _too_much_metadata("WebP", limits)
        at += 8 + length + length % 2
    raise _too_many_parts("WebP")


def _bmp(data: bytes) -> Container:
    """Refuses big run-length coded bitmaps: each run costs a step of interpreted code."""
    if len(data) < 34:
        raise cut_off("BMP")
    compression = int.from_bytes(data[30:34], "little")
    if int.from_bytes(data[14:18], "little") >= 40 and compression in (1, 2) and len(data) > _MAX_PACKED_BMP:
        raise ImageRejected(
            f"This run-length coded BMP has {len(data) / 1e6:.1f} MB, and {_MAX_PACKED_BMP / 1e6:g} MB can be read "
            "here; save the picture as PNG."
        )
    return Container("BMP", data)
