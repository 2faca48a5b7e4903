"""What a component in the browser has sent."""

from __future__ import annotations

from typing import Any

LONGEST = 500  # letters


def name_in(state: Any, event: str) -> str | None:
    """The name in a trigger's value; whatever else a browser may send counts as nothing."""
    value = getattr(state, event, None) if state is not None else None
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST else None
