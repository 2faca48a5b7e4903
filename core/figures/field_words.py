"""A receptive field in short words: in the details of a node, in the table of layers, in the outline."""

from __future__ import annotations

from core.figures.numbers import SPACE, exact
from core.graph.records import ReceptiveField


def size_text(size: tuple[int, int]) -> str:
    """Height and width with the unit: ``"171 × 171 px"``."""
    return f"{exact(size[0])}{SPACE}×{SPACE}{exact(size[1])}{SPACE}px"


def field_text(field: ReceptiveField) -> str:
    """``"171 × 171 px, one cell every 16 px"``; what else there is to say where it is no plain box.

    "" where there is nothing to see: the net reads no pictures, or no places are left.
    """
    if field.status == "undefined":
        return f"not known: {field.reason}{_place(field)}" if is_unknown(field) else ""
    if field.status == "whole image":
        return f"the whole picture: {field.reason}{_place(field)}" if field.reason else "the whole picture"
    if field.varies:
        return f"at most {size_text(field.size)}{_step(field)}; cells differ ({field.reason})"
    return f"{size_text(field.size)}{_step(field)}"


def is_unknown(field: ReceptiveField) -> bool:
    """Whether there is a field that cannot be told; else no places are left, or there is no picture."""
    return field.status == "undefined" and field.cause not in ("", "input")


def field_rows(field: ReceptiveField) -> tuple[tuple[str, str], ...]:
    """Label and value for the details of a node: the field, and where gates or statistics alone see everything that
    without them."""
    told = field_text(field)
    if not told:
        return ()
    rows = (("Receptive field", told),)
    if field.local is None:
        return rows
    return (*rows, (f"Without {cause_word(field)}", field_text(field.local)))


def seen_words(field: ReceptiveField) -> str:
    """``"sees 171 × 171 px"`` for a list in words; "" where there is nothing to say."""
    if field.status == "undefined":
        return ""
    if field.status == "whole image":
        local = f", without {cause_word(field)} {size_text(field.local.size)}" if field.local else ""
        return f"sees the whole picture{local}"
    return f"sees {'at most ' if field.varies else ''}{size_text(field.size)}"


def cause_word(field: ReceptiveField) -> str:
    """What sees the whole picture besides the windows: ``"gates"``, ``"statistics"``, else ``"that"``."""
    if field.reason.endswith("gate"):
        return "gates"
    return "statistics" if field.reason.startswith("statistics") or "norm" in field.reason else "that"


def size_cell(field: ReceptiveField) -> str | None:
    """For a table, sorted by its numbers: ``"171×171"``, ``"≤ 28×28"`` where cells differ, ``"all 224×224"``."""
    if field.status == "undefined":
        return None
    sign = "all " if field.status == "whole image" else "≤ " if field.varies else ""
    return f"{sign}{field.size[0]}×{field.size[1]}"


def step_cell(field: ReceptiveField) -> str | None:
    """Pixels from one cell to the next for a table; of the windows alone where all cells see everything."""
    windows = field.local or field
    if windows.status != "exact":
        return None
    return "×".join(f"{step:g}" for step in windows.stride)


def why_cell(field: ReceptiveField) -> str | None:
    """What the size leaves open, for a table: why it is the whole picture, differs or is not known; None = nothing."""
    if field.status == "exact" and not field.varies:
        return None
    status = {"exact": "varies", "whole image": "whole picture", "undefined": "none"}[field.status]
    return f"{status}: {field.reason}" if field.reason else status


def _step(field: ReceptiveField) -> str:
    rows, columns = (f"{step:g}" for step in field.stride)
    if rows == columns == "1":
        return ", one cell a pixel"
    text = rows if rows == columns else f"{rows}{SPACE}×{SPACE}{columns}"
    return f", one cell every {text}{SPACE}px"


def _place(field: ReceptiveField) -> str:
    return f" at {field.cause}" if field.cause else ""
