"""A network of our own as one declarative, frozen record: stem, stages, shortcuts, norm, head. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.architectures.rules import (
    EXPANSIONS,
    GROUPS,
    MAX_BLOCKS,
    MAX_SCALE,
    MAX_WIDTH,
    RESIDUAL,
    UNTOLD,
    Misfit,
    misfits,
    width_problem,
)

BlockKind = Literal["vgg", "plain", "basic", "bottleneck", "grouped-bottleneck", "pre-activation"]
ShortcutRule = Literal["A", "B", "none"]
NormKind = Literal["batch", "layer", "group", "none"]
ActivationKind = Literal["relu", "leaky_relu", "gelu", "silu", "tanh", "identity"]

BOTTLENECK_EXPANSION = EXPANSIONS["bottleneck"]
MAX_HIDDEN = 8


class SpecRejected(ValueError):
    """The numbers of a network do not fit together; the message is one sentence."""


class NoRecipe(SpecRejected):
    """The text is none of a network's recipes at all; the message is one sentence."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StemSpec(_Record):
    """What stands before the first stage: one convolution with norm and activation, and perhaps a max-pool.

    ResNets for ImageNet: 7×7, 64 channels, stride 2, pooled; for CIFAR: 3×3, 16 channels, stride 1, not
    pooled.
    """

    width: Annotated[int, Field(ge=1, le=MAX_WIDTH)] = 64
    kernel: Literal[1, 3, 5, 7, 9, 11] = 7
    stride: Literal[1, 2, 4] = 2
    pool: bool = True


class StageSpec(_Record):
    """A run of equal blocks.

    Where a mapping is read, ``out`` (the channels that the stage puts out) may stand in place of ``width``.

    Attributes:
        block: ``"vgg"`` (3×3 convolutions, a max-pool at the end where ``stride`` is 2), ``"plain"`` (two
            layers, no shortcut), ``"basic"``, ``"bottleneck"`` (1×1, 3×3, 1×1), ``"grouped-bottleneck"`` (the same
            with its 3×3 in 32 groups: Xie et al. 2017), ``"pre-activation"`` (norm and activation first).
        count: blocks in the stage (for ``"vgg"``: convolutions).
        width: channels of the 3×3 convolutions; a bottleneck puts out four times as many, a grouped one twice.
        stride: of the stage's first block (for ``"vgg"``: of the pool at its end).
        skip: whether the blocks have their shortcut; without effect on ``"vgg"`` and ``"plain"``, which have none.
    """

    block: BlockKind
    count: Annotated[int, Field(ge=1, le=MAX_BLOCKS)]
    width: Annotated[int, Field(ge=1, le=MAX_WIDTH)]
    stride: Literal[1, 2] = 1
    skip: bool = True

    @property
    def out_width(self) -> int:
        """Channels that the stage puts out."""
        return self.width * EXPANSIONS.get(self.block, 1)

    @property
    def groups(self) -> int:
        """Groups of the 3×3 convolutions."""
        return GROUPS if self.block == "grouped-bottleneck" else 1

    @property
    def has_skip(self) -> bool:
        """Whether the blocks have a shortcut, unless the network leaves all of them out."""
        return self.skip and self.block in RESIDUAL

    @property
    def weighted_layers(self) -> int:
        """Convolutions (or linear layers) on the main path."""
        return self.count * {"vgg": 1, "bottleneck": 3, "grouped-bottleneck": 3}.get(self.block, 2)

    @model_validator(mode="before")
    @classmethod
    def _width_from_out(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "out" not in data or "width" in data:
            return data
        out, block = data["out"], data.get("block")
        rest = {key: value for key, value in data.items() if key != "out"}
        if type(out) is not int or not isinstance(block, str):
            return {**rest, "width": out}
        problem = width_problem(block, out)
        if problem is not None:
            raise Misfit(problem)
        return {**rest, "width": out // EXPANSIONS.get(block, 1)}

    @model_validator(mode="after")
    def _check(self) -> Self:
        problem = width_problem(self.block, self.out_width)
        if problem is not None:
            raise Misfit(problem)
        return self


class HeadSpec(_Record):
    """What turns features into class scores.

    Attributes:
        num_classes: outputs.
        hidden: widths of linear layers before the last one (VGG: ``(4096, 4096)``), eight at most.
        pool: side of the map that average pooling leaves (ResNet: 1, VGG: 7).
        dropout: probability after each hidden layer, in training.
    """

    num_classes: Annotated[int, Field(ge=1, le=100_000)] = 1000
    hidden: Annotated[tuple[Annotated[int, Field(ge=1, le=16_384)], ...], Field(max_length=MAX_HIDDEN)] = ()
    pool: Annotated[int, Field(ge=1, le=16)] = 1
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0


class NetSpec(_Record):
    """A whole network.

    Attributes:
        input_size: ``(channels, height, width)``, or ``(features,)``: then every block is made of linear
            layers.
        stem: None lets the first stage read the input itself (VGG, MLPs).
        stages: at least one, 24 at most.
        shortcut: where a shape changes, ``"A"`` subsamples and pads with zeros (no weights), ``"B"`` projects
            by a 1×1 convolution; ``"none"`` leaves all shortcuts out. He et al. 2015, §3.3.
        norm: after each convolution (before it in pre-activation blocks): ``"batch"``, ``"layer"`` (over
            channels and positions), ``"group"`` (up to 32 groups), ``"none"``.
        activation: the non-linearity everywhere.
        residual_scale: the residual branch is multiplied by it before the addition.
        zero_init: the residual branch starts as zero (Goyal et al. 2017, §5.1), so each block starts as its
            shortcut.
        head: the classifier.
    """

    input_size: tuple[Annotated[int, Field(ge=1, le=UNTOLD)], ...] = (3, 224, 224)
    stem: StemSpec | None = None
    stages: tuple[StageSpec, ...]
    shortcut: ShortcutRule = "B"
    norm: NormKind = "batch"
    activation: ActivationKind = "relu"
    residual_scale: Annotated[float, Field(ge=-MAX_SCALE, le=MAX_SCALE)] = 1.0
    zero_init: bool = False
    head: HeadSpec = HeadSpec()

    @classmethod
    def parse(cls, data: object) -> Self:
        """The spec in a mapping or JSON text.

        Raises:
            NoRecipe: it is no JSON, or has other fields than a recipe; one sentence.
            SpecRejected: one sentence about the first thing that is wrong.
        """
        try:
            return (
                cls.model_validate_json(data) if isinstance(data, str | bytes) else cls.model_validate(data)
            )
        except ValidationError as error:
            foreign = error.errors()[0]["type"] in _FOREIGN
            raise (NoRecipe if foreign else SpecRejected)(_one_sentence(error)) from error

    @property
    def is_vector(self) -> bool:
        """True where the input is a vector and the blocks are linear layers."""
        return len(self.input_size) == 1

    @property
    def depth(self) -> int:
        """Weighted layers on the main path, as papers count them: projections are left out."""
        layers = sum(stage.weighted_layers for stage in self.stages)
        return layers + (self.stem is not None) + len(self.head.hidden) + 1

    @model_validator(mode="after")
    def _check(self) -> Self:
        found = tuple(misfits(self))
        if found:
            raise Misfit(*found)
        return self


# What pydantic says of a text that is no JSON, and of one that has other fields than a recipe.
_FOREIGN = frozenset({"json_invalid", "model_type", "missing", "extra_forbidden"})


def _one_sentence(error: ValidationError) -> str:
    return sentence_of(error.errors()[0])


def sentence_of(detail: Any) -> str:
    """One of the errors that pydantic lists, as a sentence."""
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    where = ".".join(str(part)[:40] for part in detail["loc"])
    given = _short(detail["input"]) if where else ""
    return f"{where or 'The network'} does not fit: {detail['msg'][0].lower()}{detail['msg'][1:]}{given}."


def _short(value: object) -> str:
    """The value in brackets, where it is short enough to be repeated."""
    if isinstance(value, int) and abs(value) >= 10**40:
        return ""
    if not isinstance(value, str | int | float) or len(str(value)) > 40:
        return ""
    return f" (it is {value!r})"
