"""The demonstrator's components: rows of layers with their pictures and counts, and kernels as coloured squares."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import streamlit as st

from core.figures import kernel_words, stack_picture, stack_words
from core.figures.kernel_picture import bars, kernel_picture, percent_words
from core.figures.numbers import exact
from core.figures.theme import css_variables
from core.graph.stack import LARGEST_DILATION, LARGEST_KERNEL, LARGEST_STRIDE, MOST_LAYERS, Stack
from core.probes.kernels import Proof
from core.ui.diagram import files as diagram_files

_HTML = """
<div class="figure">
  <div class="side">
    <div class="layers" role="group" aria-label="Layers of the stack"></div>
    <div class="counts"></div>
  </div>
  <div class="seen">
    <div class="pictures"></div>
    <p class="told" role="status"></p>
    <div class="caveats"></div>
  </div>
</div>
"""
_KERNELS = """
<div class="equation"><div class="chain"></div></div>
"""
_LONGEST_PATHS = 512  # pixels of a field whose numbers of paths travel along


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    return f":host {{\n{css_variables()}\n}}\n{_text('stacks.css')}"


_stack = st.components.v2.component(
    "skipscope_stack",
    html=_HTML,
    css=_style(),
    js="\n".join((diagram_files.text("saving.js"), _text("lighting.js"), _text("stacks.js"))),
)
_kernels = st.components.v2.component(
    "skipscope_kernels", html=_KERNELS, css=_style(), js=_text("kernels.js")
)


def stack(shown: Stack, other: Stack | None, *, key: str, on_edit: Callable[[str], None]) -> None:
    """Show a stack that can be edited, beside its counterpart.

    Args:
        shown: the stack.
        other: its counterpart, if it has one.
        key: of the element, unique on the page.
        on_edit: called with the key before the page runs, when the browser has sent an edited stack.
    """
    both = (shown, other) if other else (shown,)
    pixel = stack_picture.scale(both)
    most = max(int(one.paths.max()) ** 2 for one in both)
    data = {
        "text": shown.text,
        "limits": {
            "layers": MOST_LAYERS,
            "kernel": LARGEST_KERNEL,
            "stride": LARGEST_STRIDE,
            "dilation": LARGEST_DILATION,
        },
        "pixel": pixel,
        "pictures": tuple(_picture(one, pixel, most) for one in both),
        "rows": _rows(shown, other),
        "saved": _saved(shown, other),
        "caveats": stack_words.caveats(shown, other),
        "file": stack_words.title(shown, other),
    }
    _stack(key=key, data=data, on_edit_change=lambda: on_edit(key))


# Tuples, because Streamlit looks into lists for tables and imports pandas for that.
def _picture(one: Stack, pixel: float, most: int) -> dict[str, Any]:
    tree, box = stack_picture.tree(one, pixel), stack_picture.box(one, pixel, most)
    paths = tuple(int(ways) for ways in one.paths) if one.field <= _LONGEST_PATHS else ()
    return {
        "name": stack_words.name(one),
        "below": stack_words.below(one),
        "tree": tree.svg,
        "box": box.svg,
        "treeSize": (tree.width, tree.height),
        "boxSize": (box.width, box.height),
        "layers": tuple((layer.kernel, layer.stride, layer.dilation, layer.kind) for layer in one.layers),
        "paths": paths,
        "field": one.field,
    }


def _rows(shown: Stack, other: Stack | None) -> tuple[tuple[str, str, tuple[Any, ...]], ...]:
    """``(kind, words, values)``: ``"text"`` as they are, ``"square"`` times C², which the browser knows."""
    both = (shown, other) if other else (shown,)
    rows: list[tuple[str, str, tuple[Any, ...]]] = [
        ("text", "Field, pixels", tuple(f"{exact(one.field)} × {exact(one.field)}" for one in both))
    ]
    if any(one.reached < one.field for one in both):
        rows.append(("text", "Pixels reached", tuple(exact(one.reached**2) for one in both)))
    rows += [
        ("text", "Non-linearities", tuple(exact(one.bends) for one in both)),
        ("text", "Weights per pair of channels", tuple(exact(one.weights) for one in both)),
        ("square", "Weights", tuple(one.weights for one in both)),
        ("square", "Multiply-adds per output pixel", tuple(one.macs for one in both)),
    ]
    return tuple(rows)


def _saved(shown: Stack, other: Stack | None) -> tuple[str, str]:
    found = stack_words.saved(shown, other) if other else None
    return (found[0], percent_words(found[1])) if found else ("", "")


def kernels(proof: Proof, *, key: str) -> None:
    """Show the kernel, the pair that comes nearest, what it makes and leaves over, and other numbers of channels."""
    fit = proof.fit
    end = float(np.abs(proof.kernel).max())
    small = [fit.first[0, 0], fit.second[0, 0]]
    # A factor moves freely between both, so they share a scale of their own.
    balance = float(np.sqrt(np.linalg.norm(small[0]) / np.linalg.norm(small[1])))
    first, second = small[0] / balance, small[1] * balance
    end_small = float(max(np.abs(first).max(), np.abs(second).max()))
    composed = fit.composed[0, 0]
    left = f"left over: {percent_words(fit.left_over)}"
    parts = (
        kernel_picture(proof.kernel, caption="kernel", limit=end),
        "=",
        kernel_picture(composed, caption="two 3×3", limit=end),
        "+",
        kernel_picture(proof.kernel - composed, caption=left, limit=end),
        "",
        "two 3×3 =",
        kernel_picture(first, caption="first", limit=end_small),
        "∗",
        kernel_picture(second, caption="second", limit=end_small),
    )
    shares = bars(
        tuple(
            (kernel_words.channel_words(into, between, out), left) for into, between, out, left in proof.wider
        )
    )
    _kernels(
        key=key,
        data={
            "parts": tuple(part if isinstance(part, str) else part.svg for part in parts),
            "heading": "Left over, by channels",
            "shares": shares.svg,
        },
    )
