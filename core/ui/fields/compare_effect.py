"""The effect on the chosen cell beside that in the plain twin, or with other weights; measured when asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from core.architectures.records import Architecture
from core.figures import effect_pair_words as words
from core.figures.effect_pair import Panel, numbers, pair_picture, panel_picture
from core.ui import address, choices, page
from core.ui.fields.measuring import Effect, Target, step

_TOPIC = "effective_field.beside"
_LOOK_AGAIN = 0.5  # seconds
_PLACE = 240  # px of a panel that is not there yet
_TWIN = "Its plain twin"
_CHOICE = "fields.beside"


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is measured beside the cell's own effect, and what the two are called."""

    target: Target
    titles: tuple[str, str]


def expander(target: Target, entry: Architecture, *, skips: int) -> None:
    """A door to the comparison; nothing more is measured before something to compare with is chosen.

    Args:
        target: the cell whose effect the page measures.
        entry: the network.
        skips: how many skips it has; without any it is its own plain twin, and none is offered.
    """
    with st.expander("What moves this cell without the skips, or with other weights"):
        pairs = _pairs(target, entry, skips)
        if not skips:
            page.sentence(f"{entry.title} has no skips that could be taken out.")
        if not pairs:
            page.sentence(words.no_weights(entry.title, known=bool(entry.weights)))
            return
        if st.session_state.get(_CHOICE) not in pairs:
            st.session_state.pop(_CHOICE, None)  # chosen for another network
        with page.control("Beside it"):
            word = st.segmented_control("Beside it", tuple(pairs), key=_CHOICE, label_visibility="collapsed")
        if set(pairs) == {_TWIN}:
            page.sentence(words.no_weights(entry.title, known=bool(entry.weights)))
        if word in pairs:
            _follow(target, pairs[word], entry.title)
        else:
            page.sentence("Choose what is measured beside this cell's effect; it takes some seconds.")


def _pairs(target: Target, entry: Architecture, skips: int) -> dict[str, _Pair]:
    """By the word that chooses it, what can be set beside the network as it is."""
    network = target.network
    pairs = {}
    if skips:
        pairs[_TWIN] = _Pair(replace(target, variant="plain twin"), (entry.title, _TWIN))
    at_hand = choices.default_weights(entry)
    if network.weights is not None:
        other = replace(target, network=replace(network, weights=None))
        pairs["Random weights"] = _Pair(other, ("Trained weights", "Random weights"))
    elif at_hand != choices.RANDOM:
        other = replace(target, network=replace(network, weights=at_hand))
        pairs["Trained weights"] = _Pair(other, ("Random weights", "Trained weights"))
    return pairs


def _follow(target: Target, pair: _Pair, title: str) -> None:
    live = not (step(target).over and step(pair.target, topic=_TOPIC).over)

    @st.fragment(run_every=_LOOK_AGAIN if live else None)
    def watch() -> None:
        own, other = step(target), step(pair.target, topic=_TOPIC)
        if live and own.over and other.over:
            address.rerun()
        left, right, told = st.columns([0.3, 0.3, 0.4], gap="medium")
        with left:
            _panel(pair.titles[0], own)
        with right:
            _panel(pair.titles[1], other)
        with told:
            if own.over and other.over:
                _tell(own, other, pair, title)
            else:
                page.sentence(words.under_way(own.field, other.field))

    watch()


def _panel(title: str, effect: Effect) -> None:
    if effect.field is None:
        page.figure_title(title)
        page.awaiting(effect.failure or "being measured …", _PLACE)
        return
    shown = numbers(effect.field)
    page.figure_title(title, shown)
    st.image(panel_picture(effect.field), width="stretch", alt=f"{title}: {shown}")


def _tell(own: Effect, other: Effect, pair: _Pair, title: str) -> None:
    first, second = own.field, other.field
    if first is None or second is None:
        return
    calibrated = bool(first.calibrated or second.calibrated)
    if pair.target.variant == "plain twin":
        lead, rest = words.with_and_without_skips(first, second, title=title)
        differs = words.twin_differs(trained=own.weights == "trained", calibrated=calibrated)
    else:
        both = (first, second) if own.weights == "random" else (second, first)
        lead, rest = words.random_and_trained(*both)
        differs = words.training_differs(calibrated=calibrated)
    page.paragraph(rest, lead)
    page.paragraph(differs, "What differs:")
    page.source(words.drawn(first, second))
    st.download_button(
        "Both maps (SVG)",
        pair_picture(Panel(pair.titles[0], first), Panel(pair.titles[1], second), dark=page.dark()),
        file_name=f"{title} {first.node} effect.svg",
        mime="image/svg+xml",
        on_click="ignore",
        key="fields.beside.svg",
    )
