"""The rows of the form: stem, stages, head; each with its fields and what it costs, its problem right below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import get_args

import streamlit as st

from core.architectures.draft import Draft, StageDraft
from core.architectures.problems import Problem, with_value
from core.architectures.rules import EXPANSIONS, MAX_BLOCKS, MAX_STAGES, MAX_WIDTH, RESIDUAL, WIDTH_STEPS
from core.architectures.spec import BlockKind
from core.figures.recipe import VECTOR_WORDS, WORDS, Costs, RowCost
from core.ui.builder import changes, fields, markup, settings
from core.ui.builder.work import Work, change, current

_MENU = {
    "Move up": changes.moved_up,
    "Move down": changes.moved_down,
    "Copy": changes.copied,
    "Remove": changes.removed,
}
_FIELDS = ("block", "count", "out", "stride")
_WIDEST = MAX_WIDTH * max(EXPANSIONS.values())  # of any kind: a kind's own limit is said beside the field


def draw(work: Work, problems: Sequence[Problem], costs: Costs | None, *, stale: bool) -> None:
    """All rows, and the button that adds a stage. ``stale``: the costs are those of an earlier recipe."""
    st.html(markup.style())
    with st.container(key="builder_form"):
        st.html(markup.column_heads())
        _plain_row("stem", "Stem", settings.stem_words(work.draft), costs, stale, settings.stem)
        for place, stage in enumerate(work.draft.stages):
            mine = [one for one in problems if one.where[:2] == ("stages", place)]
            _stage_row(work.draft, place, stage, mine, costs, stale=stale or bool(mine))
            for number, problem in enumerate(mine):
                _problem(work, problem, number)
        _plain_row("head", "Head", settings.head_words(work.draft), costs, stale, settings.head)
        for problem in problems:
            if problem.where[:1] != ("stages",) or len(problem.where) < 2:
                st.html(markup.problem(problem.sentence, _last_valid(work, problem)))
    with st.container(horizontal=True):
        st.button(
            "Add a stage",
            key="builder.add",
            disabled=len(work.draft.stages) >= MAX_STAGES,
            on_click=_change,
            args=(changes.added,),
        )
        with st.popover("More settings"):
            settings.network(work.draft)


def _plain_row(
    key: str, name: str, what: str, costs: Costs | None, stale: bool, form: Callable[[Draft], None]
) -> None:
    row = None if costs is None else costs.stem if key == "stem" else costs.head
    with st.container(horizontal=True, vertical_alignment="center", key=f"builder_row_{key}"):
        st.html(markup.row_name(name, what), width="content")
        if key != "stem" or not current().draft.is_vector:
            with st.popover(f"Change the {key}", type="tertiary"):
                form(current().draft)
        if key == "head" or current().draft.stem is not None:
            _cost(key, row, costs, stale)


def _cost(key: str, row: RowCost | None, costs: Costs | None, stale: bool) -> None:
    with st.container(key=f"builder_cost_{key}", width="content"):
        st.html(markup.cost(row, costs.rows if costs else (), stale=stale))


def _stage_row(
    draft: Draft,
    place: int,
    stage: StageDraft,
    problems: Sequence[Problem],
    costs: Costs | None,
    *,
    stale: bool,
) -> None:
    known = costs.stages if costs else ()
    with st.container(horizontal=True, vertical_alignment="center", key=f"builder_row_{place}"):
        st.html(markup.row_name(f"Stage {place + 1}"), width=66)
        _fields(draft, place, stage)
        _cost(str(place), known[place] if place < len(known) else None, costs, stale)
        key = f"builder_menu_{place}"
        st.menu_button(
            f"Move, copy or remove stage {place + 1}",  # drawn as three dots
            tuple(_MENU),
            key=key,
            type="tertiary",
            on_click=_menu,
            args=(key, place),
        )
    if any(problem.where[2:] == ("out",) for problem in problems):
        st.html(markup.wrong_field(f"builder_out_{place}"))


def _fields(draft: Draft, place: int, stage: StageDraft) -> None:
    words = VECTOR_WORDS if draft.is_vector else WORDS
    kinds = tuple(kind for kind in get_args(BlockKind) if kind in words)
    fields.choice(
        f"Block of stage {place + 1}",
        stage.block,
        key=f"builder_block_{place}",
        options=kinds if stage.block in kinds else (*kinds, stage.block),
        words=lambda kind: words.get(kind, WORDS[kind]),
        change=lambda draft, value: with_value(draft, ("stages", place, "block"), value),
        width=184,
    )
    fields.whole(
        f"Blocks of stage {place + 1}",
        stage.count,
        key=f"builder_count_{place}",
        limits=(1, MAX_BLOCKS),
        step=1,
        change=lambda draft, value: with_value(draft, ("stages", place, "count"), value),
        width=106,
    )
    fields.whole(
        f"Width of stage {place + 1}, channels that it puts out",
        stage.out,
        key=f"builder_out_{place}",
        limits=(1, _WIDEST),
        step=max(16, WIDTH_STEPS.get(stage.block, 1)),
        change=lambda draft, value: with_value(draft, ("stages", place, "out"), value),
        width=114,
    )
    fields.segments(
        f"Stride of stage {place + 1}",
        stage.stride,
        key=f"builder_stride_{place}",
        options=(1,) if draft.is_vector and stage.stride == 1 else (1, 2),
        change=lambda draft, value: with_value(draft, ("stages", place, "stride"), value),
    )
    fields.switch(
        f"Skips in stage {place + 1}",
        stage.bridged and draft.shortcut != "none",
        key=f"builder_skip_{place}",
        disabled=stage.block not in RESIDUAL or draft.shortcut == "none",
        change=lambda draft, value: with_value(draft, ("stages", place, "skip"), value),
    )


def _problem(work: Work, problem: Problem, number: int) -> None:
    _, place, *field = problem.where
    with st.container(horizontal=True, vertical_alignment="center", key=f"builder_problem_{place}_{number}"):
        st.html(markup.problem(problem.sentence, _last_valid(work, problem)), width="stretch")
        for value in problem.nearest if field and field[0] in _FIELDS else ():
            st.button(
                f"Take {value}",
                key=f"builder.take.{place}.{number}.{value}",
                on_click=_change,
                args=(lambda draft, value=value: with_value(draft, problem.where, value),),
            )


def _last_valid(work: Work, problem: Problem) -> str:
    match problem.where:
        case ("stages", int(place), "out") if place < len(work.valid.stages):
            width = work.valid.stages[place].out_width
            return f"Figures and strip show the last valid width, {width}."
    return "Figures and strip show the last valid recipe."


def _menu(key: str, place: int) -> None:
    chosen = st.session_state.get(key)
    if chosen in _MENU:
        change(_MENU[chosen](current().draft, place))


def _change(edit: Callable[[Draft], Draft]) -> None:
    change(edit(current().draft))
