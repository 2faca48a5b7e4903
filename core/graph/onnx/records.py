"""What an ONNX file says about itself, what is refused, and how much is read. No torch and no onnx here."""

from __future__ import annotations

from dataclasses import dataclass

MOST_NODES = 20_000
"""Operations that are read, with constants and those of subgraphs and called functions."""
MOST_OPERATIONS = 10_000
"""Operations that the picture meets: twice what the largest network in use has."""
MOST_OPERANDS = 1_000
"""Values that one operation reads."""
MOST_OVERLAP = 3_000_000
"""Operations on the branches of all skips together."""
MOST_FIELDS = 2_000_000
"""Fields of the file that are read, weights aside: 20,000 operations take about half of it."""
MOST_DEPTH = 12
"""Graphs within graphs within …"""
KEPT_NUMBERS = 4_096
"""Bytes of a tensor that are read; a larger one is a weight, of which only the shape matters."""
LARGEST = 2**40
"""Numbers that one value may hold."""


class OnnxRejected(ValueError):
    """An ONNX file that is not read; the message is one sentence fit for a visitor."""

    for_visitors = True


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """What can be said of a file before anyone looks at its graph.

    Attributes:
        input_size: of one input without the batch axis: ``(channels, height, width)`` or ``(features,)``; sides that
            the file leaves open are 224.
        outputs: numbers in the (first) output for one input; 0 where the file does not tell.
        parameters: scalars in all weights.
    """

    input_size: tuple[int, ...]
    outputs: int
    parameters: int
