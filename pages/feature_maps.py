"""What does the net see in this picture?"""

import streamlit as st

from core.figures import seen
from core.figures.maps import encode_png, map_grid
from core.figures.overlay import overlay
from core.service import requests
from core.ui import asking, device, onnx_door, page, photo_input, photos, server, subject, weights_picker
from core.ui import map_grid as grid

QUESTION = "What does the net see in this picture?"
TILE, GAP = 1, 1
COUNTS = (16, 32, 64, 128)
SCALES = ("Per channel", "Whole layer")
ORDERS = {"strength": "Strength", "variance": "Variance", "index": "Index"}

onnx_door.require_network(QUESTION)
entry = subject.architecture()
graph = subject.graph(question=QUESTION, height=420)
node, picture, network = subject.node(graph), photos.chosen(), subject.subject()

head = st.container()
with page.controls():
    with page.control("Maps"):
        count = st.segmented_control(
            "Maps", COUNTS, default=32, key="maps.count", label_visibility="collapsed", required=True
        )
    with page.control("Order"):
        order = st.selectbox(
            "Order",
            tuple(ORDERS),
            format_func=ORDERS.__getitem__,
            key="maps.order",
            label_visibility="collapsed",
            width=120,
        )
    with page.control("Scale"):
        scale = st.segmented_control(
            "Scale", SCALES, default=SCALES[0], key="maps.scale", label_visibility="collapsed", required=True
        )
    photo_input.popover()

count, scale = count or COUNTS[1], scale or SCALES[0]
question = (network, node, picture.digest, count, order, device.chosen())
pending = asking.ask(
    "feature_maps",
    question,
    lambda: requests.feature_maps(
        network, node, picture, count=count, order=order, visitor=server.visitor(), device=device.chosen()
    ),
)
view = asking.await_answer(
    "feature_maps", pending, question=QUESTION, height=420, what=f"{entry.title} looks at it", head=head
)
with head:
    page.header(QUESTION, *seen.answer(view.top, view.weights, entry.title))
    weights_picker.offer(entry)

maps, dark, whole = view.maps, page.dark(), scale == SCALES[1]
left, middle, right = st.columns([0.2, 0.46, 0.34], gap="medium")
with left:
    page.figure_title(
        f"It says {view.top[0][0]}" if view.top else picture.name,
        f"{view.seen.shape[0]} px, as the net gets it",
    )
    st.image(encode_png(view.seen), width="stretch", alt=f"{picture.name}, as the net gets it")
    page.bars(view.top)
with middle:
    page.figure_title(seen.maps_title(maps, order), seen.maps_subtitle(maps))
    columns = seen.grid_columns(maps)
    drawn = map_grid(
        maps.maps,
        signed=maps.signed,
        columns=columns,
        tile=TILE,
        gap=GAP,
        normalise="layer" if whole else "channel",
        limit=maps.limit,
        dark=dark,
    )
    place = grid.chosen("maps.grid", question, len(maps.maps))
    grid.map_grid(
        encode_png(drawn), columns=columns, gap=GAP, labels=seen.labels(maps), selected=place,
        description=seen.maps_title(maps, order), key="maps.grid",
    )  # fmt: skip
    page.source(seen.scale_note(maps, whole_layer=whole))
with right:
    title, strongest = seen.channel_title(maps, place)
    page.figure_title(title, strongest)
    large = overlay(view.seen, maps.maps[place], signed=maps.signed, dark=dark)
    st.image(encode_png(large), width="stretch", alt=f"{title}. {strongest}")
page.caveat(
    "what the network decides by. A bright cell says that one filter responds there; another filter, or none, "
    "may carry the decision."
)
page.source(
    f"{view.weights}. Measured here on {view.device}: one pass in eval mode, {1000 * view.seconds:.0f} ms. "
    f"{photos.credit()}."
)
