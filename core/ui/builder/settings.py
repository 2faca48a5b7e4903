"""What stands behind a word in the form: stem, head, and the settings of the whole network."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import streamlit as st

from core.architectures.draft import Draft
from core.architectures.rules import MAX_SIDE, MAX_WIDTH
from core.architectures.spec import MAX_HIDDEN, ActivationKind, HeadSpec, NormKind, ShortcutRule, StemSpec
from core.figures.numbers import count
from core.ui import page
from core.ui.builder import fields, work

_NORMS = {"batch": "Batch norm", "layer": "Layer norm", "group": "Group norm", "none": "None"}
_ACTIVATIONS = {
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "tanh": "tanh",
    "identity": "None",
}
_SHORTCUTS = {
    "B": "B: projected where shapes change",
    "A": "A: padded where shapes change",
    "none": "No skips at all",
}
_HIDDEN, _WRONG = "builder.hidden", "builder.hidden.wrong"
_WIDEST_HIDDEN = 16_384


def stem_words(draft: Draft) -> str:
    """The stem in one line."""
    stem = draft.stem
    if stem is None:
        return "none: the first stage reads the input itself"
    pool = "; max pool" if stem.pool else ""
    return f"{stem.kernel}×{stem.kernel}, stride {stem.stride}, {count(stem.width, 'channel')}{pool}"


def head_words(draft: Draft) -> str:
    """The head in one line."""
    head = draft.head
    hidden = "".join(f"linear to {width}, " for width in head.hidden)
    mean = "mean over all cells" if head.pool == 1 else f"mean over {head.pool} × {head.pool} parts"
    classes = f"{hidden}linear to {count(head.num_classes, 'class', 'classes')}"
    return classes if draft.is_vector else f"{mean}; {classes}"


def stem(draft: Draft) -> None:
    """The fields of the stem."""
    has = draft.stem is not None
    fields.switch(
        "A convolution before the first stage",
        has,
        key="builder_stem",
        change=lambda d, on: replace(d, stem=StemSpec() if on else None),
        label_visibility="visible",
    )
    if draft.stem is None:
        return
    kernels, strides = (_literal(StemSpec, field) for field in ("kernel", "stride"))
    _labelled(
        "Kernel", draft.stem.kernel, "builder_stem_kernel", kernels, lambda n: f"{n}×{n}", _stem("kernel")
    )
    _labelled("Stride", draft.stem.stride, "builder_stem_stride", strides, str, _stem("stride"))
    _number("Channels", draft.stem.width, "builder_stem_width", (1, MAX_WIDTH), 16, _stem("width"))
    fields.switch(
        "Max pool after it",
        draft.stem.pool,
        key="builder_stem_pool",
        change=_stem("pool"),
        label_visibility="visible",
    )


def head(draft: Draft) -> None:
    """The fields of the head."""
    _number("Classes", draft.head.num_classes, "builder_head_classes", (1, 100_000), 1, _head("num_classes"))
    shown = ", ".join(map(str, draft.head.hidden))
    hidden, wrong = st.session_state.get(_WRONG, (None, ""))
    if hidden != draft.head.hidden:  # what was typed before is no word on these layers
        wrong = ""
        fields.show(_HIDDEN, shown)
    st.text_input(
        "Hidden layers, their widths",
        shown,
        key=_HIDDEN,
        placeholder="4096, 4096",
        max_chars=80,
        on_change=_take_hidden,
    )
    if wrong:
        page.notice(wrong)
    if not draft.is_vector:
        _number(
            "Side of the map that pooling leaves",
            draft.head.pool,
            "builder_head_pool",
            (1, 16),
            1,
            _head("pool"),
        )
    fields.decimal(
        "Dropout after hidden layers",
        draft.head.dropout,
        key="builder_head_dropout",
        limits=(0.0, max(0.95, draft.head.dropout)),
        step=0.05,
        change=_head("dropout"),
    )


def network(draft: Draft) -> None:
    """The settings of the whole network."""
    _labelled(
        "Skips",
        draft.shortcut,
        "builder_shortcut",
        get_args(ShortcutRule),
        _SHORTCUTS.__getitem__,
        _set("shortcut"),
    )
    _labelled("Norm", draft.norm, "builder_norm", get_args(NormKind), _NORMS.__getitem__, _set("norm"))
    _labelled(
        "Activation",
        draft.activation,
        "builder_activation",
        get_args(ActivationKind),
        _ACTIVATIONS.__getitem__,
        _set("activation"),
    )
    fields.decimal(
        "Residual branches times",
        draft.residual_scale,
        key="builder_scale",
        limits=(-10.0, 10.0),
        step=0.1,
        change=_set("residual_scale"),
    )
    fields.switch(
        "Residual branches start as zero",
        draft.zero_init,
        key="builder_zero",
        change=_set("zero_init"),
        label_visibility="visible",
    )
    if draft.is_vector:
        _number(
            "Numbers in",
            draft.input_size[0],
            "builder_features",
            (1, MAX_WIDTH),
            16,
            lambda d, n: replace(d, input_size=(n,)),
        )
    else:
        _number(
            "Input, pixels a side",
            draft.input_size[-1],
            "builder_side",
            (1, MAX_SIDE),
            32,
            lambda d, n: replace(d, input_size=(d.input_size[0], n, n)),
        )


def classes(draft: Draft) -> None:
    """The number of classes as a field of its own, for the row of controls."""
    fields.whole(
        "Classes",
        draft.head.num_classes,
        key="builder_classes",
        limits=(1, 100_000),
        step=1,
        change=_head("num_classes"),
        width=112,
    )


def _labelled(
    label: str,
    value: Any,
    key: str,
    options: tuple[Any, ...],
    words: Callable[[Any], str],
    change: fields.Change[Any],
) -> None:
    fields.choice(
        label,
        value,
        key=key,
        options=options,
        words=words,
        change=change,
        width=260,
        label_visibility="visible",
    )


def _number(
    label: str, value: int, key: str, limits: tuple[int, int], step: int, change: fields.Change[int]
) -> None:
    fields.whole(
        label, value, key=key, limits=limits, step=step, change=change, width=260, label_visibility="visible"
    )


def _set(field: str) -> Callable[[Draft, Any], Draft]:
    return lambda draft, value: replace(draft, **{field: value})


def _stem(field: str) -> Callable[[Draft, Any], Draft]:
    return lambda draft, value: replace(
        draft, stem=(draft.stem or StemSpec()).model_copy(update={field: value})
    )


def _head(field: str) -> Callable[[Draft, Any], Draft]:
    return lambda draft, value: replace(draft, head=draft.head.model_copy(update={field: value}))


def _literal(record: type[StemSpec], field: str) -> tuple[int, ...]:
    return get_args(record.model_fields[field].annotation)


def _take_hidden() -> None:
    """Take the widths that were typed; what is none stays in the field, with a sentence."""
    text = str(st.session_state.get(_HIDDEN, ""))
    words = [word for word in re.split(r"[\s,;]+", text.strip()) if word]
    right = all(
        re.fullmatch(r"[1-9]\d{0,4}", word, re.ASCII) and int(word) <= _WIDEST_HIDDEN for word in words
    )
    draft = work.current().draft
    st.session_state.pop(_WRONG, None)
    if not right or len(words) > MAX_HIDDEN:
        sentence = f"Widths are up to {MAX_HIDDEN} whole numbers from 1 to {_WIDEST_HIDDEN}, with commas between them."
        st.session_state[_WRONG] = (draft.head.hidden, sentence)
        return
    head: HeadSpec = draft.head.model_copy(update={"hidden": tuple(map(int, words))})
    work.change(replace(draft, head=head))
