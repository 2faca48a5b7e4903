"""One operation of an ONNX network with all that is known of it; nothing that the file says is taken on trust."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.graph.onnx.constants import Numbers
from core.graph.onnx.kinds import Attribute
from core.graph.records import Shape

Attributes = dict[str, Attribute]
_ACROSS = "it works across the pictures of a batch"


class Untold(Exception):
    """The file does not tell what an operation does to the axes; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A value that an operation reads.

    Attributes:
        shape: for one picture, None where it is not known.
        whole: as the file has it, with all pictures that it takes at once.
        numbers: its content if that is a small list.
        seen: whether it comes from the picture.
        recorded: whether it is the output that the operation behind it stands for in the graph.
    """

    shape: Shape | None
    whole: Shape | None
    numbers: Numbers | None
    seen: bool
    recorded: bool


@dataclass(frozen=True, slots=True)
class Call:
    """An operation.

    Attributes:
        operation: ONNX's name; ``word`` is the same, fit to be shown.
        own: whether it is of ONNX's own set.
        version: of that set; 0 where the file does not say.
        kind: as ``core.graph.records.Node.kind``.
        settings: as the file has them.
        described: what is told of it to those who draw it.
        operands: by place; None for one that is left out.
        output: shape for one picture, of the piece at hand.
        guessed: whether that is a guess.
        outputs: shapes of all pieces as the file has them, None where they are not known.
        piece: number of the output at hand.
    """

    operation: str
    word: str
    own: bool
    version: int
    kind: str
    settings: Mapping[str, Any]
    described: Mapping[str, Attribute]
    operands: Sequence[Operand | None]
    output: Shape
    guessed: bool
    outputs: Sequence[Shape | None]
    piece: int

    @property
    def shape(self) -> Shape:
        """Of the first operand, for one picture."""
        return self.shape_of(0)

    @property
    def rank(self) -> int:
        """Axes of the first operand."""
        return len(self.shape)

    @property
    def whole_shape(self) -> Shape:
        """Of the first operand, as the file has it."""
        first = self.operands[0] if self.operands else None
        return (first.whole if first is not None else None) or ()

    @property
    def batched(self) -> bool:
        """Whether the first operand holds several pictures along its first axis."""
        return self.whole_shape != self.shape

    def shape_of(self, place: int) -> Shape:
        """Of an operand, for one picture.

        Raises:
            Untold: it is not known.
        """
        one = self.operands[place] if place < len(self.operands) else None
        if one is None or one.shape is None:
            raise Untold("the sizes of its operands are not told")
        return one.shape

    def check_operands(self, places: Collection[int]) -> None:
        """Refuse operations where other operands than those at ``places`` come from the picture.

        Raises:
            Untold: they do, or an operand is not what stands in the graph for it.
        """
        seen = [place for place, one in enumerate(self.operands) if one is not None and one.seen]
        if any(place not in places for place in seen) or (len(places) == 1 and seen != list(places)):
            raise Untold("what it does depends on the picture")
        if not all(one is None or not one.seen or one.recorded for one in self.operands):
            raise Untold("it reads a second output of an operation")
        if len(seen) > 1 and self.version < 7 and "axis" in self.settings and self.operation != "Concat":
            raise Untold("how its operands lie on each other is not told")

    def any_axis(self, axis: int) -> int:
        """The number of an axis, counted from the front.

        Raises:
            Untold: there is no such axis.
        """
        if not -self.rank <= axis < self.rank:
            raise Untold("it names an axis that does not exist")
        return axis % self.rank

    def axis(self, axis: int) -> int:
        """The number of an axis that the operation works along.

        Raises:
            Untold: there is no such axis, or it counts pictures.
        """
        number = self.any_axis(axis)
        if number == 0 and self.batched:
            raise Untold(_ACROSS)
        return number

    def whole(self, name: str, default: int) -> int:
        """A setting that is a whole number."""
        value = self.settings.get(name, default)
        if not isinstance(value, int):
            raise Untold("its settings make no sense")
        return value

    def text(self, name: str, default: str = "") -> str:
        """A setting that is a word."""
        value = self.settings.get(name, default)
        if not isinstance(value, str):
            raise Untold("its settings make no sense")
        return value

    def listed(self, name: str, *, default: tuple[int, ...]) -> tuple[int, ...]:
        """A setting that is a list of whole numbers."""
        value = self.settings.get(name, default)
        if not isinstance(value, tuple) or not all(isinstance(number, int) for number in value):
            raise Untold("its settings make no sense")
        return value

    def numbers(self, place: int) -> tuple[int, ...] | None:
        """The content of an operand that is a list of whole numbers; None where it is left out.

        Raises:
            Untold: it is not known.
        """
        one = self.operands[place] if place < len(self.operands) else None
        if one is None:
            return None
        if one.numbers is None or one.numbers.dtype.kind not in "iu":
            raise Untold("its settings are not told")
        return tuple(int(number) for number in one.numbers.ravel())

    def given(self, place: int, name: str) -> tuple[int, ...] | None:
        """A list of whole numbers that is an operand, or, in older files, a setting; None where it is left out."""
        if place < len(self.operands) and self.operands[place] is not None:
            return self.numbers(place)
        return self.listed(name, default=()) if name in self.settings else None

    def fractions(self, place: int, name: str) -> tuple[float, ...] | None:
        """A list of numbers that is an operand, or, in older files, a setting; None where it is left out or empty.

        Raises:
            Untold: it is not known.
        """
        one = self.operands[place] if place < len(self.operands) else None
        if one is None:
            value = self.settings.get(name, ())
            return tuple(map(float, value)) if isinstance(value, tuple) and value else None
        if one.numbers is None:
            raise Untold("its settings are not told")
        return tuple(float(number) for number in one.numbers.ravel()) or None
