"""Answers about receptive fields, asked directly: a small net, and a trained one."""

import inspect

import numpy as np
import pytest
import torch

from core.architectures import NoSkipConnections
from core.engine.errors import Refused
from core.engine.settings import Settings, install
from core.graph.records import UnknownNode
from core.images.samples import sample
from core.probes import activations, effective_receptive_field
from core.probes.records import NoMaps, NoSuchCell, TooLarge
from core.service import at_hand, field_answers, requests
from core.service.records import EffectView
from core.service.subjects import Picture, Subject

LITE0 = Subject("timm/tf_efficientnet_lite0", "bundled", (3, 64, 64))
CIFAR = Subject("cifar_resnet20", None, (3, 32, 32))
COFFEE = Picture("coffee", sample("coffee").read())


@pytest.fixture(autouse=True)
def fresh() -> None:
    field_answers._kept().clear()


def ask(subject: Subject = CIFAR, node: str = "layer1", **options: object) -> EffectView:
    asked = {"cell": None, "passes": 1, "source": "noise", "picture": None, "measure": "squared"} | options
    return field_answers.effective_field(subject, node, **asked)


class TestCellResponses:
    def test_are_mean_absolute_values_between_quantiles(self) -> None:
        view = field_answers.cell_responses(CIFAR, "layer2", COFFEE)
        module, x = at_hand.network(CIFAR).plain, at_hand.prepared_picture(CIFAR, COFFEE).tensor
        means = np.abs(activations(module, x, at=["layer2"])["layer2"][0]).mean(0)
        low, high = np.quantile(means, (0.06, 0.99))
        assert view.responses == pytest.approx(np.clip((means - low) / (high - low), 0, 1), abs=1e-3)
        assert view.responses.shape == (16, 16)
        assert view.seen.shape == (32, 32, 3)

    def test_tell_the_crop_on_the_photo(self) -> None:
        view = field_answers.cell_responses(CIFAR, "layer2", COFFEE)
        left, top, right, bottom = view.crop
        width, height = view.photo_size
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert (left + right, top + bottom) == pytest.approx((width, height), abs=height / 32)
        assert right - left == pytest.approx(bottom - top, rel=0.05)

    @pytest.mark.parametrize(("node", "error"), [("fc", NoMaps), ("layer9", UnknownNode)])
    def test_wrong_nodes(self, node: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            field_answers.cell_responses(CIFAR, node, COFFEE)


class TestEffectiveField:
    def test_is_what_the_probe_measures(self) -> None:
        view = ask(cell=(4, 20))
        module, graph = at_hand.network(CIFAR).plain, at_hand.graph_of("cifar_resnet20", (3, 32, 32))
        direct = effective_receptive_field(
            module, "layer1", graph=graph, cell=(4, 20), count=view.field.images, calibration=4
        )
        assert np.allclose(view.field.heat, direct.heat, rtol=1e-3, atol=1e-9)
        assert (view.field.cells, view.field.calibrated, view.trained) == ((32, 32), 4, False)
        assert view.weights == "Random weights, seed 0"

    def test_asking_again_adds_only_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(field_answers, "_SECONDS", 0)
        views = [ask(passes=3) for _ in range(4)]
        assert [view.passes for view in views] == [1, 2, 3, 3]
        assert [view.finished for view in views] == [False, False, True, True]
        assert views[3].seconds == views[2].seconds
        monkeypatch.setattr(field_answers, "_SECONDS", 600)
        field_answers._kept().clear()
        at_once = ask(passes=3)
        assert np.array_equal(at_once.field.heat, views[3].field.heat)

    def test_is_a_square_grid_of_numbers_on_the_cpu(self) -> None:
        heat = ask().field.heat
        assert (heat.shape, heat.dtype) == ((32, 32), np.float32)

    def test_both_measures_come_from_the_same_passes(self) -> None:
        squared = ask(passes=1)
        absolute = ask(passes=1, measure="absolute")
        assert squared.seconds == absolute.seconds
        assert absolute.field.holds(0.95) > squared.field.holds(0.95)

    def test_groups_and_operations_of_one_output_are_one_question(self) -> None:
        last = at_hand.graph_of("cifar_resnet20", (3, 32, 32)).at("layer1").name
        assert ask(node="layer1").seconds == ask(node=last).seconds

    def test_a_photo_has_its_own_field(self) -> None:
        noise = ask(LITE0, "blocks.1.0")
        photo = ask(LITE0, "blocks.1.0", source="photo", picture=COFFEE)
        assert (photo.source, photo.trained, photo.field.calibrated) == ("photo", True, 0)
        assert not np.allclose(photo.field.heat, noise.field.heat, rtol=0.1)

    def test_the_plain_twin_uses_more_of_the_same_box(self) -> None:
        found = {kind: ask(node="layer2.1", variant=kind) for kind in ("as it is", "plain twin")}
        residual, plain = (view.field for view in found.values())
        assert residual.box == plain.box
        assert plain.holds(0.95) > 1.1 * residual.holds(0.95)
        assert [view.variant for view in found.values()] == list(found)
        assert ask(node="layer2.1").seconds == found["as it is"].seconds

    def test_the_network_is_left_as_it_was(self) -> None:
        module = at_hand.network(CIFAR).plain
        before = {name: value.clone() for name, value in module.state_dict().items()}
        ask(passes=1)
        assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())

    @pytest.mark.parametrize(
        ("options", "error", "words"),
        [
            ({"node": "fc"}, NoMaps, "numbers without places"),
            ({"node": "layer9"}, UnknownNode, "layer9"),
            ({"cell": (32, 0)}, NoSuchCell, "none at row 32"),
            ({"cell": (-1, 0)}, NoSuchCell, "none at row -1"),
            ({"passes": 0}, Refused, "from 1 to 64"),
            ({"passes": None}, Refused, "from 1 to 64"),
            ({"source": "photo"}, Refused, "Choose a photo"),
            (
                {"node": "layer2.1.add", "variant": "plain twin"},
                Refused,
                "choose the block around it, 'layer2.1'",
            ),
            (
                {
                    "subject": Subject("vgg11", None, (3, 32, 32)),
                    "node": "features.0",
                    "variant": "plain twin",
                },
                NoSkipConnections,
                ".",
            ),
            ({"measure": "cubed"}, Refused, "squared or absolute"),
        ],
    )
    def test_wrong_questions_are_sentences(
        self, options: dict[str, object], error: type[Exception], words: str
    ) -> None:
        with pytest.raises(error, match=words) as caught:
            ask(**options)
        assert str(caught.value).endswith(".")

    def test_pictures_a_pass_follow_work_and_memory(self) -> None:
        small, large = (at_hand.graph_of(name, (3, 224, 224)) for name in ("resnet18", "vgg16"))
        assert field_answers.pictures_a_pass(small, "layer1") == 8
        assert field_answers.pictures_a_pass(large, "features.28") == 1
        try:
            install(Settings(activation_bytes=90_000_000))
            assert 1 < field_answers.pictures_a_pass(small, "layer1") < 8
            install(Settings(activation_bytes=20_000_000))
            with pytest.raises(TooLarge, match="are allowed"):
                field_answers.pictures_a_pass(large, "features.28")
        finally:
            install(None)


@pytest.mark.parametrize("name", ["cell_responses", "effective_field"])
def test_the_request_asks_what_is_answered(name: str) -> None:
    asked = set(inspect.signature(getattr(requests, name)).parameters) - {"visitor", "topic", "device"}
    assert asked == set(inspect.signature(getattr(field_answers, name)).parameters)
