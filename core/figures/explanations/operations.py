"""A text, a formula and a source for every kind of operation, and the cost of this one with its own numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from core.figures.explanations import sources
from core.figures.explanations.activations import activation
from core.figures.explanations.costs import cost_sentences
from core.figures.explanations.records import Explanation
from core.figures.explanations.texts import TEXTS
from core.figures.numbers import exact, shape_text
from core.graph.records import Node

Maker = Callable[[Node], Explanation]


def explain_operation(node: Node) -> Explanation:
    """What an operation does. One whose kind nobody has described is said to be just that."""
    made = TEXTS.get(node.kind) or _MAKERS.get(node.kind, _unknown)(node)
    numbers = (*made.numbers, *cost_sentences(node))
    return Explanation(made.title, made.text, made.formula, numbers or (_free(node),), made.sources)


def described(kind: str) -> bool:
    """Whether operations of that kind have a text of their own."""
    return kind in _MAKERS or kind in TEXTS


def _free(node: Node) -> str:
    if node.kind in ("input", "parameter", "output"):
        return f"{exact(prod(node.output_shape))} numbers."
    if node.activation_bytes:
        return f"No weights, no multiply-adds; it gives {exact(prod(node.output_shape))} numbers."
    return "No weights, no multiply-adds, and no memory of its own."


# --- kinds whose formula depends on the node -------------------------------------------------------------------


def _sizes(node: Node, name: str, default: int) -> tuple[int, ...]:
    value = node.attributes.get(name)
    if isinstance(value, int):
        return (value,)
    return value if isinstance(value, tuple) and value else (default,)


def _index(letter: str, step: int, spread: int, pad: int, inner: str) -> str:
    """Where a window looks: ``2i + u − 1``."""
    head = letter if step == 1 else f"{step}{letter}"
    middle = inner if spread == 1 else f"{spread}{inner}"
    tail = f" − {pad}" if pad > 0 else f" + {-pad}" if pad < 0 else ""
    return f"{head} + {middle}{tail}"


def _window(node: Node) -> tuple[str, str]:
    """Index of the numbers that a window reads, and the letters that it is summed over."""
    count = len(_sizes(node, "kernel", 1))
    stride, spread, pad = (_sizes(node, n, d) for n, d in (("stride", 1), ("dilation", 1), ("padding", 0)))
    parts = []
    for axis in range(count):
        letters = ("ijk"[axis], "uvw"[axis])
        step, gap, side = (values[min(axis, len(values) - 1)] for values in (stride, spread, pad))
        parts.append(_index(letters[0], step, gap, side, letters[1]))
    return ", ".join(parts), ",".join("uvw"[:count])


def _convolution(node: Node) -> Explanation:
    kernel, groups = _sizes(node, "kernel", 1), node.attributes.get("groups", 1)
    width_in, width = node.attributes.get("in_channels", 0), node.attributes.get("out_channels", 0)
    side = "×".join(str(length) for length in kernel)
    place = ", ".join("ijk"[: len(kernel)])
    bias = " + b_{o}" if node.attributes.get("bias") else ""
    where, over = _window(node)
    told = (_TOLD_PADDING,) if node.attributes.get("padding") == "same" else ()
    if all(length == 1 for length in kernel) and groups == 1:
        stride = _sizes(node, "stride", 1)
        read = ", ".join(
            ("ijk"[axis] if step == 1 else f"{step}{'ijk'[axis]}") for axis, step in enumerate(stride)
        )
        text = (
            f"Mixes {width_in} channels to {width} at every position alone: the same small linear layer "
            "everywhere. It looks at no neighbour."
        )
        found = (sources.NETWORK_IN_NETWORK,)
        return Explanation(
            f"{side} convolution", text, f"y[o, {place}] = Σ_{{c}} w[o, c] · x[c, {read}]{bias}", told, found
        )
    if isinstance(groups, int) and groups > 1 and groups == width_in:
        text = (
            f"One {side} filter for each of {width_in} channels; channels do not mix. "
            "A 1×1 convolution beside it does the mixing."
        )
        formula = f"y[c, {place}] = Σ_{{{over}}} w[c, {over}] · x[c, {where}]{bias.replace('o', 'c')}"
        return Explanation(
            "Depthwise convolution", text, formula, told, (sources.MOBILENET, sources.XCEPTION)
        )
    formula = f"y[o, {place}] = Σ_{{c,{over}}} w[o, c, {over}] · x[c, {where}]{bias}"
    if isinstance(groups, int) and isinstance(width_in, int) and groups > 1:
        each = f"{width_in // groups} of {width_in}"
        text = (
            f"{groups} convolutions side by side, each on {each} channels: "
            f"the weights of one {side} convolution divided by {groups}."
        )
        return Explanation(
            "Grouped convolution",
            text,
            formula.replace("Σ_{c,", "Σ_{c∈g(o),"),
            told,
            (sources.ALEXNET, sources.RESNEXT),
        )
    text = (
        f"Slides {width} filters of {side} over {width_in} channels. The same weights work at every place, "
        "so what is learned in one corner holds in all."
    )
    return Explanation(f"{side} convolution", text, formula, told, (sources.LENET,))


_TOLD_PADDING = "It pads as much as its stride needs (“same”), so the 0 of the window is not fixed."


def _transposed(node: Node) -> Explanation:
    side = "×".join(str(length) for length in _sizes(node, "kernel", 1))
    text = (
        f"Spreads every input number over {side} outputs and sums what overlaps: the backward pass of a "
        "convolution, used to make maps larger."
    )
    formula = "y[o, s·i + u, s·j + v] += w[c, o, u, v] · x[c, i, j]"
    return Explanation("Transposed convolution", text, formula, (), (sources.ARITHMETIC,))


def _linear(node: Node) -> Explanation:
    width_in, width = node.attributes.get("in_channels", "all"), node.attributes.get("out_channels", 0)
    many = prod(node.output_shape[:-1])
    each = f" The same weights for each of {exact(many)} positions." if many > 1 else ""
    bias = " + b_{o}" if node.attributes.get("bias") else ""
    text = f"Every one of {width} outputs weighs all {width_in} inputs.{each}"
    return Explanation("Linear layer", text, f"y[o] = Σ_{{c}} w[o, c] · x[c]{bias}")


def _attention(node: Node) -> Explanation:
    heads = node.attributes.get("heads")
    shape = node.input_shapes[0] if node.input_shapes else ()
    if isinstance(heads, int):
        tokens, width = shape[-2], shape[-1] // heads
    else:
        heads, tokens, width = (*shape[-3:],) if len(shape) >= 3 else (1, 0, 0)
    text = (
        "Every token asks (q) all tokens (k), and takes of each (v) as much as the answers weigh; "
        "the weights of one token sum to 1."
    )
    numbers = (f"{heads} heads of width {width}; each head’s map has {tokens}·{tokens} weights.",)
    formula = "y = softmax(q kᵀ / √d) v"
    return Explanation("Attention", text, formula, numbers if tokens else (), (sources.ATTENTION,))


def _pool(node: Node) -> Explanation:
    side = "×".join(str(length) for length in _sizes(node, "kernel", 1))
    where, over = _window(node)
    place = ", ".join("ijk"[: len(_sizes(node, "kernel", 1))])
    if node.kind == "max_pool":
        text = (
            f"Keeps the largest of each {side} window, channel by channel: where the feature is matters less."
        )
        return Explanation(
            f"{side} max pool", text, f"y[c, {place}] = max_{{{over}}} x[c, {where}]", (), (sources.ALEXNET,)
        )
    n = prod(_sizes(node, "kernel", 1))
    text = f"Averages each {side} window, channel by channel."
    formula = f"y[c, {place}] = 1/{n} · Σ_{{{over}}} x[c, {where}]"
    return Explanation(f"{side} average pool", text, formula, (), (sources.LENET,))


def _adaptive(node: Node) -> Explanation:
    before = node.input_shapes[0] if node.input_shapes else ()
    to_one = prod(node.output_shape[2:]) == 1 or len(node.output_shape) < len(before)
    largest = node.attributes.get("function") == "max"
    if to_one and not largest:
        text = "Averages each whole map to one number: what was seen counts, where it was seen no longer."
        formula = "y[c] = 1/(H·W) · Σ_{i,j} x[c, i, j]"
        return Explanation("Global average pool", text, formula, (), (sources.NETWORK_IN_NETWORK,))
    word = "Keeps the largest of" if largest else "Averages"
    text = f"{word} as many windows as the output has places, whatever the size of the input."
    shapes = f"{shape_text(before)} → {shape_text(node.output_shape)}." if before else ""
    return Explanation("Adaptive pool", text, "", (shapes,) if shapes else ())


def _dropout(node: Node) -> Explanation:
    if "depth" in node.target or "drop_path" in node.target.lower():
        text = "Leaves out the whole branch at random in training, so the skip must do; passes all on now."
        return Explanation(
            "Stochastic depth", text, "y = x (in training: x or 0)", (), (sources.STOCHASTIC_DEPTH,)
        )
    text = "Sets numbers to zero at random in training, so that none is relied on alone; passes all on now."
    return Explanation("Dropout", text, "y = x (in training: m · x / (1 − p))", (), (sources.DROPOUT,))


def _add(node: Node) -> Explanation:
    if len(node.inputs) < 2:
        text = "Adds learned or fixed numbers to what comes in, value by value."
        return Explanation("Addition", text, "y = x + b")
    text = (
        "Adds its inputs, value by value. Where one of them is what went into the branch, this is the skip: "
        "the gradient comes back through it unchanged."
    )
    return Explanation("Addition", text, "y = a + b", (), (sources.RESNET,))


def _multiply(node: Node) -> Explanation:
    if len(node.inputs) < 2:
        return Explanation("Scaling", "Multiplies what comes in by learned or fixed numbers.", "y = g · x")
    text = "Multiplies its inputs, value by value: one of them opens and closes the other like a gate."
    return Explanation("Product", text, "y = a · b")


def _concatenate(node: Node) -> Explanation:
    widths = [shape[1] for shape in node.input_shapes if len(shape) == 4]
    told = (f"{' + '.join(map(str, widths))} = {node.output_shape[1]} channels.",)
    fits = len(node.output_shape) == 4 and sum(widths) == node.output_shape[1] and len(widths) > 1
    text = "Puts its inputs side by side. Nothing is summed: later layers decide what to take of each."
    return Explanation("Concatenation", text, "y = [a, b, …]", told if fits else (), (sources.GOOGLENET,))


def _recurrent(node: Node) -> Explanation:
    text = "Reads its input step by step and keeps a state; each step costs the same weights again."
    return Explanation("Recurrent layer", text, "h_{t} = f(h_{t−1}, x_{t})", (), (sources.LSTM,))


def _input(node: Node) -> Explanation:
    text = (
        "What the network is given."
        if len(node.output_shape) != 4
        else "The picture, as the network is given it."
    )
    return Explanation("Input", text, "x")


def _windowed(node: Node) -> Explanation:
    shape = node.input_shapes[0] if node.input_shapes else ()
    side = next((s[-1] for s in node.input_shapes[1:] if len(s) == 4 and s[-1] == s[-2]), 0)
    positions = prod(shape[1:-1])
    fits = side and positions >= side
    numbers = (f"{max(1, positions // side)} windows of {side} tokens.",) if fits else ()
    text = (
        "Cuts the map into windows, in every second block shifted by half a window, and lets the tokens of "
        "each window attend to one another alone."
    )
    return Explanation(
        "Windowed attention", text, "y = softmax(q kᵀ / √d + B) v", numbers, (sources.SWIN, sources.ATTENTION)
    )


def _unknown(node: Node) -> Explanation:
    word = node.target.rpartition(".")[2]
    text = (
        f"An operation that Skipscope has no text for: {node.target}. Its shapes and its cost are measured "
        "all the same."
    )
    return Explanation(word, text)


_MAKERS: Mapping[str, Maker] = {
    "conv": _convolution,
    "conv_transpose": _transposed,
    "linear": _linear,
    "attention": _attention,
    "max_pool": _pool,
    "avg_pool": _pool,
    "adaptive_pool": _adaptive,
    "dropout": _dropout,
    "add": _add,
    "multiply": _multiply,
    "concatenate": _concatenate,
    "recurrent": _recurrent,
    "input": _input,
    "relu": activation,
    "activation": activation,
    "shifted_window_attention": _windowed,
}
