"""What answers carry: frozen records of NumPy arrays, bytes and numbers; no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.probes.records import EffectiveReceptiveField, FeatureMaps
from core.service.subjects import Picture

Source = Literal["noise", "photo"]
"""What an effective receptive field is measured on: pictures of noise, or the photo under a little noise."""

Variant = Literal["as it is", "plain twin"]
"""A network, or the one with the same weights whose residual additions are taken out."""


@dataclass(frozen=True, slots=True)
class AcceptedPicture:
    """A visitor's picture after the door.

    Attributes:
        picture: re-encoded by us, so that nothing of the visitor's file goes further; longer side ≤ 1,280 px.
        width, height: of the file as it came, upright, in pixels.
        shrunk: True when the picture was made smaller.
    """

    picture: Picture
    width: int
    height: int
    shrunk: bool


@dataclass(frozen=True, slots=True)
class FeatureView:
    """One look of a network at a picture.

    Attributes:
        maps: the asked node's channels.
        seen: the picture as the net gets it, uint8 ``(height, width, 3)``, before normalisation.
        top: the likeliest classes with probabilities (0…1), best first; empty for untrained weights.
        weights: which weights are in use, one plain sentence.
        seconds: how long the pass took.
        device: where it ran, in words.
    """

    maps: FeatureMaps
    seen: NDArray[np.uint8]
    top: tuple[tuple[str, float], ...]
    weights: str
    seconds: float
    device: str


@dataclass(frozen=True, slots=True)
class CellView:
    """How strongly each cell of a node responds to a photo, and the photo as the net sees it.

    Attributes:
        node: name that was asked for.
        responses: ``(rows, columns)`` float32, 0…1: the mean absolute value over the channels, from the 6 % quantile of
            the cells (0) to the 99 % quantile (1).
        seen: the picture as the net gets it, uint8 ``(height, width, 3)`` (one colour: 1), before normalisation.
        crop: left, top, right, bottom of these pixels on the photo, in its pixels; beyond it where it is padded.
        photo_size: width and height of the photo.
        weights: which weights are in use, one plain sentence.
        seconds: how long the pass took.
        device: where it ran, in words.
    """

    node: str
    responses: NDArray[np.float32]
    seen: NDArray[np.uint8]
    crop: tuple[float, float, float, float]
    photo_size: tuple[int, int]
    weights: str
    seconds: float
    device: str


@dataclass(frozen=True, slots=True)
class EffectView:
    """An effective receptive field as far as it is measured.

    Attributes:
        field: the mean over all passes so far.
        passes: how many passes there were so far; may be fewer than were asked for, then ask again.
        wanted: how many were asked for.
        source: ``"noise"`` or ``"photo"``.
        variant: ``"as it is"`` or ``"plain twin"``.
        weights: which weights are in use, one plain sentence.
        trained: whether these are trained weights; random ones otherwise.
        seconds: how long all passes so far took.
        device: where they ran, in words.
    """

    field: EffectiveReceptiveField
    passes: int
    wanted: int
    source: Source
    variant: Variant
    weights: str
    trained: bool
    seconds: float
    device: str

    @property
    def finished(self) -> bool:
        """Whether all passes that were asked for are done."""
        return self.passes >= self.wanted
