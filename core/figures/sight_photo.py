"""The photo on its way into the network, as addresses of images and as a picture of the cut."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from core.figures.maps import encode_png
from core.figures.numbers import SPACE
from core.figures.theme import palette

_LONGEST = 640  # px of the photo in the picture of the cut
_VEIL = 0.62  # of the background over what is cut away
_LINE = 2  # px

Pixels = npt.NDArray[np.uint8]


def as_address(seen: Pixels) -> str:
    """The picture as the net gets it, uint8 ``(height, width, 1 or 3)``, as a ``data:image/png`` address."""
    return "data:image/png;base64," + base64.b64encode(encode_png(_three_colours(seen))).decode()


def _three_colours(seen: Pixels) -> Pixels:
    return seen if seen.shape[-1] == 3 else seen.repeat(3, axis=-1)


@lru_cache(maxsize=16)
def centre_cut(data: bytes, size: tuple[int, int]) -> str:
    """The middle of a picture at a size of ``(height, width)``, for networks that cannot look at it themselves.

    Args:
        data: a bundled picture, or one that has passed the worker's door; never a visitor's own bytes.
        size: of the network's input.
    """
    image = Image.open(io.BytesIO(data)).convert("RGB")
    return as_address(np.asarray(ImageOps.fit(image, size[::-1], Image.Resampling.BICUBIC)))


def cut_picture(data: bytes, crop: tuple[float, float, float, float], *, dark: bool) -> bytes:
    """The whole photo as a PNG, what is cut away veiled, and a line around what stays.

    Args:
        data: as in `centre_cut`.
        crop: left, top, right, bottom on the photo in its pixels; may reach beyond it.
        dark: for the dark theme.
    """
    image = Image.open(io.BytesIO(data)).convert("RGB")
    scale = min(1.0, _LONGEST / max(image.size))
    shown = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    left, top, right, bottom = (round(edge * scale) for edge in crop)
    reach = max(0, -left, -top, right - shown.width, bottom - shown.height)
    colours = palette(dark)
    ground, ink = (np.array(list(bytes.fromhex(c.lstrip("#")))) for c in (colours.fill, colours.ink))
    sheet = np.empty((shown.height + 2 * reach, shown.width + 2 * reach, 3), np.float32)
    sheet[:] = ground
    sheet[reach : reach + shown.height, reach : reach + shown.width] = np.asarray(shown)
    rows, columns = slice(top + reach, bottom + reach), slice(left + reach, right + reach)
    kept = sheet[rows, columns].copy()
    background = np.array(list(bytes.fromhex(colours.background.lstrip("#"))))
    sheet[:] = (1 - _VEIL) * sheet + _VEIL * background
    sheet[rows, columns] = kept
    edge = np.zeros(sheet.shape[:2], bool)
    edge[rows, columns] = True
    edge[rows.start + _LINE : rows.stop - _LINE, columns.start + _LINE : columns.stop - _LINE] = False
    sheet[edge] = ink
    return encode_png(sheet.round().astype(np.uint8))


def cut_words(
    crop: tuple[float, float, float, float], photo_size: tuple[int, int], seen: tuple[int, ...]
) -> tuple[str, str]:
    """What is done to the photo, in numbers, and where the input's pixels come from.

    Args:
        crop: left, top, right, bottom on the photo, in its pixels.
        photo_size: width and height of the photo.
        seen: height and width of the network's input, and perhaps more.
    """
    left, top, right, bottom = crop
    height, width = seen[:2]
    factors = (width / (right - left), height / (bottom - top))
    even = abs(factors[0] / factors[1] - 1) < 0.01
    resized = " × ".join(f"{round(side * f)}" for side, f in zip(photo_size, factors, strict=True))
    how = "resized" if even else "stretched"
    beyond = left < -0.5 or top < -0.5 or right > photo_size[0] + 0.5 or bottom > photo_size[1] + 0.5
    rest = "a border is put around it" if beyond else "the middle is cut out"
    whole = round((right - left) * (bottom - top)) >= round(0.995 * photo_size[0] * photo_size[1])
    lead = f"The photo of {photo_size[0]} × {photo_size[1]} px is {how} to {resized} px"
    lead = (
        f"{lead}."
        if whole and not beyond
        else f"{lead}, then {rest}: {width} × {height} px (width × height)."
    )
    one = f"{1 / factors[0]:.2f}".rstrip("0").rstrip(".")
    return lead, (
        f"One pixel of the input is {one}{SPACE}px of the photo wide; its first one lies at "
        f"({round(left)}, {round(top)}) of the photo. All boxes are in pixels of the input."
    )
