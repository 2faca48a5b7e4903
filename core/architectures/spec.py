"""A network of our own as one declarative, frozen record: stem, stages, shortcuts, norm, head. No torch."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

BlockKind = Literal["vgg", "plain", "basic", "bottleneck", "pre-activation"]
ShortcutRule = Literal["A", "B", "none"]
NormKind = Literal["batch", "layer", "group", "none"]
ActivationKind = Literal["relu", "leaky_relu", "gelu", "silu", "tanh", "identity"]

BOTTLENECK_EXPANSION = 4
MAX_WIDTH, MAX_BLOCKS, MAX_SIDE = 4096, 512, 1024


class SpecRejected(ValueError):
    """The numbers of a network do not fit together; the message is one sentence."""


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

    Attributes:
        block: ``"vgg"`` (3×3 convolutions, a max-pool at the end where ``stride`` is 2), ``"plain"`` (two
            layers, no shortcut), ``"basic"``, ``"bottleneck"`` (1×1, 3×3, 1×1), ``"pre-activation"`` (norm
            and activation first).
        count: blocks in the stage (for ``"vgg"``: convolutions).
        width: channels of the 3×3 convolutions; a bottleneck puts out four times as many.
        stride: of the stage's first block (for ``"vgg"``: of the pool at its end).
    """

    block: BlockKind
    count: Annotated[int, Field(ge=1, le=MAX_BLOCKS)]
    width: Annotated[int, Field(ge=1, le=MAX_WIDTH)]
    stride: Literal[1, 2] = 1

    @property
    def out_width(self) -> int:
        """Channels that the stage puts out."""
        return self.width * (BOTTLENECK_EXPANSION if self.block == "bottleneck" else 1)

    @property
    def weighted_layers(self) -> int:
        """Convolutions (or linear layers) on the main path."""
        return self.count * {"vgg": 1, "bottleneck": 3}.get(self.block, 2)


class HeadSpec(_Record):
    """What turns features into class scores.

    Attributes:
        num_classes: outputs.
        hidden: widths of linear layers before the last one (VGG: ``(4096, 4096)``).
        pool: side of the map that average pooling leaves (ResNet: 1, VGG: 7).
        dropout: probability after each hidden layer, in training.
    """

    num_classes: Annotated[int, Field(ge=1, le=100_000)] = 1000
    hidden: tuple[Annotated[int, Field(ge=1, le=16_384)], ...] = ()
    pool: Annotated[int, Field(ge=1, le=16)] = 1
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0


class NetSpec(_Record):
    """A whole network.

    Attributes:
        input_size: ``(channels, height, width)``, or ``(features,)``: then every block is made of linear
            layers.
        stem: None lets the first stage read the input itself (VGG, MLPs).
        stages: at least one.
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

    input_size: tuple[Annotated[int, Field(ge=1)], ...] = (3, 224, 224)
    stem: StemSpec | None = None
    stages: tuple[StageSpec, ...]
    shortcut: ShortcutRule = "B"
    norm: NormKind = "batch"
    activation: ActivationKind = "relu"
    residual_scale: Annotated[float, Field(ge=-10, le=10)] = 1.0
    zero_init: bool = False
    head: HeadSpec = HeadSpec()

    @classmethod
    def parse(cls, data: object) -> Self:
        """The spec in a mapping or JSON text.

        Raises:
            SpecRejected: one sentence about the first thing that is wrong.
        """
        try:
            return (
                cls.model_validate_json(data) if isinstance(data, str | bytes) else cls.model_validate(data)
            )
        except ValidationError as error:
            raise SpecRejected(_one_sentence(error)) from error

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
        if not self.stages:
            raise ValueError("A network needs at least one stage, but stages is empty.")
        blocks = sum(stage.count for stage in self.stages)
        if blocks > MAX_BLOCKS:
            raise ValueError(f"All stages together may hold at most {MAX_BLOCKS} blocks, not {blocks}.")
        if self.is_vector:
            self._check_vector()
        else:
            self._check_maps()
        return self

    def _check_vector(self) -> None:
        (features,) = self.input_size
        if features > MAX_WIDTH:
            raise ValueError(f"A vector input may have at most {MAX_WIDTH} features, not {features}.")
        if self.stem is not None:
            raise ValueError("A network of vectors has no stem; leave stem out.")
        width = features
        for stage in self.stages:
            if stage.block not in ("plain", "basic"):
                raise ValueError(
                    f'A network of vectors is made of "plain" or "basic" blocks, not "{stage.block}".'
                )
            if stage.stride != 1:
                raise ValueError(f"A network of vectors has no stride, but a stage has {stage.stride}.")
            if stage.block == "basic" and stage.width != width:
                raise ValueError(
                    f"A residual block cannot add {width} features to {stage.width}; give equal widths."
                )
            width = stage.width

    def _check_maps(self) -> None:
        if len(self.input_size) != 3:
            raise ValueError(f"input_size has one number or three, not {len(self.input_size)}.")
        channels, height, width = self.input_size
        if max(height, width) > MAX_SIDE or channels > MAX_WIDTH:
            raise ValueError(
                f"input_size {self.input_size} is too large: at most {MAX_WIDTH} channels and {MAX_SIDE} pixels a side."
            )
        self._check_shortcuts()
        side = min(height, width)
        for step in self._strides():
            side = -(-side // step)
            if side < 1 or (side == 1 and step > 1):
                raise ValueError(
                    f"The maps of a {height}×{width} input shrink below two pixels before the last stage; "
                    "take fewer strides or a larger input."
                )

    def _strides(self) -> list[int]:
        stem = [] if self.stem is None else [self.stem.stride, 2 if self.stem.pool else 1]
        return [*stem, *(stage.stride for stage in self.stages)]

    def _check_shortcuts(self) -> None:
        width = self.input_size[0] if self.stem is None else self.stem.width
        for stage in self.stages:
            residual = stage.block in ("basic", "bottleneck", "pre-activation")
            if residual and self.shortcut == "A" and stage.out_width < width:
                raise ValueError(
                    f"Shortcut A pads channels with zeros, so it cannot go from {width} "
                    f"down to {stage.out_width}; take shortcut B."
                )
            width = stage.out_width


def _one_sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    where = ".".join(str(part) for part in first["loc"])
    value = first["input"]
    short = isinstance(value, str | int | float) and len(str(value)) <= 40
    given = f" (it is {value!r})" if where and short else ""
    return f"{where or 'The network'} does not fit: {first['msg'][0].lower()}{first['msg'][1:]}{given}."
