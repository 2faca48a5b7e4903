"""A network of our own as a short text for addresses and names, and back. No torch.

``1_stem_basic2x64_basic2x128s2_bottleneck6x512s2_grouped3x1024s2`` is: format 1; the usual stem; two basic blocks that
put out 64 channels; … ``s2`` is a stride of 2, ``n`` at the end stands for no skips. What is at its default is left
out. Only letters, digits, ``-``, ``.`` and ``_`` occur, which need no escaping in an address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError

from core.architectures.draft import Draft, StageDraft
from core.architectures.spec import BlockKind, HeadSpec, NetSpec, SpecRejected, StemSpec

FORMAT = "1"
LONGEST = 1000
"""Letters that a text may have; the longest one of a valid network has fewer."""

_BLOCKS: dict[BlockKind, str] = {
    "vgg": "vgg",
    "plain": "plain",
    "basic": "basic",
    "bottleneck": "bottleneck",
    "grouped-bottleneck": "grouped",
    "pre-activation": "pre",
}
_KINDS = {word: block for block, word in _BLOCKS.items()}
_ACTIVATIONS = {"leaky": "leaky_relu"}  # the underscore separates parts
_WHOLE = r"([1-9]\d{0,5})"
_FLOAT = r"(-?\d{1,3}(?:\.\d{1,25})?(?:e-\d{1,3})?)"
_STAGE = re.compile(rf"({'|'.join(_KINDS)}){_WHOLE}x{_WHOLE}(s2)?(n)?", re.ASCII)

Found = dict[str, Any]


def encode(net: NetSpec | Draft) -> str:
    """The network as text; equal networks give equal texts."""
    draft = Draft.of(net) if isinstance(net, NetSpec) else net
    return "_".join([FORMAT, *_parts(draft)])


def decode(text: str) -> NetSpec:
    """The network of a text.

    Raises:
        SpecRejected: the text is none of ours, or its numbers do not fit together; one sentence.
    """
    return decode_draft(text).spec()


def decode_draft(text: str) -> Draft:
    """The network of a text, also one whose numbers do not fit together.

    Raises:
        SpecRejected: the text is none of ours; one sentence.
    """
    if len(text) > LONGEST:
        raise SpecRejected(f"A recipe has at most {LONGEST} letters, but this one has {len(text)}.")
    version, *parts = text.split("_")
    if version != FORMAT:
        raise SpecRejected(f'A recipe begins with its format, "{FORMAT}_", but this one does not.')
    stages: list[StageDraft] = []
    found: dict[str, Found] = {}
    for part in parts:
        match = _STAGE.fullmatch(part)
        if match:
            block, count, out, stride, no_skip = match.groups()
            stages.append(StageDraft(_KINDS[block], int(count), int(out), 2 if stride else 1, not no_skip))
            continue
        name, value = _setting(part)
        if name in found:
            raise SpecRejected(f"The recipe says twice what its {name} is.")
        found[name] = value
    return _draft(tuple(stages), found)


def _parts(draft: Draft) -> Iterator[str]:
    plain = Draft(())
    if draft.input_size != plain.input_size:
        yield "in" + "x".join(map(str, draft.input_size))
    if draft.stem is not None:
        yield _stem(draft.stem)
    for stage in draft.stages:
        tail = ("s2" if stage.stride == 2 else "") + ("" if stage.skip else "n")
        yield f"{_BLOCKS[stage.block]}{stage.count}x{stage.out}{tail}"
    if draft.shortcut != plain.shortcut:
        yield f"skips{draft.shortcut}"
    if draft.norm != plain.norm:
        yield f"norm{draft.norm}"
    if draft.activation != plain.activation:
        yield "act" + ("leaky" if draft.activation == "leaky_relu" else draft.activation)
    if draft.residual_scale != plain.residual_scale:
        yield f"scale{_number(draft.residual_scale)}"
    if draft.zero_init:
        yield "zero"
    yield from _head(draft.head)


def _stem(stem: StemSpec) -> str:
    if stem == StemSpec():
        return "stem"
    stride = "" if stem.stride == 1 else f"s{stem.stride}"
    return f"stem{stem.kernel}x{stem.width}{stride}{'p' if stem.pool else ''}"


def _head(head: HeadSpec) -> Iterator[str]:
    plain = HeadSpec()
    if head.num_classes != plain.num_classes:
        yield f"classes{head.num_classes}"
    if head.hidden:
        yield "hidden" + "-".join(map(str, head.hidden))
    if head.pool != plain.pool:
        yield f"pool{head.pool}"
    if head.dropout != plain.dropout:
        yield f"drop{_number(head.dropout)}"


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def _read_stem(match: re.Match[str]) -> Found:
    kernel, width, stride, pool = match.groups()
    if kernel is None:
        return {}
    return {
        "kernel": int(kernel),
        "width": int(width),
        "stride": int(stride[1:]) if stride else 1,
        "pool": bool(pool),
    }


def _wholes(separator: str) -> Callable[[re.Match[str]], tuple[int, ...]]:
    return lambda match: tuple(int(number) for number in match[1].split(separator))


_SETTINGS: tuple[tuple[str, str, Callable[[re.Match[str]], Any]], ...] = (
    # Field, pattern, how its value is read.
    ("input_size", rf"in({_WHOLE}(?:x{_WHOLE}){{0,2}})", _wholes("x")),
    ("stem", rf"stem(?:{_WHOLE}x{_WHOLE}(s[24])?(p)?)?", _read_stem),
    ("shortcut", r"skips(A|none)", lambda match: match[1]),
    ("norm", r"norm(layer|group|none)", lambda match: match[1]),
    (
        "activation",
        r"act(leaky|gelu|silu|tanh|identity)",
        lambda match: _ACTIVATIONS.get(match[1], match[1]),
    ),
    ("residual_scale", rf"scale{_FLOAT}", lambda match: float(match[1])),
    ("zero_init", r"zero", lambda match: True),
    ("num_classes", rf"classes{_WHOLE}", lambda match: int(match[1])),
    ("hidden", rf"hidden({_WHOLE}(?:-{_WHOLE})*)", _wholes("-")),
    ("pool", rf"pool{_WHOLE}", lambda match: int(match[1])),
    ("dropout", rf"drop{_FLOAT}", lambda match: float(match[1])),
)


def _setting(part: str) -> tuple[str, Any]:
    for name, pattern, read in _SETTINGS:
        match = re.fullmatch(pattern, part, re.ASCII)
        if match:
            return name, read(match)
    shown = "".join(letter if letter.isprintable() else "�" for letter in part[:30])
    raise SpecRejected(f"“{shown}” is no part of a recipe.")


def _draft(stages: tuple[StageDraft, ...], found: dict[str, Any]) -> Draft:
    head = {key: found.pop(key) for key in HeadSpec.model_fields if key in found}
    stem = found.pop("stem", None)
    try:
        return Draft(
            stages,
            stem=None if stem is None else StemSpec(**stem),
            head=HeadSpec(**head),
            **found,
        )
    except ValidationError as error:
        raise SpecRejected(f"The recipe’s {_field(error)} is out of range.") from error


def _field(error: ValidationError) -> str:
    return ".".join(str(part) for part in error.errors()[0]["loc"]) or "number"
