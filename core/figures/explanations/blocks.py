"""A text, a formula and a source for every pattern of a block, and what it buys with this block's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.figures.explanations import sources
from core.figures.explanations.block_numbers import numbers
from core.figures.explanations.formulas import formula_here
from core.figures.explanations.operations import explain_operation
from core.figures.explanations.records import Explanation, Source
from core.figures.numbers import count
from core.graph.patterns import Pattern
from core.graph.records import Graph, Group
from core.graph.weighted_layers import PatternName


@dataclass(frozen=True, slots=True)
class _Text:
    title: str
    plural: str
    text: str
    formula: str
    papers: tuple[Source, ...] = ()


def explain_pattern(graph: Graph, group: Group, pattern: Pattern) -> Explanation:
    """What a block of that pattern does. In a stage: what most of its blocks do, and how many they are."""
    told = _TEXTS[pattern.name]
    found = numbers(graph, group, pattern)
    if pattern.alike and pattern.name != "dense_block":
        every = len([child for child in group.children if child.level == "block"])
        many = f"{pattern.alike} of {count(every, 'block')}" if every > 1 else "The block"
        word = told.plural if every > 1 else told.title
        verb = "are" if every > 1 and pattern.alike > 1 else "is"
        found = (f"{many} {verb} {word}; the figures are those of the first.", *found)
    elif not pattern.join and told.formula.startswith("y = x + "):
        because = ": what comes out has another shape" if group.input_shape != group.output_shape else ""
        found = (*found, f"No skip here{because}.")
    return Explanation(told.title, told.text, formula_here(graph, pattern, told.formula), found, told.papers)


def name_of(pattern: Pattern) -> str:
    """What people call a block of that pattern."""
    return _TEXTS[pattern.name].title


def unnamed(graph: Graph, group: Group) -> Explanation:
    """What is said of a group whose pattern has no name."""
    many = count(len(group.nodes), "operation")
    if group.level == "network":
        return Explanation(group.title, f"{many}, folded to {count(len(group.children), 'part')}.")
    steps = [explain_operation(graph.nodes[name]).title for name in group.nodes]
    shown = ", ".join(dict.fromkeys(steps[:6])).lower()
    rest = " and more" if len(steps) > 6 else ""
    return Explanation(group.title, f"{many} that make no pattern with a name of its own: {shown}{rest}.")


_BASIC = _Text(
    "Basic residual block",
    "basic residual blocks",
    "Two convolutions learn what to change, and the skip carries the rest. If nothing is to change, the weights "
    "only have to be zero.",
    "y = relu(x + F(x)), F: conv → relu → conv",
    (sources.RESNET,),
)
_TEXTS: Mapping[PatternName, _Text] = {
    "basic": _BASIC,
    "bottleneck": _Text(
        "Bottleneck",
        "bottlenecks",
        "Squeezes the channels by a 1×1 convolution, looks around where they are few, and expands again. The skip "
        "stays wide, so nothing is lost on the way.",
        "y = relu(x + F(x)), F: 1×1 down → k×k → 1×1 up",
        (sources.RESNET,),
    ),
    "grouped_bottleneck": _Text(
        "Grouped bottleneck",
        "grouped bottlenecks",
        "A bottleneck whose middle is many narrow convolutions side by side: a sum over paths of one shape, at the "
        "cost of one.",
        "y = relu(x + Σ_{i} T_{i}(x))",
        (sources.RESNEXT,),
    ),
    "pre_activation": _Text(
        "Pre-activation block",
        "pre-activation blocks",
        "Norm and activation stand before each convolution, and nothing follows the addition. So what enters the "
        "first block reaches the last one unchanged, and the gradient comes back the same way.",
        "x_{l+1} = x_{l} + F(x_{l})",
        (sources.PRE_ACTIVATION,),
    ),
    "inverted_residual": _Text(
        "Inverted residual (MBConv)",
        "inverted residuals",
        "A bottleneck turned round: few channels outside, many inside, where a depthwise convolution looks around "
        "in each channel alone and is cheap. No activation after the last 1×1, for few channels lose too much by it.",
        "y = x + F(x), F: 1×1 up → depthwise k×k → 1×1 down",
        (sources.MOBILENET_V2,),
    ),
    "fused_inverted_residual": _Text(
        "Fused inverted residual",
        "fused inverted residuals",
        "One full convolution in place of the first 1×1 and the depthwise one: more multiply-adds, but of a kind "
        "that accelerators do faster.",
        "y = x + F(x), F: k×k up → 1×1 down",
        (sources.EFFICIENTNET_V2,),
    ),
    "depthwise_separable": _Text(
        "Depthwise separable convolution",
        "depthwise separable convolutions",
        "A convolution in two steps: each channel looks around alone, then a 1×1 convolution mixes the channels.",
        "x → depthwise k×k → 1×1 → y",
        (sources.MOBILENET, sources.XCEPTION),
    ),
    "convnext": _Text(
        "ConvNeXt block",
        "ConvNeXt blocks",
        "A transformer block with convolution in place of attention: a large depthwise kernel looks around, then "
        "two linear layers work on each position, wider inside.",
        "y = x + γ · W_{2} gelu(W_{1} norm(depthwise(x)))",
        (sources.CONVNEXT,),
    ),
    "transformer": _Text(
        "Transformer block",
        "transformer blocks",
        "Two residual branches: in the first the tokens exchange what they know by attention, in the second each "
        "one is worked on alone by two linear layers.",
        "x′ = x + attention(norm(x)), y = x′ + MLP(norm(x′))",
        (sources.ATTENTION, sources.VIT),
    ),
    "windowed_attention": _Text(
        "Windowed attention",
        "blocks of windowed attention",
        "The map is cut into windows and only tokens of one window attend to one another, so the cost grows with "
        "the picture and not with its square. Recognised by the sets of tokens, each smaller than the map.",
        "y = softmax(q kᵀ / √d + B) v, in each window",
        (sources.SWIN,),
    ),
    "residual_mlp": _Text(
        "Residual MLP block",
        "residual MLP blocks",
        "Two linear layers with an activation between, and their input added back: the smallest net that shows what "
        "a skip does.",
        "y = x + W_{2} relu(W_{1} x)",
        (sources.RESNET,),
    ),
    "residual": _Text(
        "Residual block",
        "residual blocks",
        "Its layers learn what to add to their input; the skip carries the input itself.",
        "y = x + F(x)",
        (sources.RESNET,),
    ),
    "squeeze_excite": _Text(
        "Squeeze-and-excitation",
        "squeeze-and-excitation blocks",
        "Averages each channel over the whole map, lets two small layers decide, and turns every channel up or "
        "down by a number between 0 and 1.",
        "y = x · σ(W_{2} relu(W_{1} mean(x)))",
        (sources.SQUEEZE_EXCITE,),
    ),
    "gate": _Text(
        "Gate",
        "gates",
        "A small path computes numbers that the main path is multiplied by.",
        "y = x · g(x)",
    ),
    "dense_layer": _Text(
        "Dense layer",
        "dense layers",
        "Reads everything that was made before it in its block, and adds a few channels of its own, which all later "
        "layers read. Nothing is summed.",
        "x_{l} = H([x_{0}, x_{1}, …, x_{l−1}])",
        (sources.DENSENET,),
    ),
    "dense_block": _Text(
        "Dense block",
        "dense blocks",
        "Each layer reads all that came before it and adds a few channels, so features are made once and used many "
        "times.",
        "x_{l} = H_{l}([x_{0}, x_{1}, …, x_{l−1}])",
        (sources.DENSENET,),
    ),
    "transition": _Text(
        "Transition",
        "transitions",
        "Between two dense blocks: fewer channels by a 1×1 convolution, smaller maps by averaging.",
        "y = avgpool(1×1 (x))",
        (sources.DENSENET,),
    ),
    "inception": _Text(
        "Inception branches",
        "inception blocks",
        "Branches of several kernel sizes look at the same input side by side; a 1×1 convolution before each keeps "
        "the large ones cheap. Their outputs are laid side by side as channels.",
        "y = [B_{1}(x), B_{2}(x), …]",
        (sources.GOOGLENET, sources.INCEPTION),
    ),
    "fire": _Text(
        "Fire module",
        "fire modules",
        "Squeezes the channels by a 1×1 convolution, then expands them by 1×1 and 3×3 side by side: few weights, "
        "because the 3×3 reads few channels.",
        "y = [1×1 (s), 3×3 (s)], s = 1×1 (x)",
        (sources.SQUEEZENET,),
    ),
    "channel_shuffle": _Text(
        "Channel shuffle",
        "blocks with a channel shuffle",
        "Part of the channels is worked on, the rest passes by; then the channels are dealt like cards, so that the "
        "next block works on others. The shuffle itself is a transposition and costs nothing.",
        "y[c·g + r] = x[r·n + c]",
        (sources.SHUFFLENET, sources.SHUFFLENET_V2),
    ),
    "plain_stack": _Text(
        "Stack of small kernels",
        "stacks of small kernels",
        "Small kernels one after another see as far as one large kernel, with fewer weights and a bend between "
        "each two. There is no way around them.",
        "x → conv → … → conv → y",
        (sources.VGG,),
    ),
    "stem_pool": _Text(
        "Stem with a pool",
        "stems",
        "A convolution with steps and a pool make the maps small before the blocks begin, so that all that follows "
        "is cheap.",
        "y = maxpool(relu(norm(conv(x))))",
        (sources.RESNET, sources.ALEXNET),
    ),
    "patchify": _Text(
        "Patches",
        "layers of patches",
        "Cuts the map into patches that do not overlap, and turns each into one vector by the same weights.",
        "y[i, j] = W · patch[i, j] + b",
        (sources.VIT, sources.CONVNEXT),
    ),
    "pool_head": _Text(
        "Pool and classify",
        "heads",
        "Averages over all positions, and scores the classes by one layer: few weights, and any picture size fits.",
        "y = W · mean(x) + b",
        (sources.NETWORK_IN_NETWORK,),
    ),
    "hidden_head": _Text(
        "Head of several linear layers",
        "heads",
        "Lays the last map out as one vector and classifies it by linear layers with activations between.",
        "y = W_{n} relu(… relu(W_{1} x))",
        (sources.ALEXNET, sources.VGG),
    ),
}


def texts() -> Mapping[PatternName, Explanation]:
    """Every pattern's text without numbers."""
    return {name: Explanation(t.title, t.text, t.formula, (), t.papers) for name, t in _TEXTS.items()}
