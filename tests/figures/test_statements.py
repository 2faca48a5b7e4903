"""Sentences and totals, against the papers' own numbers and nets whose answer is known."""

import pytest

from core.architectures.catalogue import get
from core.figures import statements
from core.figures.descriptions import describe
from core.graph.records import UnknownNode
from tests.real_graphs import graph_of as graph


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


class TestAnswer:
    @pytest.mark.parametrize(
        ("name", "lead"),
        [
            ("resnet50", "Every one of ResNet-50’s 16 blocks is bridged by a skip."),
            ("vgg16", "VGG-16 has no skips: each of its 16 weighted layers has only the path before it."),
            ("mobilenet_v2", "10 of MobileNetV2’s 17 blocks are bridged by a skip."),
            ("convnext_tiny", "Every one of ConvNeXt Tiny’s 18 blocks is bridged by a skip."),
            ("densenet121", "Every one of DenseNet-121’s 58 blocks is bridged by a skip."),
            ("squeezenet1_0", "SqueezeNet 1.0 has no skips: its branches stand side by side"),
        ],
    )
    def test_first_clause(self, name: str, lead: str) -> None:
        assert statements.answer(graph(name), get(name).title)[0].startswith(lead)

    def test_kinds_of_resnet50(self) -> None:
        rest = plain(statements.answer(graph("resnet50"), "ResNet-50")[1])
        assert rest == (
            "12 carry the input unchanged and cost nothing and 4 are projections. "
            "Stage 4 holds 59 % of the parameters but does only 20 % of the multiply-adds."
        )

    def test_head_of_vgg16_holds_the_parameters(self) -> None:
        rest = plain(statements.answer(graph("vgg16"), "VGG-16")[1])
        assert rest == "The head holds 89 % of the parameters but does only 1 % of the multiply-adds."

    def test_a_part_that_holds_everything_is_not_named(self) -> None:
        assert (
            statements.answer(graph("residual_mlp10"), "")[1]
            == "All 10 carry the input unchanged and cost nothing."
        )

    def test_padded_shortcuts_of_option_a(self) -> None:
        rest = statements.answer(graph("cifar_resnet56"), "")[1]
        assert "25 carry the input unchanged" in rest
        assert "2 are padded with zeros" in rest


class TestTotals:
    def rows(self, name: str) -> dict[str, str]:
        items = statements.totals(graph(name), get(name))
        return {label: plain(f"{value} {remark}".strip()) for label, value, remark in items}

    def test_resnet50(self) -> None:
        assert self.rows("resnet50") == {
            "Parameters": "25.56 M",
            "Multiply-adds": "4.09 G at 224 × 224",
            "Weighted layers": "50 + 4 in skips",
            "Skips": "16 12 identity, 4 projection",
            "Weights in memory": "102 MB float32",
            "Top-1, published": "76.1 % V1 · 80.9 % V2",
        }

    @pytest.mark.parametrize(
        ("name", "depth"), [("vgg16", 16), ("resnet18", 18), ("densenet121", 121), ("cifar_resnet56", 56)]
    )
    def test_weighted_layers_are_the_depth_of_the_papers(self, name: str, depth: int) -> None:
        assert len(statements.weighted_layers(graph(name))[0]) == depth

    def test_skips_of_one_kind_are_not_counted_twice(self) -> None:
        assert self.rows("densenet121")["Skips"] == "58 all dense"

    def test_no_accuracy_is_shown_where_none_is_published(self) -> None:
        assert "Top-1, published" not in self.rows("cifar_resnet56")

    def test_an_accuracy_names_its_weights(self) -> None:
        assert plain(statements.accuracy(get("resnet50"))) == "76.1 % V1"
        assert statements.accuracy(get("cifar_resnet56")) == ""

    def test_plain_recipes_come_before_others(self) -> None:
        assert self.rows("vit_b_16")["Top-1, published"].startswith("81.1 % V1")


class TestDescribe:
    def test_bottleneck(self) -> None:
        found = describe(graph("resnet50"), "layer3.2")
        assert found.place == "Bottleneck, block 3 of 6 in Stage 3"
        assert found.sentence == (
            "Squeezes 1024 channels to 256, looks 3×3 around, expands to 1024, adds the result to the input."
        )
        rows = {label: plain(value) for label, value in found.rows}
        assert rows["Parameters"] == "1.12 M · 4.4 %"
        assert rows["Multiply-adds"] == "218 M · 5.3 %"

    def test_basic_block_with_projection(self) -> None:
        found = describe(graph("resnet18"), "layer2.0")
        assert found.sentence == "Looks 3×3 around, twice, adds the result to a projection of the input."

    def test_inverted_bottleneck_without_a_skip(self) -> None:
        assert describe(graph("mobilenet_v2"), "features.2").sentence == (
            "Expands 16 channels to 96, looks 3×3 around in each channel alone, squeezes to 24."
        )

    @pytest.mark.parametrize("name", ["resnet18", "densenet121", "vit_b_16", "swin_t", "residual_mlp10"])
    def test_every_name_has_a_description(self, name: str) -> None:
        found = graph(name)
        for one in (*found.groups, *found.nodes):
            description = describe(found, one)
            assert description.title or one == ""
            assert description.sentence.endswith(".")
            assert all(label and value for label, value in description.rows)

    def test_unknown_name(self) -> None:
        with pytest.raises(UnknownNode, match="nonesuch"):
            describe(graph("resnet18"), "nonesuch")


class TestSource:
    def test_names_method_and_paper(self) -> None:
        text = statements.source(graph("resnet50"), get("resnet50"))
        assert "torch.fx" in text
        assert "Deep Residual Learning for Image Recognition (2015), https://arxiv.org/abs/1512.03385" in text
