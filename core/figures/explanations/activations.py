"""The functions that bend every value by itself: their formulas and where they come from."""

from __future__ import annotations

from collections.abc import Mapping

from core.figures.explanations import sources
from core.figures.explanations.records import Explanation, Source
from core.graph.records import Node

_SIGMOID = "1 / (1 + e^{−x})"
_FUNCTIONS: Mapping[str, tuple[str, str, str, tuple[Source, ...]]] = {
    "relu": ("ReLU", "Sets negative numbers to zero.", "y = max(0, x)", (sources.RELU, sources.ALEXNET)),
    "relu6": (
        "ReLU6",
        "Sets negative numbers to zero and cuts large ones at 6.",
        "y = min(max(0, x), 6)",
        (sources.MOBILENET,),
    ),
    "leaky_relu": ("Leaky ReLU", "Makes negative numbers small.", "y = max(a·x, x)", (sources.PRELU,)),
    "leakyrelu": ("Leaky ReLU", "Makes negative numbers small.", "y = max(a·x, x)", (sources.PRELU,)),
    "prelu": (
        "PReLU",
        "Multiplies negative numbers by a learned factor.",
        "y = max(0, x) + a · min(0, x)",
        (sources.PRELU,),
    ),
    "rrelu": ("RReLU", "Multiplies negative numbers by a random factor in training.", "y = max(a·x, x)", ()),
    "elu": ("ELU", "Bends negative numbers towards −1.", "y = x if x > 0, else e^{x} − 1", (sources.ELU,)),
    "celu": ("CELU", "Bends negative numbers towards −α.", "y = x if x > 0, else α · (e^{x/α} − 1)", ()),
    "selu": (
        "SELU",
        "An ELU scaled so that means and variances settle.",
        "y = λ · (x if x > 0, else α · (e^{x} − 1))",
        (sources.SELU,),
    ),
    "gelu": (
        "GELU",
        "Weighs every number by the chance that a normal one is smaller; Φ is the normal distribution.",
        "y = x · Φ(x)",
        (sources.GELU,),
    ),
    "geglu": (
        "GEGLU",
        "One half of the channels, bent by a GELU, gates the other.",
        "y = a · GELU(b)",
        (sources.GELU,),
    ),
    "silu": ("SiLU (Swish)", "Weighs every number by its sigmoid.", "y = x / (1 + e^{−x})", (sources.SWISH,)),
    "mish": (
        "Mish",
        "Weighs every number by a smooth step.",
        "y = x · tanh(ln(1 + e^{x}))",
        (sources.MISH,),
    ),
    "glu": ("GLU", "One half of the channels gates the other.", "y = a · σ(b)", ()),
    "sigmoid": ("Sigmoid", "Squeezes every number between 0 and 1.", f"y = {_SIGMOID}", ()),
    "hardsigmoid": (
        "Hard sigmoid",
        "A sigmoid of three straight pieces.",
        "y = min(max(0, x/6 + 1/2), 1)",
        (sources.MOBILENET_V3,),
    ),
    "hardswish": (
        "Hard swish",
        "A SiLU of straight pieces.",
        "y = x · min(max(0, x/6 + 1/2), 1)",
        (sources.MOBILENET_V3,),
    ),
    "hardtanh": ("Hard tanh", "Cuts every number at −1 and 1.", "y = min(max(−1, x), 1)", ()),
    "tanh": ("tanh", "Squeezes every number between −1 and 1.", "y = tanh(x)", (sources.LENET,)),
    "softplus": ("Softplus", "A ReLU without the corner.", "y = ln(1 + e^{x})", ()),
    "softsign": ("Softsign", "Squeezes every number between −1 and 1.", "y = x / (1 + |x|)", ()),
    "logsigmoid": ("Log sigmoid", "The logarithm of the sigmoid.", "y = −ln(1 + e^{−x})", ()),
    "threshold": ("Threshold", "Replaces numbers below a bound.", "y = x if x > t, else v", ()),
    "softmax": (
        "Softmax",
        "Turns scores into weights that are positive and sum to 1.",
        "y_{i} = exp(x_{i}) / Σ_{j} exp(x_{j})",
        (),
    ),
    "log_softmax": (
        "Log softmax",
        "The logarithm of weights that sum to 1.",
        "y_{i} = x_{i} − ln Σ_{j} exp(x_{j})",
        (),
    ),
}


def activation(node: Node) -> Explanation:
    """What the function of an activation does; by its name alone where it is none of the known ones."""
    word = str(node.attributes.get("function") or ("relu" if node.kind == "relu" else ""))
    word = word or node.target.rpartition(".")[2]
    if word not in _FUNCTIONS:
        return Explanation(word, f"Bends every number by the function {word}.", f"y = {word}(x)")
    title, text, formula, papers = _FUNCTIONS[word]
    return Explanation(title, text, formula, (), papers)
