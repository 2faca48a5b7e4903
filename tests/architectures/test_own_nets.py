"""Our own nets: equal to torchvision's, the published sizes, and laws that every spec's network keeps."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.fx import symbolic_trace
from torchvision import models

from core.architectures import build, from_spec, get, preset, preset_names
from core.architectures.blocks import BasicBlock, Bottleneck, PreActivationBlock, ZeroPadShortcut, map_norm
from core.architectures.mlp import ResidualMLPBlock
from core.architectures.presets import mlp
from core.architectures.spec import HeadSpec, NetSpec, StageSpec, StemSpec

PUBLISHED = {  # torchvision's own counts; He et al. 2015, table 6, in millions for the CIFAR nets
    "own/vgg11": 132_863_336,
    "own/vgg13": 133_047_848,
    "own/vgg16": 138_357_544,
    "own/vgg19": 143_667_240,
    "own/resnet18": 11_689_512,
    "own/resnet34": 21_797_672,
    "own/resnet50": 25_557_032,
    "own/resnet101": 44_549_160,
    "own/resnet152": 60_192_808,
}
TABLE_6 = {20: "0.27", 32: "0.46", 44: "0.66", 56: "0.85", 110: "1.7"}


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def randomise_norms(module):
    """Fresh batch norms do nothing in eval mode; these do something."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.running_mean, std=0.1)
            nn.init.uniform_(part.running_var, 0.5, 2.0)
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias, std=0.1)


def check_equal_to_torchvision(ours, theirs, side):
    randomise_norms(theirs)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    x = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = theirs.eval()(x)
        difference = (ours(x) - expected).abs().max()
    assert expected.std() > 1e-3
    assert difference <= 1e-5 * max(1.0, float(expected.abs().max()))


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_resnets_compute_what_torchvisions_compute(name):
    check_equal_to_torchvision(build(f"own/{name}"), models.get_model(name), side=96)


@pytest.mark.slow
def test_vgg16_computes_what_torchvisions_computes():
    check_equal_to_torchvision(build("own/vgg16"), models.vgg16(init_weights=False), side=224)


@pytest.mark.parametrize(("name", "parameters"), PUBLISHED.items())
def test_parameters_are_the_published_ones(name, parameters):
    assert count(build(name, device="meta")) == parameters == get(name.removeprefix("own/")).parameters


@pytest.mark.parametrize(("depth", "millions"), TABLE_6.items())
def test_cifar_nets_have_the_papers_sizes(depth, millions):
    digits = len(millions.partition(".")[2])
    for name in (f"cifar_resnet{depth}", f"cifar_plain{depth}"):
        # Shortcut A has no weights, so the pair has equally many.
        assert f"{count(build(name, device='meta')) / 1e6:.{digits}f}" == millions


@pytest.mark.parametrize("name", preset_names())
def test_presets_trace_and_put_out_their_classes(name):
    spec = preset(name)
    module = from_spec(spec, device="meta")
    traced = symbolic_trace(module)
    output = traced(torch.empty((1, *spec.input_size), device="meta"))
    assert output.shape == (1, spec.head.num_classes)
    additions = [
        node for node in traced.graph.nodes if "add" in str(node.target) and node.op == "call_function"
    ]
    expected = sum(stage.count for stage in spec.stages if stage.block not in ("plain", "vgg"))
    assert len(additions) == expected


def test_the_lessons_mlps_are_what_it_says():
    plain, residual = from_spec(mlp(3, "plain")), from_spec(mlp(3, "basic"))
    x = torch.randn(5, 64)
    expected = x
    for block in plain.blocks:
        expected = block.fc2(torch.relu(block.fc1(expected)))
    assert torch.equal(plain(x), plain.fc(expected))
    expected = x
    for block in residual.blocks:
        expected = expected + block.fc2(torch.relu(block.fc1(expected)))
    assert torch.allclose(residual(x), residual.fc(expected))
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), residual.parameters(), strict=True))


def test_shortcut_a_pads_zeros_around_the_old_channels():
    x = torch.arange(2 * 4 * 4.0).reshape(1, 2, 4, 4)
    y = ZeroPadShortcut(2, 5, stride=2)(x)
    assert y.shape == (1, 5, 2, 2)
    assert torch.equal(y[:, 1:3], x[:, :, ::2, ::2])
    assert y[:, [0, 3, 4]].abs().sum() == 0


@pytest.mark.parametrize("kind", [BasicBlock, Bottleneck, PreActivationBlock])
@pytest.mark.parametrize("norm", ["batch", "none"])
def test_a_zeroed_branch_leaves_the_shortcut(kind, norm):
    width = 8 // kind.expansion
    block = kind(8, width, 1, norm=map_norm(norm), activation=lambda: nn.ReLU(inplace=True)).eval()
    block.zero_branch()
    x = torch.rand(1, 8, 6, 6)  # not negative, so the ReLU after the addition changes nothing
    assert torch.equal(block(x.clone()), x)


def test_inputs_are_not_changed_in_place():
    for block, norm in (("basic", "none"), ("pre-activation", "none"), ("plain", "none"), ("vgg", "none")):
        spec = NetSpec(input_size=(3, 8, 8), stages=(StageSpec(block=block, count=2, width=3),), norm=norm)
        x = torch.randn(1, 3, 8, 8)
        kept = x.clone()
        from_spec(spec)(x)
        assert torch.equal(x, kept), block


def test_residual_scale_multiplies_the_branch_alone():
    block = BasicBlock(4, 4, 1, norm=map_norm("none"), activation=nn.Identity, residual_scale=0.5)
    x = torch.randn(1, 4, 5, 5)
    assert torch.allclose(block(x), x + 0.5 * block.conv2(block.conv1(x)), atol=1e-6)
    linear = ResidualMLPBlock(4, 4, norm=nn.LayerNorm, activation=nn.Identity, residual_scale=0.0)
    x = torch.randn(3, 4)
    assert torch.equal(linear(x), x)


stages = st.lists(
    st.builds(
        StageSpec,
        block=st.sampled_from(["vgg", "plain", "basic", "bottleneck", "pre-activation"]),
        count=st.integers(1, 3),
        width=st.sampled_from([4, 6, 8]),
        stride=st.sampled_from([1, 2]),
    ),
    min_size=1,
    max_size=3,
)
specs = st.builds(
    lambda stages, stem, norm, activation, scale, zero, hidden: NetSpec(
        input_size=(3, 32, 32),
        stem=stem,
        stages=tuple(stages),
        norm=norm,
        activation=activation,
        residual_scale=scale,
        zero_init=zero,
        head=HeadSpec(num_classes=5, hidden=hidden, pool=1),
    ),
    stages,
    st.none() | st.builds(StemSpec, width=st.just(4), kernel=st.sampled_from([1, 3]), stride=st.just(1)),
    st.sampled_from(["batch", "layer", "group", "none"]),
    st.sampled_from(["relu", "gelu", "silu", "tanh", "leaky_relu", "identity"]),
    st.sampled_from([1.0, 0.5]),
    st.booleans(),
    st.sampled_from([(), (7,)]),
)


@given(specs, st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_any_spec_gives_a_network_that_runs_traces_and_learns(spec, seed):
    module = from_spec(spec, seed=seed)
    assert not module.training
    again = from_spec(spec, seed=seed)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), again.parameters(), strict=True))
    assert count(from_spec(spec, device="meta")) == count(module)
    x = torch.randn(2, *spec.input_size)
    output = module(x)
    assert output.shape == (2, 5)
    assert torch.allclose(symbolic_trace(module)(x), output)
    output.sum().backward()
    assert any(parameter.grad is not None for parameter in module.parameters())
