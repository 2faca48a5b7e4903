"""A network while it is being written: like a `NetSpec`, but its numbers may not fit together yet. No torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.architectures.rules import MAX_BLOCKS, MAX_SCALE, MAX_SIDE, MAX_STAGES, MAX_WIDTH, RESIDUAL, widest
from core.architectures.spec import (
    ActivationKind,
    BlockKind,
    HeadSpec,
    NetSpec,
    NormKind,
    ShortcutRule,
    StageSpec,
    StemSpec,
)

_HEAD = HeadSpec()


@dataclass(frozen=True, slots=True)
class StageDraft:
    """A stage by what it puts out: `StageSpec` with ``out`` in place of ``width``."""

    block: BlockKind
    count: int
    out: int
    stride: int = 1
    skip: bool = True

    @classmethod
    def of(cls, stage: StageSpec) -> StageDraft:
        """The stage as a draft."""
        return cls(stage.block, stage.count, stage.out_width, stage.stride, stage.skip)

    @property
    def bridged(self) -> bool:
        """Whether its blocks have a shortcut, unless the network leaves all of them out."""
        return self.skip and self.block in RESIDUAL


@dataclass(frozen=True, slots=True)
class Draft:
    """A network while it is being written; the fields are those of `NetSpec`."""

    stages: tuple[StageDraft, ...]
    input_size: tuple[int, ...] = (3, 224, 224)
    stem: StemSpec | None = None
    shortcut: ShortcutRule = "B"
    norm: NormKind = "batch"
    activation: ActivationKind = "relu"
    residual_scale: float = 1.0
    zero_init: bool = False
    head: HeadSpec = _HEAD

    @classmethod
    def of(cls, spec: NetSpec) -> Draft:
        """The spec as a draft."""
        return cls(
            tuple(StageDraft.of(stage) for stage in spec.stages),
            spec.input_size,
            spec.stem,
            spec.shortcut,
            spec.norm,
            spec.activation,
            spec.residual_scale,
            spec.zero_init,
            spec.head,
        )

    @property
    def is_vector(self) -> bool:
        """True where the input is a vector and the blocks are linear layers."""
        return len(self.input_size) == 1

    def data(self) -> dict[str, object]:
        """The draft as a mapping that `NetSpec.parse` and `problems` read."""
        return {
            "input_size": self.input_size,
            "stem": self.stem,
            "stages": [
                {"block": s.block, "count": s.count, "out": s.out, "stride": s.stride, "skip": s.skip}
                for s in self.stages
            ],
            "shortcut": self.shortcut,
            "norm": self.norm,
            "activation": self.activation,
            "residual_scale": self.residual_scale,
            "zero_init": self.zero_init,
            "head": self.head,
        }

    def bounded(self) -> Draft:
        """The draft with every number in the range that its field has, and at least one stage, at most 24."""
        stages = tuple(
            replace(s, count=min(s.count, MAX_BLOCKS), out=min(s.out, widest(s.block)))
            for s in self.stages[:MAX_STAGES]
        )
        size = self.input_size if len(self.input_size) in (1, 3) else Draft(()).input_size
        limits = (MAX_WIDTH, MAX_SIDE, MAX_SIDE)
        return replace(
            self,
            stages=stages or (StageDraft("basic", 2, 64),),
            input_size=tuple(min(n, most) for n, most in zip(size, limits, strict=False)),
            residual_scale=min(max(self.residual_scale, -MAX_SCALE), MAX_SCALE),
        )

    def spec(self) -> NetSpec:
        """The network.

        Raises:
            SpecRejected: its numbers do not fit together; one sentence.
        """
        return NetSpec.parse(self.data())
