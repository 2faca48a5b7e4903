"""Judges of receptive fields that know no rule of them: they run the network and look what reaches a unit.

Two judges, which share nothing with each other:

- **gradient**: a copy in float64 whose weights are all positive and whose activations and max-pools are replaced by
  sums, so that nothing cancels and nothing hides: a pixel belongs to a unit's field exactly where the gradient of the
  unit is not zero.
- **NaN**: the network as it is, its max-pools too, fed with NaN in some lines of the picture: whatever is computed
  from one NaN is NaN (also in torch's max-pools, and where a weight is zero).

A span is the first and the last pixel along one axis, both of them seen; None where a unit sees nothing.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.overrides import TorchFunctionMode

from core.graph.records import ReceptiveField
from core.probes import activations

Unit = tuple[int, int]
Span = tuple[int, int] | None
Spans = tuple[Span, Span]
Size = tuple[int, int, int]

_ACTIVATIONS = frozenset(
    [
        "clamp",
        "celu",
        "elu",
        "gelu",
        "hardsigmoid",
        "hardswish",
        "hardtanh",
        "leaky_relu",
        "mish",
        "prelu",
        "relu",
        "relu6",
        "selu",
        "sigmoid",
        "silu",
        "softplus",
        "tanh",
    ]
)


class _NothingHides(TorchFunctionMode):
    """Activations pass their input on, a max-pool gives the sum of its window, a convolution mixes all channels alike.

    The last is for speed: with equal weights for all channels one channel need be convolved.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if func.__name__.strip("_") in _ACTIVATIONS:
            # A tensor of its own, as in the net itself.
            return args[0] * 1
        if func.__name__ in ("max_pool2d", "_max_pool2d"):
            return _sum_pool(*args, **{k: v for k, v in kwargs.items() if k != "return_indices"})
        if func.__name__ == "adaptive_max_pool2d":
            return F.adaptive_avg_pool2d(*args, **{k: v for k, v in kwargs.items() if k != "return_indices"})
        if func.__name__ == "conv2d" and (kwargs.get("groups") or (*args, *[1] * 7)[6]) == 1:
            return _mixed(func, *args, **kwargs)
        return func(*args, **kwargs)


def _mixed(
    convolve: Callable[..., Tensor],
    x: Tensor,
    weight: Tensor,
    bias: object = None,
    *geometry: Any,
    **named: Any,
) -> Tensor:
    kernel = weight.abs().sum(dim=(0, 1), keepdim=True) / weight.shape[0]
    one = convolve(x.mean(dim=1, keepdim=True), kernel, None, *geometry, **named)
    return one.expand(-1, weight.shape[0], -1, -1)


def _sum_pool(
    x: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    *_others: object,
) -> Tensor:
    """The sum over the windows of a max-pool; what lies outside the picture counts as nothing."""
    kernel, pad, spread = _pair(kernel_size), _pair(padding), _pair(dilation)
    step = _pair(stride if stride not in (None, []) else kernel_size)
    # Torch itself says how many windows there are; the picture is made long enough for the last one.
    count = nn.MaxPool2d(kernel, step, pad, spread, ceil_mode=ceil_mode)(
        torch.empty(x.shape[-2:], device="meta")[None]
    ).shape[-2:]
    missing = [
        (n - 1) * s + d * (k - 1) + 1 - size - p
        for n, s, d, k, size, p in zip(count, step, spread, kernel, x.shape[-2:], pad, strict=True)
    ]
    x = F.pad(x, (pad[1], missing[1], pad[0], missing[0]))
    ones = x.new_ones(x.shape[1], 1, *kernel)
    return F.conv2d(x, ones / ones[0].numel(), None, step, 0, spread, x.shape[1])


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value * 2)[:2] if len(value) == 1 else tuple(value)


def positive_copy(module: nn.Module) -> nn.Module:
    """A copy in float64 and eval mode whose every weight is positive; batch norm only scales."""
    twin = copy.deepcopy(module).double().eval()
    generator = torch.Generator().manual_seed(0)
    for name, weight in twin.named_parameters():
        # Weights of a layer add up to about 1, so that hundreds of layers neither explode nor vanish.
        fan_in = weight[0].numel() if weight.dim() > 1 else 1
        weight.data = (torch.rand(weight.shape, generator=generator, dtype=torch.float64) + 0.5) / fan_in
        if name.endswith("bias"):
            weight.data.zero_()
    for part in twin.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm) and part.track_running_stats:
            part.reset_running_stats()
    return twin


def by_gradient(module: nn.Module, size: Size, name: str, units: Sequence[Unit]) -> dict[Unit, Spans]:
    """Rows and columns that each unit of an operation sees, by gradients of a positive copy of ``module``.

    Args:
        name: path of a module (its last call), or name of a function's call such as ``"layer1.0.add"``.
        units: ``(row, column)`` of each.
    """
    twin = positive_copy(module)
    pictures = torch.rand(
        len(units), *size, generator=torch.Generator().manual_seed(1), dtype=torch.float64
    ).add_(0.5)
    pictures.requires_grad_(True)
    found: dict[str, Tensor] = {}

    def gather(output: Tensor) -> None:
        found["sum"] = torch.stack([output[n, :, i, j].sum() for n, (i, j) in enumerate(units)]).sum()

    with _NothingHides():
        _run(twin, pictures, name, gather)
    found["sum"].backward()
    assert pictures.grad is not None
    seen = pictures.grad.ne(0).any(dim=1)
    return {unit: (_span(seen[n].any(dim=1)), _span(seen[n].any(dim=0))) for n, unit in enumerate(units)}


def _run(module: nn.Module, pictures: Tensor, name: str, gather: Callable[[Tensor], None]) -> None:
    if name in dict(module.named_modules()):
        handle = module.get_submodule(name).register_forward_hook(lambda _m, _x, output: gather(output))
        module(pictures)
        handle.remove()
    else:
        _Calls(fx.symbolic_trace(module), name, gather).run(pictures)


class _Calls(fx.Interpreter):
    """Runs a network and picks out a function's call: by its module's path, its own name, and ``_1``, ``_2`` …"""

    def __init__(self, traced: fx.GraphModule, name: str, gather: Callable[[Tensor], None]) -> None:
        super().__init__(traced, garbage_collect_values=False)
        self._name, self._gather = name, gather
        self._calls: Counter[str] = Counter()

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if n.op == "call_function":
            paths = [path for path, _ in n.meta.get("nn_module_stack", {}).values() if path]
            word = {"iadd": "add"}.get(n.target.__name__, n.target.__name__)
            wanted = ".".join([*paths[-1:], word])
            again = self._calls[wanted]
            self._calls[wanted] += 1
            if self._name == (f"{wanted}_{again}" if again else wanted):
                self._gather(result)
        return result


def _span(seen: Tensor) -> Span:
    places = seen.nonzero().flatten().tolist()
    return (places[0], places[-1]) if places else None


@torch.no_grad()
def by_nan(module: nn.Module, size: Size, name: str, units: Sequence[Unit]) -> dict[Unit, Spans]:
    """Rows and columns that each unit of an operation sees, by NaN in the lines of the unmodified network's picture.

    Each of the four edges is found by halving: the first row that matters is the smallest ``r`` for which NaN in rows
    ``0 … r`` reaches the unit.
    """
    net = copy.deepcopy(module).double().eval()
    sides = [(axis, end) for axis in (0, 1) for end in (0, 1)]
    searches = [(unit, axis, end) for unit in units for axis, end in sides]
    low = [0] * len(searches)
    high = [
        size[1 + axis] for _, axis, _ in searches
    ]  # = as many lines as there are: nothing reaches the unit
    while any(a < b for a, b in zip(low, high, strict=True)):
        middle = [(a + b) // 2 for a, b in zip(low, high, strict=True)]
        reached = _reached(net, size, name, searches, middle)
        for n, hit in enumerate(reached):
            if low[n] < high[n]:
                low[n], high[n] = (low[n], middle[n]) if hit else (middle[n] + 1, high[n])
    spans: dict[tuple[Unit, int], list[int]] = {}
    for (unit, axis, end), line in zip(searches, low, strict=True):
        spans.setdefault((unit, axis), []).append(line if end == 0 else size[1 + axis] - 1 - line)
    return {unit: (_ordered(spans[unit, 0]), _ordered(spans[unit, 1])) for unit in units}


def _ordered(ends: Sequence[int]) -> Span:
    return (ends[0], ends[1]) if ends[0] <= ends[1] else None


def _reached(
    net: nn.Module, size: Size, name: str, searches: Sequence[tuple[Unit, int, int]], last: Sequence[int]
) -> list[bool]:
    """Whether NaN in lines 0 … ``last`` from one end makes the unit NaN, for each search."""
    pictures = torch.rand(
        len(searches), *size, generator=torch.Generator().manual_seed(1), dtype=torch.float64
    )
    for picture, (_, axis, end), line in zip(pictures, searches, last, strict=True):
        lines = slice(0, line + 1) if end == 0 else slice(max(size[1 + axis] - 1 - line, 0), None)
        picture[(slice(None), lines) if axis == 0 else (slice(None), slice(None), lines)] = torch.nan
    output = torch.from_numpy(activations(net, pictures, at=[name])[name])
    return [bool(output[n, :, i, j].isnan().any()) for n, ((i, j), _, _) in enumerate(searches)]


def claimed(field: ReceptiveField, size: Size, shape: Sequence[int], unit: Unit) -> Spans:
    """What the record says that a unit of a map sees of a picture of ``size``: cut at the border."""
    rows, columns = (
        _cut(span, length) for span, length in zip(_uncut(field, shape, unit), size[1:], strict=True)
    )
    return rows, columns


def inside(
    field: ReceptiveField, size: Size, shape: Sequence[int], unit: Unit, margin: int = 0
) -> tuple[int, ...]:
    """Axes along which all that the record says a unit sees is picture, also ``margin`` pixels further out."""
    return tuple(
        axis
        for axis, (first, last) in enumerate(_uncut(field, shape, unit))
        if margin <= first <= last < size[1 + axis] - margin
    )


def _uncut(field: ReceptiveField, shape: Sequence[int], unit: Unit) -> list[tuple[int, int]]:
    return [field.seen(axis, shape[2 + axis])[unit[axis]] for axis in (0, 1)]


def _cut(span: tuple[int, int], length: int) -> Span:
    first, last = max(span[0], 0), min(span[1], length - 1)
    return (first, last) if first <= last else None


def within(measured: Span, said: Span) -> bool:
    """Whether nothing was measured outside of what the record says."""
    return measured is None or (said is not None and said[0] <= measured[0] and measured[1] <= said[1])


def size_stride_offset(
    measured: Mapping[Unit, Spans], here: Unit, there: Unit
) -> tuple[tuple[int, int], tuple[float, float], tuple[float, float]]:
    """Size, stride and offset from the boxes of two units that differ by one row and one column."""
    sizes, strides, offsets = [], [], []
    for axis in (0, 1):
        span, following = measured[here][axis], measured[there][axis]
        assert span is not None and following is not None
        sizes.append(span[1] - span[0] + 1)
        strides.append((sum(following) - sum(span)) / 2)
        offsets.append(sum(span) / 2 - strides[-1] * here[axis])
    return (sizes[0], sizes[1]), (strides[0], strides[1]), (offsets[0], offsets[1])
