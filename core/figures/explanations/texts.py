"""Kinds of operations that are told in the same words wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping

from core.figures.explanations import sources
from core.figures.explanations.records import Explanation, Source


def _fixed(title: str, text: str, formula: str = "", *papers: Source) -> Explanation:
    return Explanation(title, text, formula, (), papers)


_MOVES = "The numbers stay as they are."
TEXTS: Mapping[str, Explanation] = {
    "output": _fixed("Output", "What the network puts out."),
    "parameter": _fixed("Parameter", "Learned numbers that depend on no picture."),
    "matmul": _fixed(
        "Matrix product",
        "Each row of the first with each column of the second.",
        "y[i, j] = Σ_{k} a[i, k] · b[k, j]",
    ),
    "batch_norm": _fixed(
        "Batch norm",
        "Shifts and scales each channel: in training by the batch’s own mean and variance, now by their running "
        "averages, which are no weights.",
        "y = γ_{c} · (x − μ_{c}) / √(σ_{c}^{2} + ε) + β_{c}",
        sources.BATCH_NORM,
    ),
    "layer_norm": _fixed(
        "Layer norm",
        "Shifts and scales each position by the mean and variance over its channels; no other picture matters.",
        "y = γ_{c} · (x − μ) / √(σ^{2} + ε) + β_{c}",
        sources.LAYER_NORM,
    ),
    "group_norm": _fixed(
        "Group norm",
        "Shifts and scales groups of channels by the mean and variance over the group and all positions.",
        "y = γ_{c} · (x − μ_{g}) / √(σ_{g}^{2} + ε) + β_{c}",
        sources.GROUP_NORM,
    ),
    "instance_norm": _fixed(
        "Instance norm",
        "Shifts and scales each channel of each picture by its own mean and variance.",
        "y = γ_{c} · (x − μ_{c}) / √(σ_{c}^{2} + ε) + β_{c}",
        sources.INSTANCE_NORM,
    ),
    "rms_norm": _fixed(
        "RMS norm",
        "Divides each position by the root mean square of its channels; nothing is shifted.",
        "y = γ_{c} · x / √(mean(x^{2}) + ε)",
        sources.RMS_NORM,
    ),
    "local_response_norm": _fixed(
        "Local response norm",
        "Divides each number by the energy of its neighbouring channels.",
        "y[c] = x[c] / (k + α · Σ_{c′} x[c′]^{2})^{β}",
        sources.ALEXNET,
    ),
    "subtract": _fixed("Subtraction", "The difference of its inputs, value by value.", "y = a − b"),
    "divide": _fixed("Division", "The quotient of its inputs, value by value.", "y = a / b"),
    "identity": _fixed("Identity", "Passes on what comes in.", "y = x"),
    "flatten": _fixed(
        "Flatten", f"Lays a map out as one vector. {_MOVES}", "y[(c·H + i)·W + j] = x[c, i, j]"
    ),
    "reshape": _fixed("Reshape", f"Another shape, or another order of the axes. {_MOVES}"),
    "slice": _fixed("Slice", f"Takes a part of its input. {_MOVES}", "y = x[a:b]"),
    "pad": _fixed("Padding", "Puts numbers, mostly zeros, around the map or beside its channels."),
    "resize": _fixed("Resize", "Makes the map larger or smaller by interpolation.", "", sources.ARITHMETIC),
    "pixel_shuffle": _fixed(
        "Pixel shuffle",
        "Lays r·r channels out as r×r positions: larger maps of fewer channels.",
        "y[c, r·i + u, r·j + v] = x[c·r^{2} + r·u + v, i, j]",
        sources.PIXEL_SHUFFLE,
    ),
    "embedding": _fixed("Embedding", "Looks up a learned vector for every whole number.", "y = w[x]"),
    "mean": _fixed("Mean", "Averages along some axes.", "y = 1/n · Σ x"),
    "sum": _fixed("Sum", "Sums along some axes.", "y = Σ x"),
    "amax": _fixed("Maximum", "Keeps the largest along some axes.", "y = max x"),
    "max": _fixed("Maximum", "Keeps the largest along an axis.", "y = max x"),
    "norm": _fixed("Norm", "Length of the vectors along an axis.", "y = √(Σ x^{2})", sources.GRN),
    "normalize": _fixed("Normalise", "Makes the vectors along an axis one long.", "y = x / ‖x‖"),
    "pow": _fixed("Power", "Raises every number to a power.", "y = x^{p}"),
    "neg": _fixed("Negation", "Turns the sign of every number.", "y = −x"),
    "rsqrt": _fixed("Inverse root", "One over the square root of every number.", "y = 1/√x"),
    "clamp": _fixed("Clamp", "Keeps every number between two bounds.", "y = min(max(x, a), b)"),
    "roll": _fixed(
        "Roll",
        f"Shifts the map along its axes; what leaves at one side comes in at the other. {_MOVES}",
        "y[i] = x[(i − s) mod n]",
        sources.SWIN,
    ),
    "stack": _fixed("Stack", f"Puts its inputs one on another along a new axis. {_MOVES}", "y = [a; b; …]"),
    "repeat_interleave": _fixed("Repeat", "Repeats every entry along an axis.", "y[k] = x[⌊k / r⌋]"),
    "addcmul": _fixed("Product and sum", "Adds a product of two inputs to a third.", "y = a + s · b · c"),
    "unfold": _fixed("Unfold", f"Lays every window of the map out as a column. {_MOVES}"),
    "fold": _fixed("Fold", "Sums columns back into the windows of a map that they came from."),
    "window_reverse": _fixed(
        "Windows to map", f"Puts windows back together to a map. {_MOVES}", "", sources.SWIN
    ),
    "window_partition": _fixed("Map to windows", f"Cuts a map into windows. {_MOVES}", "", sources.SWIN),
    "grid_reverse": _fixed(
        "Grid to map",
        f"Puts the groups of a grid back to their places in the map. {_MOVES}",
        "",
        sources.MAXVIT,
    ),
    "grid_partition": _fixed(
        "Map to grid",
        f"Deals a map’s places into groups: those that lie a fixed step apart come together. {_MOVES}",
        "",
        sources.MAXVIT,
    ),
    "patch_merging_pad": _fixed(
        "Patch merging",
        f"Lays each 2×2 patch out as channels: a quarter of the places, four times the channels. {_MOVES}",
        "y[i, j] = [x[2i, 2j], x[2i+1, 2j], x[2i, 2j+1], x[2i+1, 2j+1]]",
        sources.SWIN,
    ),
    "get_relative_position_bias": _fixed(
        "Relative position bias",
        "Looks up a learned number for each pair of places in a window, by how far they are apart.",
        "B[i, j] = b[i − j]",
        sources.SWIN,
    ),
    "cal_rel_pos_type": _fixed(
        "Relative positions",
        "Adds a learned term to the map of attention, by how far two places are apart.",
        "A[i, j] += q[i] · r[i − j]",
    ),
    "reshape_pre_pool": _fixed(
        "Tokens to map", f"Lays tokens out as a map, so that they can be pooled. {_MOVES}"
    ),
    "reshape_post_pool": _fixed("Map to tokens", f"Lays a map out as tokens again. {_MOVES}"),
    "deblockify": _fixed("Blocks to map", f"Puts blocks of tokens back together to a map. {_MOVES}"),
    "scale_image": _fixed("Resize", "Makes the picture larger or smaller by interpolation."),
    "positionalencodingfourier": _fixed(
        "Position encoding",
        "Waves of many lengths, mixed by a 1×1 convolution, that tell where a place is.",
        "",
        sources.ATTENTION,
    ),
    "naflexembeds": _fixed(
        "Patch embedding", "Turns patches of the picture into tokens, with their places.", "", sources.VIT
    ),
    "global_pool_naflex": _fixed("Token pool", "Sums up all tokens in one."),
    "var": _fixed(
        "Variance",
        "Mean squared distance from the mean along some axes, by n or n − 1 as the code asks.",
        "y = Σ (x − μ)^{2} / m, m = n or n − 1",
    ),
    "std": _fixed(
        "Standard deviation",
        "Root of the variance along some axes, by n or n − 1 as the code asks.",
        "y = √(Σ (x − μ)^{2} / m), m = n or n − 1",
    ),
    "sqrt": _fixed("Square root", "The square root of every number.", "y = √x"),
    "square": _fixed("Square", "The square of every number.", "y = x^{2}"),
    "exp": _fixed("Exponential", "e to the power of every number.", "y = e^{x}"),
    "log": _fixed("Logarithm", "The natural logarithm of every number.", "y = ln x"),
    "abs": _fixed("Magnitude", "Every number without its sign.", "y = |x|"),
    "sin": _fixed("Sine", "The sine of every number.", "y = sin x"),
    "cos": _fixed("Cosine", "The cosine of every number.", "y = cos x"),
    "reciprocal": _fixed("Reciprocal", "One over every number.", "y = 1/x"),
    "amin": _fixed("Minimum", "Keeps the smallest along some axes.", "y = min x"),
    "min": _fixed("Minimum", "Keeps the smallest along an axis.", "y = min x"),
    "maximum": _fixed("Larger of two", "The larger of its inputs, value by value.", "y = max(a, b)"),
    "minimum": _fixed("Smaller of two", "The smaller of its inputs, value by value.", "y = min(a, b)"),
    "prod": _fixed("Product along an axis", "Multiplies along some axes.", "y = Π x"),
    "cumsum": _fixed("Running sum", "Sums all entries so far along an axis.", "y_{k} = Σ_{i≤k} x_{i}"),
    "where": _fixed(
        "Choice", "Takes each value from one input or the other, by a condition.", "y = a if m, else b"
    ),
    "masked_fill": _fixed("Masking", "Replaces values where a mask says so.", "y = v if m, else x"),
    "flip": _fixed("Flip", f"Turns an axis round. {_MOVES}", "y[i] = x[n − 1 − i]"),
    "repeat": _fixed("Repeat", "Lays copies of the input side by side.", "y[k] = x[k mod n]"),
    "pixel_unshuffle": _fixed(
        "Pixel unshuffle", f"Lays r×r positions out as r·r channels. {_MOVES}", "", sources.PIXEL_SHUFFLE
    ),
    "grid_sample": _fixed(
        "Sampling", "Reads the map at places that another input names, between its positions."
    ),
    "gather": _fixed("Gather", "Takes the entries that another input names.", "y[i] = x[k[i]]"),
}
