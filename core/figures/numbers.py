"""Numbers as people read them: short on the page, exact on hover."""

from __future__ import annotations

import math
from decimal import Decimal

SPACE = "\u00a0"
"""No-break space: keeps a number and its unit on one line. (Inter draws the narrow one too thin to see.)"""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_STEP = 1000.0  # from one unit to the next
_UNITS = ("", "k", "M", "G", "T", "P", "E")


def human(value: float, *, digits: int = 3) -> str:
    """A number in three digits with k, M, G, T: ``25557032`` → ``"25.6 M"``; below 1,000 as it is.

    Numbers too large or too small for these words come out as `scientific`.
    """
    return _scaled(value, _UNITS, digits)


def human_bytes(value: float, *, digits: int = 3) -> str:
    """Bytes in decimal units: ``102228128`` → ``"102 MB"``."""
    text = _scaled(value, tuple(f"{unit}B" for unit in _UNITS), digits)
    return text if text.endswith("B") else f"{text}{SPACE}B"


def hundredths(value: float) -> str:
    """A number with two decimals where it has k, M, G: ``143667240`` → ``"143.67 M"``, ``853018`` → ``"853.02 k"``."""
    size, power = abs(value), 0
    while power < len(_UNITS) - 1 and size >= _STEP - 0.005:
        size /= _STEP
        power += 1
    return human(value, digits=len(str(int(size + 0.005))) + 2)


def times(value: float) -> str:
    """A ratio: one decimal below 10, none above: ``5.62`` → ``"5.6"``, ``27.2`` → ``"27"``."""
    return f"{value:.1f}" if value < 9.95 else exact(round(value))


def division(dividend: float, divisor: float) -> str:
    """A ratio of two quantities with its parts: ``"143.67 M / 25.56 M = 5.6 ×"``."""
    parts = f"{hundredths(dividend)} / {hundredths(divisor)}"
    return f"{parts} = {times(dividend / divisor)}{SPACE}×"


def _scaled(value: float, units: tuple[str, ...], digits: int) -> str:
    """The value with the unit that leaves less than 1,000 before it."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "no number")
    size = abs(value)
    if size != 0 and (size < 10 ** (1 - digits) or size >= _STEP ** len(units)):
        return scientific(value)
    power = 0
    # Rounding comes first, so that 999,999 becomes 1 M and not 1000 k.
    while power < len(units) - 1 and float(f"{size:.{digits}g}") >= _STEP:
        size /= _STEP
        power += 1
    number = _significant(math.copysign(size, value), digits, keep_zeros=power > 0)
    return f"{number}{SPACE}{units[power]}" if units[power] else number


def whole(number: int) -> str:
    """A count of any size: exact below a million, then in three digits with M, then as a power of ten.

    ``65536`` → ``"65,536"``, ``5308416`` → ``"5.31 M"``, ``2 ** 98`` → ``"3.17 × 10²⁹"``; also for whole numbers that
    no float can hold.
    """
    if abs(number) < 10**6:
        return exact(number)
    if abs(number) < 999_500_000:
        return human(number)
    mantissa, _, exponent = f"{Decimal(number):.2e}".partition("e+")
    return f"{mantissa.replace('-', '−')}{SPACE}×{SPACE}10{exponent.translate(_SUPERSCRIPT)}"


def _significant(value: float, digits: int, keep_zeros: bool) -> str:
    rounded = float(f"{value:.{digits}g}")
    whole = len(str(int(abs(rounded)))) if abs(rounded) >= 1 else 0
    if rounded == 0:
        return "0"
    leading = whole if whole else math.floor(math.log10(abs(rounded))) + 1
    text = f"{rounded:.{max(0, digits - leading)}f}"
    if not keep_zeros and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def scientific(value: float, *, digits: int = 2) -> str:
    """``0.00000044`` → ``"4.4 × 10⁻⁷"``, with no-break spaces."""
    if value == 0 or not math.isfinite(value):
        return _scaled(value, _UNITS, digits)
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    power = str(int(exponent)).translate(_SUPERSCRIPT)
    return f"{mantissa.replace('-', '−')}{SPACE}×{SPACE}10{power}"


def exact(value: float) -> str:
    """Every digit, in groups of three: ``25557032`` → ``"25,557,032"``."""
    return f"{value:,}".replace("-", "−")


def percent(part: float, whole: float) -> str:
    """``percent(14_964_736, 25_557_032)`` → ``"58.6 %"``; a whole of zero gives ``"0 %"``."""
    share = 100.0 * part / whole if whole else 0.0
    if 0 < share < 0.05:
        return f"<{SPACE}0.1{SPACE}%"
    text = "100" if share >= 99.95 else f"{share:.1f}"
    return f"{text.removesuffix('.0') if share == 0 else text}{SPACE}%"


def shape_text(shape: tuple[int, ...], *, spaced: bool = True) -> str:
    """A shape as people say it: ``(1, 1024, 14, 14)`` → ``"14 × 14 × 1024"`` (height, width, channels).

    Two equal sizes before another one are taken for a map with its channels last (Swin): ``(1, 14, 14, 384)``
    → ``"14 × 14 × 384"``. Tokens ``(1, 197, 768)`` become ``"197 × 768"``, vectors ``(1, 1000)`` ``"1000"``;
    the batch axis is left out.
    """
    sizes = shape[1:] if len(shape) > 1 else shape
    if len(sizes) == 3 and not (sizes[0] == sizes[1] != sizes[2]):
        sizes = (sizes[1], sizes[2], sizes[0])
    cross = f"{SPACE}×{SPACE}" if spaced else "×"
    return cross.join(str(size) for size in sizes) if sizes else "1 number"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """``count(3, "block")`` → ``"3 blocks"``."""
    word = singular if number == 1 else plural or f"{singular}s"
    return f"{exact(number)} {word}"
