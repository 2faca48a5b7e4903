"""The effect of pixels on the chosen cell, measured pass after pass while the page is looked at."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

import streamlit as st

from core.engine.errors import EngineError
from core.figures import sight_heat, sight_words
from core.figures.effect_statements import heat_csv, measures_csv
from core.figures.numbers import count
from core.figures.sight import Sight, SightLayer
from core.probes.records import EffectiveReceptiveField, Measure
from core.service import requests
from core.service.pending import Pending
from core.service.records import EffectView, Variant
from core.service.subjects import Picture, Subject
from core.ui import address, asking, device, page, server
from core.ui.fields.looking import Look
from core.ui.sight import tell_effect

PASSES = 8  # of at most eight pictures each: 64 noise pictures where the network is small
_LOOK_AGAIN = 0.5  # seconds
_MEASURE: Measure = "absolute"  # in proportion to how far a pixel moves the cell
_TOPIC = "effective_field"
_KEPT = f"fields.{_TOPIC}"
_ON = {"Noise": "noise", "This photo": "photo"}


@dataclass(frozen=True, slots=True)
class Effect:
    """How far the measurement of a cell has come.

    Attributes:
        view: what is measured by now; None for nothing.
        over: nothing more will be measured.
        failure: why it ended, if it did not end well.
    """

    view: EffectView | None = None
    over: bool = False
    failure: str = ""

    @property
    def field(self) -> EffectiveReceptiveField | None:
        """The field as far as it is measured."""
        return self.view.field if self.view is not None else None

    @property
    def weights(self) -> str:
        """``"trained"`` or ``"random"``."""
        return "trained" if self.view is not None and self.view.trained else "random"


@dataclass(frozen=True, slots=True)
class Target:
    """What is measured."""

    network: Subject
    layer: SightLayer
    cell: tuple[int, int]
    source: Literal["noise", "photo"]
    picture: Picture
    variant: Variant = "as it is"

    @property
    def question(self) -> Hashable:
        """What tells this measurement from others."""
        photo = self.picture.digest if self.source == "photo" else ""
        return (
            self.network,
            self.variant,
            self.layer.name,
            self.cell,
            self.source,
            photo,
            device.chosen(),
        )


def control() -> Literal["noise", "photo"]:
    """The words that choose over which inputs the effect is measured."""
    with page.control("Effect on"):
        word = st.segmented_control(
            "Effect on",
            tuple(_ON),
            default="Noise",
            key="fields.source",
            label_visibility="collapsed",
            required=True,
        )
    return "photo" if word == "This photo" else "noise"


def step(target: Target, *, topic: str = _TOPIC) -> Effect:
    """What is measured by now; asks for more where more is to come. Never waits.

    Args:
        target: what is measured.
        topic: several measurements go on at once where each has its own.
    """
    key = f"fields.{topic}"
    effect: Effect
    kept, effect = st.session_state.get(key, (None, Effect()))
    if kept != target.question:
        effect = Effect()
    if not effect.over:
        effect = _next(target, effect, topic)
    st.session_state[key] = (target.question, effect)
    return effect


def _next(target: Target, effect: Effect, topic: str) -> Effect:
    pending = _ask(target, effect, topic)
    if not pending.wait(0):
        return effect
    try:
        view = pending.result()
    except EngineError as error:
        return replace(effect, over=True, failure=str(error))
    effect = Effect(view, over=view.finished)
    if not effect.over:
        _ask(target, effect, topic)
    return effect


def _ask(target: Target, effect: Effect, topic: str) -> Pending[EffectView]:
    done = effect.view.passes if effect.view is not None else 0
    return asking.ask(
        topic,
        (target.question, done),
        lambda: requests.effective_field(
            target.network,
            target.layer.name,
            cell=target.cell,
            passes=PASSES,
            source=target.source,
            picture=target.picture if target.source == "photo" else None,
            measure=_MEASURE,
            variant=target.variant,
            topic=topic,
            visitor=server.visitor(),
            device=device.chosen(),
        ),
    )


def _stop() -> None:
    question, effect = st.session_state[_KEPT]
    st.session_state[_KEPT] = (question, replace(effect, over=True))


def _go_on() -> None:
    question, effect = st.session_state[_KEPT]
    st.session_state[_KEPT] = (question, replace(effect, over=False, failure=""))
    asking.forget(_TOPIC)


def follow(target: Target, before: Effect, content: Sight, look: Look, *, key: str) -> None:
    """Tell the figure what is measured, again and again while more comes; below it, how far it is.

    Args:
        target: what is measured.
        before: what this run of the page has shown of it; the page runs again when the measurement has its
            first result, and when it ends.
        content: of the figure.
        look: at the picture; the page also runs again when what it awaits is there.
        key: of the figure.
    """
    live = not before.over or look.awaited is not None

    @st.fragment(run_every=_LOOK_AGAIN if live else None)
    def watch() -> None:
        effect = step(target)
        begun = effect.view is not None and before.view is None
        if begun or (effect.over and not before.over):
            address.rerun()
        if look.awaited is not None and look.awaited.wait(0):
            address.rerun()
        with st.container(gap=None):
            _tell(target, effect, content, key)
        _progress(effect)
        if effect.over and effect.view is not None:
            _files(effect.view)

    watch()


def _tell(target: Target, effect: Effect, content: Sight, key: str) -> None:
    if effect.view is None:
        doing = "not measured" if effect.over else "being measured …"
        tell_effect(key=key, layer=target.layer, cell=target.cell, heat=None, doing=doing)
        return
    field = effect.view.field
    seen = target.layer.pixels(target.cell, content.picture)
    tell_effect(
        key=key,
        layer=target.layer,
        cell=target.cell,
        heat=sight_heat.heat_png(field.heat),
        contours=(sight_heat.contour_path(field.heat, 0.95), sight_heat.contour_path(field.heat, 0.5)),
        holds={
            "95": sight_words.holds_words(field, 0.95, seen),
            "50": sight_words.holds_words(field, 0.5, seen),
        },
    )


def _progress(effect: Effect) -> None:
    """How far the measurement is, with what can be done about it; nothing when it is done."""
    view = effect.view
    done = count(view.field.images, "picture") if view is not None else "nothing"
    if effect.failure:
        _line(f"The effect could not be measured. {effect.failure}", "Try again", _go_on)
    elif not effect.over:
        _line(f"Measuring the effect, the heat map sharpens: {done} so far.", "Stop", _stop)
    elif view is not None and not view.finished:
        _line(f"The effect was measured on {done} and then stopped.", "Measure on", _go_on)


def _files(view: EffectView) -> None:
    """What was measured, to take away."""
    with st.container(horizontal=True, gap="small"):
        _file(
            "Save the effect of each pixel (CSV)", f"{view.field.node} effect", lambda: heat_csv(view.field)
        )
        _file("Save the measures (CSV)", f"{view.field.node} measures", lambda: measures_csv(view))


def _file(words: str, name: str, written: Callable[[], str]) -> None:
    st.download_button(
        words,
        lambda: written().encode("utf-8-sig"),
        file_name=f"{name}.csv".replace("/", "-"),
        mime="text/csv",
        type="tertiary",
        on_click="ignore",
        key=f"fields.{words}",
    )


def _line(words: str, way: str, act: Callable[[], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<p class="sk-source" role="status">{escape(words)}</p>', width="content")
        st.button(way, key=f"fields.{way}", type="tertiary", on_click=act)
