import threading

import numpy as np
import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.graph import UnknownNode, trace
from core.probes import activations


@pytest.fixture(scope="module")
def resnet() -> nn.Module:
    torch.manual_seed(0)
    net = torchvision.models.resnet18().eval()
    for part in net.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.bias)
    return net


@pytest.fixture(scope="module")
def picture() -> Tensor:
    return torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))


class Tied(nn.Module):
    """One layer called three times, a module never called, functions by several names, two of them on weights."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)
        self.again = nn.Conv2d(4, 4, 3, padding=1)
        self.unused = nn.Conv2d(4, 4, 1)
        self.bias = nn.Parameter(torch.ones(4))
        self.after = 0

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        total = x + (self.bias + 1).view(4, 1, 1)
        for _ in range(3):
            x = self.again(x)
            total = total + x
        self.after += 1
        return torch.relu_(total)


def by_plain_hooks(net: nn.Module, x: Tensor) -> dict[str, np.ndarray]:
    """Every module's last output, copied before anything later can change it."""
    got: dict[str, np.ndarray] = {}
    handles = [
        part.register_forward_hook(
            lambda _m, _i, out, path=path: got.update({path: out.detach().clone().numpy()})
        )
        for path, part in net.named_modules()
    ]
    with torch.no_grad():
        net(x)
    for handle in handles:
        handle.remove()
    return got


def hooks_on(net: nn.Module) -> int:
    return sum(len(p._forward_hooks) + len(p._forward_pre_hooks) for p in net.modules())


def test_equals_plain_hooks_at_every_module(resnet: nn.Module, picture: Tensor) -> None:
    expected = by_plain_hooks(resnet, picture)
    got = activations(resnet, picture, at=expected)
    assert list(got) == list(expected)
    for path, values in got.items():
        assert values.dtype == np.float32
        assert np.array_equal(values, expected[path]), path


@pytest.mark.parametrize("path", ["conv1", "bn1", "layer1.0", "layer2.0.downsample", "layer4", "fc", ""])
def test_one_at_a_time_equals_all_at_once(resnet: nn.Module, picture: Tensor, path: str) -> None:
    assert np.array_equal(
        activations(resnet, picture, at=[path])[path], by_plain_hooks(resnet, picture)[path]
    )


def test_what_follows_in_place_is_not_seen(resnet: nn.Module, picture: Tensor) -> None:
    got = activations(resnet, picture, at=["bn1", "relu", "layer1.0.add", "layer1.0"])
    assert got["bn1"].min() < 0
    assert np.array_equal(np.maximum(got["bn1"], 0), got["relu"])
    assert got["layer1.0.add"].min() < 0
    assert np.array_equal(np.maximum(got["layer1.0.add"], 0), got["layer1.0"])


def test_functions_equal_what_they_compute(resnet: nn.Module, picture: Tensor) -> None:
    got = activations(
        resnet, picture, at=["layer2.0.bn2", "layer2.0.downsample", "layer2.0.add", "flatten", "avgpool"]
    )
    assert np.array_equal(got["layer2.0.bn2"] + got["layer2.0.downsample"], got["layer2.0.add"])
    assert np.array_equal(got["avgpool"].reshape(1, -1), got["flatten"])


def test_calls_of_a_reused_module(picture: Tensor) -> None:
    net = Tied().eval()
    got = activations(net, picture, at=["first", "again", "again_1", "again_2"])
    with torch.no_grad():
        first = net.first(picture)
        second = net.again(net.again(first))
        third = net.again(second)
    assert np.array_equal(got["first"], first.numpy())
    assert np.array_equal(got["again_1"], second.numpy())
    assert np.array_equal(got["again_2"], third.numpy())
    assert np.array_equal(got["again"], third.numpy()), "a module's path stands for its last call"


def test_functions_on_weights_alone_are_not_counted(picture: Tensor) -> None:
    net = Tied().eval()
    got = activations(net, picture, at=["add", "add_3", "again_2", "add_2", "relu"])
    first = activations(net, picture, at=["first"])["first"]
    assert np.allclose(got["add"], first + 2)
    assert np.allclose(got["add_3"], got["add_2"] + got["again_2"])
    assert np.array_equal(got["relu"], np.maximum(got["add_3"], 0))


def test_the_pass_ends_after_the_last_one_asked_for(picture: Tensor) -> None:
    net = Tied().eval()
    for name in ("first", "again_1", "again", "add_2"):
        activations(net, picture, at=[name])
        assert net.after == 0, name
    activations(net, picture, at=["again", "relu"])
    assert net.after == 1


def test_a_pass_that_decides_by_numbers_goes_to_the_end(picture: Tensor) -> None:
    class Deciding(Tied):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) * (2 if float(x.sum()) > 1e9 else 1)

    net = Deciding().eval()
    got = activations(net, picture, at=["again", "again_2"])
    assert np.array_equal(got["again"], got["again_2"])
    assert net.after == 1


def test_input_and_output(resnet: nn.Module, picture: Tensor) -> None:
    got = activations(resnet, picture, at=["input", ""])
    assert np.array_equal(got["input"], picture.numpy())
    assert got[""].shape == (1, 1000)
    assert not np.shares_memory(got["input"], picture.numpy())


@pytest.mark.parametrize(
    "name", ["layer9", "layer1.0.ad", "layer1.0.add_1", "layer1.0.relu_2", "conv1.conv", "a b", "x.y"]
)
def test_unknown_names(resnet: nn.Module, picture: Tensor, name: str) -> None:
    with pytest.raises(UnknownNode, match="nothing called"):
        activations(resnet, picture, at=["conv1", name])
    assert hooks_on(resnet) == 0


def test_a_module_that_is_never_called(picture: Tensor) -> None:
    with pytest.raises(UnknownNode, match="'unused'"):
        activations(Tied(), picture, at=["unused"])


def test_everything_is_restored_after_an_exception(picture: Tensor) -> None:
    net = Tied().train()
    net.again.eval()
    with pytest.raises(RuntimeError):
        activations(net, picture[:, :2], at=["again", "add"])
    assert hooks_on(net) == 0
    assert net.training
    assert not net.again.training
    assert net.first.training
    assert torch.is_grad_enabled()


def test_training_nets_are_measured_in_eval_mode_and_left_as_found(picture: Tensor) -> None:
    net = torchvision.models.resnet18().train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    got = activations(net, picture, at=["layer1", "layer1.0.add"])
    assert net.training
    assert hooks_on(net) == 0
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in net.parameters())
    assert np.array_equal(got["layer1"], by_plain_hooks(net.eval(), picture)["layer1"])


def test_hooks_of_others_stay_and_are_heard(picture: Tensor) -> None:
    net = Tied().eval()
    net.first.register_forward_hook(lambda _m, _i, out: out * 2)
    got = activations(net, picture, at=["first"])["first"]
    plain = nn.functional.conv2d(picture, net.first.weight, net.first.bias, padding=1).detach().numpy()
    assert np.allclose(got, 2 * plain, atol=1e-6)
    assert hooks_on(net) == 1


def test_broad_handlers_of_a_network_do_not_swallow_the_end(picture: Tensor) -> None:
    class Careful(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Tied()
            self.went_on = False

        def forward(self, x: Tensor) -> Tensor:
            try:
                x = self.inner(x)
            except Exception:  # noqa: BLE001
                self.went_on = True
            self.went_on = True
            return x

    net = Careful().eval()
    activations(net, picture, at=["inner.first"])
    assert not net.went_on


def test_outputs_of_several_tensors_give_the_first() -> None:
    net = nn.MultiheadAttention(8, 2, batch_first=True).eval()

    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = net

        def forward(self, x: Tensor) -> Tensor:
            return self.attention(x, x, x)[0] + x

    x = torch.randn(1, 5, 8)
    got = activations(Around(), x, at=["attention", "add"])
    assert np.allclose(got["attention"] + x.numpy(), got["add"], atol=1e-6)


def test_half_precision_comes_out_as_float32(picture: Tensor) -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3)).bfloat16()
    assert activations(net, picture.bfloat16(), at=["0"])["0"].dtype == np.float32


def test_threads_do_not_see_each_other(picture: Tensor) -> None:
    torch.manual_seed(0)
    nets = [Tied().eval() for _ in range(4)]
    expected = [activations(net, picture, at=["add_1", "again"]) for net in nets]
    wrong: list[int] = []

    def repeat(index: int) -> None:
        for _ in range(10):
            got = activations(nets[index], picture, at=["add_1", "again"])
            if any(not np.array_equal(got[name], expected[index][name]) for name in got):
                wrong.append(index)

    threads = [threading.Thread(target=repeat, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_any_choice_of_nodes_gives_the_same_values(
    resnet: nn.Module, picture: Tensor, data: st.DataObject
) -> None:
    graph = trace(resnet, (3, 64, 64))
    names = data.draw(st.lists(st.sampled_from(list(graph.nodes)), min_size=1, max_size=4, unique=True))
    got = activations(resnet, picture, at=names, graph=graph)
    for name in names:
        path = graph.at(name)
        assert got[name].shape == path.output_shape
        assert np.array_equal(got[name], activations(resnet, picture, at=[name])[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobilenet_v3_small", "shufflenet_v2_x0_5", "convnext_tiny", "swin_t"])
@pytest.mark.filterwarnings("ignore:NOTE")
def test_equals_torchvisions_feature_extractor(name: str) -> None:
    """At every function node that both name alike, in nets of other families."""
    from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

    torch.manual_seed(0)
    net = torchvision.models.get_model(name, weights=None).eval()
    side = 224 if name == "swin_t" else 64
    x = torch.randn(1, 3, side, side)
    graph = trace(net, (3, side, side))
    words = ("add", "mul", "cat", "flatten", "chunk")
    theirs = set(get_graph_node_names(net)[1]) - set(graph.modules)
    nodes = [name for name in graph.nodes if name.rpartition(".")[2] in words and name in theirs]
    assert len(nodes) >= 2
    with torch.no_grad():
        expected = create_feature_extractor(net, return_nodes=nodes)(x)
    got = activations(net, x, at=nodes, graph=graph)
    for node in nodes:
        first = expected[node][0] if isinstance(expected[node], tuple) else expected[node]
        assert np.allclose(got[node], first.numpy(), atol=1e-5), node


def test_groups_are_named_by_the_graph(picture: Tensor) -> None:
    net = torchvision.models.vgg11().eval()
    graph = trace(net, (3, 64, 64))
    group = next(g for g in graph.fold.walk() if "…" in g.name)
    got = activations(net, picture, at=[group.name], graph=graph)[group.name]
    assert got.shape == group.output_shape
    with pytest.raises(UnknownNode):
        activations(net, picture, at=[group.name])


@pytest.mark.parametrize("name", ["layer1.0.add", "flatten", "layer4.1.add"])
def test_no_function_is_watched_afterwards(resnet: nn.Module, picture: Tensor, name: str) -> None:
    before = torch._C._len_torch_function_stack()
    activations(resnet, picture, at=[name])
    assert torch._C._len_torch_function_stack() == before
    with pytest.raises(RuntimeError):
        activations(resnet, picture[:, :2], at=[name])
    with pytest.raises(UnknownNode):
        activations(resnet, picture, at=[name, "layer1.0.sub"])
    assert torch._C._len_torch_function_stack() == before
