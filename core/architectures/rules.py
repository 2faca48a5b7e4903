"""Which numbers of a network fit together: the rules of a `NetSpec` that reach over several fields. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.architectures.counting import parameters
from core.architectures.single_values import single_values

if TYPE_CHECKING:
    from core.architectures.spec import NetSpec

GROUPS = 32
"""Groups of the 3×3 in a grouped bottleneck: Xie et al. 2017, table 1."""

EXPANSIONS = {"bottleneck": 4, "grouped-bottleneck": 2}
"""How many times the channels of its 3×3 a block puts out, where that is not once."""

WIDTH_STEPS = {
    "bottleneck": EXPANSIONS["bottleneck"],
    "grouped-bottleneck": EXPANSIONS["grouped-bottleneck"] * GROUPS,
}
"""What the channels that a stage puts out must be a multiple of, by its kind of block."""

RESIDUAL = ("basic", "bottleneck", "grouped-bottleneck", "pre-activation")
"""Blocks with a skip."""

MAX_WIDTH, MAX_BLOCKS, MAX_STAGES, MAX_SIDE = 4096, 512, 24, 1024
MAX_SCALE = 10.0
MAX_PARAMETERS = 500_000_000
"""Two gigabytes in float32: what a machine of today can hold beside everything else."""

UNTOLD = 1_000_000
"""No number of a network comes near it; a larger one is not even repeated in a sentence."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing about a network that does not fit.

    Attributes:
        where: the field: ``("stages", 3, "out")`` (channels that the fourth stage puts out), ``("shortcut",)``; ``()``
            for the whole.
        sentence: what is wrong and why, one sentence.
        nearest: the nearest values of that field that fit, ascending; empty where none is known.
    """

    where: Path
    sentence: str
    nearest: tuple[int | str, ...] = ()


class Misfit(ValueError):
    """The numbers of a network do not fit together: all that was found; the message is the first one's sentence."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].sentence)
        self.problems = problems


def widest(block: str) -> int:
    """Channels that a stage of that kind puts out at most."""
    return MAX_WIDTH * EXPANSIONS.get(block, 1)


def width_problem(block: str, out: int) -> Problem | None:
    """What is wrong with a stage of that kind that puts out so many channels, if anything."""
    step, most = WIDTH_STEPS.get(block, 1), widest(block)
    if not 0 < out <= most:
        given = f"{out} channels: " if abs(out) < UNTOLD else ""
        return Problem(
            ("out",), f"{given}this kind of block puts out {step} to {most}.", (most if out > 0 else step,)
        )
    if out % step == 0:
        return None
    low = out // step * step
    nearest = tuple(n for n in (low, low + step) if 0 < n <= most)
    inner, odd = divmod(out, EXPANSIONS[block])
    if block == "bottleneck":
        why = f"a bottleneck puts out {step} times what its 3×3 has, so the number must be a multiple of {step}."
    elif odd:
        why = f"the 3×3 inside has half as many, and they must split into {GROUPS} groups."
    else:
        why = f"the 3×3 inside has {inner}, which do not split into {GROUPS} groups."
    return Problem(("out",), f"{out} channels: {why}", nearest)


def misfits(spec: NetSpec) -> Iterator[Problem]:
    """Everything that does not fit in a network whose single fields are all in range."""
    if not spec.stages:
        yield Problem(("stages",), "A network needs at least one stage, but stages is empty.")
        return
    yield from _too_many(spec)
    found = tuple(_vector(spec) if len(spec.input_size) == 1 else _maps(spec))
    yield from found
    lonely = "" if found else single_values(spec)  # sizes are known only where the maps keep theirs
    if lonely:
        yield Problem(
            ("norm",),
            f"In {lonely} the {spec.norm} norm would see single numbers, which it cannot normalise; take batch norm, "
            "more channels or a larger input.",
        )
    total = parameters(spec)
    if total > MAX_PARAMETERS:
        yield Problem(
            (),
            f"The network would have {total / 1e6:,.0f} million parameters; Skipscope builds networks of up to "
            f"{MAX_PARAMETERS / 1e6:,.0f} million.",
        )


def _too_many(spec: NetSpec) -> Iterator[Problem]:
    counts = [stage.count for stage in spec.stages]
    if sum(counts) > MAX_BLOCKS:
        most = max(counts)
        left = most - (sum(counts) - MAX_BLOCKS)
        yield Problem(
            ("stages", counts.index(most), "count"),
            f"All stages together may hold at most {MAX_BLOCKS} blocks, not {sum(counts)}.",
            (left,) if left > 0 else (),
        )
    if len(counts) > MAX_STAGES:
        yield Problem(("stages",), f"A network may have at most {MAX_STAGES} stages, not {len(counts)}.")


def _vector(spec: NetSpec) -> Iterator[Problem]:
    (width,) = spec.input_size
    if width > MAX_WIDTH:
        yield Problem(
            ("input_size",),
            f"A vector input may have at most {MAX_WIDTH} features, not {width}.",
            (MAX_WIDTH,),
        )
    if spec.stem is not None:
        yield Problem(("stem",), "A network of vectors has no stem; leave stem out.")
    for place, stage in enumerate(spec.stages):
        if stage.block not in ("plain", "basic"):
            yield Problem(
                ("stages", place, "block"),
                f'A network of vectors is made of "plain" or "basic" blocks, not "{stage.block}".',
                ("plain", "basic"),
            )
        if stage.stride != 1:
            yield Problem(
                ("stages", place, "stride"),
                f"A network of vectors has no stride, but a stage has {stage.stride}.",
                (1,),
            )
        if stage.block == "basic" and stage.skip and stage.width != width:
            yield Problem(
                ("stages", place, "out"),
                f"A residual block cannot add {width} features to {stage.width}; give equal widths.",
                _if_allowed(stage.block, width),
            )
        width = stage.width


def _maps(spec: NetSpec) -> Iterator[Problem]:
    if len(spec.input_size) != 3:
        yield Problem(("input_size",), f"input_size has one number or three, not {len(spec.input_size)}.")
        return
    channels, height, width = spec.input_size
    if max(height, width) > MAX_SIDE or channels > MAX_WIDTH:
        yield Problem(
            ("input_size",),
            f"input_size {spec.input_size} is too large: at most {MAX_WIDTH} channels and {MAX_SIDE} pixels a side.",
        )
    yield from _shortcuts(spec)
    yield from _sides(spec)


def _shortcuts(spec: NetSpec) -> Iterator[Problem]:
    width = spec.input_size[0] if spec.stem is None else spec.stem.width
    for place, stage in enumerate(spec.stages):
        if stage.has_skip and spec.shortcut == "A" and stage.out_width < width:
            step = WIDTH_STEPS.get(stage.block, 1)
            yield Problem(
                ("stages", place, "out"),
                f"Shortcut A pads channels with zeros, so it cannot go from {width} "
                f"down to {stage.out_width}; take shortcut B.",
                _if_allowed(stage.block, -(-width // step) * step),
            )
        width = stage.out_width


def _if_allowed(block: str, out: int) -> tuple[int, ...]:
    """The channels as what a stage of that kind may be given; nothing where it cannot put out so many."""
    return (out,) if out <= widest(block) else ()


def _sides(spec: NetSpec) -> Iterator[Problem]:
    """Where the maps become too small to be halved again; the first such place alone."""
    _, height, width = spec.input_size
    side = min(height, width)
    steps: list[tuple[Path, int, bool]] = []  # the field, its stride, whether what is left over is cut off
    if spec.stem is not None:
        steps = [
            (("stem", "stride"), spec.stem.stride, False),
            (("stem", "pool"), 2 if spec.stem.pool else 1, False),
        ]
    steps += [(("stages", i, "stride"), s.stride, s.block == "vgg") for i, s in enumerate(spec.stages)]
    for where, stride, cut_off in steps:
        if stride > 1 and side == 1:
            yield Problem(
                where,
                f"The maps of a {height}×{width} input shrink below two pixels before the last stage; "
                "take fewer strides or a larger input.",
                (1,) if where[-1] == "stride" else (),
            )
            return
        side = side // stride if cut_off else -(-side // stride)
