import numpy as np
import pytest
import timm
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn

from core.probes import NoMaps, activations, feature_maps, feature_maps_and_logits, top_classes
from core.probes.maps import as_maps

PICTURE = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def resnet() -> nn.Module:
    torch.manual_seed(0)
    return torchvision.models.resnet18().eval()


def test_maps_are_the_channels_in_their_order(resnet: nn.Module) -> None:
    values = activations(resnet, PICTURE, at=["layer1.0.bn2"])["layer1.0.bn2"][0]
    for order, key in {
        "strength": np.abs(values).mean((1, 2)),
        "variance": values.var((1, 2)),
        "index": -np.arange(64.0),
    }.items():
        maps = feature_maps(resnet, PICTURE, "layer1.0.bn2", count=7, order=order)
        assert maps.maps.shape == (7, 16, 16)
        assert maps.channels == 64
        assert sorted(maps.order) == list(range(64))
        assert np.array_equal(maps.maps, values[maps.order[:7]])
        assert (np.diff(key[maps.order]) <= 1e-6).all()
        assert np.allclose(maps.strengths, np.abs(values).mean((1, 2)), atol=1e-6)
        assert maps.signed
        assert maps.limit == pytest.approx(np.quantile(np.abs(values), 0.995))


def test_after_a_relu_nothing_is_signed(resnet: nn.Module) -> None:
    assert not feature_maps(resnet, PICTURE, "layer1", count=1).signed


def test_more_maps_than_there_are(resnet: nn.Module) -> None:
    assert feature_maps(resnet, PICTURE, "conv1", count=1000).maps.shape == (64, 32, 32)


def test_logits_of_the_same_pass(resnet: nn.Module) -> None:
    maps, logits = feature_maps_and_logits(resnet, PICTURE, "layer2", count=3)
    with torch.no_grad():
        expected = resnet(PICTURE)[0]
    assert np.array_equal(logits, expected.numpy())
    assert np.array_equal(maps.maps, feature_maps(resnet, PICTURE, "layer2", count=3).maps)
    best = top_classes(logits, 5)
    values, indices = expected.softmax(0).topk(5)
    assert [score.index for score in best] == indices.tolist()
    assert [score.probability for score in best] == pytest.approx(values.tolist(), rel=1e-4)


@given(arrays(np.float32, st.integers(1, 30), elements=st.floats(-1e4, 1e4, width=32)), st.integers(1, 40))
@settings(max_examples=50)
def test_probabilities_are_probabilities(logits: np.ndarray, k: int) -> None:
    scores = top_classes(logits, k)
    assert len(scores) == min(k, len(logits))
    assert all(0 <= score.probability <= 1 for score in scores)
    assert sum(s.probability for s in top_classes(logits, len(logits))) == pytest.approx(1)
    assert scores[0].index == int(np.argmax(logits))


@pytest.mark.parametrize("prefix", [0, 1, 2, 5])
def test_tokens_become_maps(prefix: int) -> None:
    side, channels = 6, 5
    expected = np.random.default_rng(0).normal(size=(channels, side, side)).astype(np.float32)
    tokens = np.concatenate([np.zeros((prefix, channels)), expected.reshape(channels, -1).T])
    maps, layout = as_maps(tokens[None].astype(np.float32), (96, 96))
    assert layout == "tokens"
    assert np.array_equal(maps, expected)


@given(st.integers(1, 40), st.integers(2, 30), st.integers(2, 30), st.integers(1, 8))
@settings(max_examples=100)
def test_channels_first_and_last_are_told_apart(channels: int, height: int, width: int, stride: int) -> None:
    expected = np.arange(channels * height * width, dtype=np.float32).reshape(1, channels, height, width)
    picture = (height * stride, width * stride)
    maps, layout = as_maps(expected, picture)
    assert layout == "channels first"
    assert np.array_equal(maps, expected[0])
    if channels * height != width * width:
        maps, layout = as_maps(np.ascontiguousarray(expected.transpose(0, 2, 3, 1)), picture)
        assert layout == "channels last"
        assert np.array_equal(maps, expected[0])


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((1, 1000), "without places"),
        ((1, 512, 1, 1), "single number"),
        ((1, 50, 8), None),
        ((1, 43, 8), "square"),
        ((64, 49, 96), "windows"),
        ((1, 64, 4, 512), "proportions"),
        ((1, 2, 3, 4, 4), "without places"),
    ],
)
def test_outputs_without_places_say_so(shape: tuple[int, ...], words: str | None) -> None:
    values = np.zeros(shape, np.float32)
    if words is None:
        assert as_maps(values, (224, 224))[0].shape == (8, 7, 7)
        return
    with pytest.raises(NoMaps, match=words):
        as_maps(values, (224, 224), node="layer")


def test_real_transformers() -> None:
    torch.manual_seed(0)
    swin = timm.create_model("swin_tiny_patch4_window7_224").eval()
    x = torch.randn(1, 3, 224, 224)
    maps = feature_maps(swin, x, "layers.1", count=4)
    assert (maps.layout, maps.channels, maps.size) == ("channels last", 192, (28, 28))
    assert np.array_equal(
        maps.maps, activations(swin, x, at=["layers.1"])["layers.1"][0].transpose(2, 0, 1)[maps.order[:4]]
    )
    deit = timm.create_model("deit_tiny_distilled_patch16_224").eval()
    maps = feature_maps(deit, x, "blocks.3", count=4)
    assert (maps.layout, maps.channels, maps.size) == ("tokens", 192, (14, 14))
    tokens = activations(deit, x, at=["blocks.3"])["blocks.3"][0, 2:]
    assert np.array_equal(maps.maps[0], tokens[:, maps.order[0]].reshape(14, 14))


def test_networks_of_vectors_have_no_maps() -> None:
    with pytest.raises(NoMaps, match="not pictures"):
        feature_maps(nn.Sequential(nn.Linear(8, 4)), torch.zeros(1, 8), "0", count=1)


def test_values_that_are_no_numbers_rank_last() -> None:
    class Broken(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * torch.tensor([float("nan"), 1.0, 2.0]).view(1, 3, 1, 1)

    maps = feature_maps(Broken(), PICTURE, "mul", count=3)
    assert maps.order.tolist() == [2, 1, 0]
    assert np.isfinite(maps.limit)
