"""The effective field against brute force: boxes by NaN in the picture, heat by a plain loop in float64."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torchvision
from timm.models.resnet import BasicBlock, ResNet
from torch import Tensor, nn

from core.graph import UnknownNode, trace
from core.probes import NoEffect, NoMaps, NoSuchCell, RunningField, effective_receptive_field


def norm(width: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(width)


class Block(nn.Module):
    """Two convolutions and a skip, with ReLUs in place; the last one is called twice."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(width, width, 3, padding=1, bias=False), norm(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, bias=False), norm(width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x
        return self.relu(out)


class Small(nn.Module):
    """A residual net whose head must never run; it begins with an operation in place."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.first = nn.ReLU(inplace=True)
        self.stem, self.bn = nn.Conv2d(3, width, 5, stride=2, padding=2), norm(width)
        self.block1, self.block2 = Block(width), Block(width)
        self.head = Forbidden()

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.stem(self.first(x)))
        return self.head(self.block2(self.block1(x)))


class Forbidden(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.device.type != "meta":
            raise AssertionError("Nothing above the node may run.")
        return x


def small(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return Small()


def narrow_resnet() -> nn.Module:
    torch.manual_seed(0)
    return ResNet(
        BasicBlock, [1, 1, 1, 1], channels=(8, 8, 12, 12), stem_width=8, zero_init_last=False, num_classes=2
    )


def up_to(net: nn.Module, node: str) -> Callable[[Tensor], Tensor]:
    """What a hook sees: the output of a module in a pass that may fail afterwards."""

    def run(x: Tensor) -> Tensor:
        got: list[Tensor] = []
        handle = net.get_submodule(node).register_forward_hook(lambda _m, _i, out: got.append(out.clone()))
        try:
            net(x)
        except AssertionError:
            pass
        finally:
            handle.remove()
        return got[-1]

    return run


def box_by_nan(net: nn.Module, node: str, cell: tuple[int, int], side: int) -> tuple[int, int, int, int]:
    """Rows and columns of the picture that make the cell NaN when they are NaN: through max pooling as well."""
    net = net.eval().double()
    bounds = []
    for axis in (2, 3):
        x = torch.zeros(side, 3, side, side, dtype=torch.float64)
        for line in range(side):
            x[line].select(axis - 1, line).fill_(float("nan"))
        with torch.no_grad():
            hit = up_to(net, node)(x)[:, :, cell[0], cell[1]].isnan().any(1).nonzero().flatten().tolist()
        bounds.append((hit[0], hit[-1] + 1))
    net.float()
    (top, bottom), (left, right) = bounds
    return top, left, bottom, right


def support(heat: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(heat)
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1


@pytest.mark.parametrize("cell", [None, (0, 0), (3, 15)])
def test_the_support_is_the_theoretical_box(cell: tuple[int, int] | None) -> None:
    net = small()
    found = effective_receptive_field(net, "block2", input_size=(3, 40, 40), cell=cell)
    expected = box_by_nan(net, "block2", found.cell, 40)
    assert support(found.heat) == expected == found.box
    assert (found.inside, found.field) == (1.0, (21, 21))
    assert found.cell == (cell or (10, 10))
    if cell is None:
        assert expected == (10, 10, 31, 31)  # 5 and four times 4, around pixel 20


def test_the_support_of_a_narrow_resnet_with_its_max_pooling() -> None:
    net = narrow_resnet()
    box = box_by_nan(net, "layer2", (4, 4), 64)
    single = effective_receptive_field(net, "layer2", input_size=(3, 64, 64), cell=(4, 4), count=1)
    inner = support(single.heat)
    assert all(a <= b for a, b in zip(box[:2], inner[:2], strict=True))
    assert all(a >= b for a, b in zip(box[2:], inner[2:], strict=True))
    many = effective_receptive_field(net, "layer2", input_size=(3, 64, 64), cell=(4, 4), count=16, batch=8)
    assert support(many.heat) == box == many.box


def test_figures_of_resnet18() -> None:
    """95 % of the squared gradient lies in .24 of the box's area, whose side is 99 px."""
    torch.manual_seed(0)
    net = torchvision.models.resnet18()
    found = effective_receptive_field(net, "layer2", input_size=(3, 128, 128), count=8)
    top, left, bottom, right = support(found.heat)
    assert (bottom - top, right - left) == (99, 99)
    assert found.box == (top, left, bottom, right)
    assert found.holds(0.95) / 99**2 == pytest.approx(0.24, abs=0.015)
    assert found.calibrated == 8
    assert found.gaussian_overlap > 0.8


def loop(net: nn.Module, node: str, images: Tensor, cell: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Squared and absolute gradients, summed over the cell's channels and the colours, image by image."""
    squared, absolute = np.zeros(images.shape[2:]), np.zeros(images.shape[2:])
    for image in images:
        x = image[None].clone().requires_grad_()
        for value in up_to(net, node)(x.clone())[0, :, cell[0], cell[1]]:
            (gradient,) = torch.autograd.grad(value, x, retain_graph=True)
            squared += gradient[0].square().sum(0).numpy()
            absolute += gradient[0].abs().sum(0).numpy()
    return squared / len(images), absolute / len(images)


def test_the_heat_is_that_of_a_plain_loop_over_images() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(Small(), nn.Identity()).double().eval()
    net[0].head = nn.Conv2d(6, 1, 3)  # one channel: signs do not matter
    net.double()
    images = torch.randn(5, 3, 24, 24, dtype=torch.float64)
    squared, absolute = loop(net, "0.head", images, (4, 5))
    for measure, expected in (("squared", squared), ("absolute", absolute)):
        found = effective_receptive_field(
            net, "0.head", images=images, cell=(4, 5), measure=measure, batch=2, calibration=0
        )
        assert found.images == 5
        assert np.allclose(found.heat, expected, rtol=1e-5, atol=1e-12)


def test_signs_make_the_squared_heat_that_of_all_channels() -> None:
    net = small().double().eval()
    image = torch.randn(1, 3, 16, 16, dtype=torch.float64)
    expected, _ = loop(net, "block1", image, (4, 4))
    found = effective_receptive_field(
        net, "block1", images=image, cell=(4, 4), count=600, batch=100, calibration=0
    )
    assert found.heat.sum() == pytest.approx(expected.sum(), rel=0.05)
    assert np.abs(found.heat - expected).sum() < 0.1 * expected.sum()


def test_a_layer_norm_hides_nothing() -> None:
    """The plain sum of its channels is the same for all pictures: only rounding would be seen."""

    class Normed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patches, self.norm = nn.Conv2d(3, 8, 4, 4), nn.LayerNorm(8)

        def forward(self, x: Tensor) -> Tensor:
            return self.norm(self.patches(x).permute(0, 2, 3, 1))

    torch.manual_seed(0)
    found = effective_receptive_field(Normed(), "norm", input_size=(3, 16, 32), cell=(2, 5))
    assert support(found.heat) == (8, 20, 12, 24)
    assert (found.heat[8:12, 20:24] > 1e-3).all()
    assert found.cells == (4, 8)


@pytest.mark.parametrize("ahead", [0, 1, 2])
def test_tokens_are_cells(ahead: int) -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patches, self.block = nn.Conv2d(3, 8, 4, 4), nn.Sequential(nn.Linear(8, 8), nn.GELU())
            self.extra = nn.Parameter(torch.randn(1, ahead, 8))

        def forward(self, x: Tensor) -> Tensor:
            tokens = self.patches(x).flatten(2).transpose(1, 2)
            return self.block(torch.cat([self.extra.expand(len(x), -1, -1), tokens], dim=1))

    found = effective_receptive_field(Tokens(), "block", input_size=(3, 24, 24), cell=(1, 4), count=2)
    assert support(found.heat) == (4, 16, 8, 20)


def state_of(net: nn.Module) -> list[object]:
    parts = [
        (
            part.training,
            getattr(part, "momentum", None),
            len(part._forward_hooks),
            len(part._forward_pre_hooks),
        )
        for part in net.modules()
    ]
    return [
        parts,
        [(p.requires_grad, p.grad) for p in net.parameters()],
        {name: value.clone() for name, value in net.state_dict().items()},
    ]


def check_same(net: nn.Module, before: list[object]) -> None:
    after = state_of(net)
    assert after[:2] == before[:2]
    assert after[2].keys() == before[2].keys()
    for name, value in after[2].items():
        torch.testing.assert_close(value, before[2][name], rtol=0, atol=0, equal_nan=True)


def test_the_module_is_as_found() -> None:
    net = small().train()
    net.block1.eval()
    net.stem.weight.requires_grad_(False)
    before = state_of(net)
    effective_receptive_field(net, "block2", input_size=(3, 24, 24), count=2)
    check_same(net, before)


class Failing(nn.Module):
    """Fails when it is asked for a gradient, so after the statistics have been taken."""

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            raise ZeroDivisionError
        return x


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda net: setattr(net.block2, "conv1", Failing()), ZeroDivisionError),
        (lambda net: setattr(net, "block1", Severed()), NoEffect),
        (lambda net: net.bn.weight.data.fill_(float("nan")), NoEffect),
        (lambda net: setattr(net, "block2", nn.Flatten()), NoMaps),
    ],
)
def test_the_module_is_as_found_after_an_exception(
    change: Callable[[nn.Module], None], error: type[Exception]
) -> None:
    net = small().train()
    change(net)
    before = state_of(net)
    graph = trace(small(), (3, 24, 24))
    with pytest.raises(error) as caught:
        effective_receptive_field(net, "block2", graph=graph, count=2)
    check_same(net, before)
    if error is not ZeroDivisionError:
        assert str(caught.value).endswith(".")


class Severed(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return (x > 0).float()


def test_wrong_questions_are_sentences() -> None:
    net = small()
    with pytest.raises(NoSuchCell, match="12 × 12 cells here and none at row 12, column 0"):
        effective_receptive_field(net, "block1", input_size=(3, 24, 24), cell=(12, 0))
    with pytest.raises(UnknownNode):
        effective_receptive_field(net, "block9", input_size=(3, 24, 24))
    with pytest.raises(NoMaps, match="no pictures"):
        effective_receptive_field(nn.Sequential(nn.Linear(4, 4)), "0", input_size=(4,))


def test_functions_and_the_calls_of_a_reused_module() -> None:
    net = small()
    size = (3, 24, 24)
    graph = trace(net, size)
    sums = [node.name for node in graph.nodes.values() if node.kind == "add"]
    found = {
        name: effective_receptive_field(net, name, graph=graph, cell=(6, 6))
        for name in ("block1.bn1", "block1.relu_1", sums[0], "block1")
    }
    assert support(found["block1.bn1"].heat) == (8, 8, 17, 17)
    assert np.array_equal(found["block1.relu_1"].heat, found["block1"].heat)
    assert support(found[sums[0]].heat) == box_by_nan(net, "block1", (6, 6), 24)
    picture = effective_receptive_field(net, "input", graph=graph, cell=(3, 4))
    assert support(picture.heat) == (3, 4, 4, 5)


def test_pass_after_pass_is_the_direct_mean() -> None:
    net = small()
    graph = trace(net, (3, 24, 24))
    running = RunningField("block1", graph=graph, seed=3)
    means = []
    for count in (1, 3, 2):
        running.add(net, count)
        means.append(running.result())
    assert [mean.images for mean in means] == [1, 4, 6]
    for mean in means:
        direct = effective_receptive_field(net, "block1", graph=graph, count=mean.images, batch=5, seed=3)
        assert np.allclose(mean.heat, direct.heat, rtol=1e-4, atol=1e-9)
    other = effective_receptive_field(net, "block1", graph=graph, count=6, seed=4)
    assert not np.allclose(other.heat, means[-1].heat, rtol=0.1)


def test_of_several_outputs_the_first_is_measured_and_has_no_box() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.pool = nn.Conv2d(3, 4, 3, padding=1), nn.MaxPool2d(4)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            fine = self.conv(x)
            return fine, self.pool(fine)

    torch.manual_seed(0)
    net = nn.Sequential(Two(), Second())
    found = effective_receptive_field(net, "0", input_size=(3, 16, 16), count=2)
    assert (found.cells, found.box, found.inside, found.ratio) == ((16, 16), None, None, None)
    assert effective_receptive_field(net, "0.pool", input_size=(3, 16, 16), count=2).box == (7, 7, 13, 13)


class Second(nn.Module):
    def forward(self, pair: tuple[Tensor, Tensor]) -> Tensor:
        return pair[1]


def test_training_mode_changes_nothing() -> None:
    net = small()
    net.block1.conv2 = nn.Sequential(nn.Dropout(0.5), net.block1.conv2)
    heats = [
        effective_receptive_field(net.train(mode), "block1", input_size=(3, 24, 24), count=2).heat
        for mode in (True, False)
    ]
    assert np.array_equal(*heats)


def test_a_photo_is_looked_at_under_noise() -> None:
    net = small()
    photo = torch.rand(1, 3, 24, 24)
    plain = effective_receptive_field(net, "block1", images=photo)
    noisy = effective_receptive_field(net, "block1", images=photo, count=4, noise=0.5)
    assert (plain.images, noisy.images) == (1, 4)
    assert not np.allclose(plain.heat, noisy.heat)
