"""Graphs written by hand: records without torch, for the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.graph.records import Graph, Group, Module, Node, Role, Shape, ShortcutKind, Skip


@dataclass
class Draft:
    """Collects operations in execution order."""

    shape: Shape = (1, 3, 224, 224)
    nodes: dict[str, Node] = field(default_factory=dict)
    skips: list[Skip] = field(default_factory=list)
    last: str = "input"

    def __post_init__(self) -> None:
        self.put("input", "input", (), self.shape)

    def put(self, name: str, kind: str, inputs: Sequence[str], shape: Shape, **more: object) -> str:
        """Append an operation and make it the last one."""
        parameters, macs = int(more.pop("parameters", 0)), int(more.pop("macs", 0))  # type: ignore[call-overload]
        shapes = tuple(self.nodes[read].output_shape for read in inputs)
        size = 4
        for length in shape:
            size *= length
        self.nodes[name] = Node(
            name,
            kind,
            name,
            f"torch.{kind}",
            shapes,
            shape,
            parameters,
            macs,
            size,
            tuple(inputs),
            more,  # type: ignore[arg-type]
        )
        self.last = name
        return name

    def conv(
        self, name: str, out: int, kernel: int, stride: int = 1, groups: int = 1, source: str = ""
    ) -> str:
        """A convolution with its batch norm and ReLU."""
        source = source or self.last
        _, channels, height, width = self.nodes[source].output_shape
        shape = (1, out, -(-height // stride), -(-width // stride))
        weights = kernel * kernel * channels // groups * out
        self.put(
            name,
            "conv",
            [source],
            shape,
            parameters=weights,
            macs=weights * shape[2] * shape[3],
            kernel=(kernel, kernel),
            groups=groups,
        )
        return self.put(f"{name}_bn", "batch_norm", [name], shape, parameters=2 * out)

    def pool(self, name: str, side: int) -> str:
        """A pooling layer down to ``side`` × ``side``."""
        channels = self.nodes[self.last].output_shape[1]
        kind = "adaptive_pool" if side == 1 else "max_pool"
        return self.put(name, kind, [self.last], (1, channels, side, side), kernel=(3, 3))

    def linear(self, name: str, out: int) -> str:
        """A linear layer; maps are flattened first."""
        shape = self.nodes[self.last].output_shape
        if len(shape) == 4:
            self.put(f"{name}_flat", "flatten", [self.last], (1, shape[1] * shape[2] * shape[3]))
        features = self.nodes[self.last].output_shape[1]
        return self.put(
            name, "linear", [self.last], (1, out), parameters=(features + 1) * out, macs=features * out
        )

    def bottleneck(self, path: str, width: int, stride: int, projection: bool) -> None:
        """A bottleneck block."""
        fork = self.last
        self.conv(f"{path}.conv1", width, 1)
        self.conv(f"{path}.conv2", width, 3, stride)
        branch = self.conv(f"{path}.conv3", width * 4, 1)
        names = [name for name in self.nodes if name.startswith(f"{path}.conv")]
        shortcut, on_skip = fork, []
        if projection:
            shortcut = self.conv(f"{path}.downsample", width * 4, 1, stride, source=fork)
            on_skip = [f"{path}.downsample", shortcut]
        join = self.put(f"{path}.add", "add", [branch, shortcut], self.nodes[branch].output_shape)
        kind: ShortcutKind = "projection" if projection else "identity"
        self.skips.append(Skip(join, "add", fork, kind, tuple(on_skip), tuple(names)))
        self.put(f"{path}.relu", "relu", [join], self.nodes[join].output_shape)

    def group(
        self,
        name: str,
        title: str,
        names: Sequence[str],
        role: Role = "part",
        children: Sequence[Group] = (),
        type_name: str = "",
        level: str = "",
        chain: bool = True,
    ) -> Group:
        """A group of the operations ``names``."""
        nodes = [self.nodes[item] for item in names]
        word = level or ("block" if role == "part" else "stage")
        kinds = tuple((node.kind, node.output_shape) for node in nodes)
        return Group(
            name,
            title,
            word,  # type: ignore[arg-type]
            role,
            type_name,
            tuple(names),
            tuple(children),
            sum(node.parameters for node in nodes),
            sum(node.macs for node in nodes),
            sum(node.activation_bytes for node in nodes),
            nodes[0].input_shapes[0] if nodes[0].input_shapes else nodes[0].output_shape,
            nodes[-1].output_shape,
            str(kinds),
            chain,
        )

    def under(self, *prefixes: str) -> list[str]:
        """Operations whose names start with one of these."""
        return [name for name in self.nodes if name.startswith(prefixes)]

    def graph(self, stages: Sequence[Group]) -> Graph:
        """The finished graph with these stages."""
        fold = self.group("", "Network", list(self.nodes), children=stages, level="network")
        return Graph(self.nodes, tuple(self.skips), {"": Module("", "Net", ())}, fold, (3, 224, 224), "fx")


def resnet(counts: Sequence[int] = (3, 4, 6, 3)) -> Graph:
    """A bottleneck ResNet with that many blocks per stage."""
    draft = Draft()
    draft.conv("conv1", 64, 7, 2)
    draft.pool("maxpool", 56)
    stages = []
    for number, blocks in enumerate(counts, start=1):
        for index in range(blocks):
            stride = 2 if index == 0 and number > 1 else 1
            draft.bottleneck(f"layer{number}.{index}", 64 * 2 ** (number - 1), stride, index == 0)
        children = [
            draft.group(
                f"layer{number}.{i}",
                f"layer{number}.{i}",
                draft.under(f"layer{number}.{i}."),
                type_name="Bottleneck",
            )
            for i in range(blocks)
        ]
        stages.append(
            draft.group(
                f"layer{number}", f"Stage {number}", draft.under(f"layer{number}."), "stage", children
            )
        )
    draft.pool("avgpool", 1)
    draft.linear("fc", 1000)
    before = [
        draft.group("input", "Input", ["input"], "input"),
        draft.group("conv1…maxpool", "Stem", draft.under("conv1", "maxpool"), "stem"),
    ]
    head = draft.group("avgpool…fc", "Head", draft.under("avgpool", "fc"), "head")
    return draft.graph([*before, *stages, head])


def vgg16() -> Graph:
    """VGG-16: five stages of 3×3 convolutions, three linear layers."""
    draft = Draft()
    stages = [draft.group("input", "Input", ["input"], "input")]
    number = 0
    for stage, (count, width) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), start=1):
        children, first = [], number
        for _ in range(count):
            names = (f"features.{number}", f"features.{number}_bn")
            draft.conv(names[0], width, 3)
            children.append(draft.group(names[0], names[0], names))
            number += 1
        draft.pool(f"features.{number}", 224 // 2**stage)
        children.append(draft.group(f"features.{number}", f"features.{number}", [f"features.{number}"]))
        names_all = [name for child in children for name in child.nodes]
        name = f"features.{first}…features.{number}"
        stages.append(draft.group(name, f"Stage {stage}", names_all, "stage", children))
        number += 1
    for index, width in enumerate((4096, 4096, 1000)):
        draft.linear(f"classifier.{index}", width)
    stages.append(draft.group("classifier", "Head", draft.under("classifier"), "head"))
    return draft.graph(stages)
