"""What probes measured, as plain frozen records of NumPy arrays: readable without torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.probes import heat as heats

Order = Literal["strength", "index", "variance"]
Layout = Literal["channels first", "channels last", "tokens"]
Measure = Literal["squared", "absolute"]
Floats = npt.NDArray[np.float32]


class NoMaps(ValueError):
    """An output has no places left that could be drawn; the message is one sentence for the visitor."""


class TooLarge(ValueError):
    """A pass would need more memory than it may have; the message is one sentence for the visitor."""


class NoEffect(ValueError):
    """Nothing leads from a cell back to the picture; the message is one sentence for the visitor."""


class NoSuchCell(ValueError):
    """An output has no cell at that row and column; the message is one sentence for the visitor."""


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


@dataclass(frozen=True, eq=False)
class EffectiveReceptiveField:
    """How much each pixel moves one cell: the gradient of the cell with respect to the picture, over many pictures.

    Its measures are about the *mass*, the sum of `heat`. See `core.probes.effective` for what is averaged.

    Attributes:
        node: name that was asked for.
        cell: row and column of the cell.
        cells: how many rows and columns of cells the node has.
        heat: ``(height, width)`` float32: the mean over pictures of the squared, or absolute, gradient at each pixel,
            summed over the colours; never negative.
        measure: ``"squared"`` or ``"absolute"``.
        images: how many pictures it is the mean of.
        field: ``(height, width)`` of the theoretical receptive field in pixels, not cut at the border; the picture's
            own size where the whole picture is seen, ``(0, 0)`` where it is not known.
        box: ``(top, left, bottom, right)`` of the theoretical receptive field of this cell, cut to the picture; the
            last two exclusive, as in a slice. None where it is not known.
        centre: row and column of the middle of the theoretical receptive field, not cut; of the heat, where it is not
            known or the whole picture is seen.
        calibrated: on how many noise pictures batch norm took its statistics first; 0 = on none.
    """

    node: str
    cell: tuple[int, int]
    cells: tuple[int, int]
    heat: Floats
    measure: Measure
    images: int
    field: tuple[int, int]
    box: tuple[int, int, int, int] | None
    centre: tuple[float, float]
    calibrated: int = 0

    @cached_property
    def inside(self) -> float | None:
        """Share (0…1) of the mass within the box: 1 where theory is right. None where there is no box."""
        return None if self.box is None else heats.mass_within(self.heat, self.box)

    @property
    def box_pixels(self) -> int | None:
        """How many pixels of the picture lie in the box; None where there is no box."""
        if self.box is None:
            return None
        top, left, bottom, right = self.box
        return max(bottom - top, 0) * max(right - left, 0)

    def holds(self, share: float) -> int:
        """The smallest number of pixels that hold a share (above 0, at most 1) of the mass."""
        return heats.pixels_holding(self.heat, share)

    def radius(self, share: float) -> float:
        """Radius in pixels of the smallest disc around `centre` that holds a share of the mass."""
        return heats.radius_holding(self.heat, share, centre=self.centre)

    def side(self, share: float) -> int:
        """Side in pixels of the smallest square around `centre` that holds a share of the mass."""
        return heats.side_holding(self.heat, share, centre=self.centre)

    @cached_property
    def sigma(self) -> tuple[float, float]:
        """Standard deviation of the mass along rows and columns, in pixels: that of the Gaussian that fits."""
        return heats.spread(self.heat)

    @cached_property
    def gaussian_overlap(self) -> float:
        """How much (0…1) of its mass it shares with that Gaussian."""
        return heats.gaussian_overlap(self.heat)

    @property
    def ratio(self) -> tuple[float, float] | None:
        """``4 σ`` over the theoretical size, rows and columns; None where that is not known.

        Two standard deviations to either side hold 95 % of a Gaussian. An even field would have 4 / √12 = 1.15.
        """
        if 0 in self.field:
            return None
        return 4 * self.sigma[0] / self.field[0], 4 * self.sigma[1] / self.field[1]
