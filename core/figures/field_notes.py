"""Which variant of a network a known size belongs to: where a ResNet's bottlenecks halve the map.

The 3×3 of a stage's first block either reads at the old step and halves the map itself (torchvision), or reads at the
new one, because the map was halved before it: by the last 3×3 of the stage before (TF-Slim's nets/resnet_v1.py, which
Araujo et al. 2019 measured) or by its own block's first 1×1 (He et al. 2015 as they released it). Either of these
makes the field larger by ``(kernel − 1) · (stride − 1)`` units of the map before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.architectures.records import Architecture
from core.figures.field_words import size_text
from core.figures.kept import by_identity
from core.graph.patterns import patterns
from core.graph.records import Graph, Group
from core.graph.weighted_layers import layer

_QUOTED: Mapping[tuple[int, ...], int] = {(3, 4, 6, 3): 483, (3, 4, 23, 3): 1027, (3, 8, 36, 3): 1507}
"""What Araujo et al. give for TF-Slim's ResNet-50, -101 and -152, by the blocks of their stages."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Two sizes of one place, by where the map is halved.

    Attributes:
        node: the operation that ends the last stage.
        size: its field here: in the 3×3 of each stage's first block.
        elsewhere: its field if the map were halved before that 3×3.
        quoted: px that Araujo et al. 2019 give for TF-Slim's net of these stages.
    """

    node: str
    size: tuple[int, int]
    elsewhere: tuple[int, int]
    quoted: int


@by_identity(8)
def placement(graph: Graph) -> Placement | None:
    """Both sizes for a network of the quoted ResNets' structure; None for every other one."""
    stages = [stage for stage in graph.fold.children if stage.role == "stage"]
    quoted = _QUOTED.get(tuple(len(stage.children) for stage in stages))
    if quoted is None:
        return None
    more = [0, 0]
    for place, stage in enumerate(stages):
        for number, block in enumerate(stage.children):
            added = _added(graph, block)
            # Only the first block of the later stages halves the map.
            if added is None or any(added) != (place > 0 and number == 0):
                return None
            more = [total + pixels for total, pixels in zip(more, added, strict=True)]
    end = graph.nodes[stages[-1].nodes[-1]]
    if end.receptive_field.status != "exact":
        return None
    height, width = end.receptive_field.size
    return Placement(end.name, (height, width), (height + more[0], width + more[1]), quoted)


def note(graph: Graph, entry: Architecture) -> str:
    """Which placement of the strides the field at the end of the stages belongs to; "" for other networks."""
    found = placement(graph)
    # Wide ones and those of another stem have these stages too, but are not what is quoted.
    if found is None or entry.family != "ResNet" or found.elsewhere != (found.quoted, found.quoted):
        return ""
    name = entry.title.partition(",")[0]
    return (
        f"At the end of its stages {name} sees {size_text(found.size)}: here the 3×3 of a stage’s first block "
        f"halves the map, as in torchvision. The {size_text(found.elsewhere)} that are often quoted belong to "
        "TF-Slim’s net, whose stages halve it in their last block (Araujo et al. 2019), and to the first "
        "release, whose blocks halve it in their first 1×1."
    )


def _added(graph: Graph, block: Group) -> tuple[int, int] | None:
    """Pixels that a bottleneck's 3×3 would see more if the map were halved before it; None for other blocks."""
    found = next((pattern for pattern in patterns(graph, block) if pattern.name == "bottleneck"), None)
    layers = [layer(graph.nodes[name]) for name in found.layers] if found is not None else []
    if len(layers) != 3 or any(one is None for one in layers):
        return None
    first, middle, _ = (graph.nodes[one.node.name] for one in layers if one is not None)
    before = graph.nodes[middle.inputs[0]].receptive_field
    kernel, stride = middle.attributes.get("kernel"), middle.attributes.get("stride")
    if not isinstance(kernel, tuple) or not isinstance(stride, tuple) or before.status != "exact":
        return None
    if first.attributes.get("stride") not in (1, (1, 1)):
        return None
    rows, columns = (
        round((k - 1) * (s - 1) * step) for k, s, step in zip(kernel, stride, before.stride, strict=True)
    )
    return rows, columns
