"""The picture as the net gets it, and how strongly the cells of a layer respond to it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.architectures.records import Architecture
from core.engine.errors import EngineError
from core.figures.sight import Sight, SightLayer
from core.figures.sight_photo import as_address, centre_cut
from core.service import requests
from core.service.pending import Pending
from core.service.records import CellView
from core.service.subjects import Picture, Subject
from core.ui import asking, device, models, server

_KEPT = "fields.look"


@dataclass(frozen=True, slots=True)
class Look:
    """What is there of a look.

    Attributes:
        photo: the picture as the net gets it, as an address of an image.
        view: the last answer for this picture, perhaps of another layer; None where the net cannot look at it.
        responses: of the cells of the layer; None while they are not there.
        awaited: the answer for the layer, where it is on its way.
        failure: why there is none; "" otherwise.
    """

    photo: str
    view: CellView | None
    responses: npt.NDArray[np.float32] | None
    awaited: Pending[CellView] | None = None
    failure: str = ""


def look(
    content: Sight,
    layer: SightLayer,
    entry: Architecture,
    network: Subject,
    picture: Picture,
    *,
    question: str,
    head: DeltaGenerator,
) -> Look:
    """What the network makes of the picture at a layer; waits only where the picture itself is not there yet.

    Args:
        content: of the figure.
        layer: whose cells respond.
        entry: the architecture.
        network: with its weights.
        picture: that it looks at.
        question: the page's title, for the time of waiting.
        head: where the title goes then.
    """
    if not models.runs(entry):
        return Look(centre_cut(picture.data, content.picture), None, None)
    same = (network, picture.digest, device.chosen())
    pending = asking.ask(
        "cell_responses",
        (*same, layer.name),
        lambda: requests.cell_responses(
            network, layer.name, picture, visitor=server.visitor(), device=device.chosen()
        ),
    )
    kept = _kept(same)
    if not pending.wait(asking.PATIENCE if kept is None else 0.1):
        if kept is not None:
            return Look(as_address(kept.seen), kept, None, awaited=pending)
        asking.await_answer(
            "cell_responses",
            pending,
            question=question,
            height=620,
            what=f"{entry.title} looks at it",
            head=head,
        )
    try:
        view = pending.result()
    except EngineError as error:
        photo = as_address(kept.seen) if kept is not None else centre_cut(picture.data, content.picture)
        return Look(photo, kept, None, failure=str(error))
    st.session_state[_KEPT] = (same, view)
    fits = view.responses.shape == layer.grid
    return Look(as_address(view.seen), view, view.responses if fits else None)


def _kept(same: Hashable) -> CellView | None:
    """The last answer for the same network and picture."""
    key, view = st.session_state.get(_KEPT, (None, None))
    return view if key == same else None
