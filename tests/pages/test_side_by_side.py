"""The Architecture page with several architectures, through Streamlit's own test harness."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import html, settled

Visit = Callable[..., AppTest]


def text_of(app: AppTest) -> str:
    return html(app).replace("\xa0", " ")


class TestSideBySide:
    def test_vgg19_beside_resnet50_is_the_preset(self, visit: Visit) -> None:
        app = visit(view="side")
        text = text_of(app)
        assert not app.exception
        assert "ResNet-50 is deeper than VGG-19, and costs about a fifth as much:" in text
        assert "123.64 M (86 %) are three linear layers" in text
        assert "<td>143.67 M</td><td>25.56 M</td>" in text
        assert "<td>72.4 %</td><td>76.1 %</td>" in text

    def test_the_switch_leads_there_and_back(self, visit: Visit) -> None:
        app = visit(model="resnet18")
        app.segmented_control(key="side.view").set_value("Side by side")
        settled(app)
        assert app.query_params["view"] == "side"
        assert "ResNet-50 is deeper than VGG-19" in html(app)
        app.segmented_control(key="side.view").set_value("One")
        settled(app)
        assert "view" not in app.query_params
        assert "Every one of ResNet-18’s 8 blocks" in html(app)

    def test_choosing_others_goes_to_the_address(self, visit: Visit) -> None:
        app = visit(view="side")
        app.multiselect(key="side.names").set_value(["vgg16", "resnet18", "densenet121"])
        settled(app)
        assert app.query_params["compare"] == "vgg16,resnet18,densenet121"
        assert "DenseNet-121 is the deepest of the three" in html(app)
        app.segmented_control(key="side.align").set_value("Depth")
        settled(app)
        assert app.query_params["align"] == "depth"
        assert not app.exception

    def test_the_sidebars_architecture_can_be_added(self, visit: Visit) -> None:
        app = visit(view="side", model="cifar_resnet20")
        next(button for button in app.button if button.label.startswith("Add CIFAR ResNet-20")).click()
        settled(app)
        assert app.query_params["compare"] == "vgg19,resnet50,cifar_resnet20"
        assert app.query_params["model"] == "cifar_resnet20"

    @pytest.mark.parametrize(
        ("compare", "said"),
        [
            ("vgg16,<script>", "No architecture is called “&lt;script&gt;”; it is left out."),
            ("vgg11,vgg13,vgg16,vgg19,resnet18", "5 architectures are too many side by side"),
        ],
    )
    def test_names_that_cannot_be_shown_are_said(self, visit: Visit, compare: str, said: str) -> None:
        app = visit(view="side", compare=compare)
        assert not app.exception
        assert said in html(app)

    def test_one_alone_is_asked_for_a_second(self, visit: Visit) -> None:
        app = visit(view="side", compare="resnet18")
        assert "One architecture alone is no comparison: choose a second one." in html(app)
        assert not app.exception

    def test_nothing_chosen_is_the_preset_again(self, visit: Visit) -> None:
        app = visit(view="side", compare="vgg16,resnet18")
        app.multiselect(key="side.names").set_value([])
        settled(app)
        assert not app.exception
        assert "compare" not in app.query_params
        assert "ResNet-50 is deeper than VGG-19" in html(app)

    def test_the_selected_block_has_a_way_to_its_network(self, visit: Visit) -> None:
        app = visit(view="side", model="resnet50", node="layer3.2")
        next(button for button in app.button if button.label == "Look inside layer3.2").click()
        settled(app)
        assert "view" not in app.query_params
        assert "<b>layer3.2</b>" in html(app)
