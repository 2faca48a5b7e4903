"""What the paths to an operation say in words, and as a file."""

from __future__ import annotations

import csv
import io

from core.figures.numbers import SPACE, count, percent, whole
from core.figures.path_bins import half
from core.graph.fields.paths import Paths

SEEN = (
    "At every skip a signal may take the skip or the branch, so a network with skips is a bundle of paths. "
    "Each is counted once: how much of the picture it sees alone, and how many layers with weights it passes."
)
ALONE = (
    "Without skips and branches there is a single path, and what it sees is the whole receptive field. A network with "
    "skips has twice as many for every choice between a skip and its branch."
)
UNSEEN = (
    "which paths carry the signal. They are counted, not weighed; in a residual net of 110 layers, Veit et al. found "
    "that nearly all of the gradient comes along paths of 10 to 34 layers. A gate (squeeze-excite) scales a path; it "
    "is none of its own."
)
SOURCE = ("Veit, Wilber & Belongie 2016, Residual Networks Behave Like Ensembles of Relatively Shallow Networks",
          "https://arxiv.org/abs/1605.06431")  # fmt: skip


def title(found: Paths, name: str) -> str:
    """How many paths lead to a layer, and how much they see: the first half, and the largest."""
    if found.total == 1:
        return f"One path leads to {name}{_seen_by_one(found)}."
    number = f"{whole(found.total)} paths to {name}"
    if not found.sized:
        return (
            f"All of the {number} see the whole picture."
            if found.whole == found.total
            else f"There are {number}."
        )
    if found.unsized:
        share = percent(found.unsized / found.total, 1.0)
        return f"{number}; of {share} the size is not followed."
    if found.whole:
        share = percent(found.whole / found.total, 1.0)
        return f"Of the {number}, {share} see the whole picture; the others see at most {_px(max(found.by_size))}."
    middle, largest = half(found.by_size, found.total), max(found.by_size)
    if middle is None or middle == largest:
        return f"The {number} see at most {_px(largest)}."
    return f"Half of the {number} see at most {_px(middle)}; the largest sees {_px(largest)}."


def subtitle(found: Paths) -> str:
    """The shortest and the longest path, and why some have no size."""
    short, long = min(found.by_length), max(found.by_length)
    lengths = f"{short} to {count(long, 'weighted layer')}" if short < long else count(long, "weighted layer")
    parts = [f"Paths of {lengths}"]
    if found.whole and found.sized:
        parts.append(f"everything is seen from {found.whole_cause} on")
    if found.unsized:
        parts.append(f"the size is not followed behind {found.unsized_cause}")
    return f"{'; '.join(parts)}."


def paths_csv(found: Paths) -> str:
    """All distributions as CSV: what is measured, its value, how many paths have it (exactly), and their share."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("quantity", "value", "paths", "share"))
    counted = (
        ("field_height_px", found.by_height),
        ("field_width_px", found.by_width),
        ("weighted_layers", found.by_length),
    )
    for quantity, by_value in counted:
        for value, number in by_value.items():
            writer.writerow((quantity, value, number, f"{number / found.total:.6g}"))
    for quantity, number in (("whole_picture", found.whole), ("size_not_followed", found.unsized)):
        if number:
            writer.writerow((quantity, "", number, f"{number / found.total:.6g}"))
    return out.getvalue()


def _seen_by_one(found: Paths) -> str:
    layers = f": it passes {count(max(found.by_length), 'weighted layer')}"
    if found.whole:
        return f"{layers} and sees the whole picture"
    return f"{layers} and sees {_px(max(found.by_size))}" if found.sized else layers


def _px(size: int) -> str:
    return f"{size:,}{SPACE}px"
