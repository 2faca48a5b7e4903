"""Where the chosen cell lies on the picture, as a text of the address: it stays while one goes from layer to layer."""

from __future__ import annotations

Spot = tuple[float, float]
MIDDLE: Spot = (0.5, 0.5)
_FARTHEST = 2.0  # shares of a side: the middle of what a cell sees may lie in the padding


def parse(text: str) -> Spot | None:
    """Row and column in shares of the picture's sides (``"0.357,0.286"``); None for what is no place near it."""
    parts = text.split(",")
    if len(parts) != 2:
        return None
    try:
        row, column = (float(part) for part in parts)
    except ValueError:
        return None
    if not all(abs(share) <= _FARTHEST for share in (row, column)):  # also for what is no number
        return None
    return row, column


def joined(spot: Spot) -> str:
    """The text for a place: four decimals tell the pixels of any picture apart."""
    return ",".join(f"{round(share, 4):g}" for share in spot)
