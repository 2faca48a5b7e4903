"""The effective receptive field: how much each pixel of the picture moves one cell of a layer, by gradients.

After Luo et al. 2016, "Understanding the effective receptive field in deep convolutional neural networks"
(https://arxiv.org/abs/1701.04128). For a cell with channels ``y₁ … y_C`` and a pixel with colours ``x₁ …``, the heat is

    squared:  E Σₖ (∂ Σ_c s_c y_c / ∂ xₖ)²        absolute:  E Σₖ |∂ Σ_c s_c y_c / ∂ xₖ|

over pictures and over signs ``s_c = ±1``, drawn anew for each picture. With the signs the squared heat is, in
expectation, ``Σ_c Σₖ (∂ y_c / ∂ xₖ)²``: every channel counts, and none takes another's effect away. Without them
the channels' sum is measured, which says nothing after a layer norm: there it is the same for all pictures. The paper
looks at a single channel, whose squared gradient is what its theory predicts for random weights.

The network is in eval mode, so that a batch norm does not carry effects from pixel to pixel through its statistics; the
pass ends at the node, and there is one pass back for each batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core.graph.records import UNDEFINED, Graph, ReceptiveField, TraceFailed
from core.graph.tracing import trace
from core.probes import heat as heats
from core.probes.boxes import box_of, centre_of
from core.probes.calibrate import Statistics, calibrated, measured, untouched
from core.probes.capture import eval_mode, output_at
from core.probes.maps import prefix_tokens
from core.probes.places import Places, places
from core.probes.records import EffectiveReceptiveField, Floats, Measure, NoEffect, NoMaps, NoSuchCell

COUNT = 8
"""Pictures by default: fewer give fields that are too small, because every picture's own has gaps."""
_BATCH = 4
_CALIBRATION = 8
_INPUT_SIZE = (3, 224, 224)
_CALIBRATION_PICTURE = 1 << 40  # its noise is that of no picture that is measured
_SEEDS = 1 << 62


def effective_receptive_field(
    module: nn.Module,
    node: str,
    *,
    graph: Graph | None = None,
    images: Tensor | None = None,
    input_size: tuple[int, ...] | None = None,
    cell: tuple[int, int] | None = None,
    count: int | None = None,
    batch: int = _BATCH,
    measure: Measure = "squared",
    noise: float | None = None,
    seed: int = 0,
    calibration: int = _CALIBRATION,
) -> EffectiveReceptiveField:
    """How much each pixel moves one cell, as a mean over pictures. The module is left exactly as found.

    Args:
        module: network on any device and in any mode.
        node: name as in `core.probes.activations`; its output must have places.
        graph: of this network at this input size; traced where it is None. The theoretical box comes from it.
        images: ``(N, channels, height, width)``, normalised; pictures of noise alone where it is None.
        input_size: ``(channels, height, width)`` of pictures of noise; the graph's, or 3 × 224 × 224.
        cell: row and column; the cell in the middle where it is None.
        count: pictures in all, 8 or all of ``images`` by default; more than there are start again with other noise.
        batch: pictures at once: changes the memory and time, not the result.
        measure: ``"squared"`` or ``"absolute"``.
        noise: standard deviation of normal noise added to each picture, in normalised units; 1 without images, else 0.
        seed: of noise and signs; every picture has its own, whatever the batch.
        calibration: batch norms that have never seen data (mean 0, variance 1) take their statistics from as many
            pictures of noise first, and have their own back afterwards; 0 leaves them.

    Raises:
        UnknownNode: the pass has no such operation.
        NoMaps: its output has no places, or the network takes no pictures.
        NoSuchCell: it has no such cell.
        NoEffect: no gradient leads back to the picture, or it is no number.
    """
    known = graph if graph is not None else _traced(module, _size(images, input_size, graph))
    running = RunningField(
        node,
        graph=known,
        images=images,
        input_size=input_size,
        cell=cell,
        noise=noise,
        seed=seed,
        calibration=calibration,
    )
    wanted = count if count is not None else COUNT if images is None else len(images)
    if wanted < 1 or batch < 1:
        raise ValueError(f"count={wanted} and batch={batch} must be at least 1.")
    while running.images < wanted:
        running.add(module, min(batch, wanted - running.images))
    return running.result(measure)


class RunningField:
    """The same, pass after pass: the picture sharpens with each, and one may stop at any time.

    It holds sums and no network, so that it can be kept for as long as one likes. Arguments are those of
    `effective_receptive_field`.
    """

    def __init__(
        self,
        node: str,
        *,
        graph: Graph | None = None,
        images: Tensor | None = None,
        input_size: tuple[int, ...] | None = None,
        cell: tuple[int, int] | None = None,
        noise: float | None = None,
        seed: int = 0,
        calibration: int = _CALIBRATION,
    ) -> None:
        size = _size(images, input_size, graph)
        if len(size) != 3 or (images is not None and images.ndim != 4):
            raise NoMaps(
                f"This network takes inputs of shape {size}, which are no pictures; it has no receptive field."
            )
        self._node, self._graph, self._cell, self._seed = node, graph, cell, seed
        self._pictures = torch.zeros(1, *size) if images is None else images.detach().cpu()
        self._noise = noise if noise is not None else 1.0 if images is None else 0.0
        self._calibration = calibration
        self._statistics: Statistics | None = None
        self._places: Places | None = None
        self._shape: tuple[int, ...] = ()
        self._sums: dict[Measure, npt.NDArray[np.float64]] = {
            "squared": np.zeros(size[1:]),
            "absolute": np.zeros(size[1:]),
        }
        self.images = 0
        """How many pictures it is the sum of."""

    @property
    def nbytes(self) -> int:
        """Bytes that it holds."""
        statistics = [tensor for pair in (self._statistics or {}).values() for tensor in pair]
        held = sum(tensor.nbytes for tensor in (self._pictures, *statistics))
        return held + sum(sums.nbytes for sums in self._sums.values())

    def add(self, module: nn.Module, count: int = _BATCH) -> None:
        """One pass more, over ``count`` pictures. The module is left as found, also after an exception."""
        x, generators = self._batch(range(self.images, self.images + count), module)
        with eval_mode(module), frozen(module):
            if self._statistics is None:
                self._statistics = self._calibrate(module)
            with calibrated(module, self._statistics):
                gradient = self._gradient(module, x, generators)
        self._sums["squared"] += gradient.square().sum((0, 1)).numpy()
        self._sums["absolute"] += gradient.abs().sum((0, 1)).numpy()
        self.images += count

    def result(self, measure: Measure = "squared") -> EffectiveReceptiveField:
        """The mean so far.

        Raises:
            ValueError: there was no pass yet.
        """
        if self._places is None or not self.images:
            raise ValueError("There was no pass yet; add one first.")
        heat: Floats = (self._sums[measure] / self.images).astype(np.float32)
        height, width = heat.shape
        field = self._field()
        cell = self._chosen(self._places)
        return EffectiveReceptiveField(
            node=self._node,
            cell=cell,
            cells=(self._places.rows, self._places.columns),
            heat=heat,
            measure=measure,
            images=self.images,
            field=(height, width) if field.status == "whole image" else field.size,
            box=box_of(field, cell, (height, width)),
            centre=centre_of(field, cell) or heats.centre_of_mass(heat),
            calibrated=self._calibration if self._statistics else 0,
        )

    def _field(self) -> ReceptiveField:
        """The theoretical one, if it is of this output: a module of several outputs may end with another one."""
        node = None if self._graph is None else self._graph.at(self._node)
        same = node is not None and node.output_shape[1:] == self._shape
        return node.receptive_field if node is not None and same else UNDEFINED

    def _batch(self, numbers: range, module: nn.Module) -> tuple[Tensor, list[torch.Generator]]:
        """Pictures of these numbers where the network is, and what their signs are drawn from."""
        generators = [
            torch.Generator().manual_seed((self._seed * 1_000_003 + number) % _SEEDS) for number in numbers
        ]
        like = next((p for p in module.parameters() if p.is_floating_point()), self._pictures)
        pictures = [self._pictures[number % len(self._pictures)] for number in numbers]
        noisy = [
            picture + self._noise * torch.randn(picture.shape, generator=generator)
            for picture, generator in zip(pictures, generators, strict=True)
        ]
        return torch.stack(noisy).to(like.device, like.dtype), generators

    def _calibrate(self, module: nn.Module) -> Statistics:
        if not self._calibration or not untouched(module):
            return {}
        # A batch norm of a single number per channel cannot tell a variance from one picture.
        first, count = _CALIBRATION_PICTURE, max(self._calibration, 2)
        x, _ = self._batch(range(first, first + count), module)
        return measured(module, lambda: output_at(module, x, self._node, graph=self._graph))

    def _gradient(self, module: nn.Module, x: Tensor, generators: list[torch.Generator]) -> Tensor:
        """``(N, channels, height, width)`` float64 on the CPU: of the cell's channels, added up with their signs."""
        with torch.enable_grad():
            x = x.requires_grad_()
            # A copy, because the network may begin with an operation in place.
            output = output_at(module, x.clone(), self._node, graph=self._graph)
            values = self._values(output, x, module)
            if not values.requires_grad:
                raise NoEffect(
                    f"No gradient leads from {self._node!r} back to the picture, so no pixel's effect can be told; "
                    "choose another layer."
                )
            signs = [torch.randint(0, 2, values.shape[1:], generator=g) * 2 - 1 for g in generators]
            total = (values * torch.stack(signs).to(values)).sum()
            (gradient,) = torch.autograd.grad(total, x)
        gradient = gradient.cpu().double()
        if not bool(gradient.isfinite().all()):
            raise NoEffect(
                f"With these weights the gradient at {self._node!r} is infinite or no number, so no pixel's effect "
                "can be told; choose other weights or an earlier layer."
            )
        return gradient

    def _values(self, output: Tensor, x: Tensor, module: nn.Module) -> Tensor:
        """``(N, channels)`` of the cell."""
        shape = tuple(output.shape)
        single = (1, *shape[1:]) if shape[0] == len(x) else shape
        found = places(single, (x.shape[-2], x.shape[-1]), prefix=prefix_tokens(module), node=self._node)
        self._places, self._shape = found, shape[1:]
        row, column = self._chosen(found)
        if found.layout == "channels first":
            return output[:, :, row, column]
        if found.layout == "channels last":
            return output[:, row, column]
        return output[:, found.ahead + row * found.columns + column]

    def _chosen(self, found: Places) -> tuple[int, int]:
        row, column = found.centre if self._cell is None else self._cell
        if not (0 <= row < found.rows and 0 <= column < found.columns):
            raise NoSuchCell(
                f"{self._node!r} has {found.rows} × {found.columns} cells here and none at row {row}, column {column}; "
                "choose one of them."
            )
        return row, column


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """No parameter requires a gradient; afterwards those do that did, also after an exception."""
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in trained:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_()


def _size(images: Tensor | None, input_size: tuple[int, ...] | None, graph: Graph | None) -> tuple[int, ...]:
    if images is not None:
        return tuple(images.shape[1:])
    return input_size or (graph.input_size if graph is not None else _INPUT_SIZE)


def _traced(module: nn.Module, size: tuple[int, ...]) -> Graph | None:
    try:
        return trace(module, size)
    except TraceFailed:
        return None
