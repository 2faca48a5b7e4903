"""Preprocessing equals torchvision's and timm's, and its box leads back to the photo."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from timm.data.transforms_factory import transforms_imagenet_eval
from torchvision.transforms import InterpolationMode
from torchvision.transforms._presets import ImageClassification

from core.images import ImageRejected, open_image, prepare
from core.images.samples import sample, samples


@dataclass(frozen=True)
class Numbers:
    resize: int = 256
    crop: int = 224
    interpolation: str = "bilinear"
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    mode: str = "center"


def noise(width: int, height: int) -> Image.Image:
    values = np.random.default_rng(width * 1000 + height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def check_equal(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    assert ours.shape[1:] == theirs.shape
    assert (ours[0] - theirs).abs().max() <= 1e-6


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("name", [s.name for s in samples()])
def test_equals_torchvisions_evaluation_transform(name: str, interpolation: str) -> None:
    image = open_image(sample(name).read())
    theirs = ImageClassification(
        crop_size=224, resize_size=232, interpolation=InterpolationMode(interpolation)
    )
    check_equal(prepare(image, Numbers(232, 224, interpolation)).tensor, theirs(image))


@given(
    width=st.integers(8, 300),
    height=st.integers(8, 300),
    crop=st.integers(8, 96),
    extra=st.integers(-3, 30),
    mode=st.sampled_from(["center", "squash", "border"]),
    interpolation=st.sampled_from(["bilinear", "bicubic"]),
)
@settings(max_examples=60, deadline=None)
def test_equals_timms_evaluation_transform(
    width: int, height: int, crop: int, extra: int, mode: str, interpolation: str
) -> None:
    image = noise(width, height)
    resize = crop + extra
    # timm fails where a side would round to nothing.
    assume(mode != "border" or resize * min(width, height) >= max(width, height))
    numbers = Numbers(resize, crop, interpolation, (0.5, 0.25, 0.4), (0.5, 0.3, 0.2), mode)
    share = crop / (resize + 1e-6)
    theirs = transforms_imagenet_eval(
        crop, crop_pct=share, crop_mode=mode, interpolation=interpolation, mean=numbers.mean, std=numbers.std
    )
    check_equal(prepare(image, numbers).tensor, theirs(image))


@given(width=st.integers(8, 300), height=st.integers(8, 300), scale=st.integers(16, 40))
@settings(max_examples=40, deadline=None)
def test_other_input_sizes_equal_timms(width: int, height: int, scale: int) -> None:
    image, size = noise(width, height), (scale, 2 * scale)
    theirs = transforms_imagenet_eval(size, crop_pct=224 / 256, interpolation="bilinear")
    check_equal(prepare(image, Numbers(), input_size=(3, *size)).tensor, theirs(image))


def test_pixels_are_the_tensor_before_normalisation() -> None:
    numbers = Numbers()
    prepared = prepare(noise(300, 200), numbers)
    assert prepared.pixels.shape == (224, 224, 3)
    assert prepared.pixels.dtype == np.uint8
    expected = (prepared.pixels / 255 - np.array(numbers.mean)) / np.array(numbers.std)
    assert np.allclose(prepared.tensor[0].permute(1, 2, 0).numpy(), expected, atol=1e-5)


def test_box_leads_back_to_the_photo() -> None:
    image = Image.new("RGB", (400, 200))
    image.paste("white", (250, 80, 270, 100))
    prepared = prepare(image, Numbers(100, 80))
    rows, columns = np.nonzero(prepared.pixels[:, :, 0] > 127)
    left, top, right, bottom = prepared.box
    assert (left, top, right, bottom) == pytest.approx((120, 20, 280, 180))
    assert prepared.scale == (0.5, 0.5)
    assert columns.min() / prepared.scale[1] + left == pytest.approx(250, abs=2)
    assert (columns.max() + 1) / prepared.scale[1] + left == pytest.approx(270, abs=2)
    assert rows.min() / prepared.scale[0] + top == pytest.approx(80, abs=2)


def test_border_reaches_beyond_the_photo() -> None:
    prepared = prepare(Image.new("RGB", (100, 50), "white"), Numbers(64, 64, mode="border"))
    assert prepared.box == pytest.approx((0, -25, 100, 75))
    assert (prepared.pixels[0] == [124, 116, 104]).all()
    assert (prepared.pixels[32] == 255).all()


def test_one_channel_gets_luma() -> None:
    image = Image.new("RGB", (40, 40), (255, 0, 0))
    prepared = prepare(image, Numbers(8, 8, mean=(0.1, 0.2, 0.3), std=(0.5, 0.5, 0.5)), input_size=(1, 8, 8))
    assert prepared.pixels.shape == (8, 8, 1)
    assert prepared.tensor.shape == (1, 1, 8, 8)
    assert prepared.tensor.numpy() == pytest.approx((76 / 255 - 0.2) / 0.5, abs=1e-5)


@pytest.mark.parametrize("size", [(64,), (4, 32, 32), (3, 8, 32, 32)])
def test_networks_that_take_no_pictures_say_so(size: tuple[int, ...]) -> None:
    with pytest.raises(ImageRejected, match="no picture"):
        prepare(noise(30, 30), Numbers(), input_size=size)
