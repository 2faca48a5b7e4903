"""Networks that do common things in uncommon ways: the field is what NaN finds, or is said to be undefined."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.graph import trace
from tests.graph.fields.brute_force import by_nan, claimed
from tests.graph.networks import Function

PICTURE = (1, 24, 20)


def conv(kernel: int = 3, channels: tuple[int, int] = (1, 2)) -> nn.Conv2d:
    return nn.Conv2d(*channels, kernel, padding=kernel // 2)


def both(net, x):
    """Two channels that see 3 pixels, then two that see 7."""
    return torch.cat([net.near(x), net.far(x)], 1)


def made(net, x):
    """36 weights for a layer from the mean of the picture."""
    return net.maker(x.mean((2, 3)))


def one_row(net, x):
    """The sixth row, with a convolution over it."""
    return net.again(net.near(x)[:, :, 5:6])


def beside(net, x):
    """The four channels on an axis behind one that repeats them four times; two of these."""
    return both(net, x)[:, None].expand(-1, 4, -1, -1, -1)[:, :2].sum(1)


EXACT = {
    "channels repeated on an axis before": beside,
    "channels weighed on an axis before": lambda net, x: (both(net, x)[:, None] * net.scale)[:, :2].sum(1),
    "every third channel": lambda net, x: both(net, x)[:, 1::3],
    "zeros in the shape of another map": lambda net, x: net.near(x) + torch.zeros_like(net.far(x)),
    "a weight in the shape of another map": lambda net, x: net.near(x) + net.bias.expand_as(net.far(x)),
    "a weight in the type of another map": lambda net, x: net.near(x) + net.bias.type_as(net.far(x)),
    "rolled by all rows but one": lambda net, x: net.near(torch.roll(x, 23, 2)),
    "one row": one_row,
    "the mean of some columns": lambda net, x: net.near(x)[..., 5:9].mean(3, keepdim=True),
}
WHOLE_IMAGE = {
    "kernel": lambda net, x: F.conv2d(net.near(x), made(net, x).view(2, 2, 3, 3), padding=1),
    "bias": lambda net, x: F.conv2d(x, net.kernel, made(net, x)[0, :2], padding=1),
    "linear": lambda net, x: F.linear(net.near(x).permute(0, 2, 3, 1), made(net, x).view(18, 2)).permute(
        0, 3, 1, 2
    ),
    "statistics": lambda net, x: F.batch_norm(net.near(x), None, None, training=True),
}
UNDEFINED = {
    "exchanged": lambda net, x: net.near(x.transpose(2, 3)),
    "weights alone": lambda net, x: F.conv2d(net.kernel, made(net, x).view(12, 1, 3, 1)),
    "fold": lambda net, x: F.fold(net.patches(x).flatten(2), (8, 6), 2, stride=2),
    "all pieces": lambda net, x: torch.cat(net.near(x).chunk(2, 1), 1),
}


def network(forward):
    torch.manual_seed(0)
    return Function(
        forward,
        near=conv(),
        far=conv(7),
        again=conv(channels=(2, 2)),
        patches=nn.Conv2d(1, 4, 1, (8, 5)),
        maker=nn.Linear(1, 36),
        scale=nn.Parameter(torch.rand(4, 1, 1, 1)),
        bias=nn.Parameter(torch.rand(1, 2, 1, 1)),
        kernel=nn.Parameter(torch.rand(2, 1, 3, 3)),
    ).eval()


def last(net, size=PICTURE):
    *_, node = trace(net, size).nodes.values()
    return node


@pytest.mark.parametrize("forward", EXACT.values(), ids=EXACT)
def test_what_is_seen_through_uncommon_calls(forward):
    net = network(forward)
    node = last(net)
    unit = min(10, node.output_shape[2] - 1), min(9, node.output_shape[3] - 1)
    field = node.receptive_field
    assert field.status == "exact"
    assert by_nan(net, PICTURE, node.name, [unit]) == {unit: claimed(field, PICTURE, node.output_shape, unit)}


@pytest.mark.parametrize("forward", WHOLE_IMAGE.values(), ids=WHOLE_IMAGE)
def test_weights_and_statistics_of_the_picture_see_all_of_it(forward):
    net = network(forward)
    field = last(net).receptive_field
    assert (field.status, field.size) == ("whole image", PICTURE[1:])
    assert field.local is not None
    # One picture at a time: the weights are made for it alone.
    picture = torch.rand(1, *PICTURE, dtype=torch.float64, requires_grad=True)
    net.double()(picture)[0, :, 10, 9].sum().backward()
    assert picture.grad.ne(0).all()


@pytest.mark.parametrize("forward", UNDEFINED.values(), ids=UNDEFINED)
def test_what_cannot_be_followed_is_said_to_be_undefined(forward):
    field = last(network(forward)).receptive_field
    assert (field.status, field.size) == ("undefined", (0, 0))
    assert field.reason


@pytest.mark.parametrize("layer", [nn.LogSoftmax(2), nn.Softmin(3)], ids=lambda layer: type(layer).__name__)
def test_softmax_layers_over_places_are_statistics(layer):
    field = trace(nn.Sequential(conv(), layer), PICTURE).at("1").receptive_field
    assert (field.status, field.reason) == ("whole image", "softmax over places")


def test_a_part_changed_in_place_loses_the_field_of_what_it_is_part_of():
    def forward(net, x):
        y = net.near(x)
        y[:, :, 4:].mul_(net.far(x)[:, :, 4:])
        return net.again(y)

    field = last(network(forward)).receptive_field
    assert (field.status, field.reason) == ("undefined", "a part of its operand was changed in place")


@pytest.mark.parametrize("enlarge", [
    nn.Upsample(scale_factor=(4, 1)), nn.ConvTranspose2d(1, 1, (4, 1), (2, 1))
], ids=["repeated", "written"])  # fmt: skip
def test_a_picture_of_one_line_can_grow(enlarge):
    size = (1, 1, 20)
    net = nn.Sequential(enlarge)
    node = trace(net, size).at("0")
    units = [(row, 9) for row in range(4)]
    seen = {unit: claimed(node.receptive_field, size, node.output_shape, unit) for unit in units}
    assert by_nan(net, size, "0", units) == seen == dict.fromkeys(units, ((0, 0), (9, 9)))
