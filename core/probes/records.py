"""What probes measured, as plain frozen records of NumPy arrays: readable without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Order = Literal["strength", "index", "variance"]
Layout = Literal["channels first", "channels last", "tokens"]
Floats = npt.NDArray[np.float32]


class NoMaps(ValueError):
    """An output has no places left that could be drawn; the message is one sentence for the visitor."""


class TooLarge(ValueError):
    """A pass would need more memory than it may have; the message is one sentence for the visitor."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One of the network's guesses.

    Attributes:
        index: position among the outputs.
        probability: softmax of the outputs, 0…1.
    """

    index: int
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMaps:
    """The output of one operation as one small picture a channel.

    Attributes:
        node: name that was asked for.
        shape: of the output as the network gives it, batch axis first.
        layout: how the maps lay in that output. ``"tokens"``: the tokens that stand for places, row by
            row, without class and register tokens.
        order: every channel's index, in the order asked for.
        maps: ``(shown, height, width)`` float32, the first channels of ``order``.
        strengths: ``(channels,)`` mean absolute value of every channel, by channel index.
        variances: ``(channels,)`` variance over the places of every channel, by channel index.
        signed: whether any value of the whole layer is negative.
        limit: 99.5 % quantile of the absolute values of the whole layer, where a common colour scale may end.
    """

    node: str
    shape: tuple[int, ...]
    layout: Layout
    order: npt.NDArray[np.int64]
    maps: Floats
    strengths: Floats
    variances: Floats
    signed: bool
    limit: float

    @property
    def channels(self) -> int:
        """How many maps the layer has; ``maps`` may hold fewer."""
        return len(self.order)

    @property
    def size(self) -> tuple[int, int]:
        """``(height, width)`` of a map in cells."""
        return self.maps.shape[1], self.maps.shape[2]
