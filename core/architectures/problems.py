"""What is wrong with the data of a network, field by field, for a form that says it beside each field. No torch."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from core.architectures.rules import Misfit, Path, Problem
from core.architectures.spec import NetSpec, SpecRejected, sentence_of

__all__ = ["Problem", "problems"]


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
