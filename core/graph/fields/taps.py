"""Which units a convolution or a pooling reads along each axis, with its padding as it is for this input."""

from __future__ import annotations

from dataclasses import dataclass

from core.graph.records import Node


@dataclass(frozen=True, slots=True)
class Taps:
    """Output unit i reads the units ``stride·i + tap``; a transposed convolution writes to them instead.

    Attributes:
        reads: the taps: from ``−padding`` on, ``dilation`` apart.
        stride: units of the input from one output unit to the next.
    """

    reads: range
    stride: int

    @property
    def span(self) -> int:
        """Units from the first to the last one read."""
        return self.reads[-1] - self.reads[0] + 1


def taps(node: Node) -> tuple[Taps, ...] | None:
    """The taps along each axis of a windowed operation (first axis first), None for any other.

    Padding "same" follows the input's size: as much as makes the output ``⌈size / stride⌉`` units long, the odd unit
    behind (as TensorFlow does, and torch for stride 1); unless ``front`` says how much stands in front.
    """
    kernel = node.attributes.get("kernel")
    if not isinstance(kernel, tuple) or not node.input_shapes:
        return None
    stride, dilation = (_sizes(node, name, 1, len(kernel)) for name in ("stride", "dilation"))
    padding, front = node.attributes.get("padding", 0), node.attributes.get("front")
    sizes = node.input_shapes[0][-len(kernel) :]
    found = []
    for axis, (k, s, d) in enumerate(zip(kernel, stride, dilation, strict=True)):
        if isinstance(front, tuple):
            ahead = front[axis]
        elif padding == "same":
            ahead = max(0, (-(-sizes[axis] // s) - 1) * s + d * (k - 1) + 1 - sizes[axis]) // 2
        else:
            ahead = 0 if isinstance(padding, str) else _sizes(node, "padding", 0, len(kernel))[axis]
        found.append(Taps(range(-ahead, -ahead + d * (k - 1) + 1, d), s))
    return tuple(found)


def _sizes(node: Node, name: str, usual: int, count: int) -> tuple[int, ...]:
    value = node.attributes.get(name, usual)
    if isinstance(value, tuple):
        return value if len(value) == count else value * count
    return (int(value),) * count
