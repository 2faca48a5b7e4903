"""What answers carry: frozen records of NumPy arrays, bytes and numbers; no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.probes.records import FeatureMaps
from core.service.subjects import Picture


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
