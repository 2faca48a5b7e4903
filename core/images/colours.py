"""Any picture that Pillow can decode → the RGB picture that a person would see.

Pillow's own ``convert("RGB")`` clips 16-bit grey, turns floats in 0…1 black and shows transparent pixels in
whatever colour lies beneath them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

_PROFILE_HEADER, _MAX_PROFILE = 128, 4_000_000  # bytes
_ROWS_AT_ONCE = 256
_BITS, _PHOTOMETRIC = 258, 262  # tags of TIFF: bits of a sample, and what its zero means
_WHITE_IS_ZERO = 0


def to_rgb(image: Image.Image) -> Image.Image:
    """The picture as 8-bit RGB, 0 = black, 255 = white.

    - 16-bit grey is scaled (65535 → 255, or 4095 → 255 for 12-bit TIFF), not clipped.
    - Floats within 0…1 are scaled by 255. Floats beyond, and 32-bit integers beyond 0…255, are scaled so that
      the smallest finite value is black and the largest white; a constant one becomes mid grey. NaN and −inf
      are black, +inf is white.
    - Transparent pixels lie on white.
    - A colour profile other than sRGB is applied where it fits the picture, and ignored where it is broken.
    """
    if image.mode.startswith("I;16"):
        return _grey_to_rgb(image, _white(image))
    if image.mode in ("I", "F"):
        return _grey_to_rgb(image, _range(image))
    if image.mode == "LAB":
        return _convert(image, ImageCms.createProfile("LAB"), "LAB") or image.convert("L").convert("RGB")
    if image.mode == "YCbCr":
        return image.convert("RGB")
    opaque = _on_white(image)
    return _with_profile(opaque, image.info.get("icc_profile"))


def _on_white(image: Image.Image) -> Image.Image:
    """The picture without transparency: L, RGB or CMYK."""
    transparent = image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info
    if transparent:
        if image.mode in ("La", "RGBa"):
            image = image.convert({"La": "LA", "RGBa": "RGBA"}[image.mode])
        if image.mode != "RGBA":
            image = image.convert("RGBA")
        background = Image.new("RGB", image.size, "white")
        background.paste(image, mask=image.getchannel("A"))
        return background
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _with_profile(image: Image.Image, profile: object) -> Image.Image:
    if (
        isinstance(profile, bytes)
        and _PROFILE_HEADER < len(profile) <= _MAX_PROFILE
        and not _is_srgb(profile)
    ):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        except (OSError, TypeError, ValueError):
            return image.convert("RGB")
        converted = _convert(image, source, image.mode)
        if converted is not None:
            return converted
    return image.convert("RGB")


def _is_srgb(profile: bytes) -> bool:
    names = profile[_PROFILE_HEADER:]  # written in ASCII or in UTF-16
    return b"sRGB" in names or b"s\0R\0G\0B" in names


def _convert(image: Image.Image, source: object, mode: str) -> Image.Image | None:
    """The picture taken from a profile to sRGB; None where the profile does not fit the picture."""
    try:
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")  # type: ignore[arg-type]
        return ImageCms.applyTransform(image, transform)
    except ImageCms.PyCMSError:
        return None


def _white(image: Image.Image) -> tuple[float, float]:
    """Black and white of 16-bit grey, of which a TIFF may use twelve bits."""
    bits = _tag(image, _BITS)
    return (0.0, 4095.0) if bits == 12 else (0.0, 65535.0)


def _tag(image: Image.Image, number: int) -> int | None:
    """The first value of a TIFF tag; None where there is none."""
    tags = getattr(image, "tag_v2", None)
    value = tags.get(number) if tags is not None else None
    first = value[0] if isinstance(value, tuple) and value else value
    return first if isinstance(first, int) else None


def _range(image: Image.Image) -> tuple[float, float]:
    """The values that become black and white."""
    low, high = np.inf, -np.inf
    for rows in _rows(image):
        finite = rows[np.isfinite(rows)]
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    natural = 1.0 if image.mode == "F" else 255.0
    if low > high or (low >= 0 and high <= natural):
        return 0.0, natural
    return (low - 1.0, high + 1.0) if low == high else (low, high)


def _rows(image: Image.Image) -> Iterator[npt.NDArray[np.float32]]:
    """The picture's values in bands of rows, so that wide types are never held for all of it."""
    width, height = image.size
    for top in range(0, height, _ROWS_AT_ONCE):
        band = image.crop((0, top, width, min(top + _ROWS_AT_ONCE, height)))
        yield np.asarray(band).astype(np.float32)


def _grey_to_rgb(image: Image.Image, values: tuple[float, float]) -> Image.Image:
    """Grey of more than eight bits, with ``values[0]`` as black and ``values[1]`` as white."""
    low, high = values
    if _tag(image, _PHOTOMETRIC) == _WHITE_IS_ZERO:
        low, high = high, low
    grey = np.empty((image.height, image.width), dtype=np.uint8)
    top = 0
    for rows in _rows(image):
        share = (np.clip(rows, min(values), max(values)) / 2 - low / 2) / (high / 2 - low / 2)
        grey[top : top + len(rows)] = np.rint(np.nan_to_num(share) * 255)
        top += len(rows)
    return Image.fromarray(grey).convert("RGB")
