"""What an operation costs: multiply-adds for one picture and bytes of its output.

A multiply-add is one multiplication with its addition, so half of what some tools call FLOPs. Convolutions,
linear layers and matrix products count; norms, activations, pools and sums do not, as in the published figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

BYTES_PER_NUMBER = 4


def convolution(
    weight: Sequence[int], inputs: Sequence[int], outputs: Sequence[int], *, transposed: bool = False
) -> int:
    """Multiply-adds of a convolution from the shapes of weight, input and output.

    A weight has shape ``(out, in / groups, *kernel)``, so every output number takes ``in / groups · kernel``
    multiply-adds; a transposed one has ``(in, out / groups, *kernel)`` and spends them per input number.
    """
    return prod(inputs if transposed else outputs) * prod(weight[1:])


def linear(in_features: int, outputs: Sequence[int]) -> int:
    """Multiply-adds of a linear layer: ``in_features`` for every output number."""
    return in_features * prod(outputs)


def matrix_product(left: Sequence[int], outputs: Sequence[int]) -> int:
    """Multiply-adds of a matrix product: the inner width, which is the left operand's last axis, per output number."""
    return left[-1] * prod(outputs)


def recurrent(weights: Iterable[Sequence[int]], inputs: Sequence[int]) -> int:
    """Multiply-adds of a recurrent module: each of its matrices once for every step of every sequence."""
    return sum(prod(weight) for weight in weights if len(weight) == 2) * prod(inputs[:-1])


def activation_bytes(outputs: Sequence[int]) -> int:
    """Bytes of an output at four bytes a number."""
    return BYTES_PER_NUMBER * prod(outputs)


class MultiplyCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts multiply-adds of everything that runs while it is active, however deep inside closed boxes.

    Uses torch's own table of formulas, which counts two operations per multiply-add.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._operations = 0

    @property
    def macs(self) -> int:
        """Multiply-adds so far."""
        return self._operations // 2

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the operator, and add its cost."""
        kwargs = kwargs or {}
        formula = flop_registry.get(func.overloadpacket)
        result = func(*args, **kwargs)
        if formula is not None:
            self._operations += int(formula(*args, **kwargs, out_val=result))
        return result
