"""A strategy for small networks: stacks of everything that moves, widens or mixes what a unit sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from hypothesis import strategies as st
from torch import Tensor, nn

Draw = st.DrawFn
CHANNELS = 4


class Does(nn.Module):
    """Layers by name and what is done with them: a function of this module and the picture."""

    def __init__(self, words: str, forward: Callable[[Any, Tensor], Tensor], **parts: nn.Module) -> None:
        super().__init__()
        self._words, self._forward = words, forward
        for name, part in parts.items():
            setattr(self, name, part)

    def extra_repr(self) -> str:
        return self._words

    def forward(self, x: Tensor) -> Tensor:
        return self._forward(self, x)


def _pairs(low: int, high: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(low, high), st.integers(low, high))


_KERNELS = st.sampled_from([(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (1, 7), (7, 1), (2, 3), (3, 1)])


@st.composite
def _convolution(draw: Draw) -> nn.Module:
    """Any convolution: also with a stride larger than its kernel, with more padding than it needs, or in groups."""
    options: dict[str, Any] = {
        "stride": draw(st.just((1, 1)) | _pairs(1, 3)),
        "dilation": draw(st.just((1, 1)) | _pairs(1, 3)),
        "padding": draw(_pairs(0, 3)),
        "groups": draw(st.sampled_from([1, 1, 2, CHANNELS])),
    }
    if options["stride"] == (1, 1) and draw(st.booleans()):
        options["padding"] = "same"
    return nn.Conv2d(CHANNELS, CHANNELS, draw(_KERNELS), **options)


@st.composite
def _window(draw: Draw, stride: tuple[int, int]) -> nn.Module:
    """A layer that makes ⌊side / stride⌋ of a side, with its padding divided anyhow between the two ends."""
    kernel = draw(_KERNELS)
    dilation = draw(st.just((1, 1)) | _pairs(1, 2))
    pads: list[int] = []
    for k, d, s in reversed(list(zip(kernel, dilation, stride, strict=True))):
        total = d * (k - 1) + 1 - s
        before = draw(st.integers(min(total, 0), max(total, 0)))
        pads += [before, total - before]
    pad: nn.Module = nn.ZeroPad2d(tuple(pads))
    if draw(st.booleans()):
        pad = Does(f"F.pad {pads}", lambda _, x: F.pad(x, pads))
    layers = {
        "convolution": nn.Conv2d(CHANNELS, CHANNELS, kernel, stride, 0, dilation),
        "depthwise": nn.Conv2d(CHANNELS, CHANNELS, kernel, stride, 0, dilation, CHANNELS),
        "max": nn.MaxPool2d(kernel, stride, 0, dilation),
    }
    return nn.Sequential(pad, layers[draw(st.sampled_from(sorted(layers)))], nn.ReLU())


@st.composite
def _pool(draw: Draw) -> nn.Module:
    kernel = draw(_pairs(1, 4))
    padding = (draw(st.integers(0, kernel[0] // 2)), draw(st.integers(0, kernel[1] // 2)))
    stride, ceil = draw(st.none() | _pairs(1, 3)), draw(st.booleans())
    words = f"kernel {kernel}, stride {stride}, padding {padding}, ceil mode {ceil}"
    return draw(
        st.sampled_from(
            [
                nn.MaxPool2d(kernel, stride, padding, ceil_mode=ceil),
                nn.AvgPool2d(kernel, stride, padding, ceil_mode=ceil),
                Does(f"F.max_pool2d {words}", lambda _, x: F.max_pool2d(x, kernel, stride, padding, 1, ceil)),
                Does(f"F.avg_pool2d {words}", lambda _, x: F.avg_pool2d(x, kernel, stride, padding, ceil)),
            ]
        )
    )


@st.composite
def _branches(draw: Draw) -> nn.Module:
    """Paths from one map to maps of one size, that need not be nested, and then their sum, product or row."""
    stride = draw(st.just((1, 1)) | _pairs(1, 3))
    parts = {f"branch{n}": draw(_window(stride)) for n in range(draw(st.integers(2, 3)))}
    join = draw(st.sampled_from(["add", "multiply", "concatenate", "skip"]))

    def forward(self: Any, x: Tensor) -> Tensor:
        maps = [getattr(self, name)(x) for name in parts]
        if join == "skip" and stride == (1, 1):
            maps = [x, maps[0]]
        if join == "concatenate":
            return self.squeeze(torch.cat(maps, 1))
        result = maps[0]
        for other in maps[1:]:
            result = result * other if join == "multiply" else result + other
        return result

    return Does(join, forward, **parts, squeeze=nn.Conv2d(CHANNELS * len(parts), CHANNELS, 1))


@st.composite
def _reused(draw: Draw) -> nn.Module:
    times = draw(st.integers(2, 3))

    def forward(self: Any, x: Tensor) -> Tensor:
        for _ in range(times):
            x = torch.relu(self.layer(x))
        return x

    return Does(f"{times} times", forward, layer=draw(_window((1, 1)) | _window((2, 1))))


@st.composite
def _parted(draw: Draw) -> nn.Module:
    """Half of the channels is worked on, and then halves are put together, or dropped."""

    def forward(self: Any, x: Tensor) -> Tensor:
        left, right = self.part(x)
        right = self.layer(right)
        return self.after(torch.cat([right, left] if turned else [left, right], dim=1))

    turned = draw(st.booleans())
    half = CHANNELS // 2
    parts = {
        "chunk": lambda _, x: x.chunk(2, dim=1),
        "split": lambda _, x: torch.split(x, half, dim=1),
        "slices": lambda _, x: (x[:, :half], x[:, half:]),
    }
    afters = {
        "all": lambda _, x: x,
        "the first half, twice": lambda _, x: torch.cat([x[:, :half], x[:, :half]], 1),
        "the second half, twice": lambda _, x: torch.cat([x[:, half:]] * 2, 1),
        "shuffled": lambda _, x: (
            x.view(x.shape[0], 2, half, x.shape[2], x.shape[3]).transpose(1, 2).reshape(x.shape)
        ),
    }
    part, after = draw(st.sampled_from(sorted(parts))), draw(st.sampled_from(sorted(afters)))
    kernel = draw(st.sampled_from([1, 3, 5]))
    return Does(
        f"{part}, turned {turned}, {after}",
        forward,
        part=Does(part, parts[part]),
        layer=nn.Conv2d(half, half, kernel, padding=kernel // 2, groups=draw(st.sampled_from([1, half]))),
        after=Does(after, afters[after]),
    )


@st.composite
def _upwards(draw: Draw) -> nn.Module:
    """More pixels than before."""
    scale = draw(st.sampled_from([2, 2, 4]))
    kind = draw(st.sampled_from(["transposed", "nearest", "bilinear", "module", "shuffle"]))
    if kind == "transposed":
        kernel, stride, dilation = draw(_pairs(1, 4)), draw(_pairs(1, 3)), draw(st.sampled_from([1, 1, 2]))
        return nn.ConvTranspose2d(
            CHANNELS,
            CHANNELS,
            kernel,
            stride,
            padding=draw(_pairs(0, 1)),
            output_padding=tuple(draw(st.integers(0, s - 1)) for s in stride),
            dilation=dilation,
        )
    if kind == "shuffle":
        return nn.Sequential(nn.Conv2d(CHANNELS, CHANNELS * 4, 1), nn.PixelShuffle(2))
    if kind == "module":
        return nn.Upsample(scale_factor=scale, mode=draw(st.sampled_from(["nearest", "bilinear"])))
    return Does(f"{kind} × {scale}", lambda _, x: F.interpolate(x, scale_factor=scale, mode=kind))


def _downwards() -> st.SearchStrategy[nn.Module]:
    return st.one_of(
        st.builds(lambda: nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(CHANNELS * 4, CHANNELS, 1))),
        st.builds(lambda: nn.Conv2d(CHANNELS, CHANNELS, 2, 2)),
        st.builds(lambda: nn.MaxPool2d(3, 2, 1)),
    )


def _cut() -> st.SearchStrategy[nn.Module]:
    return _pairs(0, 2).map(
        lambda ends: Does(f"rows and columns from {ends}", lambda _, x: x[:, :, ends[0] :, ends[1] :])
    )


def _pointwise() -> st.SearchStrategy[nn.Module]:
    return st.one_of(
        st.builds(nn.BatchNorm2d, st.just(CHANNELS)),
        st.builds(nn.Conv2d, st.just(CHANNELS), st.just(CHANNELS), st.just(1)),
        *(st.builds(kind) for kind in (nn.SiLU, nn.Dropout, nn.Hardswish)),
    )


def _exact() -> st.SearchStrategy[nn.Module]:
    return st.one_of(
        _convolution(),
        _branches(),
        _pool(),
        _reused(),
        _parted(),
        _cut(),
        _pointwise(),
        _window((1, 1)),
        _downwards(),
    )


def _stack(layers: list[nn.Module]) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(2, CHANNELS, 1), *layers)


def stacks() -> st.SearchStrategy[nn.Module]:
    """Networks of pictures with two channels, whose units are equally spaced and see boxes of one size."""
    return st.lists(_exact(), min_size=1, max_size=5).map(_stack)


def hourglasses() -> st.SearchStrategy[nn.Module]:
    """Networks that make maps larger again, so that the boxes of neighbours may differ in size and spacing."""
    down = st.lists(_exact(), max_size=2)
    up = st.lists(_upwards(), min_size=1, max_size=2)
    return st.tuples(down, up, st.lists(_window((1, 1)) | _downwards() | _parted(), max_size=2)).map(
        lambda parts: _stack([layer for part in parts for layer in part])
    )


@st.composite
def adaptive(draw: Draw) -> nn.Module:
    """A 3×3 and a pooling to a size that may be that of the map, divide it or not, or be a single place."""
    size = draw(st.sampled_from([(36, 30), (1, 1), (1, 5), (6, 6), (7, 7), (12, 1), (12, 10), (35, 29)]))
    layer = draw(st.sampled_from([nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d]))(size)
    return nn.Sequential(nn.Conv2d(2, CHANNELS, 3, padding=1), layer)
