"""What is wrong with the data of a network, field by field, for a form that says it beside each field. No torch."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from pydantic import ValidationError

from core.architectures.draft import Draft, StageDraft
from core.architectures.rules import Misfit, Path, Problem
from core.architectures.spec import NetSpec, SpecRejected, sentence_of

__all__ = ["Problem", "problems", "repaired", "with_value"]

_FIELDS = frozenset(field.name for field in fields(StageDraft))
_STEPS = 60  # a stage may need a repair of its width and of its stride


def problems(data: object) -> tuple[Problem, ...]:
    """Everything that does not fit in a mapping or JSON text; empty where ``NetSpec.parse`` would take it.

    Rules that reach over several fields are looked at only where every single field is in range.
    """
    try:
        NetSpec.parse(data)
    except SpecRejected as error:
        cause = error.__cause__
        if isinstance(cause, ValidationError):
            return tuple(problem for detail in cause.errors() for problem in _of(detail))
        raise
    return ()


def _of(detail: Any) -> tuple[Problem, ...]:
    where: Path = tuple(detail["loc"])
    wrong = detail.get("ctx", {}).get("error")
    if isinstance(wrong, Misfit):
        return tuple(Problem((*where, *one.where), one.sentence, one.nearest) for one in wrong.problems)
    return (Problem(where, sentence_of(detail), _nearest(detail)),)


def _nearest(detail: Any) -> tuple[int | str, ...]:
    """The limit that a number has crossed."""
    limits = detail.get("ctx", {})
    limit = limits.get("ge", limits.get("le"))
    return (limit,) if isinstance(limit, int) else ()


def with_value(draft: Draft, where: Path, value: int | str) -> Draft:
    """The draft with another value in a field of a stage: ``where`` is ``("stages", 3, "out")``.

    Raises:
        ValueError: the path is none of a stage's field.
    """
    found = _field_of_stage(draft, where)
    if found is None:
        raise ValueError(f"No field of a stage stands at {where!r}.")
    place, field = found
    stages = list(draft.stages)
    changes: dict[str, Any] = {field: value}
    stages[place] = replace(stages[place], **changes)
    return replace(draft, stages=tuple(stages))


def _field_of_stage(draft: Draft, where: Path) -> tuple[int, str] | None:
    """The stage's place and the field's name, where the path leads to one."""
    match where:
        case ("stages", int(place), str(field)) if 0 <= place < len(draft.stages) and field in _FIELDS:
            return place, field
    return None


def repaired(draft: Draft) -> NetSpec | None:
    """A network near a draft: each problem is met by the largest of its nearest values; None where that fails."""
    for _ in range(_STEPS):
        found = problems(draft.data())
        if not found:
            return draft.spec()
        open_ = [one for one in found if one.nearest and _field_of_stage(draft, one.where)]
        if not open_:
            return None
        draft = with_value(draft, open_[0].where, open_[0].nearest[-1])
    return None
