"""ONNX files to test with: exports of torch modules, and small graphs made by hand."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

import onnx
import torch
from onnx import TensorProto, helper
from torch import nn

SMALL = (3, 32, 32)


def distinct(module: nn.Module) -> nn.Module:
    """The module with other numbers in each weight: the exporter would store equal weights once."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.is_floating_point():
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.1)
    return module.eval()


def exported(
    module: nn.Module,
    input_size: Sequence[int],
    *,
    keep_norms: bool = True,
    open_axes: Sequence[int] = (0,),
) -> bytes:
    """The module as torch's exporter writes it.

    Args:
        module: in eval mode.
        input_size: without the batch axis.
        keep_norms: whether batch norms stay operations of their own, instead of being folded into convolutions.
        open_axes: axes of the input that the file leaves open.
    """
    mode = torch.onnx.TrainingMode.PRESERVE if keep_norms else torch.onnx.TrainingMode.EVAL
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (torch.rand(1, *input_size),),
            out,
            dynamo=False,
            training=mode,
            do_constant_folding=not keep_norms,
            input_names=["picture"],
            dynamic_axes={"picture": {axis: f"axis{axis}" for axis in open_axes}},
        )
    return out.getvalue()


def file(
    nodes: Sequence[onnx.NodeProto],
    *,
    weights: Sequence[TensorProto] = (),
    shape: Sequence[int | str] = (1, *SMALL),
    output: str = "y",
    opset: int = 20,
    functions: Sequence[onnx.FunctionProto] = (),
    domains: Sequence[str] = (),
    **options: Any,
) -> bytes:
    """A file with these operations; the picture is called "x"."""
    graph = helper.make_graph(
        list(nodes),
        "made by hand",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        list(weights),
        **options,
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    model = helper.make_model(graph, opset_imports=opsets, functions=list(functions), ir_version=10)
    return model.SerializeToString()


def weight(name: str, *shape: int, value: float = 0.5) -> TensorProto:
    """A tensor of equal numbers that the file stores."""
    size = 1
    for side in shape:
        size *= side
    return helper.make_tensor(name, TensorProto.FLOAT, shape, [value] * size)


def whole(name: str, *numbers: int) -> TensorProto:
    """A list of whole numbers, such as a shape."""
    return helper.make_tensor(name, TensorProto.INT64, (len(numbers),), numbers)


def node(operation: str, inputs: str, outputs: str, **attributes: Any) -> onnx.NodeProto:
    """An operation; names of values are separated by spaces, "-" stands for an operand that is left out."""
    names = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(operation, names, outputs.split(), **attributes)


def residual() -> bytes:
    """A small residual network: convolution, two layers with a skip around them, global pool, linear layer."""
    pads = [1, 1, 1, 1]
    return file(
        [
            node("Conv", "x w0 b0", "a", name="/stem/Conv", pads=pads),
            node("Relu", "a", "r", name="/relu/Relu"),
            node("Conv", "r w1 b1", "b", name="/block/conv1/Conv", pads=pads),
            node("Relu", "b", "c", name="/block/relu/Relu"),
            node("Conv", "c w2 b2", "d", name="/block/conv2/Conv", pads=pads),
            node("Add", "d r", "e", name="/block/Add"),
            node("Relu", "e", "f", name="/block/relu_1/Relu"),
            node("GlobalAveragePool", "f", "g", name="/pool/GlobalAveragePool"),
            node("Flatten", "g", "h", name="/Flatten"),
            node("Gemm", "h wf bf", "y", name="/fc/Gemm", transB=1),
        ],
        weights=[
            weight("w0", 8, 3, 3, 3),
            weight("b0", 8),
            weight("w1", 8, 8, 3, 3),
            weight("b1", 8),
            weight("w2", 8, 8, 3, 3),
            weight("b2", 8),
            weight("wf", 10, 8),
            weight("bf", 10),
        ],
    )
