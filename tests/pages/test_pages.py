"""Every page through Streamlit's own test harness, with the real worker behind it."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.architectures import catalogue
from tests.pages.conftest import APP, PAGES, html, settled

Visit = Callable[..., AppTest]


@pytest.mark.parametrize("page", PAGES)
def test_opens_without_an_exception(visit: Visit, page: str) -> None:
    app = visit(page)
    assert not app.exception
    assert "<h1>" in html(app)


class TestArchitecture:
    def test_says_what_resnet50_is(self, visit: Visit) -> None:
        text = html(visit(model="resnet50"))
        assert "Every one of ResNet-50’s 16 blocks is bridged by a skip." in text
        assert "25.56 M" in text.replace("\u202f", " ").replace("\u00a0", " ")
        assert "12 identity, 4 projection" in text
        assert "76.1\u00a0%" in text

    def test_vgg_has_none(self, visit: Visit) -> None:
        assert "VGG-16 has no skips" in html(visit(model="vgg16"))

    def test_node_of_the_address_is_described(self, visit: Visit) -> None:
        text = html(visit(model="resnet50", node="layer4.0"))
        assert "<b>layer4.0</b>" in text
        assert "Bottleneck, block 1 of 3" in text

    @pytest.mark.parametrize("node", ["nonesuch", "<script>alert(1)</script>", "layer3.2; drop table", "…"])
    def test_node_that_is_none_falls_back(self, visit: Visit, node: str) -> None:
        app = visit(model="resnet50", node=node)
        assert not app.exception
        assert "<b>layer3.2</b>" in html(app)
        assert "<script>" not in html(app)

    def test_unknown_model_is_said(self, visit: Visit) -> None:
        app = AppTest.from_file(APP, default_timeout=60)
        app.query_params["model"] = "<b>nonesuch</b>"
        app.run()
        assert "No architecture is called “&lt;b&gt;nonesuch" in html(app)
        assert not app.exception

    def test_choice_in_the_sidebar_goes_to_the_address(self, visit: Visit) -> None:
        app = visit(model="resnet50")
        app.sidebar.selectbox(key="sidebar.model").set_value("vgg16")
        settled(app)
        assert app.query_params["model"] == "vgg16"
        assert "VGG-16 has no skips" in html(app)
        nodes = app.sidebar.selectbox(key="sidebar.node")
        nodes.set_value(nodes.options[-1]).run()
        assert not app.exception

    def test_every_detail(self, visit: Visit) -> None:
        app = visit(model="resnet18")
        for detail in ("Stages", "Operations", "Blocks"):
            app.segmented_control(key="detail").set_value(detail)
            settled(app)
            assert not app.exception

    @pytest.mark.parametrize(
        "model", ["inception_v3", "densenet121", "vit_b_16", "residual_mlp10", "cifar_resnet56"]
    )
    def test_other_kinds_of_nets(self, visit: Visit, model: str) -> None:
        app = visit(model=model)
        assert not app.exception
        assert 'class="sk-details"' in html(app)


class TestFeatureMaps:
    def test_bundled_weights_name_the_coffee(self, visit: Visit) -> None:
        app = visit("feature_maps", model="timm/tf_efficientnet_lite0", photo="coffee", node="blocks.2.1")
        assert not app.exception
        assert "An espresso, with 95" in html(app)
        assert "32 of 40 maps of blocks.2.1, strongest first" in html(app)

    def test_random_weights_are_called_random(self, visit: Visit) -> None:
        app = visit("feature_maps", model="cifar_resnet20")
        assert "CIFAR ResNet-20 has learned nothing yet: random weights, seed 0." in html(app)
        assert not app.exception

    def test_a_node_without_places_is_explained(self, visit: Visit) -> None:
        app = visit("feature_maps", model="cifar_resnet20", node="fc")
        assert not app.exception
        assert "no maps" in html(app) or "without places" in html(app)

    def test_a_net_of_vectors_is_explained(self, visit: Visit) -> None:
        app = visit("feature_maps", model="residual_mlp10")
        assert not app.exception
        assert 'class="sk-notice"' in html(app)

    def test_options(self, visit: Visit) -> None:
        app = visit("feature_maps", model="cifar_resnet20")
        app.segmented_control(key="maps.count").set_value(16)
        app.selectbox(key="maps.order").set_value("index")
        app.segmented_control(key="maps.scale").set_value("Whole layer")
        settled(app)
        assert "in the network&#x27;s order" in html(app)
        assert not app.exception


class TestSpeed:
    def test_too_many_networks_are_said(self, visit: Visit) -> None:
        app = visit("speed")
        app.multiselect(key="speed.names").set_value(list(catalogue.names()[:9])).run()
        assert "9 networks are too many for one run." in html(app)
        assert next(button for button in app.button if button.label == "Measure here").disabled

    def test_a_run_is_measured_and_listed(self, visit: Visit) -> None:
        app = visit("speed")
        app.multiselect(key="speed.names").set_value(["cifar_resnet20", "residual_mlp10"])
        app.pills(key="speed.batches").set_value([1])
        app.run()
        next(button for button in app.button if button.label == "Measure here").click()
        app.run()
        for _ in range(200):
            app.run()
            if "CIFAR ResNet-20" in html(app) and "Residual MLP" in html(app).split('class="sk-table"')[-1]:
                break
        assert not app.exception
        table = html(app).split('class="sk-table"')[-1]
        assert "CIFAR ResNet-20" in table
        app.switch_page("pages/runs.py").run()
        assert "Speed of CIFAR ResNet-20" in html(app)
        assert not app.exception


class TestExplanations:
    def test_the_selected_block_is_explained_with_its_source(self, visit: Visit) -> None:
        app = visit(model="resnet50", node="layer3.2")
        text = html(app).replace("\u00a0", " ")
        assert "Two 3×3 convolutions at 1024 channels would cost 3.70 G, 17 times as much." in text
        assert 'href="https://arxiv.org/abs/1512.03385"' in text
        assert not app.exception

    @pytest.mark.parametrize(
        ("model", "node", "words"),
        [
            ("resnet50", "layer3.2", "The same block as layer3.2 in our own code"),
            ("cifar_resnet20", "layer2.1", "The code of layer2.1"),
        ],
    )
    def test_a_block_of_ours_is_shown_as_its_code(
        self, visit: Visit, model: str, node: str, words: str
    ) -> None:
        app = visit(model=model, node=node)
        app.segmented_control(key="below").set_value("Inside the block")
        settled(app)
        assert not app.exception
        assert words in html(app)

    @pytest.mark.parametrize("node", ["", "conv1", "layer3", "layer1.0.add", "input"])
    def test_every_kind_of_selection_has_a_panel(self, visit: Visit, node: str) -> None:
        app = visit(model="resnet18", node=node) if node else visit(model="resnet18")
        assert not app.exception
        assert 'class="sk-how"' in html(app)

    @pytest.mark.parametrize("model", ["resnet18", "residual_mlp10", "swin_t"])
    def test_all_layers(self, visit: Visit, model: str) -> None:
        app = visit(model=model)
        app.segmented_control(key="below").set_value("All layers")
        settled(app)
        app.segmented_control(key="layers.scope").set_value("Operations")
        settled(app)
        assert not app.exception

    def test_the_lines_of_python_are_there(self, visit: Visit) -> None:
        app = visit(model="resnet18")
        assert "build('resnet18', device=\"meta\"), (3, 224, 224))" in "\n".join(c.value for c in app.code)
