"""Receptive fields of ONNX files, judged by the networks they were exported from and by ONNX's reference evaluator."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
import torch
import torchvision
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from torch import nn

from core.graph.onnx import read_onnx
from core.graph.records import Graph, ReceptiveField
from core.graph.tracing import trace
from tests.graph.exported import exported, file, node, weight, whole
from tests.graph.test_onnx_reading import MODULES, pair

SPATIAL = (("conv",), ("max_pool",), ("avg_pool", "adaptive_pool"), ("add",), ("concatenate",))
SIDE = 12
NOTHING = (1, 0)


def boxes(graph: Graph, *kinds: str) -> list[tuple[Any, ...]]:
    """The fields of all maps that operations of these kinds make, in order."""
    found = [n.receptive_field for n in graph.nodes.values() if n.kind in kinds and len(n.output_shape) == 4]
    return [(f.status, f.size, f.stride, f.offset, f.phases) for f in found]


@pytest.mark.parametrize("name", MODULES)
def test_equal_those_of_the_module(name: str) -> None:
    read, traced = pair(name)
    for kinds in SPATIAL:
        assert boxes(read, *kinds) == boxes(traced, *kinds)
    assert any(boxes(read, *kinds) for kinds in SPATIAL)


def test_shuffled_channels_and_padding_worked_out_in_the_file_are_followed() -> None:
    class Padded(nn.Module):
        """As TensorFlow's "same" padding: how much follows from the size, in operations of their own."""

        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, stride=2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            lack = [max(((side + 1) // 2 - 1) * 2 + 3 - side, 0) for side in x.shape[-2:]]
            sides = (lack[1] // 2, lack[1] - lack[1] // 2, lack[0] // 2, lack[0] - lack[0] // 2)
            return self.conv(nn.functional.pad(x, sides))

    shuffle = torchvision.models.shufflenet_v2_x0_5()
    for module, size in ((Padded(), (3, 20, 21)), (shuffle, (3, 64, 64))):
        read, traced = (
            read_onnx(exported(module.eval(), size, open_axes=(0, 2, 3)), size),
            trace(module, size),
        )
        assert boxes(read, "conv") == boxes(traced, "conv")


def test_windows_that_are_rolled_in_pieces_are_followed() -> None:
    """A file has no rolling: an exporter cuts the map in two and puts it together the other way round."""
    swin = torchvision.models.SwinTransformer([4, 4], 16, [2], [2], [4, 4], num_classes=2).eval()
    read, traced = read_onnx(exported(swin, (3, 64, 64))), trace(swin, (3, 64, 64))
    for block in ("features.1.0", "features.1.1"):
        last = list(read.groups[block].nodes)[-1]
        field, expected = read.nodes[last].receptive_field, traced.at(block).receptive_field
        assert field.status == "exact"
        assert (field.size, field.stride, field.phases) == (expected.size, expected.stride, expected.phases)


def of(*nodes: onnx.NodeProto, weights: tuple[TensorProto, ...] = ()) -> bytes:
    """A file with these operations on a picture of 12 × 12."""
    return file(nodes, weights=weights, shape=(1, 3, SIDE, SIDE))


def conv(**settings: Any) -> bytes:
    return of(node("Conv", "x w", "y", **settings), weights=(weight("w", 2, 3, 3, 4),))


def transposed(**settings: Any) -> bytes:
    return of(node("ConvTranspose", "x w", "y", **settings), weights=(weight("w", 3, 2, 3, 4),))


def pool(**settings: Any) -> bytes:
    return of(node("MaxPool", "x", "y", **settings))


def resized(rows: int, columns: int, **settings: Any) -> bytes:
    return of(node("Resize", "x - - s", "y", **settings), weights=(whole("s", 1, 3, rows, columns),))


def single(name: str, number: int) -> TensorProto:
    return helper.make_tensor(name, TensorProto.INT64, (), [number])


JUDGED: dict[str, bytes] = {
    "pads that differ": conv(pads=[2, 0, 0, 3]),
    "pads that differ, with strides": conv(pads=[0, 3, 1, 0], strides=[2, 3], dilations=[2, 1]),
    "same, odd pixel behind": conv(auto_pad="SAME_UPPER", strides=[2, 1]),
    "same, odd pixel in front": conv(auto_pad="SAME_LOWER", strides=[2, 1]),
    "valid": conv(auto_pad="VALID", strides=[3, 2]),
    "pooling with pads that differ": pool(kernel_shape=[3, 2], pads=[0, 1, 1, 0], strides=[2, 2]),
    "pooling with a last window that is cut": pool(kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    "pooling, same": of(
        node("AveragePool", "x", "y", kernel_shape=[2, 4], strides=[1, 3], auto_pad="SAME_LOWER")
    ),
    "transposed": transposed(strides=[2, 3], pads=[0, 1, 2, 0], output_padding=[1, 0]),
    "transposed with dilation": transposed(strides=[2, 1], dilations=[2, 3]),
    "margins": of(node("Pad", "x p", "y"), weights=(whole("p", 0, 1, 2, 0, 0, 0, 1, 3),)),
    "margins along named axes": of(
        node("Pad", "x p - a", "y"), weights=(whole("p", 3, 1, 0, 2), whole("a", -1, 2))
    ),
    "a slice with steps": of(
        node("Slice", "x from to axes steps", "y"),
        weights=(whole("from", 1, -9), whole("to", 2**62, -1), whole("axes", 2, -1), whole("steps", 2, 3)),
    ),
    "a piece of a split": of(
        node("Split", "x s", "a b c", axis=2), node("Relu", "b", "y"), weights=(whole("s", 3, 7, 2),)
    ),
    "rows that are picked": of(node("Gather", "x rows", "y", axis=-2), weights=(whole("rows", 1, 4, 7, -2),)),
    "a channel that is picked": of(
        node("Gather", "x one", "c", axis=1),
        node("Unsqueeze", "c ax", "u"),
        node("Conv", "u w", "y", pads=[0, 1, 1, 0]),
        weights=(single("one", 2), whole("ax", 1), weight("w", 2, 1, 2, 2)),
    ),
    "channels last": of(
        node("Transpose", "x", "a", perm=[0, 2, 3, 1]),
        node("MatMul", "a w", "b"),
        node("Slice", "b from to axes", "c"),
        node("Transpose", "c", "y", perm=[0, 3, 1, 2]),
        weights=(weight("w", 3, 5), whole("from", 2), whole("to", 11), whole("axes", 1)),
    ),
    "turned on its side and back": of(
        node("Transpose", "x", "a"),
        node("Transpose", "a", "b", perm=[3, 2, 0, 1]),
        node("Conv", "b w", "c", strides=[2, 1], pads=[1, 0, 0, 0]),
        node("Transpose", "c", "y", perm=[0, 1, 3, 2]),
        weights=(weight("w", 2, 3, 2, 5),),
    ),
    "pixels as channels": of(node("SpaceToDepth", "x", "y", blocksize=3)),
    "channels as pixels": of(
        node("Conv", "x w", "a", pads=[1, 1, 1, 1]),
        node("DepthToSpace", "a", "y", blocksize=2, mode="CRD"),
        weights=(weight("w", 8, 3, 3, 3),),
    ),
    "branches": of(
        node("Conv", "x w", "a", pads=[2, 1, 0, 2]),
        node("Conv", "x v", "b", pads=[0, 2, 0, 2]),
        node("Max", "a b", "c"),
        node("Concat", "c x", "y", axis=1),
        weights=(weight("w", 2, 3, 3, 4), weight("v", 2, 3, 1, 5)),
    ),
    "a product by letters": of(
        node("Einsum", "x w", "a", equation="b c h w, o c -> b o h w"),
        node("AveragePool", "a", "y", kernel_shape=[2, 3], pads=[0, 1, 1, 1], count_include_pad=1),
        weights=(weight("w", 4, 3),),
    ),
    "a mean over channels": of(
        node("ReduceMean", "x ax", "a"),
        node("Sub", "x a", "b"),
        node("Conv", "b w", "y", strides=[2, 1], pads=[1, 0, 0, 0]),
        weights=(whole("ax", 1), weight("w", 1, 3, 3, 2)),
    ),
    "nearest": resized(18, 8, mode="nearest"),
    "nearest, halves up": resized(6, 20, mode="nearest", nearest_mode="round_prefer_ceil"),
    "nearest, halves down": resized(6, 20, mode="nearest", nearest_mode="round_prefer_floor"),
    "nearest, down from the edges": resized(
        24, 9, mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric"
    ),
    "nearest, up from the edges": resized(
        18, 8, mode="nearest", nearest_mode="ceil", coordinate_transformation_mode="asymmetric"
    ),
    "linear": resized(24, 9, mode="linear"),
    "linear, corners": resized(23, 8, mode="linear", coordinate_transformation_mode="align_corners"),
    "linear, edges": resized(24, 18, mode="linear", coordinate_transformation_mode="asymmetric"),
    "cubic": resized(24, 16, mode="cubic"),
}  # fmt: skip


def seen_by_reference(data: bytes, axis: int) -> list[tuple[int, int]]:
    """First and last row (or column) of the picture that changes each row of the output, found by running the file."""
    evaluator = ReferenceEvaluator(onnx.ModelProto.FromString(data))
    plain = np.random.default_rng(0).random((1, 3, SIDE, SIDE), np.float32)
    (before,) = evaluator.run(None, {"x": plain})
    others = tuple(n for n in range(4) if n != axis)
    changed = []
    for place in range(SIDE):
        picture = plain.copy()
        picture[(slice(None),) * axis + (place,)] += 100
        (after,) = evaluator.run(None, {"x": picture})
        changed.append(np.any(after != before, axis=others))
    found = (np.flatnonzero(column) for column in np.array(changed).T)
    return [(int(rows[0]), int(rows[-1])) if len(rows) else NOTHING for rows in found]


@pytest.mark.parametrize("axis", [2, 3], ids=["rows", "columns"])
@pytest.mark.parametrize("case", JUDGED)
def test_equal_what_changes_the_output(case: str, axis: int) -> None:
    last = list(read_onnx(JUDGED[case]).nodes.values())[-1]
    assert last.receptive_field.status == "exact"
    expected = seen_by_reference(JUDGED[case], axis)
    seen = last.receptive_field.seen(axis - 2, last.output_shape[axis])
    inside = [
        (mine if mine[1] >= mine[0] else NOTHING, theirs)
        for mine, theirs in zip(seen, expected, strict=True)
        if mine[0] >= 0 and mine[1] < SIDE
    ]
    assert len(inside) > 2
    assert [mine for mine, _ in inside] == [theirs for _, theirs in inside]


def last_field(data: bytes) -> ReceptiveField:
    return list(read_onnx(data).nodes.values())[-1].receptive_field


def test_the_axes_of_pictures_with_channels_last_are_found() -> None:
    data = file(
        [node("Transpose", "x", "t", perm=[0, 3, 1, 2]), node("Conv", "t w", "y", strides=[1, 2])],
        weights=[weight("w", 4, 3, 3, 5)],
        shape=(1, 20, 24, 3),
    )
    field = last_field(data)
    assert (field.size, field.stride, field.offset) == ((3, 5), (1, 2), (1, 2))


def test_several_pictures_at_once_change_nothing() -> None:
    one, many = (file([node("Conv", "x w", "y", pads=[1, 0, 0, 1])], weights=[weight("w", 4, 3, 3, 3)],
                      shape=(n, 3, 9, 9)) for n in (1, 6))  # fmt: skip
    assert last_field(one) == last_field(many)
    assert last_field(one).status == "exact"


CAST = node("Cast", "x", "i", to=TensorProto.INT64)
BRANCH = helper.make_graph(
    [node("Relu", "x", "z")], "b", [], [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)]
)
UNTOLD: dict[str, tuple[bytes, str]] = {
    "another set": (
        file([node("Relu", "x", "y", domain="my.own")], domains=["my.own"]),
        "the operation “Relu” is not in the rule book",
    ),
    "an operation that nothing is known of": (of(node("NonMaxSuppression", "x x", "y")), "NonMaxSuppression"),
    "a graph within": (
        of(node("ReduceMax", "x", "m", keepdims=0), node("Cast", "m", "c", to=9),
           node("If", "c", "y", then_branch=BRANCH, else_branch=BRANCH)),
        "“If”",
    ),
    "kernels made from the picture": (
        of(node("Conv", "x x", "y", group=1)), "what it does depends on the picture",
    ),
    "places that the picture picks": (of(CAST, node("Gather", "t i", "y"), weights=(weight("t", 9, 2),)), "depends"),
    "rows that lie unevenly": (of(node("Gather", "x r", "y", axis=2), weights=(whole("r", 0, 1, 4),)), "evenly"),
    "an axis that is not there": (of(node("Softmax", "x", "y", axis=9)), ""),
    "a mean over pictures": (
        file([node("ReduceMean", "x ax", "m"), node("Add", "x m", "y")], weights=[whole("ax", 0)], shape=(4, 3, 9, 9)),
        "across the pictures",
    ),
    "anti-aliasing": (resized(6, 6, mode="linear", antialias=1), "anti-aliasing"),
    "a crop that is resized": (resized(6, 6, mode="linear", coordinate_transformation_mode="tf_crop_and_resize"), ""),
    "statistics read twice": (
        of(node("LayerNormalization", "x s", "a m", axis=1), node("Add", "a m", "y"), weights=(weight("s", 3, 1, 1),)),
        "second output",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNTOLD)
def test_what_cannot_be_told_is_undefined(case: str) -> None:
    data, reason = UNTOLD[case]
    graph = read_onnx(data)
    field = list(graph.nodes.values())[-1].receptive_field
    assert field.status == "undefined"
    assert field.cause in graph.nodes
    assert reason in field.reason


def test_centres_on_edges_are_torchs_exact_nearest() -> None:
    for side in (18, 5):
        data = resized(side, side, mode="nearest", nearest_mode="floor",
                       coordinate_transformation_mode="tf_half_pixel_for_nn")  # fmt: skip
        module = nn.Upsample(size=side, mode="nearest-exact")
        assert boxes(read_onnx(data), "resize") == boxes(trace(module, (3, SIDE, SIDE)), "resize")


def test_norms_keep_their_own_field() -> None:
    nodes = [
        node("Conv", "x w", "a", pads=[1, 1, 1, 1]),
        node("InstanceNormalization", "a s s", "b"),
        node("Conv", "b v", "y"),
    ]
    field = last_field(of(*nodes, weights=(weight("w", 4, 3, 3, 3), weight("s", 4), weight("v", 1, 4, 3, 3))))
    assert (field.status, field.reason) == ("whole image", "statistics of the instance norm")
    assert field.local is not None
    assert field.local.size == (5, 5)


def test_before_version_13_softmax_runs_over_all_axes_behind() -> None:
    def softmax(opset: int) -> ReceptiveField:
        return last_field(file([node("Softmax", "x", "y", axis=1)], shape=(1, 3, 9, 9), opset=opset))

    assert (softmax(12).status, softmax(13).status) == ("whole image", "exact")
