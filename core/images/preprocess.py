"""A picture → a network's input, as the weights' publishers evaluate, with the way back to the photo."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from core.images.limits import ImageRejected

_RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


class Preprocessing(Protocol):
    """What is read of ``core.architectures.records.Preprocessing``; it says what each number means."""

    @property
    def resize(self) -> int:
        """Length of the shorter side after resizing, in pixels."""

    @property
    def crop(self) -> int:
        """Side of the square cut from the centre, in pixels."""

    @property
    def interpolation(self) -> str:
        """``"bilinear"``, ``"bicubic"``, ``"nearest"`` or ``"lanczos"``, antialiased."""

    @property
    def mean(self) -> tuple[float, ...]:
        """Subtracted from each colour channel, after scaling to 0…1."""

    @property
    def std(self) -> tuple[float, ...]:
        """Divides each colour channel afterwards."""

    @property
    def mode(self) -> str:
        """``"center"``, ``"squash"`` or ``"border"``."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A picture as a network gets it.

    Attributes:
        pixels: ``(height, width, channels)`` uint8, before normalisation: what to show as "the photo as
            the net sees it".
        tensor: ``(1, channels, height, width)`` float32, normalised, on the CPU.
        box: left, top, right, bottom of these pixels on the original picture, in its pixels and as edges; it
            reaches beyond the picture where the crop is padded.
        scale: network pixels per original pixel, ``(height, width)``.
    """

    pixels: npt.NDArray[np.uint8]
    tensor: torch.Tensor
    box: tuple[float, float, float, float]
    scale: tuple[float, float]


def prepare(
    image: Image.Image, preprocessing: Preprocessing, *, input_size: tuple[int, ...] | None = None
) -> Prepared:
    """The picture resized, cut and normalised as ``preprocessing`` says.

    Equal to torchvision's ``ImageClassification`` and timm's evaluation transform on a PIL image.

    Args:
        image: RGB picture of any size.
        preprocessing: numbers published with the weights.
        input_size: ``(channels, height, width)`` if it is not ``(3, crop, crop)``: the resize keeps its ratio
            to the crop; one channel gets the picture's luma and the mean of ``mean`` and ``std``.

    Raises:
        ImageRejected: the network takes no pictures (vectors, or neither one nor three channels).
    """
    channels, crop = _target(preprocessing, input_size)
    mean, std = preprocessing.mean, preprocessing.std
    if channels == 1:
        image, mean, std = image.convert("L"), (_average(mean),), (_average(std),)
    resized = _resize(image, preprocessing, crop)
    fill = tuple(round(255 * value) for value in mean) if preprocessing.mode == "border" else (0,) * channels
    top, left = _offset(resized.height, crop[0]), _offset(resized.width, crop[1])
    pixels = _window(resized, top, left, crop, fill)
    scale = (resized.height / image.height, resized.width / image.width)
    box = (left / scale[1], top / scale[0], (left + crop[1]) / scale[1], (top + crop[0]) / scale[0])
    return Prepared(pixels, _normalised(pixels, mean, std), box, scale)


def _target(preprocessing: Preprocessing, input_size: tuple[int, ...] | None) -> tuple[int, tuple[int, int]]:
    if input_size is None:
        return 3, (preprocessing.crop, preprocessing.crop)
    if len(input_size) != 3 or input_size[0] not in (1, 3):
        raise ImageRejected(
            f"This network takes inputs of shape {input_size}, which is no picture; choose a network "
            "that takes pictures of one or three channels."
        )
    return input_size[0], (input_size[1], input_size[2])


def _average(values: tuple[float, ...]) -> float:
    return sum(values) / len(values)


def _resize(image: Image.Image, preprocessing: Preprocessing, crop: tuple[int, int]) -> Image.Image:
    """The picture at the size from which the centre is cut."""
    height, width = (
        preprocessing.resize
        if side == preprocessing.crop
        else math.floor(side * preprocessing.resize / preprocessing.crop)
        for side in crop
    )
    if preprocessing.mode == "squash":
        size = (height, width)
    elif preprocessing.mode == "border" or height != width:
        ratios = (image.height / height, image.width / width)
        ratio = max(ratios) if preprocessing.mode == "border" else min(ratios)
        size = (max(1, round(image.height / ratio)), max(1, round(image.width / ratio)))
    else:
        size = _shorter_side(image, height)
    if size == (image.height, image.width):
        return image
    return image.resize(size[::-1], _RESAMPLING[preprocessing.interpolation])


def _shorter_side(image: Image.Image, length: int) -> tuple[int, int]:
    if image.width <= image.height:
        return int(length * image.height / image.width), length
    return length, int(length * image.width / image.height)


def _offset(have: int, want: int) -> int:
    """Where the centre crop starts; negative where the picture is smaller and gets a border."""
    if have < want:
        return -((want - have) // 2)
    return round((have - want) / 2)


def _window(
    image: Image.Image, top: int, left: int, crop: tuple[int, int], fill: tuple[int, ...]
) -> npt.NDArray[np.uint8]:
    """``crop`` pixels from ``(top, left)`` on, with a border of ``fill`` where the picture ends."""
    pixels = np.empty((*crop, len(fill)), dtype=np.uint8)
    pixels[:] = fill
    source = np.asarray(image).reshape(image.height, image.width, len(fill))
    rows, columns = min(crop[0], image.height - max(top, 0)), min(crop[1], image.width - max(left, 0))
    inside = source[max(top, 0) : max(top, 0) + rows, max(left, 0) : max(left, 0) + columns]
    pixels[max(-top, 0) : max(-top, 0) + rows, max(-left, 0) : max(-left, 0) + columns] = inside
    return pixels


def _normalised(
    pixels: npt.NDArray[np.uint8], mean: tuple[float, ...], std: tuple[float, ...]
) -> torch.Tensor:
    tensor = torch.from_numpy(pixels).permute(2, 0, 1).contiguous().to(torch.float32).div_(255)
    shift, factor = (torch.tensor(values, dtype=torch.float32).view(-1, 1, 1) for values in (mean, std))
    return tensor.sub_(shift).div_(factor).unsqueeze(0)
