"""What the form's buttons do to a draft: add, move, copy, remove stages. Pure."""

from __future__ import annotations

from dataclasses import replace

from core.architectures.draft import Draft, StageDraft
from core.architectures.rules import MAX_STAGES


def added(draft: Draft) -> Draft:
    """One more stage at the end, like the last one."""
    return copied(draft, len(draft.stages) - 1)


def copied(draft: Draft, place: int) -> Draft:
    """The stage of that place once more, after it and with a stride of 1; unchanged where 24 are there."""
    if len(draft.stages) >= MAX_STAGES:
        return draft
    stages = list(draft.stages)
    stages.insert(place + 1, replace(stages[place], stride=1))
    return replace(draft, stages=tuple(stages))


def removed(draft: Draft, place: int) -> Draft:
    """Without the stage of that place; unchanged where it is the only one."""
    rest = tuple(stage for number, stage in enumerate(draft.stages) if number != place)
    return replace(draft, stages=rest) if rest else draft


def moved_up(draft: Draft, place: int) -> Draft:
    """The stage before its neighbour; unchanged where it is the first."""
    return _swapped(draft, place - 1) if place > 0 else draft


def moved_down(draft: Draft, place: int) -> Draft:
    """The stage after its neighbour; unchanged where it is the last."""
    return _swapped(draft, place) if place + 1 < len(draft.stages) else draft


def _swapped(draft: Draft, place: int) -> Draft:
    stages: list[StageDraft] = list(draft.stages)
    stages[place], stages[place + 1] = stages[place + 1], stages[place]
    return replace(draft, stages=tuple(stages))
