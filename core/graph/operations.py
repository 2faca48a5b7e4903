"""What an operation is: its kind, and its kernel, stride and widths, read from a module or from a call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from core.graph.words import kind_of_module, kind_of_word, names_of

Attribute = int | float | bool | str | tuple[int, ...]
Attributes = dict[str, Attribute]

# Names of the positional arguments that attributes are read from.
_CONV = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_CONV_TRANSPOSE = ("input", "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")
_MAX_POOL = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode")
_AVG_POOL = ("input", "kernel_size", "stride", "padding", "ceil_mode")
# Modules that are one operation outside and many inside.
CLOSED_BOXES = frozenset({"attention", "recurrent"})


@dataclass(frozen=True, slots=True)
class Operation:
    """What one call does.

    Attributes:
        kind: as ``Node.kind``.
        word: the function's own short name (``"add"``), or the module's class name in small letters.
        target: as ``Node.target``.
        attributes: as ``Node.attributes``, without ``in_place``.
        known: its multiply-adds follow from kind and shapes; False for a closed box that may multiply within.
    """

    kind: str
    word: str
    target: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    known: bool = True


def of_module(module: nn.Module) -> Operation:
    """The operation that a call of ``module`` is, taken as one closed box."""
    module_type = type(module)
    word = module_type.__name__.lower()
    target = f"{module_type.__module__}.{module_type.__qualname__}"
    kind = kind_of_module(module_type)
    if kind is None:
        return Operation(word, word, target, known=False)
    return Operation(kind, word, target, _of_module(module, kind, word), known=kind != "attention")


def of_function(
    target: Callable[..., Any] | str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Operation:
    """The operation that a call of a function, an operator, a method or an ATen operator is.

    The arguments are the real ones: tensors on the meta device, and numbers.
    """
    word, name = names_of(target)
    kind = kind_of_word(word)
    if kind is None:
        if word == "mean" and (size := _pooled_by_mean(args, kwargs)):
            return Operation("adaptive_pool", word, name, {"output_size": size, "function": "mean"})
        return Operation(word, word, name, known=name.startswith(("torch.", "aten.", "operator.", "math.")))
    known = kind != "attention" and word != "einsum"
    return Operation(kind, word, name, _of_call(kind, word, args, kwargs), known)


def fixed(weights: Iterable[nn.Parameter]) -> Attributes:
    """Attribute ``fixed``: how many of the weights' scalars training leaves as they are; nothing where it is none."""
    left = sum(weight.numel() for weight in weights if not weight.requires_grad)
    return {"fixed": left} if left else {}


def _of_module(module: nn.Module, kind: str, word: str) -> Attributes:
    if kind in ("conv", "conv_transpose"):
        return _convolution_of_module(module)
    if kind == "linear":
        return {
            "in_channels": _whole(module.in_features),
            "out_channels": _whole(module.out_features),
            "bias": module.bias is not None,
        }
    if kind in ("max_pool", "avg_pool"):
        dimensions = int(next((c for c in reversed(word) if c.isdigit()), "2"))
        given = {name: getattr(module, name, None) for name in _MAX_POOL[1:]}
        return _pool(given, dimensions)
    if kind == "adaptive_pool":
        return {"output_size": _sizes(module.output_size), "function": "max" if "max" in word else "mean"}
    if kind == "attention":
        return {"in_channels": _whole(module.embed_dim), "heads": _whole(module.num_heads)}
    if kind == "dropout":
        return {"p": float(getattr(module, "p", 0.0))}
    if kind == "batch_norm" and isinstance(act := getattr(module, "act", None), nn.Module):
        # timm's norms that carry their activation.
        return {} if isinstance(act, nn.Identity) else {"function": type(act).__name__.lower()}
    return {"function": word} if kind == "activation" else {}


def _convolution_of_module(module: nn.Module) -> Attributes:
    return {
        "kernel": _sizes(module.kernel_size),
        "stride": _sizes(module.stride),
        "padding": module.padding if isinstance(module.padding, str) else _sizes(module.padding),
        "dilation": _sizes(module.dilation),
        "groups": _whole(module.groups),
        "in_channels": _whole(module.in_channels),
        "out_channels": _whole(module.out_channels),
        "bias": module.bias is not None,
    }


def _of_call(kind: str, word: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Attributes:
    if kind in ("conv", "conv_transpose"):
        names = _CONV if kind == "conv" else _CONV_TRANSPOSE
        return _convolution_of_call(_bound(names, args, kwargs), transposed=kind == "conv_transpose")
    if kind == "linear":
        given = _bound(("input", "weight", "bias"), args, kwargs)
        width_out, width_in = given["weight"].shape
        return {"in_channels": width_in, "out_channels": width_out, "bias": given["bias"] is not None}
    if kind in ("max_pool", "avg_pool"):
        return _pool(_bound(_MAX_POOL if kind == "max_pool" else _AVG_POOL, args, kwargs), int(word[-2]))
    if kind == "adaptive_pool":
        size = _bound(("input", "output_size"), args, kwargs)["output_size"]
        return {"output_size": _sizes(size), "function": "max" if "max" in word else "mean"}
    if kind == "dropout" and word.endswith("dropout"):
        return {"p": float(_bound(("input", "p"), args, kwargs)["p"] or 0.0)}
    return {"function": word} if kind == "activation" else {}


def _convolution_of_call(given: Mapping[str, Any], *, transposed: bool) -> Attributes:
    weight = given["weight"].shape
    dimensions, groups = len(weight) - 2, _whole(given["groups"] or 1)
    first, second = int(weight[0]), int(weight[1]) * groups
    padding = given["padding"]
    return {
        "kernel": tuple(int(size) for size in weight[2:]),
        "stride": _sizes(1 if given["stride"] is None else given["stride"], dimensions),
        "padding": padding if isinstance(padding, str) else _sizes(padding or 0, dimensions),
        "dilation": _sizes(1 if given["dilation"] is None else given["dilation"], dimensions),
        "groups": groups,
        "in_channels": first if transposed else second,
        "out_channels": second if transposed else first,
        "bias": given["bias"] is not None,
    }


def _pool(given: Mapping[str, Any], dimensions: int) -> Attributes:
    """Kernel, stride, padding and so on, of ``dimensions`` numbers each; a pool's default stride is its kernel."""
    kernel = _sizes(given["kernel_size"], dimensions)
    stride = given["stride"]
    return {
        "kernel": kernel,
        "stride": _sizes(stride, dimensions) if stride not in (None, (), []) else kernel,
        "padding": _sizes(given["padding"] or 0, dimensions),
        "dilation": _sizes(given.get("dilation") or 1, dimensions),
        "ceil_mode": bool(given["ceil_mode"]),
    }


def _pooled_by_mean(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """``(1, 1)`` where a mean is taken over both axes of a map, which is global pooling; else ``()``."""
    given = _bound(("input", "dim"), args, kwargs)
    picture, axes = given["input"], given["dim"]
    if not isinstance(picture, torch.Tensor) or picture.dim() != 4 or not isinstance(axes, (list, tuple)):
        return ()
    return (1, 1) if {axis % 4 for axis in axes} in ({2, 3}, {1, 2}) else ()


def _bound(names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = dict.fromkeys(names)
    given.update(zip(names, args, strict=False))
    given.update(kwargs)
    return given


def _whole(value: Any) -> int:
    return int(value)


def _sizes(value: Any, dimensions: int = 1) -> tuple[int, ...]:
    """A tuple of whole numbers from a number or from a sequence; None within (a side that is kept) becomes 0."""
    if isinstance(value, (list, tuple)):
        sizes = tuple(0 if size is None else int(size) for size in value)
        return sizes * dimensions if len(sizes) == 1 else sizes
    return (int(value),) * dimensions
