"""Every kind and every pattern has a text; the numbers in it are those of the operation or block at hand."""

from __future__ import annotations

import re
from functools import cache
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.architectures import build, get, names
from core.figures.explanations import described, explain, explain_operation, formula_html, formula_text
from core.figures.explanations.activations import known_functions
from core.figures.explanations.blocks import texts
from core.figures.explanations.costs import cost
from core.graph import Graph, trace
from core.graph.patterns import PatternName
from core.graph.records import Node
from core.graph.words import _KINDS_OF_MODULES, _WORDS_OF_KINDS
from tests.graph.test_timm_models import drawn, families

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


@cache
def graph_of(name: str) -> Graph:
    return trace(build(name, device="meta"), get(name).input_size)


def torchvisions() -> list[str]:
    return [name for name in names() if get(name).library == "torchvision"]


def test_every_kind_of_the_table_has_a_text():
    kinds = {*_KINDS_OF_MODULES.values(), *_WORDS_OF_KINDS, "input", "output", "parameter"}
    assert [kind for kind in sorted(kinds) if not described(kind)] == []


def test_every_activation_of_the_table_has_a_formula():
    words = set(_WORDS_OF_KINDS["activation"].split()) | {"relu"}
    assert words <= known_functions()


def test_every_pattern_has_a_text_with_a_formula():
    assert set(texts()) == set(get_args(PatternName))
    for name, told in texts().items():
        assert told.text.endswith(".") and told.formula, name
        assert told.sources or name == "gate"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_kind_of_real_networks_lacks_a_text():
    timms = [f"timm/{name}" for name in drawn(len(families()), seed=4)]
    seen = {
        node.kind: node.target
        for name in (*torchvisions(), *timms)
        for node in trace(build(name, device="meta"), get(name).input_size).nodes.values()
    }
    assert len(seen) > 40
    assert {kind: target for kind, target in seen.items() if not described(kind)} == {}


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
