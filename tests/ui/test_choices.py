"""What the pickers offer."""

from core.architectures.building import build
from core.architectures.catalogue import get
from core.graph.tracing import trace
from core.ui import choices


def test_random_weights_come_first_and_downloads_are_said() -> None:
    options = choices.weights_options(get("resnet50"))
    assert options[0] == choices.Option("random", "Random, seed 0")
    assert {o.value for o in options[1:]} == {"IMAGENET1K_V1", "IMAGENET1K_V2"}
    assert all("download" in o.label and "MB" in o.label for o in options[1:])


def test_bundled_weights_are_the_default_where_there_are_any() -> None:
    assert choices.default_weights(get("timm/tf_efficientnet_lite0")) == "bundled"
    assert choices.default_weights(get("resnet50")) == "random"


def test_sizes_hold_the_architectures_own() -> None:
    assert 299 in choices.sizes(get("inception_v3"))
    assert choices.sizes(get("cifar_resnet56")) == (32, 64, 96)


def test_default_node_is_a_block_past_the_middle() -> None:
    graph = trace(build("resnet50", device="meta"))
    assert choices.default_node(graph) == "layer3.2"
    assert choices.nodes(graph, "layer3.2.conv2")[0] == "layer3.2.conv2"
    assert "layer1.0" in choices.nodes(graph, "layer3.2")
