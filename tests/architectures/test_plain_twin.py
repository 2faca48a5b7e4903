"""Plain twins give what twins made by hand give, to the last bit; who has none is told why."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import timm
import torch
import torchvision
from hypothesis import given, settings
from torch import Tensor, nn
from torchvision.models import convnext, efficientnet, mobilenetv2, mobilenetv3, resnet, vision_transformer
from torchvision.models import swin_transformer as swin

from core.architectures import NoSkipConnections, from_spec, plain_twin, preset, without_skips
from core.architectures.building import ParametersOnMeta
from core.graph import TraceFailed, trace
from tests.architectures.nets import specs
from tests.graph.networks import Decides, Function, Residual, conv, published


def filled(module: nn.Module) -> nn.Module:
    """The module with random numbers in all weights and statistics, so that none is 0 or 1."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                numbers = torch.rand(tensor.shape, generator=generator)
                tensor.copy_(numbers + 0.5 if "running_var" in name else numbers - 0.4)
    return module


def narrowing(width: int, out: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(width, out, 1, stride, bias=False), nn.BatchNorm2d(out))


def basic(block: resnet.BasicBlock, x: Tensor) -> Tensor:
    return torch.relu(block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x))))))


def bottleneck(block: resnet.Bottleneck, x: Tensor) -> Tensor:
    x = torch.relu(block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x))))))
    return torch.relu(block.bn3(block.conv3(x)))


def encoder(block: vision_transformer.EncoderBlock, x: Tensor) -> Tensor:
    y = block.ln_1(x)
    attended, _ = block.self_attention(y, y, y, need_weights=False)
    return block.mlp(block.ln_2(block.dropout(attended)))


MBCONV = efficientnet.MBConvConfig(4, 3, 1, 8, 8, 1)
MAPS, TOKENS = (8, 9, 9), (5, 8)
BY_HAND: dict[str, tuple[nn.Module, Callable[[nn.Module, Tensor], Tensor], tuple[int, ...]]] = {
    "basic": (resnet.BasicBlock(8, 8), basic, MAPS),
    "basic, projection": (resnet.BasicBlock(8, 16, 2, narrowing(8, 16, 2)), basic, MAPS),
    "bottleneck": (resnet.Bottleneck(8, 2), bottleneck, MAPS),
    "bottleneck, projection": (resnet.Bottleneck(8, 4, 2, narrowing(8, 16, 2)), bottleneck, MAPS),
    "inverted residual": (mobilenetv2.InvertedResidual(8, 8, 1, 2), lambda block, x: block.conv(x), MAPS),
    "squeeze and excitation": (
        efficientnet.MBConv(MBCONV, 0.5, nn.BatchNorm2d),
        lambda block, x: block.block(x),
        MAPS,
    ),
    "ConvNeXt": (convnext.CNBlock(8, 0.1, 0.5), lambda block, x: block.layer_scale * block.block(x), MAPS),
    "transformer": (vision_transformer.EncoderBlock(2, 8, 16, 0.3, 0.3), encoder, TOKENS),
}


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", BY_HAND)
def test_a_block_is_bit_equal_to_a_twin_made_by_hand(name, training):
    block, by_hand, size = BY_HAND[name]
    block = filled(copy.deepcopy(block)).train(training)
    x = torch.randn(3, *size, generator=torch.Generator().manual_seed(1))
    twin = plain_twin(block, input_size=size)
    torch.manual_seed(2)
    expected = by_hand(block, x)
    torch.manual_seed(2)
    assert torch.equal(twin(x), expected)


@pytest.mark.parametrize("name", ["own/resnet18", "cifar_resnet20", "preact_cifar"])
def test_a_network_is_bit_equal_to_the_one_built_without_skips(name):
    """Pre-activation (He et al. 2016) among them, whose additions are bare."""
    base = preset("cifar_resnet20") if name == "preact_cifar" else preset(name)
    stages = tuple(
        stage.model_copy(
            update={"count": 2, "width": 8 * 2**place}
            | ({"block": "pre-activation"} if name == "preact_cifar" else {})
        )
        for place, stage in enumerate(base.stages)
    )
    spec = base.model_copy(update={"stages": stages, "shortcut": "B"})
    module = filled(from_spec(spec))
    by_hand = from_spec(spec.model_copy(update={"shortcut": "none"}))
    kept = {path: tensor for path, tensor in module.state_dict().items() if "downsample" not in path}
    by_hand.load_state_dict(kept)
    twin = plain_twin(module)
    assert list(twin.state_dict()) == list(by_hand.state_dict())
    x = torch.randn(2, *spec.input_size, generator=torch.Generator().manual_seed(1))
    assert torch.equal(twin(x), by_hand(x))


@settings(max_examples=6, deadline=None)
@given(specs())
def test_any_recipe_has_the_twin_that_it_has_with_shortcuts_left_out(spec):
    module = from_spec(spec, device="meta")
    plain = from_spec(spec.model_copy(update={"shortcut": "none"}), device="meta")
    if any(skip.join_kind == "add" for skip in trace(module, spec.input_size).skips):
        left = plain_twin(module, input_size=spec.input_size)
        assert {n: t.shape for n, t in left.named_parameters()} == {
            n: t.shape for n, t in plain.named_parameters()
        }
    else:
        with pytest.raises(NoSkipConnections, match="no residual additions"):
            plain_twin(module, input_size=spec.input_size)


@pytest.mark.parametrize(
    ("name", "before", "after"), [("resnet18", 11_689_512, 11_515_688), ("resnet50", 25_557_032, 22_780_456)]
)
def test_projections_fall_away(name, before, after):
    module = published(name)
    twin = without_skips(module)
    assert [sum(p.numel() for p in m.parameters()) for m in (module, twin.module)] == [before, after]
    assert sum(twin.unused_parameters.values()) == before - after
    assert all("downsample" in path for path in twin.unused_parameters)
    original, graph = trace(module), trace(twin.module)
    assert twin.additions == tuple(skip.join for skip in original.skips)
    assert not graph.skips
    assert graph.at("layer3.1").module_path.startswith("layer3.1.")
    assert [g.title for g in graph.fold.children] == [g.title for g in original.fold.children]


def small_swin(block: type[nn.Module]) -> nn.Module:
    return torchvision.models.SwinTransformer([4, 4], 8, [2, 1], [2, 2], [7, 7], block=block)


def small_efficientnet(
    kind: type[efficientnet.FusedMBConvConfig] | type[efficientnet.MBConvConfig],
) -> nn.Module:
    return torchvision.models.EfficientNet([kind(4, 3, 2, 8, 8, 3)], dropout=0.2, last_channel=16)


def small_regnet() -> nn.Module:
    sizes = {"depth": 6, "w_0": 16, "w_a": 16.0, "w_m": 2.0, "group_width": 8, "se_ratio": 0.25}
    return torchvision.models.RegNet(torchvision.models.regnet.BlockParams.from_init_params(**sizes))


def small_mobilenet_v3() -> nn.Module:
    block = mobilenetv3.InvertedResidualConfig(8, 3, 16, 8, True, "HS", 1, 1, 1)
    return torchvision.models.MobileNetV3([block, block], 32)


def small_resnet(**options: int) -> nn.Module:
    return resnet.ResNet(resnet.Bottleneck, [1, 2, 1, 1], **options)


# One of every family of torchvision, small where it can be, and how many residual additions it has: two a block where
# attention and a multilayer perceptron each have one of their own.
FAMILIES: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "AlexNet": (lambda: published("alexnet"), 0),
    "ConvNeXt": (
        lambda: convnext.ConvNeXt([convnext.CNBlockConfig(8, 16, 2), convnext.CNBlockConfig(16, None, 1)]),
        3,
    ),
    "DenseNet": (lambda: torchvision.models.DenseNet(8, (2, 2), 16), 0),
    "EfficientNet": (lambda: small_efficientnet(efficientnet.MBConvConfig), 2),
    "EfficientNetV2": (lambda: small_efficientnet(efficientnet.FusedMBConvConfig), 2),
    "GoogLeNet": (lambda: published("googlenet", aux_logits=False, init_weights=False), 0),
    "Inception": (lambda: published("inception_v3", init_weights=False), 0),
    "MaxViT": (lambda: torchvision.models.MaxVit((224, 224), 8, 7, [8], [1], 8, 0.2), 5),
    "MNASNet": (lambda: published("mnasnet0_5"), 10),
    "MobileNetV2": (lambda: torchvision.models.MobileNetV2(1000, 0.5, [[2, 16, 3, 1]]), 2),
    "MobileNetV3": (small_mobilenet_v3, 2),
    "RegNet": (small_regnet, 6),
    "ResNeXt": (lambda: small_resnet(groups=32, width_per_group=4), 5),
    "ShuffleNet": (lambda: published("shufflenet_v2_x0_5"), 0),
    "SqueezeNet": (lambda: published("squeezenet1_0"), 0),
    "Swin": (lambda: small_swin(swin.SwinTransformerBlock), 6),
    "Swin v2": (lambda: small_swin(swin.SwinTransformerBlockV2), 6),
    "VGG": (lambda: published("vgg11"), 0),
    "ViT": (lambda: vision_transformer.VisionTransformer(32, 16, 2, 2, 16, 32), 4),
    "Wide ResNet": (lambda: small_resnet(width_per_group=128), 5),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_torchvision_has_a_twin_or_is_told_why_not(family):
    make, additions = FAMILIES[family]
    with ParametersOnMeta() if family == "RegNet" else torch.device("meta"):
        module = make().to("meta").eval()
    if not additions:
        why = "would need another width" if family == "DenseNet" else "nothing to take out"
        with pytest.raises(NoSkipConnections, match=f"^{type(module).__name__} .*{why}.*\\.$"):
            plain_twin(module)
        return
    twin = without_skips(module)
    assert len(twin.additions) == additions
    kept = set(twin.module.state_dict())
    assert kept <= set(module.state_dict())
    assert {name for name, _ in module.named_parameters()} - kept == set(twin.unused_parameters)
    graph = trace(twin.module, (3, 32, 32) if family == "ViT" else (3, 224, 224))
    assert "add" not in {skip.join_kind for skip in graph.skips}
    assert graph.nodes[list(graph.nodes)[-1]].output_shape == (1, 1000)


def refused(forward: Callable[..., Tensor], **parts: object) -> str:
    with pytest.raises(NoSkipConnections) as caught:
        plain_twin(Function(forward, **parts), input_size=(4, 8, 8))
    return str(caught.value)


def test_who_has_no_single_twin_is_told_which_addition_leaves_it_open():
    why = refused(lambda m, x: m.a(x) + m.b(x), a=conv(), b=conv())
    assert why == (
        "Function has no plain twin: the addition add joins a and b, which have passed as many layers with weights, "
        "so that either could be the shortcut."
    )
    why = refused(lambda m, x: x + m.a(x).mean((2, 3), keepdim=True), a=conv())
    assert "joins input and mean, whose shapes differ" in why
    why = refused(lambda m, x: x + m.a(x) + m.b(x), a=conv(), b=conv())
    assert "the addition add_1 adds up 3 operands, input, a and b" in why


def res2net() -> nn.Module:
    return timm.models.resnet.ResNet(
        timm.models.res2net.Bottle2neck, (2, 1, 1, 1), base_width=26, block_args={"scale": 4}
    )


def dual_path() -> nn.Module:
    return timm.models.dpn.DPN(k_sec=(2, 1, 1, 1), inc_sec=(16, 32, 24, 128), k_r=32, groups=4)


@pytest.mark.parametrize(
    ("make", "addition", "why"),
    [
        (
            lambda: timm.create_model("hrnet_w18_small"),
            "stage2.0.add",
            "none of them is a shortcut past the other",
        ),
        (res2net, "layer1.1.add", "a part of the channels alone (layer1.1.split_2)"),
        (dual_path, "features.conv2_1.add", "a part of the channels alone (features.conv2_1.getitem)"),
    ],
    ids=["HRNet", "Res2Net", "DPN"],
)
def test_published_networks_that_leave_it_open(make, addition, why):
    with torch.device("meta"):
        module = make()
    with pytest.raises(NoSkipConnections) as caught:
        plain_twin(module)
    assert f"the addition {addition} " in str(caught.value)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("forward", "expected"),
    [
        (lambda m, x: torch.add(x, m.a(x), alpha=0.25), lambda m, x: 0.25 * m.a(x)),
        (lambda m, x: torch.add(m.a(x), x, alpha=0.25), lambda m, x: m.a(x)),
        (lambda m, x: m.a(x).add_(x), lambda m, x: m.a(x)),
        (lambda m, x: x + (m.a(x) + m.bias), lambda m, x: m.a(x) + m.bias),
        (lambda m, x: (x + m.bias) + m.a(x), lambda m, x: m.a(x)),
        (lambda m, x: sum([x, m.a(x)]), lambda m, x: m.a(x)),
        (lambda m, x: m.a(m.a(x) + x) + m.b(x), lambda m, x: m.a(m.a(x))),
    ],
)
def test_however_an_addition_is_written(forward, expected):
    module = Function(forward, a=conv(), b=conv(), bias=nn.Parameter(torch.rand(1)))
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(plain_twin(module, input_size=(4, 8, 8))(x), expected(module, x))


class Asking(nn.Module):
    """A block that is called with more than its input, and again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.drop = conv(), nn.Dropout(0.5)

    def forward(self, x: Tensor, shift: Tensor | None = None, *, scale: float = 1.0) -> Tensor:
        branch = self.drop(self.conv(x)) * scale
        if shift is not None:
            branch = branch * shift
        return branch + x


def test_a_block_that_is_called_twice_and_with_other_arguments():
    def forward(m: nn.Module, x: Tensor) -> Tensor:
        shift = torch.sigmoid(x)
        return m.block(m.block(x, shift, scale=2.0), shift, scale=2.0)

    module = Function(forward, block=Asking()).eval()
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    twin, shift = plain_twin(module), torch.sigmoid(x)
    once = module.block.conv(x) * 2.0 * shift
    assert torch.equal(twin(x), module.block.conv(once) * 2.0 * shift)
    different = Function(lambda m, x: m.block(m.block(x), torch.sigmoid(x)), block=Asking())
    with pytest.raises(TraceFailed, match="Asking is called in several ways"):
        plain_twin(different)


def test_the_original_stays_as_it_is():
    module = nn.Sequential(conv(3, 4), Residual(4, 4), Residual(4, 8, 2)).train()
    module[1].bn1.eval()
    module[2].conv2.weight.requires_grad_(False)
    seen: list[nn.Module] = []
    module[1].register_forward_hook(lambda part, _inputs, _output: seen.append(part))
    x = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    before, expected = copy.deepcopy(module.state_dict()), copy.deepcopy(module)(x)
    seen.clear()
    twin = plain_twin(module)
    twin(x).sum().backward()
    assert not seen
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    assert torch.equal(module(x), expected)
    assert seen == [module[1]]
    assert [part.training for part in twin.modules()] == [
        module.get_submodule(path).training for path, _ in twin.named_modules()
    ]
    assert [name for name, p in twin.named_parameters() if not p.requires_grad] == ["2.conv2.weight"]


def test_weights_share_memory_and_statistics_do_not():
    module = nn.Sequential(conv(3, 4), Residual(4, 8, 2)).train()
    twin = plain_twin(module)
    originals = dict(module.named_parameters())
    assert all(p.data_ptr() == originals[name].data_ptr() for name, p in twin.named_parameters())
    twin(torch.randn(2, 3, 8, 8))
    assert torch.equal(module[1].bn1.running_mean, torch.zeros(8))
    assert not torch.equal(twin[1].bn1.running_mean, torch.zeros(8))
    apart = copy.deepcopy(twin)
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(apart.eval()(x), twin.eval()(x))
    assert apart[0].weight.data_ptr() != twin[0].weight.data_ptr()


def test_blocks_stay_what_they_are_for_hooks_and_names():
    module = nn.Sequential(conv(3, 4), Residual(4, 8, 2))
    twin = plain_twin(module)
    assert isinstance(twin[1], Residual)
    assert type(twin[1]).__name__ == "Residual"
    assert not hasattr(twin[1], "shortcut")
    shapes: list[tuple[int, ...]] = []
    twin[1].register_forward_hook(lambda _part, _inputs, output: shapes.append(tuple(output.shape)))
    twin(torch.zeros(1, 3, 8, 8))
    assert shapes == [(1, 8, 4, 4)]
    with pytest.raises(NoSkipConnections, match="nothing to take out"):
        plain_twin(twin)


def test_what_fx_cannot_follow_is_said():
    by_size = Function(lambda m, x: m.a(x) if x.shape[-1] > 2 else x, a=conv())
    with pytest.raises(NoSkipConnections, match="nothing to take out"):
        plain_twin(by_size)
    by_size = Function(lambda m, x: m.a(x) + x if x.shape[-1] > 2 else x, a=conv())
    with pytest.raises(TraceFailed, match=r"torch\.fx cannot follow Function"):
        plain_twin(by_size)
    with pytest.raises(TraceFailed, match=r"torch\.fx cannot follow Decides"):
        plain_twin(Decides())
    with pytest.raises(TraceFailed, match="takes no input of the sizes tried"):
        plain_twin(nn.Sequential(conv(3, 4), Residual(4, 4)), input_size=(2, 8, 8))
