"""What two small kernels make together, and which large kernels they cannot make. NumPy alone, in float64.

Two convolutions without anything between them are one convolution; its kernel is the full convolution of theirs. The
way back is a fit: of all pairs, the one whose composition is nearest to a given kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
STARTS = 48
"""Random starts of a fit; for most kernels a third of them end at the best optimum, for some one in thirty."""
_SMALL = 3  # side of the kernels that are fitted
_STEPS = 80
_LAST_STEPS = 400  # for the best start alone, some of which creep
_NOTHING = 1e-30  # squared error that is rounding alone
_EASED, _HELD = (
    3.0,
    4.0,
)  # how fast the damping falls after a step that helped, and rises after one that did not


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The pair of small kernels whose composition is nearest to a kernel.

    Attributes:
        first: kernels of the layer next to the input, ``(between, in, 3, 3)``.
        second: kernels of the layer after it, ``(out, between, 3, 3)``.
        composed: the single kernel that both make, ``(out, in, 5, 5)``.
        left_over: ``‖kernel − composed‖ / ‖kernel‖``, 0…1.
        slope: the largest derivative of ``‖kernel − composed‖² / 2`` by any weight, of a kernel scaled to norm 1.
        errors: ``left_over`` of every start before the best one was followed to the end, sorted.
    """

    first: Doubles
    second: Doubles
    composed: Doubles
    left_over: float
    slope: float
    errors: Doubles


def compose(first: Doubles, second: Doubles, *, step: int = 1) -> Doubles:
    """The single kernel that two layers make one after the other, ``(out, in, a + step · (b − 1), …)``.

    As torch does, a layer correlates; so it is the full convolution of both kernels.

    Args:
        first: of the layer next to the input, ``(between, in, a, a)``.
        second: of the layer after it, ``(out, between, b, b)``.
        step: stride of the first layer times dilation of the second one: how far apart the second layer's taps lie
            on the first one's grid of taps.

    Raises:
        ValueError: the channels in between differ.
    """
    if first.shape[0] != second.shape[1]:
        raise ValueError(
            f"The first layer puts out {first.shape[0]} channels, the second takes {second.shape[1]}."
        )
    side, taps = first.shape[-1], second.shape[-1]
    size = side + step * (taps - 1)
    whole = np.zeros((second.shape[0], first.shape[1], size, size))
    for row in range(taps):
        for column in range(taps):
            part = np.einsum("om,miyx->oiyx", second[:, :, row, column], first)
            top, left = row * step, column * step
            whole[:, :, top : top + side, left : left + side] += part
    return whole


def random_kernel(seed: int, channels: int = 1) -> Doubles:
    """A kernel of independent normal numbers, ``(channels, channels, 5, 5)``."""
    return np.random.default_rng(seed).standard_normal((channels, channels, 5, 5))


def fit(kernel: Doubles, *, between: int = 1, starts: int = STARTS, seed: int = 0, flat: float = 1e-9) -> Fit:
    """The two 3×3 layers whose composition is nearest to a 5×5 kernel, in least squares.

    Levenberg–Marquardt (Marquardt 1963, https://doi.org/10.1137/0111030) from random starts, all at once. The problem
    has several optima; the best one found is given, which is not proven to be the best there is.

    Args:
        kernel: ``(out, in, 5, 5)``, not all zero.
        between: channels between the layers.
        starts: how many random starts.
        seed: of the starts.
        flat: the slope at which the best start is followed no further.

    Raises:
        ValueError: the kernel is no 5×5 one, or zero.
    """
    if kernel.ndim != 4 or kernel.shape[2:] != (5, 5) or not np.any(kernel):
        raise ValueError(f"A kernel to fit is (out, in, 5, 5) and not zero; this one is {kernel.shape}.")
    norm = float(np.linalg.norm(kernel))
    search = _Search(kernel / norm, between, starts, seed)
    for _ in range(_STEPS):
        search.step()
        if search.errors.min() < _NOTHING:
            break
    errors = np.sqrt(np.sort(search.errors))
    slope = search.polish(flat)
    scale = np.sqrt(norm)
    first, second = search.first[0] * scale, search.second[0] * scale
    composed = compose(first, second)
    left = float(np.linalg.norm(kernel - composed)) / norm
    return Fit(first, second, composed, left, slope, errors)


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """A random 5×5 kernel, and how near two 3×3 layers come to it and to wider ones of its kind.

    Attributes:
        seed: of the random numbers.
        kernel: ``(5, 5)``.
        fit: the nearest pair of single kernels.
        wider: ``(in, between, out, left over)`` for other numbers of channels, the first that of ``fit``.
    """

    seed: int
    kernel: Doubles
    fit: Fit
    wider: tuple[tuple[int, int, int, float], ...]


@lru_cache(maxsize=32)
def prove(seed: int) -> Proof:
    """That an equal field is not an equal function, by the random kernel of that seed."""
    kernel = random_kernel(seed)
    nearest = fit(kernel)
    more = fit(kernel, between=2, starts=4)
    wide = fit(random_kernel(seed, channels=2), between=2, starts=6, flat=1e-3)
    rows = (
        (1, 1, 1, nearest.left_over),
        (1, 2, 1, more.left_over),
        (2, 2, 2, wide.left_over),
    )
    return Proof(seed, kernel[0, 0], nearest, rows)


class _Search:
    """All starts side by side, each with its own damping."""

    def __init__(self, target: Doubles, between: int, starts: int, seed: int) -> None:
        draw = np.random.default_rng(seed)
        out, into = target.shape[:2]
        self._target = target
        self.first = draw.standard_normal((starts, between, into, _SMALL, _SMALL))
        self.second = draw.standard_normal((starts, out, between, _SMALL, _SMALL))
        # Compositions begin as large as the target, their two halves equally large.
        size = np.linalg.norm(self._composed(self.first, self.second).reshape(starts, -1), axis=1)
        scale = (1 / np.sqrt(size)).reshape(-1, 1, 1, 1, 1)
        self.first, self.second = self.first * scale, self.second * scale
        self._damping = np.full(starts, 0.1)
        self._left = target - self._composed(self.first, self.second)
        self.errors = self._squares(self._left)

    @staticmethod
    def _composed(first: Doubles, second: Doubles) -> Doubles:
        slid = _slid(first)  # (starts, between, in, places, taps of the second)
        whole: Doubles = np.einsum("rmipt,romt->roip", slid, second.reshape(*second.shape[:3], -1))
        return whole.reshape(*whole.shape[:3], 5, 5)

    @staticmethod
    def _squares(left: Doubles) -> Doubles:
        squares: Doubles = np.einsum("roiyx,roiyx->r", left, left)
        return squares

    def _jacobian(self, first: Doubles, second: Doubles) -> Doubles:
        """Derivatives of the composition by all weights, ``(starts, numbers, weights)``."""
        starts, _, into = first.shape[:3]
        out = second.shape[1]
        by_first = np.einsum("rompt,ij->roipmjt", _slid(second), np.eye(into))
        by_second = np.einsum("rmipt,oq->roipqmt", _slid(first), np.eye(out))
        numbers = out * into * 25
        return np.concatenate(
            [by_first.reshape(starts, numbers, -1), by_second.reshape(starts, numbers, -1)], axis=2
        )

    def polish(self, flat: float) -> float:
        """Keep the best start alone and follow it to where nothing pulls; returns the largest slope that is left."""
        best = [int(self.errors.argmin())]
        self.first, self.second, self._left = self.first[best], self.second[best], self._left[best]
        self.errors, self._damping = self.errors[best], self._damping[best]
        for _ in range(_LAST_STEPS):
            if self._slope() < flat:
                break
            self.step()
        return self._slope()

    def _slope(self) -> float:
        """The largest derivative of half the squared error of the first start."""
        slopes = self._jacobian(self.first[:1], self.second[:1])[0]
        return float(np.abs(slopes.T @ self._left[0].ravel()).max())

    def step(self) -> None:
        """One damped step each; a start stays where its step would not help."""
        slopes = self._jacobian(self.first, self.second)
        starts, _, weights = slopes.shape
        turned = slopes.transpose(0, 2, 1)
        pull = turned @ self._left.reshape(starts, -1, 1)
        curve = turned @ slopes + self._damping.reshape(-1, 1, 1) * np.eye(weights)
        move = np.linalg.solve(curve, pull)[..., 0]
        cut = self.first[0].size
        first = self.first + move[:, :cut].reshape(self.first.shape)
        second = self.second + move[:, cut:].reshape(self.second.shape)
        left = self._target - self._composed(first, second)
        errors = self._squares(left)
        better = errors < self.errors
        chosen = better.reshape(-1, 1, 1, 1, 1)
        self.first = np.where(chosen, first, self.first)
        self.second = np.where(chosen, second, self.second)
        self._left = np.where(chosen, left, self._left)
        self.errors = np.where(better, errors, self.errors)
        # The scaling between both layers is free, so without any damping the equations would be singular.
        self._damping = np.clip(np.where(better, self._damping / _EASED, self._damping * _HELD), 1e-12, 1e6)


def _slid(kernels: Doubles) -> Doubles:
    """What each tap of another 3×3 kernel adds to each place of the 5×5: ``(…, 3, 3)`` → ``(…, 25, 9)``."""
    slid: Doubles = np.tensordot(kernels.reshape(*kernels.shape[:-2], -1), _placing(), axes=([-1], [0]))
    return slid


@cache
def _placing() -> Doubles:
    """``(9, 25, 9)``: 1 where a tap of the one and a tap of the other kernel meet at a place."""
    places = np.zeros((_SMALL, _SMALL, 25, _SMALL, _SMALL))
    for a, b, c, d in np.ndindex(_SMALL, _SMALL, _SMALL, _SMALL):
        places[a, b, (a + c) * 5 + b + d, c, d] = 1.0
    return places.reshape(_SMALL**2, 25, _SMALL**2)
