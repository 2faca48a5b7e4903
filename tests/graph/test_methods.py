"""fx, export and hooks: when each is used, that they agree, and that the module comes back as it was."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock

import pytest
import torch
from torch import nn

from core.graph import TraceFailed, trace
from core.graph.boxes import closed
from core.graph.evaluate import evaluate
from core.graph.export import export_program
from core.graph.records import Graph
from core.graph.standin import stand_in
from core.graph.tracing import _graph
from tests.graph.networks import Decides, Function, Residual, conv, published


class Resizes(nn.Module):
    """Decides by the size of its input, which fx cannot follow."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = conv(3, 4)
        self.block = Residual(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        if x.shape[-1] > 6:
            x = nn.functional.max_pool2d(x, 2)
        return self.block(x)


def by_export(module: nn.Module, size: tuple[int, ...]) -> Graph:
    twin = stand_in(module)
    picture = torch.empty(1, *size, device="meta")
    program = export_program(twin, picture)
    return _graph(twin, closed(evaluate(program, picture), twin), size, "export", "")


def kinds_of(graph: Graph) -> Counter[str]:
    """How often each kind occurs; what does nothing in eval mode is not seen by export."""
    return Counter(node.kind for node in graph.nodes.values() if node.kind not in ("identity", "dropout"))


def state_of(module: nn.Module) -> tuple[object, ...]:
    training = [part.training for part in module.modules()]
    hooks = [len(part._forward_hooks) + len(part._forward_pre_hooks) for part in module.modules()]
    return (
        training,
        hooks,
        {name: (id(p), p._version, p.requires_grad) for name, p in module.state_dict(keep_vars=True).items()},
    )


def test_fx_comes_first_and_loses_nothing():
    graph = trace(Residual(4, 4), (4, 8, 8))
    assert (graph.method, graph.lost) == ("fx", "")


def test_export_follows_decisions_by_size():
    graph = trace(Resizes(), (3, 8, 8))
    assert graph.method == "export"
    assert "PyTorch" in graph.lost
    assert [node.name for node in graph.nodes.values()][1:4] == ["conv", "max_pool2d", "block.conv1"]
    assert graph.nodes["block.conv1"].output_shape == (1, 4, 4, 4)
    (skip,) = graph.skips
    assert (skip.join, skip.fork) == ("block.add", "max_pool2d")


def test_hooks_follow_decisions_by_values():
    graph = trace(Decides(), (3, 8, 8))
    assert graph.method == "hooks"
    assert "functions" in graph.lost
    assert [(n.name, n.kind, n.inputs) for n in graph.nodes.values()][1:] == [
        ("first", "conv", ("input",)),
        ("second", "conv", ("first",)),
    ]
    assert graph.unused_parameters == {"scale": 1}
    assert graph.parameters == sum(p.numel() for p in Decides().parameters())
    assert graph.macs == 4 * 3 * 9 * 36 + 2 * 4 * 36


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "squeezenet1_1", "convnext_tiny"])
@pytest.mark.slow
def test_export_and_fx_tell_the_same(name):
    module = published(name)
    one, other = trace(module), by_export(module, (3, 224, 224))
    assert (one.parameters, one.macs) == (other.parameters, other.macs)
    assert kinds_of(one) == kinds_of(other)
    assert [(s.join_kind, s.kind) for s in one.skips] == [(s.join_kind, s.kind) for s in other.skips]
    folds = [
        [(g.title, g.role, g.parameters, len(g.children)) for g in graph.fold.children]
        for graph in (one, other)
    ]
    assert folds[0] == folds[1]


def test_attention_is_one_operation_either_way():
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    graph = trace(layer, (5, 16))
    assert graph.method == "export"
    assert [n.name for n in graph.nodes.values() if n.kind == "attention"] == ["self_attn"]
    attention = graph.nodes["self_attn"]
    assert attention.parameters == sum(p.numel() for p in layer.self_attn.parameters())
    assert attention.inputs == ("input",)
    assert [skip.kind for skip in graph.skips] == ["identity", "identity"]


@pytest.mark.parametrize("module", [Residual(4, 4), Resizes(), Decides()])
def test_the_module_comes_back_as_it_was(module):
    module.train()
    next(module.children()).eval()
    before = state_of(module)
    trace(module, (4, 8, 8) if isinstance(module, Residual) else (3, 8, 8))
    assert state_of(module) == before


@pytest.mark.parametrize("module", [Residual(4, 4), Decides()])
def test_the_module_comes_back_as_it_was_after_a_failure(module):
    module.train()
    before = state_of(module)
    with pytest.raises(TraceFailed, match="input of size 7 × 8 × 8"):
        trace(module, (7, 8, 8))
    assert state_of(module) == before


def test_failures_are_one_sentence():
    with pytest.raises(TraceFailed, match=r"empty; every side must be at least 1"):
        trace(conv(), (4, 0, 8))
    with pytest.raises(TraceFailed, match="no operation that reads its input"):
        trace(Function(lambda m, x: torch.ones(1)), (3, 8, 8))
    with pytest.raises(TraceFailed, match="pass one picture through the network first"):
        trace(nn.Sequential(nn.LazyConv2d(4, 3)), (3, 8, 8))


def test_a_failing_forward_is_named():
    def fails(m: nn.Module, x: torch.Tensor) -> torch.Tensor:
        raise ValueError("the moon is wrong\nand so on")

    with pytest.raises(TraceFailed, match=r"the moon is wrong$"):
        trace(Function(fails, conv=conv()), (4, 8, 8))


def test_weights_are_neither_read_nor_copied():
    layer = nn.Linear(4, 4)
    twin = stand_in(layer)
    assert all(tensor.is_meta for tensor in twin.state_dict().values())
    with torch.device("meta"):
        large = nn.Linear(100_000, 100_000)
    assert trace(large, (100_000,)).parameters == 100_000 * 100_001


def test_half_precision_and_no_batch_norm_statistics_are_touched():
    module = nn.Sequential(conv(), nn.BatchNorm2d(4)).half().train()
    statistics = module[1].running_mean.clone()
    graph = trace(module, (4, 8, 8))
    assert graph.nodes["0"].activation_bytes == 4 * 64 * 4
    assert torch.equal(module[1].running_mean, statistics)


def test_arguments_with_defaults_take_them():
    class Masked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = conv()

        def forward(
            self, x: torch.Tensor, mask: torch.Tensor | None = None, scale: float = 2.0
        ) -> torch.Tensor:
            x = self.conv(x) * scale
            return x if mask is None else x * mask

    graph = trace(Masked(), (4, 8, 8))
    assert (graph.method, list(graph.nodes)) == ("fx", ["input", "conv", "mul"])


def test_unused_heads_are_counted_apart():
    graph = trace(published("googlenet"))
    heads = sum(graph.unused_parameters.values())
    assert {name.split(".")[0] for name in graph.unused_parameters} == {"aux1", "aux2"}
    assert graph.parameters == 13_004_888
    assert graph.parameters - heads == graph.fold.parameters == 6_624_904


def test_two_threads_trace_at_once():
    module = published("resnet18")
    with ThreadPoolExecutor(4) as pool:
        graphs = list(pool.map(lambda size: trace(module, size), [(3, 64, 64)] * 4))
    assert all(graph == graphs[0] for graph in graphs)


@pytest.mark.parametrize(
    "wrapped",
    [
        nn.utils.parametrizations.weight_norm(conv()),
        nn.utils.parametrizations.spectral_norm(conv()),
        nn.utils.parametrizations.orthogonal(nn.Linear(4, 4)),
    ],
)
def test_parametrised_weights_belong_to_their_layer(wrapped):
    size = (4, 8, 8) if isinstance(wrapped, nn.Conv2d) else (4,)
    graph = trace(nn.Sequential(wrapped, nn.ReLU()), size)
    assert graph.parameters == sum(p.numel() for p in wrapped.parameters())
    assert graph.nodes["0"].parameters == graph.parameters
    assert graph.nodes["0"].kind in ("conv", "linear")


def test_hooks_of_the_module_are_not_run_and_may_hold_anything():
    module = nn.Sequential(nn.utils.parametrizations.weight_norm(conv()), conv())
    lock, calls = Lock(), []
    for part in module.modules():
        part.register_forward_hook(lambda *_, kept=lock: calls.append(kept))
        part.register_forward_pre_hook(partial(calls.append, lock))
    trace(module, (4, 8, 8))
    assert not calls


def test_inference_mode_around_makes_no_difference():
    module = Residual(4, 4)
    with torch.inference_mode():
        graph = trace(module, (4, 8, 8))
    assert graph == trace(module, (4, 8, 8))


def test_something_that_cannot_be_copied_is_named():
    module = Residual(4, 4)
    module.lock = Lock()
    with pytest.raises(TraceFailed, match="cannot be copied for tracing: cannot pickle"):
        trace(module, (4, 8, 8))
