"""Every kind and every pattern has a text; the numbers in it are those of the operation or block at hand."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torchvision.models import resnet18, vgg16

from core.architectures.building import from_spec
from core.architectures.spec import NetSpec
from core.figures.explanations import described, explain, explain_operation, formula_html, formula_text
from core.figures.explanations.activations import _FUNCTIONS
from core.figures.explanations.block_numbers import numbers
from core.figures.explanations.blocks import explain_pattern, texts
from core.figures.explanations.costs import cost
from core.figures.explanations.texts import TEXTS
from core.graph import trace
from core.graph.patterns import Pattern, patterns
from core.graph.records import Node
from core.graph.weighted_layers import PatternName
from core.graph.words import _KINDS_OF_MODULES, _WORDS_OF_KINDS
from tests.real_graphs import graph_of

FEW = [
    "alexnet",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "googlenet",
    "inception_v3",
    "maxvit_t",
    "mnasnet0_5",
    "mobilenet_v3_small",
    "regnet_y_400mf",
    "resnet18",
    "resnet50",
    "resnext50_32x4d",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "swin_t",
    "swin_v2_t",
    "vgg16",
    "vit_b_16",
    "own/resnet50",
    "cifar_resnet20",
    "residual_mlp10",
]


def test_every_kind_of_the_table_has_a_text():
    kinds = {*_KINDS_OF_MODULES.values(), *_WORDS_OF_KINDS, "input", "output", "parameter"}
    assert [kind for kind in sorted(kinds) if not described(kind)] == []


def test_every_activation_of_the_table_has_a_formula():
    words = set(_WORDS_OF_KINDS["activation"].split()) | {"relu"}
    assert words <= set(_FUNCTIONS)


def test_every_pattern_has_a_text_with_a_formula():
    assert set(texts()) == set(get_args(PatternName))
    for name, told in texts().items():
        assert told.text.endswith(".") and told.formula, name
        assert told.sources or name == "gate"


@pytest.mark.parametrize("name", FEW)
def test_the_products_give_what_the_graph_counted(name):
    for node in graph_of(name).nodes.values():
        found = cost(node)
        assert found.parameters in (0, node.parameters)
        assert found.macs in (0, node.macs)
        if node.kind in ("conv", "linear", "matmul", "attention"):
            assert (found.parameters, found.macs) == (node.parameters, node.macs), node.name
        if node.kind.endswith("_norm"):
            assert found.parameters == node.parameters, node.name
        for term in (*found.weights, *found.multiplies):
            digits = [int(digit) for digit in re.findall(r"\d+", str(term))]
            product = 1
            for digit in digits:
                product *= digit
            assert product == term.value


def test_a_convolution_written_out():
    told = explain_operation(graph_of("resnet50").nodes["layer1.0.conv2"])
    assert told.title == "3×3 convolution"
    assert told.numbers[0] == "3·3·64·64 = 36,864 weights."
    assert told.numbers[1].replace("\u00a0", " ") == "3·3·64·64 × 56·56 positions = 115.6 M multiply-adds."
    assert formula_text(told.formula) == "y[o, i, j] = Σ[c,u,v] w[o, c, u,v] · x[c, i + u − 1, j + v − 1]"


def test_stride_groups_and_bias_stand_in_the_formula():
    stem = explain_operation(graph_of("resnet50").nodes["conv1"])
    assert "x[c, 2i + u − 3, 2j + v − 3]" in stem.formula
    deep = explain_operation(graph_of("convnext_tiny").nodes["features.1.0.block.0"])
    assert deep.title == "Depthwise convolution"
    assert "Σ_{c" not in deep.formula and "b_{c}" in deep.formula
    grouped = explain_operation(graph_of("resnext50_32x4d").nodes["layer1.0.conv2"])
    assert grouped.title == "Grouped convolution" and "4 of 128" in grouped.text


def test_what_a_bottleneck_buys():
    (told,) = explain(graph_of("resnet50"), "layer3.2")
    text = told.numbers[0].replace("\u00a0", " ")
    # By hand: 14·14·(1024·256 + 9·256·256 + 256·1024) and 2·9·1024·1024·14·14.
    assert "1024 → 256 → 1024 channels: 218 M multiply-adds" in text
    assert "would cost 3.70 G, 17 times as much" in text


@pytest.mark.parametrize(
    ("architecture", "group", "told"),
    [
        (
            "vgg16",
            "features.10…features.16",
            "27·256² = 1,769,472 weights; one 7×7 would take 49·256² = 3,211,264",
        ),
        ("densenet121", "features.denseblock1.denselayer3", "Reads 128 channels and adds 32."),
        ("densenet121", "features.denseblock4", "16 layers of 32 channels each: 512 channels grow to 1024."),
        ("googlenet", "inception3a", "4 branches: 64 + 128 + 32 + 32 = 256 channels."),
        ("squeezenet1_1", "features.6", "128 → 32 → 128 + 128 channels: 45,344 weights"),
        (
            "swin_t",
            "features.1.1",
            "64 windows of 49 tokens: 64·49² = 153,664 pairs a head; all 3,136 tokens",
        ),
        ("vit_b_16", "conv_proj…encoder.dropout", "196 patches: 16·16·3 = 768 numbers become 768."),
        ("vgg16", "avgpool…classifier.6", "25,088 → 4,096 → 4,096 → 1,000: 124 M weights, 89.4 % of"),
        ("shufflenet_v2_x0_5", "stage2.1", "48 channels dealt from 2 hands of 24."),
        ("resnet50", "avgpool…fc", "2048 features to 1000 classes: 2,049,000 weights, 8.0 % of"),
    ],
)
def test_what_other_patterns_buy(architecture, group, told):
    text = " ".join(explain(graph_of(architecture), group)[0].numbers).replace("\u00a0", " ")
    assert told in text


def test_a_formula_says_only_what_holds():
    graph = graph_of("mobilenet_v3_small")
    assert explain(graph, "features.3")[0].formula.startswith("y = x + F(x)")
    first = explain(graph, "features.2")[0]
    assert first.formula.startswith("y = F(x)") and "No skip here" in first.numbers[-1]
    linear_end = explain(graph_of("resnet50"), "layer1.0")[0].formula
    assert linear_end.startswith("y = relu(x + F(x))")


def reached(block: nn.Module, width: int) -> tuple[int, int]:
    """Sides of the part of a map that has a gradient from the middle of what the block gives."""
    for parameter in block.parameters():
        nn.init.constant_(parameter, 0.01)
    picture = torch.ones(1, width, 31, 31, requires_grad=True)
    out = block(picture)
    out[0, 0, out.shape[2] // 2, out.shape[3] // 2].backward()
    touched = picture.grad.abs().sum((0, 1)) > 0
    return int(touched.any(1).sum()), int(touched.any(0).sum())


@pytest.mark.parametrize(
    ("architecture", "group", "width", "side"),
    [
        ("resnet18", "layer1.0", 64, 5),
        ("resnet18", "layer2.0", 64, 7),
        ("vgg16", "features.10…features.16", 128, 7),
    ],
)
def test_layers_see_as_far_as_a_gradient_reaches(architecture, group, width, side):
    network = {"resnet18": resnet18, "vgg16": vgg16}[architecture]()
    # The pool that ends the stage in VGG is none of its convolutions.
    block = network.get_submodule(group) if architecture == "resnet18" else network.features[10:16]
    assert reached(block.eval(), width) == (side, side)
    told = " ".join(explain(graph_of(architecture), group)[0].numbers)
    assert f"see {side}×{side}." in told


@pytest.mark.parametrize(
    "layers",
    [
        (nn.Conv2d(4, 4, 3, stride=2, padding=1), nn.Conv2d(4, 4, 3, padding=1)),
        (nn.Conv2d(4, 4, 3, padding=2, dilation=2), nn.Conv2d(4, 4, 3, padding=1)),
        (nn.Conv2d(4, 4, (1, 5), padding=(0, 2)), nn.Conv2d(4, 4, (3, 1), padding=(1, 0))),
        (nn.Conv2d(4, 4, 3, padding=1), nn.AvgPool2d(2), nn.Conv2d(4, 4, 3, padding=1)),
    ],
    ids=["stride", "dilation", "flat", "pool"],
)
def test_a_stack_sees_as_far_as_a_gradient_reaches(layers):
    graph = trace(nn.Sequential(*layers), (4, 32, 32))
    convolutions = tuple(node.name for node in graph.nodes.values() if node.kind == "conv")
    pattern = Pattern("plain_stack", convolutions)
    high, wide = reached(nn.Sequential(*layers), 4)
    assert numbers(graph, graph.groups[""], pattern) == (f"Its 2 convolutions together see {high}×{wide}.",)


def test_another_shape_is_the_reason_only_where_there_is_one():
    graph = graph_of("mobilenet_v3_small")
    group = graph.groups["features.2"]
    (pattern, *_) = patterns(graph, group)
    assert explain_pattern(graph, group, pattern).numbers[-1].endswith("comes out has another shape.")
    alike = replace(group, output_shape=group.input_shape)
    assert explain_pattern(graph, alike, pattern).numbers[-1] == "No skip here."


def test_a_formula_names_the_function_between_the_layers():
    def formula(architecture: str, group: str, title: str) -> str:
        return next(t.formula for t in explain(graph_of(architecture), group) if t.title == title)

    gate, head = "Squeeze-and-excitation", "Head of several linear layers"
    assert formula("efficientnet_b0", "features.1", gate) == "y = x · σ(W_{2} silu(W_{1} mean(x)))"
    assert "relu(W_{1} mean(x))" in formula("mobilenet_v3_small", "features.1", gate)
    small = formula("mobilenet_v3_small", "features.12.0…classifier.3", head)
    assert small == "y = W_{n} hardswish(… hardswish(W_{1} x))"
    assert formula("vgg16", "avgpool…classifier.6", head) == "y = W_{n} relu(… relu(W_{1} x))"


def test_blocks_and_stems_name_their_own_functions():
    stage = {"block": "basic", "count": 1, "width": 8}
    for function in ("relu", "silu"):
        spec = NetSpec.parse({"stages": [stage], "activation": function, "input_size": (3, 32, 32),
                              "stem": {"kernel": 7, "stride": 2, "width": 8, "pool": True}})  # fmt: skip
        graph = trace(from_spec(spec, device="meta"), (3, 32, 32))
        told = {t.title: t.formula for group in graph.groups for t in explain(graph, group)}
        assert told["Basic residual block"] == f"y = {function}(x + F(x)), F: conv → {function} → conv"
        assert told["Stem with a pool"] == f"y = maxpool({function}(norm(conv(x))))"
    assert "gelu(W_{1}" in explain(graph_of("convnext_tiny"), "features.1.0")[0].formula
    assert "relu(W_{1} x)" in explain(graph_of("residual_mlp10"), "blocks.0")[0].formula


def test_functions_that_differ_are_no_one_function():
    network = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2))
    graph = trace(network, (4,))
    pattern = Pattern(
        "hidden_head", tuple(node.name for node in graph.nodes.values() if node.kind == "linear")
    )
    assert explain_pattern(graph, graph.groups[""], pattern).formula == "y = W_{n} φ(… φ(W_{1} x))"


def test_variance_names_both_divisors():
    x = torch.tensor([1.0, 2.0, 4.0])
    squares = ((x - x.mean()) ** 2).sum()
    assert torch.isclose(x.var(), squares / 2) and torch.isclose(x.var(correction=0), squares / 3)
    for kind in ("var", "std"):
        told = TEXTS[kind]
        assert "n or n − 1" in told.text and "m = n or n − 1" in told.formula and "1/n" not in told.formula


def test_every_small_letter_of_an_activation_is_shown_small():
    for _, _, formula, _ in _FUNCTIONS.values():
        shown = formula_html(formula)
        assert "_" not in shown and "^" not in shown and "{" not in shown, formula


def test_geglu_has_its_gate():
    node = Node("g", "activation", "", "GEGLU", ((1, 4),), (1, 2), 0, 0, 8, ("input",), {"function": "geglu"})
    assert explain_operation(node).formula == "y = a · GELU(b)"


def test_a_stem_rounds_its_ratio():
    # 299·299 / (35·35) = 72.98.
    (told,) = explain(graph_of("inception_v3"), "Conv2d_1a_3x3.conv…maxpool2")[0].numbers
    assert told.endswith("73 times fewer positions.")


def test_an_unknown_function_is_said_to_be_unknown():
    node = Node("f", "frobnicate", "", "somewhere.frobnicate", ((1, 2),), (1, 2), 0, 0, 8, ("input",))
    told = explain_operation(node)
    assert told.title == "frobnicate" and "no text for" in told.text and "somewhere.frobnicate" in told.text


@pytest.mark.parametrize("name", FEW)
def test_everything_is_explained_in_short_sentences(name):
    graph = graph_of(name)
    for key in (*graph.groups, *graph.nodes):
        for told in explain(graph, key):
            assert told.title and told.text.endswith((".", "…"))
            assert len(told.text) < 330
            assert all(sentence.endswith(".") for sentence in told.numbers)


@given(st.text(max_size=30))
def test_formulas_escape_markup(text):
    html = formula_html(text)
    assert "<" not in re.sub(r"</?(sub|sup)>", "", html)


def test_formulas_have_small_letters():
    assert formula_html("Σ_{c,u} x^{2} < 3") == "Σ<sub>c,u</sub> x<sup>2</sup> &lt; 3"
