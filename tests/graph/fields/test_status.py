"""Fields that are no plain box: what makes them so, what is said of it, and what is left when that is set aside."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from timm.layers import Conv2dSame
from torch import Tensor, nn
from torchvision.models.mobilenetv3 import InvertedResidualConfig, MobileNetV3
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.models.vision_transformer import VisionTransformer
from torchvision.ops import SqueezeExcitation

from core.graph import trace
from core.graph.records import Graph, ReceptiveField
from tests.graph.fields.brute_force import Size, Unit, by_gradient, by_nan, claimed, within
from tests.graph.networks import Decides, Function

PICTURE: Size = (3, 48, 40)


def conv(width: int = 4, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(width, 4, kernel, stride, kernel // 2)


def field_of(net: nn.Module, name: str, size: Size = PICTURE) -> ReceptiveField:
    return trace(net, size).at(name).receptive_field


def check_whole(net: nn.Module, name: str, unit: Unit, size: Size = PICTURE) -> ReceptiveField:
    """The field is said to be the whole picture, and NaN in any line of it does reach the unit."""
    field = field_of(net, name, size)
    assert field.status == "whole image"
    assert field.size == size[1:]
    assert field.cause
    assert field.reason
    whole = ((0, size[1] - 1), (0, size[2] - 1))
    assert by_nan(net, size, name, [unit]) == {unit: whole}
    return field


def check_local(field: ReceptiveField, net: nn.Module, name: str, unit: Unit, size: Size = PICTURE) -> None:
    """What is left without statistics and gates is what a judge finds in ``net``, which has none."""
    assert field.local is not None
    assert field.local.status == "exact"
    shape = trace(net, size).at(name).output_shape
    assert by_nan(net, size, name, [unit]) == {unit: claimed(field.local, size, shape, unit)}


@pytest.mark.parametrize(
    "norm",
    [
        nn.GroupNorm(2, 4),
        nn.InstanceNorm2d(4),
        nn.LayerNorm((4, 48, 40)),
        nn.BatchNorm2d(4, track_running_stats=False),
    ],
    ids=lambda norm: type(norm).__name__,
)
def test_statistics_over_space_see_everything_and_leave_a_local_field(norm):
    field = check_whole(nn.Sequential(conv(3), norm, conv()), "2", (20, 20))
    check_local(field, nn.Sequential(conv(3), nn.Identity(), conv()), "2", (20, 20))
    assert field.cause == "1"


@pytest.mark.parametrize(
    "norm", [nn.BatchNorm2d(4), nn.InstanceNorm2d(4, track_running_stats=True), nn.LocalResponseNorm(2)],
    ids=lambda norm: type(norm).__name__,
)  # fmt: skip
def test_norms_that_need_no_statistics_of_this_picture_change_nothing(norm):
    net = nn.Sequential(conv(3), norm)
    field = field_of(net, "1")
    assert (field.status, field.size, field.local) == ("exact", (3, 3), None)
    assert by_nan(net, PICTURE, "1", [(20, 20)]) == {(20, 20): ((19, 21), (19, 21))}


def test_a_norm_over_channels_alone_changes_nothing():
    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    field = field_of(Function(forward, conv=conv(3), norm=nn.LayerNorm(4)), "permute_1")
    assert (field.status, field.size) == ("exact", (3, 3))


class Gated(MobileNetV3):
    """Three blocks of MobileNet-v3, the second with squeeze-excite."""

    def __init__(self, squeeze: type[nn.Module]) -> None:
        rows = [(3, False, 1), (5, True, 2), (3, False, 1)]
        settings = [
            InvertedResidualConfig(8, kernel, 16, 8, use_se, "HS", stride, 1, 1)
            for kernel, use_se, stride in rows
        ]
        super().__init__(settings, 16, num_classes=2)
        for name, part in list(self.named_modules()):
            if isinstance(part, SqueezeExcitation) and squeeze is nn.Identity:
                parent, _, own = name.rpartition(".")
                setattr(self.get_submodule(parent), own, nn.Identity())


def test_squeeze_excite_sees_everything_and_its_gate_can_be_set_aside():
    net, without = Gated(SqueezeExcitation), Gated(nn.Identity)
    field = check_whole(net, "features.3", (6, 5))
    check_local(field, without, "features.3", (6, 5))
    assert field.cause.startswith("features.2.block.2")
    assert field.reason == "squeeze-excite gate"
    before = field_of(net, "features.1")
    assert (before.status, before.local) == ("exact", None)


def test_global_pooling_sees_the_whole_picture_and_a_classifier_has_no_places():
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    graph = trace(nn.Sequential(conv(3), *head), PICTURE)
    pooled = graph.at("1").receptive_field
    assert (pooled.status, pooled.size, pooled.stride) == ("whole image", (48, 40), (0, 0))
    assert pooled.reason == "global pooling"
    for name in ("2", "3"):
        field = graph.at(name).receptive_field
        assert (field.status, field.size) == ("undefined", (0, 0))
        assert "spatial" in field.reason


class Sorts(nn.Module):
    """An operation that no rule is known for."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.sort(x, dim=2)[0]


def test_an_unknown_operation_is_named_and_all_after_it_is_undefined():
    graph = trace(nn.Sequential(conv(3), Sorts(), conv(), nn.ReLU()), PICTURE)
    assert graph.at("0").receptive_field.status == "exact"
    for name in ("1", "2", "3"):
        field = graph.at(name).receptive_field
        assert (field.status, field.size) == ("undefined", (0, 0))
        assert field.cause == "1.sort"
        assert "sort" in field.reason
        with pytest.raises(ValueError, match="sort"):
            field.seen(0, 4)


def test_beside_an_unknown_operation_fields_go_on_until_they_meet():
    def forward(self, x: Tensor) -> Tensor:
        known = self.left(x)
        return self.after(known) + torch.sort(x, dim=2)[0][:, :1]

    graph = trace(Function(forward, left=conv(3), after=conv()), PICTURE)
    assert graph.at("after").receptive_field.size == (5, 5)
    assert graph.at("add").receptive_field.status == "undefined"


def test_a_mean_over_rows_is_no_small_box():
    field = field_of(Function(lambda self, x: self.conv(x).mean(dim=2), conv=conv(3)), "mean")
    assert field.size == (48, 3)


def test_attention_over_all_tokens_sees_the_whole_picture():
    net = VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=2)
    size = (3, 32, 32)
    graph = trace(net, size)
    patches = graph.at("conv_proj").receptive_field
    assert (patches.status, patches.size, patches.stride, patches.offset) == (
        "exact",
        (8, 8),
        (8, 8),
        (3.5, 3.5),
    )
    for layer in ("encoder_layer_0", "encoder_layer_1"):
        field = graph.at(f"encoder.layers.{layer}").receptive_field
        assert (field.status, field.size) == ("whole image", (32, 32))
        assert "attention" in field.reason


def swin() -> SwinTransformer:
    return SwinTransformer([4, 4], 8, [2, 2], [1, 1], [4, 4], num_classes=2)


def test_attention_within_windows_sees_its_window_and_then_the_windows_that_it_meets():
    """Along rows: a map of 32 × 16 places and 4 × 4 windows, moved by 2 in every second block."""
    net, size = swin(), (3, 128, 64)
    graph = trace(net, size)
    for block, largest in (("features.1.0", 16), ("features.1.1", 32)):
        node = graph.at(block)
        field = node.receptive_field
        assert field.status == "exact"
        assert field.size[0] == largest
        for row in (8, 9, 10, 11):
            assert _rows_by_nan(net, size, block, row) == field.seen(0, 32)[row]
    last = graph.at("features.3.1").receptive_field
    assert last.status == "exact" or last.reason


def _rows_by_nan(net: nn.Module, size: Size, block: str, row: int) -> tuple[int, int]:
    """Rows that reach a unit of a map whose channels are last."""
    with_channels_first = Function(lambda self, x: self.part(x).permute(0, 3, 1, 2), part=_up_to(net, block))
    (rows, _) = by_nan(with_channels_first, size, "", [(row, 8)])[row, 8]
    assert rows is not None
    return rows


def _up_to(net: nn.Module, block: str) -> nn.Module:
    _, stage, number = block.split(".")
    return nn.Sequential(net.features[0], net.features[int(stage)][: int(number) + 1])


@pytest.mark.parametrize("side", [31, 32, 33, 34])
def test_padding_of_tensorflow_follows_the_size_of_the_picture(side):
    """The stem of an EfficientNet as timm ports it: 3×3, stride 2; its padding is uneven where the side is even."""
    net, size = nn.Sequential(Conv2dSame(3, 4, 3, 2)), (3, side, 65 - side)
    node = trace(net, size).at("0")
    assert by_nan(net, size, "0", [(5, 4)]) == {
        (5, 4): claimed(node.receptive_field, size, node.output_shape, (5, 4))
    }
    assert node.receptive_field.offset == tuple(1 if s % 2 == 0 else 0 for s in size[1:])


def test_a_module_called_twice_gives_the_field_of_its_last_call():
    layer = conv(3, 3)
    net = Function(
        lambda self, x: self.b(self.a(torch.cat([self.a(x)[:, :3], x], 1)[:, :3])), a=layer, b=conv()
    )
    graph = trace(net, PICTURE)
    assert graph.nodes["a"].receptive_field.size == (3, 3)
    assert graph.at("a").name == "a_1"
    assert graph.at("a").receptive_field.size == (5, 5)
    assert by_gradient(net, PICTURE, "a", [(9, 9)]) == {(9, 9): ((7, 11), (7, 11))}


def channel_net(after: str) -> nn.Module:
    """Half of the channels through 7×7; then the other half alone, or both after they were mixed."""

    def forward(self, x: Tensor) -> Tensor:
        left, right = self.first(x).chunk(2, dim=1)
        x = torch.cat([left, self.wide(right)], dim=1)
        return {"left": lambda: x[:, :2], "right": lambda: x[:, 2:], "mixed": lambda: self.mix(x)[:, :2],
                "depthwise": lambda: self.alone(x)[:, :2]}[after]()  # fmt: skip

    return Function(
        forward, first=nn.Conv2d(3, 4, 1), wide=nn.Conv2d(2, 2, 7, padding=3), mix=nn.Conv2d(4, 4, 1),
        alone=nn.Conv2d(4, 4, 3, padding=1, groups=4),
    )  # fmt: skip


@pytest.mark.parametrize(("after", "size"), [("left", 1), ("right", 7), ("mixed", 7), ("depthwise", 3)])
def test_channels_are_followed_through_splits_and_concatenations(after, size):
    net = channel_net(after)
    last = list(trace(net, PICTURE).nodes.values())[-1]
    assert last.receptive_field.size == (size, size)
    ((rows, columns),) = by_nan(net, PICTURE, last.name, [(20, 20)]).values()
    assert rows == columns == (20 - size // 2, 20 + size // 2)


@pytest.mark.parametrize(
    ("forward", "size", "stride"),
    [
        # Four neighbours as channels, by views or by strided slices; a sum over windows; places without a rest.
        (lambda _, x: x.view(-1, 4, 24, 2, 20, 2).permute(0, 3, 5, 1, 2, 4).reshape(-1, 16, 24, 20), 4, 2),
        (lambda _, x: torch.cat([x[..., ::2, ::2], x[..., 1::2, 1::2]], 1), 4, 2),
        (lambda _, x: x.view(-1, 4, 12, 4, 10, 4).sum((3, 5)), 6, 4),
        (lambda _, x: x[:, :, 1::3, 2::3], 3, 3),
        (lambda _, x: F.interpolate(x, scale_factor=0.25, mode="bilinear"), 4, 4),
    ],
)
def test_places_moved_by_views_and_slices(forward, size, stride):
    net = nn.Sequential(conv(3), Function(forward))
    node = trace(net, PICTURE).at("1")
    field = node.receptive_field
    assert (field.size, field.stride, field.varies) == ((size, size), (stride, stride), False)
    measured = by_gradient(net, PICTURE, "1", [(4, 5)])[4, 5]
    assert measured == claimed(field, PICTURE, node.output_shape, (4, 5))


@pytest.mark.parametrize(
    "forward",
    [
        lambda _, x: F.glu(x, dim=2),
        lambda _, x: F.interpolate(x[:, :, :23], scale_factor=1.3, mode="bilinear"),
        lambda _, x: x.reshape(-1, 4, 32, 60),
        lambda _, x: torch.cat([x, x], dim=2),
        lambda _, x: torch.where(x.flip(2) > 0, x, 0),
    ],
)
def test_what_cannot_be_followed_is_undefined_rather_than_wrong(forward):
    graph = trace(nn.Sequential(conv(3), Function(forward)), PICTURE)
    field = graph.at("1").receptive_field
    assert field.status == "undefined"
    assert field.cause.startswith("1.")
    assert field.reason


def test_border_rows_of_an_uneven_cut_see_no_more_than_is_said():
    def forward(self, x: Tensor) -> Tensor:
        return self.after(F.pad(self.before(x)[:, :, 1:], (3, 0, 0, 2)))

    net = Function(forward, before=conv(3, 5, 2), after=conv())
    node = trace(net, PICTURE).at("after")
    units = [(0, 0), (node.output_shape[2] - 1, node.output_shape[3] - 1)]
    for unit, spans in by_nan(net, PICTURE, "after", units).items():
        said = claimed(node.receptive_field, PICTURE, node.output_shape, unit)
        assert all(within(measured, computed) for measured, computed in zip(spans, said, strict=True))


def test_a_graph_without_functions_has_no_fields():
    graph: Graph = trace(Decides(), (3, 16, 16))
    assert graph.method == "hooks"
    assert {node.receptive_field.status for node in graph.nodes.values()} == {"undefined"}
