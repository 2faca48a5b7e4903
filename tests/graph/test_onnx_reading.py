"""ONNX files against the modules that they were exported from, and against numbers worked out by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache

import onnx
import pytest
import torch
import torchvision
from onnx import TensorProto, helper
from torch import nn

from core.graph import store
from core.graph.onnx import OnnxFile, OnnxRejected, describe, read_onnx
from core.graph.records import Graph
from core.graph.tracing import trace
from tests.graph.exported import SMALL, distinct, exported, file, node, residual, weight, whole


def vgg11() -> nn.Module:
    module = torchvision.models.vgg11(init_weights=False)
    module.classifier = nn.Sequential(nn.Linear(512 * 49, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 10))
    return module


def vit() -> nn.Module:
    return torchvision.models.VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=32, mlp_dim=64, num_classes=10
    )


MODULES: dict[str, tuple[Callable[[], nn.Module], tuple[int, int, int]]] = {
    "resnet18": (torchvision.models.resnet18, (3, 64, 64)),
    "vgg11": (vgg11, (3, 224, 224)),
    "densenet121": (torchvision.models.densenet121, (3, 64, 64)),
    "mobilenet_v3_small": (torchvision.models.mobilenet_v3_small, (3, 96, 96)),
    "squeezenet1_1": (torchvision.models.squeezenet1_1, (3, 96, 96)),
    "vit": (vit, (3, 32, 32)),
}
FOLDING = ("resnet18", "mobilenet_v3_small")


@cache
def module_of(name: str) -> nn.Module:
    return distinct(MODULES[name][0]())


@cache
def pair(name: str, keep_norms: bool = True) -> tuple[Graph, Graph]:
    """The graph read from the exported file, and the traced one."""
    module, size = module_of(name), MODULES[name][1]
    return read_onnx(exported(module, size, keep_norms=keep_norms)), trace(module, size)


def skips_of(graph: Graph) -> Counter[tuple[str, str]]:
    return Counter((skip.join_kind, skip.kind) for skip in graph.skips)


@pytest.mark.parametrize("name", MODULES)
class TestAgainstTheModule:
    def test_parameters_and_multiply_adds_are_equal(self, name: str) -> None:
        read, traced = pair(name)
        assert read.parameters == traced.parameters == sum(p.numel() for p in module_of(name).parameters())
        assert read.macs == traced.macs
        assert read.unused_parameters == {}

    def test_skips_are_equal(self, name: str) -> None:
        read, traced = pair(name)
        assert skips_of(read) == skips_of(traced)

    def test_shapes_are_equal(self, name: str) -> None:
        read, traced = pair(name)
        assert read.input_size == traced.input_size
        assert list(read.nodes.values())[-1].output_shape == list(traced.nodes.values())[-1].output_shape
        same = [n for n in read.nodes if n in traced.nodes and read.nodes[n].kind == traced.nodes[n].kind]
        assert len(same) > 0.4 * len(traced.nodes)
        assert all(read.nodes[n].output_shape == traced.nodes[n].output_shape for n in same)

    def test_blocks_and_stages_are_equal(self, name: str) -> None:
        read, traced = pair(name)
        roles = [(stage.role, len(stage.children)) for stage in traced.fold.children if stage.role == "stage"]
        assert [(s.role, len(s.children)) for s in read.fold.children if s.role == "stage"] == roles
        assert read.fold.chain == traced.fold.chain

    def test_is_stored_and_found_again(self, name: str) -> None:
        read, _ = pair(name)
        again = store.loads(store.dumps(read))
        assert again.nodes == read.nodes
        assert (again.method, again.lost) == ("onnx", read.lost)


@pytest.mark.parametrize("name", FOLDING)
def test_folded_batch_norms_leave_one_bias_a_channel(name: str) -> None:
    read, traced = pair(name, keep_norms=False)
    channels = sum(m.num_features for m in module_of(name).modules() if isinstance(m, nn.BatchNorm2d))
    assert read.parameters == traced.parameters - channels
    assert read.macs == traced.macs
    assert skips_of(read) == skips_of(traced)
    assert "batch norms, if there were any, are folded into the convolutions" in read.lost


def test_layers_are_described_as_traced_ones() -> None:
    read, traced = pair("resnet18")
    for name in ("conv1", "layer2.0.downsample.0", "maxpool", "fc", "layer1.0.conv2"):
        ours, theirs = dict(read.nodes[name].attributes), dict(traced.nodes[name].attributes)
        assert ours == theirs, name
        assert read.nodes[name].parameters == traced.nodes[name].parameters
    assert read.at("layer2.0").name == "layer2.0.relu_1"
    assert read.modules["layer2"].type_name == "Sequential"
    assert read.modules["layer2.0"].type_name == read.modules["layer4.1"].type_name == "Layer"


def test_other_sizes_are_the_tracers() -> None:
    module = module_of("resnet18")
    data = exported(module, (3, 64, 64), open_axes=(0, 2, 3))
    assert describe(data) == OnnxFile((3, 224, 224), 1000, 11_689_512)
    for side in (32, 64, 97, 224):
        assert read_onnx(data, (3, side, side)).macs == trace(module, (3, side, side)).macs


def test_a_fixed_size_gives_way_where_the_layers_allow_it() -> None:
    data = exported(module_of("resnet18"), (3, 64, 64))
    assert describe(data).input_size == (3, 64, 64)
    assert read_onnx(data, (3, 128, 128)).input_size == (3, 128, 128)


def test_a_size_that_does_not_fit_is_said() -> None:
    flat = file(
        [node("Flatten", "x", "f"), node("Gemm", "f w", "y", transB=1)],
        weights=[weight("w", 5, 3 * 32 * 32)],
    )
    assert read_onnx(flat).macs == 5 * 3 * 32 * 32
    with pytest.raises(OnnxRejected, match="does not take an input of 36 × 36"):
        read_onnx(flat, (3, 36, 36))
    with pytest.raises(OnnxRejected, match="does not take an input of 40 × 40"):
        read_onnx(exported(module_of("vit"), (3, 32, 32)), (3, 40, 40))
    with pytest.raises(OnnxRejected, match="3 channels"):
        read_onnx(residual(), (1, 32, 32))


class TestByHand:
    def test_residual(self) -> None:
        graph = read_onnx(residual())
        assert list(graph.nodes) == [
            "input", "stem", "relu", "block.conv1", "block.relu", "block.conv2", "block.add", "block.relu_1", "pool",
            "flatten", "fc",
        ]  # fmt: skip
        assert graph.parameters == (3 * 9 + 1) * 8 + 2 * (8 * 9 + 1) * 8 + 90
        assert graph.macs == 32 * 32 * 8 * 9 * (3 + 8 + 8) + 80
        (skip,) = graph.skips
        assert (skip.join, skip.fork, skip.kind) == ("block.add", "relu", "identity")
        assert graph.nodes["block.conv1"].attributes == {
            "kernel": (3, 3), "stride": (1, 1), "padding": (1, 1), "dilation": (1, 1), "groups": 1,
            "in_channels": 8, "out_channels": 8, "bias": True,
        }  # fmt: skip

    def test_batch_of_the_file_does_not_count(self) -> None:
        one = file([node("Conv", "x w", "y")], weights=[weight("w", 4, 3, 3, 3)])
        many = file([node("Conv", "x w", "y")], weights=[weight("w", 4, 3, 3, 3)], shape=(16, *SMALL))
        assert read_onnx(one).nodes == read_onnx(many).nodes

    def test_channels_may_stand_last(self) -> None:
        graph = read_onnx(
            file(
                [node("Transpose", "x", "t", perm=[0, 3, 1, 2]), node("Conv", "t w", "y")],
                weights=[weight("w", 4, 3, 3, 3)],
                shape=(1, 20, 24, 3),
            )
        )
        assert graph.input_size == (3, 20, 24)
        assert graph.nodes["conv"].output_shape == (1, 4, 18, 22)

    def test_open_sides_are_224(self) -> None:
        data = file([node("Conv", "x w", "y")], weights=[weight("w", 4, 3, 3, 3)], shape=("n", 3, "h", "w"))
        assert read_onnx(data).nodes["conv"].output_shape == (1, 4, 222, 222)

    def test_a_shared_weight_counts_once(self) -> None:
        pads = [1, 1, 1, 1]
        graph = read_onnx(
            file(
                [
                    node("Conv", "x w", "a", pads=pads),
                    node("Identity", "w", "v"),
                    node("Conv", "a v", "y", pads=pads),
                ],
                weights=[weight("w", 3, 3, 3, 3)],
            )
        )
        assert [n.parameters for n in graph.nodes.values()] == [0, 81, 0]

    def test_what_counts_as_a_weight(self) -> None:
        graph = read_onnx(
            file(
                [
                    node("BatchNormalization", "x g b m v", "n"),
                    node("Clip", "n low high", "c"),
                    node("Mul", "c half", "h"),
                    node("PRelu", "h slope", "p"),
                    node("Reshape", "p shape", "r"),
                    node("Constant", "", "k", value=weight("", 4)),
                    node("Add", "r k", "y"),
                ],
                weights=[
                    *(weight(name, 3) for name in "gbmv"),
                    helper.make_tensor("low", TensorProto.FLOAT, (), [0.0]),
                    helper.make_tensor("high", TensorProto.FLOAT, (), [6.0]),
                    helper.make_tensor("half", TensorProto.FLOAT, (), [0.5]),
                    weight("slope", 1),
                    whole("shape", 1, 768, 4),
                    weight("never", 7),
                ],
            )
        )
        assert {n.kind: n.parameters for n in graph.nodes.values()} == {
            "input": 0, "batch_norm": 6, "activation": 1, "multiply": 0, "reshape": 0, "add": 4,
        }  # fmt: skip
        assert graph.unused_parameters == {"never": 7}
        assert graph.parameters == 18

    def test_a_sum_after_a_product_is_its_bias(self) -> None:
        graph = read_onnx(
            file(
                [node("MatMul", "x w", "m"), node("Add", "b m", "y")],
                weights=[weight("w", 32, 5), weight("b", 5)],
            )
        )
        (_, linear) = graph.nodes.values()
        assert (linear.kind, linear.parameters, linear.macs) == ("linear", 165, 3 * 32 * 32 * 5)
        assert linear.attributes == {"in_channels": 32, "out_channels": 5, "bias": True}

    def test_products_of_two_values_multiply(self) -> None:
        graph = read_onnx(
            file([node("Transpose", "x", "t", perm=[0, 1, 3, 2]), node("MatMul", "x t", "m"),
                  node("Einsum", "m m", "y", equation="bcij,bcjk->bcik")])
        )  # fmt: skip
        assert [n.macs for n in graph.nodes.values()] == [0, 0, 3 * 32**3, 3 * 32**3]

    def test_recurrent(self) -> None:
        lstm = nn.LSTM(8, 16)
        nodes = [
            node("Squeeze", "x ax", "s"),
            node("LSTM", "s w r b", "o h c", hidden_size=16),
            node("Relu", "o", "y"),
        ]
        weights = [whole("ax", 0), weight("w", 1, 64, 8), weight("r", 1, 64, 16), weight("b", 1, 128)]
        graph = read_onnx(file(nodes, weights=weights, shape=(1, 6, 1, 8)))
        found = next(n for n in graph.nodes.values() if n.kind == "recurrent")
        assert found.parameters == sum(p.numel() for p in lstm.parameters())
        assert found.macs == 6 * (64 * 8 + 64 * 16)

    def test_pieces_of_a_split_are_slices(self) -> None:
        graph = read_onnx(
            file(
                [node("Split", "x", "a b c", axis=1, num_outputs=3), node("Add", "a c", "y")],
            )
        )
        assert [n.kind for n in graph.nodes.values()] == ["input", "slice", "slice", "add"]
        assert graph.nodes["split"].output_shape == (1, 1, 32, 32)

    def test_shape_arithmetic_is_followed(self) -> None:
        nodes = [
            node("Shape", "x", "s"),
            node("Gather", "s zero", "n", axis=0),
            node("Unsqueeze", "n ax", "u"),
            node("Concat", "u rest", "t", axis=0),
            node("Reshape", "x t", "r"),
            node("Gemm", "r w", "y", transB=1),
        ]
        weights = [
            helper.make_tensor("zero", TensorProto.INT64, (), [0]),
            whole("ax", 0),
            whole("rest", -1),
            weight("w", 7, 3072),
        ]
        graph = read_onnx(file(nodes, weights=weights))
        assert [n.kind for n in graph.nodes.values()] == ["input", "reshape", "linear"]
        assert graph.nodes["reshape"].output_shape == (1, 3072)

    def test_operations_of_unknown_sets_keep_their_name_and_are_said(self) -> None:
        graph = read_onnx(file([node("Swizzle", "x", "z", domain="my.own"), node("Conv", "z w", "y")],
                               weights=[weight("w", 4, 3, 3, 3)], domains=["my.own"]))  # fmt: skip
        assert graph.nodes["swizzle"].target == "my.own.Swizzle"
        assert graph.nodes["swizzle"].kind == "swizzle"
        assert graph.nodes["conv"].output_shape == (1, 4, 30, 30)
        assert "the sizes of 1 operations are not told" in graph.lost

    def test_functions_are_put_in_the_place_of_their_calls(self) -> None:
        twice = helper.make_function(
            "my.own", "Twice", ["a", "w"], ["c"],
            [node("Conv", "a w", "b"), node("Conv", "b w", "c")], [helper.make_opsetid("", 20)],
        )  # fmt: skip
        data = file([node("Twice", "x w", "y", domain="my.own")], weights=[weight("w", 3, 3, 3, 3)],
                    functions=[twice], domains=["my.own"])  # fmt: skip
        graph = read_onnx(data)
        assert [n.kind for n in graph.nodes.values()] == ["input", "conv", "conv"]
        assert graph.parameters == 81

    def test_graphs_within_operations_are_counted_but_not_shown(self) -> None:
        branch = helper.make_graph(
            [node("Conv", "x w", "z")],
            "branch",
            [],
            [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)],
            [weight("w", 4, 3, 3, 3)],
        )
        nodes = [node("ReduceMax", "x", "m", keepdims=0), node("Cast", "m", "c", to=9),
                 node("If", "c", "y", then_branch=branch, else_branch=branch)]  # fmt: skip
        graph = read_onnx(file(nodes))
        assert graph.nodes["if"].parameters == 108
        assert "what runs within 1 operations (If, Loop) is not counted" in graph.lost

    def test_operations_out_of_order_are_put_in_order(self) -> None:
        graph = read_onnx(file([node("Relu", "a", "y"), node("Sigmoid", "x", "a")]))
        assert [n.kind for n in graph.nodes.values()] == ["input", "activation", "relu"]


class TestNames:
    def test_scopes_and_classes_of_the_newer_exporter(self) -> None:
        scopes = {
            "conv2d": (["", "body", "body.0", "body.0.conv1", "conv2d"], ["my.Net", "torch.nn.Sequential",
                       "my.Block", "torch.nn.modules.conv.Conv2d", "aten.conv2d.default"]),
            "relu": (["", "body", "body.0", "relu"], ["my.Net", "torch.nn.Sequential", "my.Block", "aten.relu"]),
        }  # fmt: skip
        nodes = [node("Conv", "x w", "a", name="node_conv2d"), node("Relu", "a", "y", name="node_relu")]
        for one, (paths, classes) in zip(nodes, scopes.values(), strict=True):
            for key, value in (("name_scopes", paths), ("class_hierarchy", classes)):
                one.metadata_props.append(
                    onnx.StringStringEntryProto(key=f"pkg.torch.onnx.{key}", value=repr(value))
                )
        graph = read_onnx(file(nodes, weights=[weight("w", 4, 3, 3, 3)]))
        assert list(graph.nodes) == ["input", "body.0.conv1", "body.0.relu"]
        assert {path: module.type_name for path, module in graph.modules.items()} == {
            "": "Net", "body": "Sequential", "body.0": "Block", "body.0.conv1": "Conv2d",
        }  # fmt: skip
        assert "classes" not in graph.lost

    def test_without_a_hierarchy_the_files_own_names_are_kept(self) -> None:
        nodes = [node("Conv", "x w", "a", name="stem_conv"), node("Relu", "a", "b"), node("Relu", "b", "y")]
        graph = read_onnx(file(nodes, weights=[weight("w", 4, 3, 3, 3)]))
        assert list(graph.nodes) == ["input", "stem_conv", "relu", "relu_1"]
        assert graph.lost.startswith("The file names no modules")


def test_the_vectors_of_a_file_are_read() -> None:
    graph = read_onnx(file([node("Gemm", "x w", "y")], weights=[weight("w", 6, 2)], shape=("n", 6)))
    assert (graph.input_size, graph.macs) == ((6,), 12)
    with pytest.raises(OnnxRejected, match="vectors of 6 numbers"):
        read_onnx(file([node("Gemm", "x w", "y")], weights=[weight("w", 6, 2)], shape=("n", 6)), (7,))


def test_torch_state_stays_as_it_is() -> None:
    before = torch.random.get_rng_state()
    read_onnx(residual())
    assert torch.equal(before, torch.random.get_rng_state())
