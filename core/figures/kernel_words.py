"""What can be said of a kernel that two smaller ones were fitted to; figures are those of the fit."""

from __future__ import annotations

from core.figures.kernel_picture import percent_words
from core.figures.numbers import SPACE, count
from core.probes.kernels import STARTS, Proof

AWAITED = "Equal field, not equal function: looking for the two 3×3 that come nearest to a 5×5"
SUBTITLE = (
    "Two linear 3×3 make one 5×5 (∗: one slid over the other). Red: positive, blue: negative, no colour: zero. "
    "The best pair was searched for a random kernel."
)
LEAD = "More channels, and the ReLU:"
_EXACT = 1e-9


def title(proof: Proof) -> str:
    """What is seen, as a sentence."""
    if proof.fit.left_over < _EXACT:
        return "This 5×5 kernel can be made of two 3×3"
    return f"Equal field, not equal function: two 3×3 miss this 5×5 by {percent_words(proof.fit.left_over)}"


def channel_words(into: int, between: int, out: int) -> str:
    """``"2 in, 2 between, 2 out"``."""
    return f"{into} in, {between} between, {out} out"


def meaning(proof: Proof) -> str:
    """What more channels and a non-linearity change."""
    _, (_, between, _, more), (_, _, wide, rest) = proof.wider
    meet = "make this kernel exactly" if more < _EXACT else f"miss this kernel by {percent_words(more)}"
    first = f"With {count(between, 'channel')} in between, one in and one out, two 3×3 {meet}. "
    second = (
        f"But a layer of C channels has 25{SPACE}C² weights to meet, and two 3×3 have only 17{SPACE}C² that count "
        f"(18{SPACE}C², less the C² that a change of the channels in between takes away)"
    )
    third = f"; with {wide} throughout, {percent_words(rest)} are left over. " if rest >= _EXACT else ". "
    fourth = "A ReLU in between makes functions that no single kernel computes; which pixels are seen stays the same."
    return f"{first}{second}{third}{fourth}"


def method(proof: Proof) -> str:
    """How the figures came about."""
    return (
        f"Left over: ‖kernel − two 3×3‖ / ‖kernel‖. Kernel: independent normal numbers, seed {proof.seed}. "
        f"Best of {STARTS} least-squares fits (Levenberg–Marquardt); a better one is not ruled out."
    )
