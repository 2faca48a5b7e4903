"""Networks for tests: the example that the form's page was designed with, and a strategy for all valid ones."""

from __future__ import annotations

from hypothesis import strategies as st
from pydantic import ValidationError

from core.architectures.presets import preset
from core.architectures.spec import HeadSpec, NetSpec, StageSpec, StemSpec

MAP_BLOCKS = ("vgg", "plain", "basic", "bottleneck", "grouped-bottleneck", "pre-activation")


def example() -> NetSpec:
    """ResNet-18 whose last two stages are bottlenecks: 6 that put out 512, 3 in 32 groups that put out 1024."""
    base = preset("own/resnet18")
    stages = (
        *base.stages[:2],
        StageSpec(block="bottleneck", count=6, width=128, stride=2),
        StageSpec(block="grouped-bottleneck", count=3, width=512, stride=2),
    )
    return base.model_copy(update={"stages": stages})


def _stage(block: str, width: int, **others: object) -> StageSpec:
    return StageSpec(block=block, width=32 * width if block == "grouped-bottleneck" else width, **others)


_SETTINGS = {
    "shortcut": st.sampled_from(["A", "B", "none"]),
    "norm": st.sampled_from(["batch", "layer", "group", "none"]),
    "activation": st.sampled_from(["relu", "leaky_relu", "gelu", "silu", "tanh", "identity"]),
    "residual_scale": st.floats(-10, 10),
    "zero_init": st.booleans(),
    "head": st.builds(
        HeadSpec,
        num_classes=st.integers(1, 2000),
        hidden=st.lists(st.integers(1, 64), max_size=3).map(tuple),
        pool=st.integers(1, 7),
        dropout=st.floats(0, 1, exclude_max=True),
    ),
}


@st.composite
def specs(draw: st.DrawFn) -> NetSpec:
    """Any valid network, not too large to be built: of maps or of vectors."""
    fields = {name: draw(values) for name, values in _SETTINGS.items()}
    if draw(st.booleans()):
        width = draw(st.integers(1, 48))
        fields["input_size"] = (width,)
        blocks, strides, stem = st.sampled_from(["plain", "basic"]), st.just(1), st.none()
        widths = st.just(width) | st.integers(1, 48)
    else:
        fields["input_size"] = (draw(st.integers(1, 4)), draw(st.integers(8, 65)), draw(st.integers(8, 65)))
        blocks, strides, widths = st.sampled_from(MAP_BLOCKS), st.sampled_from([1, 2]), st.integers(1, 24)
        stem = st.none() | st.builds(
            StemSpec,
            width=st.integers(1, 24),
            kernel=st.sampled_from([1, 3, 5, 7, 9, 11]),
            stride=st.sampled_from([1, 2, 4]),
            pool=st.booleans(),
        )
    one = st.builds(_stage, blocks, widths, count=st.integers(1, 3), stride=strides, skip=st.booleans())
    try:
        return NetSpec(stem=draw(stem), stages=tuple(draw(st.lists(one, min_size=1, max_size=5))), **fields)
    except ValidationError:  # numbers that do not fit together: one stage that always does
        stage = StageSpec(block="plain", count=1, width=draw(st.integers(1, 24)))
        return NetSpec(stages=(stage,), **{**fields, "norm": "batch"})
