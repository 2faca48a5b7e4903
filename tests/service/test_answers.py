"""What the worker answers, asked directly: real networks with real weights, and every refusal a sentence."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from core.architectures.building import build
from core.engine.errors import Refused
from core.engine.settings import Settings, install
from core.graph import store
from core.graph.records import UnknownNode
from core.images.limits import ImageRejected
from core.images.preprocess import prepare
from core.images.samples import sample
from core.probes.records import NoMaps, TooLarge
from core.service import answers, at_hand
from core.service.subjects import Picture, Subject

LITE0 = Subject("timm/tf_efficientnet_lite0", "bundled", (3, 224, 224))
CIFAR = Subject("cifar_resnet20", None, (3, 32, 32))
COFFEE = Picture("coffee", sample("coffee").read())


def test_graph_is_what_the_store_reads() -> None:
    graph = store.loads(answers.graph(CIFAR))
    assert graph.parameters == sum(p.numel() for p in build("cifar_resnet20", device="meta").parameters())
    assert graph.input_size == (3, 32, 32)


class TestAcceptPicture:
    def test_gives_a_clean_picture_of_bounded_size(self) -> None:
        out = io.BytesIO()
        Image.new("CMYK", (3000, 1500), (0, 255, 255, 0)).save(out, "JPEG")
        accepted = answers.accept_picture(out.getvalue(), "<b>holiday</b>.jpg")
        image = Image.open(io.BytesIO(accepted.picture.data))
        assert (image.format, image.mode) == ("PNG", "RGB")
        assert max(image.size) <= 1280
        assert accepted.shrunk
        red, green, blue = image.getpixel((10, 10))
        assert red > 200
        assert max(green, blue) < 80

    def test_what_is_no_picture_gets_a_sentence(self) -> None:
        with pytest.raises(ImageRejected, match=r"\.$"):
            answers.accept_picture(b"GIF89a but not really", "x.gif")


class TestFeatureMaps:
    def test_bundled_weights_know_an_espresso(self) -> None:
        view = answers.feature_maps(LITE0, "blocks.2.1", COFFEE, count=8, order="strength")
        assert view.top[0][0] == "espresso"
        assert view.top[0][1] > 0.9
        assert view.maps.maps.shape == (8, 28, 28)
        assert view.maps.channels == 40
        assert view.seen.shape == (224, 224, 3)
        assert "bundled" in view.weights

    def test_maps_are_those_of_a_plain_forward_hook(self) -> None:
        view = answers.feature_maps(LITE0, "blocks.2.1", COFFEE, count=40, order="index")
        module = build(LITE0.architecture, weights="bundled")
        seen: list[torch.Tensor] = []
        module.blocks[2][1].register_forward_hook(lambda _m, _i, out: seen.append(out))
        image = Image.open(io.BytesIO(COFFEE.data)).convert("RGB")
        with torch.no_grad():
            module(prepare(image, at_hand.preprocessing(LITE0), input_size=LITE0.input_size).tensor)
        expected = seen[0][0].numpy()
        assert np.abs(view.maps.maps - expected).max() <= 1e-4 * np.abs(expected).max()

    def test_random_weights_name_no_class(self) -> None:
        view = answers.feature_maps(CIFAR, "layer1", COFFEE, count=4, order="variance")
        assert view.top == ()
        assert view.weights == "Random weights, seed 0"

    def test_the_same_picture_again_keeps_the_classes_without_a_full_pass(self) -> None:
        first = answers.feature_maps(LITE0, "blocks.1.0", COFFEE, count=1, order="index")
        second = answers.feature_maps(LITE0, "conv_stem", COFFEE, count=1, order="index")
        assert second.top == first.top

    @pytest.mark.parametrize(
        ("node", "error"),
        [("layer9", UnknownNode), ("fc", NoMaps), ("<script>alert(1)</script>", UnknownNode), ("", NoMaps)],
    )
    def test_wrong_nodes(self, node: str, error: type[Exception]) -> None:
        with pytest.raises(error, match=r"\w"):
            answers.feature_maps(CIFAR, node, COFFEE, count=4, order="index")

    def test_weights_that_are_not_here_are_not_fetched_on_the_way(self) -> None:
        subject = Subject("resnet50", "IMAGENET1K_V2", (3, 224, 224))
        with pytest.raises(Refused, match="not on this machine"):
            answers.feature_maps(subject, "layer1", COFFEE, count=4, order="index")

    def test_a_pass_that_needs_too_much_memory_is_refused_beforehand(self) -> None:
        install(Settings(activation_bytes=1000))
        try:
            with pytest.raises(TooLarge, match="1 kB"):
                answers.feature_maps(CIFAR, "layer1", COFFEE, count=4, order="index")
        finally:
            install(None)
