"""The field's words for operations: one table for modules, one for functions, methods and ATen operators."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

_KINDS_OF_MODULES: dict[type[nn.Module], str] = {
    nn.Conv1d: "conv",
    nn.Conv2d: "conv",
    nn.Conv3d: "conv",
    nn.ConvTranspose1d: "conv_transpose",
    nn.ConvTranspose2d: "conv_transpose",
    nn.ConvTranspose3d: "conv_transpose",
    nn.Linear: "linear",
    nn.modules.batchnorm._BatchNorm: "batch_norm",
    nn.modules.instancenorm._InstanceNorm: "instance_norm",
    nn.LayerNorm: "layer_norm",
    nn.GroupNorm: "group_norm",
    nn.RMSNorm: "rms_norm",
    nn.LocalResponseNorm: "local_response_norm",
    nn.modules.pooling._MaxPoolNd: "max_pool",
    nn.modules.pooling._AvgPoolNd: "avg_pool",
    nn.modules.pooling._AdaptiveAvgPoolNd: "adaptive_pool",
    nn.modules.pooling._AdaptiveMaxPoolNd: "adaptive_pool",
    nn.MultiheadAttention: "attention",
    nn.modules.dropout._DropoutNd: "dropout",
    nn.Identity: "identity",
    nn.Flatten: "flatten",
    nn.Unflatten: "reshape",
    nn.Upsample: "resize",
    nn.PixelShuffle: "pixel_shuffle",
    nn.Embedding: "embedding",
    nn.modules.rnn.RNNBase: "recurrent",
    nn.modules.padding._ConstantPadNd: "pad",
    nn.modules.padding._ReflectionPadNd: "pad",
    nn.modules.padding._ReplicationPadNd: "pad",
}

_WORDS_OF_KINDS: dict[str, str] = {
    "conv": "conv1d conv2d conv3d convolution",
    "conv_transpose": "conv_transpose1d conv_transpose2d conv_transpose3d",
    "linear": "linear",
    "matmul": "matmul bmm mm addmm baddbmm einsum",
    "attention": "scaled_dot_product_attention multi_head_attention_forward",
    "batch_norm": "batch_norm",
    "layer_norm": "layer_norm",
    "group_norm": "group_norm",
    "instance_norm": "instance_norm",
    "rms_norm": "rms_norm",
    "relu": "relu",
    "activation": "celu elu gelu glu hardsigmoid hardswish hardtanh leaky_relu log_softmax logsigmoid mish prelu "
    "relu6 rrelu selu sigmoid silu softmax softplus softsign tanh threshold",
    "max_pool": "max_pool1d max_pool2d max_pool3d",
    "avg_pool": "avg_pool1d avg_pool2d avg_pool3d",
    "adaptive_pool": "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d "
    "adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d",
    "add": "add iadd",
    "subtract": "sub subtract isub rsub",
    "multiply": "mul multiply imul",
    "divide": "div divide truediv true_divide itruediv",
    "concatenate": "cat concat concatenate",
    "dropout": "dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout feature_dropout "
    "stochastic_depth drop_path",
    "identity": "alias clone contiguous detach float half to type type_as",
    "flatten": "flatten",
    "reshape": "broadcast_to expand expand_as mT movedim moveaxis permute reshape reshape_as squeeze swapaxes "
    "swapdims t transpose unflatten unsqueeze view view_as",
    "slice": "chunk getitem index_select narrow select slice split split_with_sizes tensor_split unbind",
    "pad": "constant_pad_nd pad",
    "resize": "interpolate upsample upsample_bicubic2d upsample_bilinear2d upsample_nearest2d",
}
_KIND_OF_WORD = {word: kind for kind, words in _WORDS_OF_KINDS.items() for word in words.split()}


def kind_of_module(module_type: type[nn.Module]) -> str | None:
    """The kind of operation that a module of torch's own is; None for containers and for anyone else's classes."""
    for base in module_type.__mro__:
        if (kind := _KINDS_OF_MODULES.get(base)) is not None:
            return kind
        if base.__module__ == "torch.nn.modules.activation":
            return "relu" if base is nn.ReLU else "activation"
    return None


def kind_of_word(word: str) -> str | None:
    """The kind of a function known by its short name: ``"add"`` for ``"iadd"``; None for a word not in the table."""
    return _KIND_OF_WORD.get(word)


@functools.lru_cache(maxsize=4096)
def names_of(target: Callable[..., Any] | str) -> tuple[str, str]:
    """Short and full name of a function, an operator, a method (as its name) or an ATen operator.

    ``(add, aten.add_.Tensor)``, ``(flatten, torch.flatten)``, ``(view, torch.Tensor.view)``.
    """
    if isinstance(target, str):
        return _bare(target), f"torch.Tensor.{target}"
    if isinstance(target, torch._ops.OpOverload):
        return _bare(target._schema.name.split("::")[-1]), str(target)
    word = str(getattr(target, "__name__", type(target).__name__))
    for owner, prefix in ((torch, "torch"), (nn.functional, "torch.nn.functional")):
        if getattr(owner, word, None) is target:
            return _bare(word), f"{prefix}.{word}"
    home = str(getattr(target, "__module__", None) or "torch").replace("_operator", "operator")
    return _bare(word), f"{home}.{word}"


def _bare(word: str) -> str:
    """The word without the underscores that mark private and in-place versions."""
    return word.strip("_") or word
