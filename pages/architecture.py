"""Where do the skips go, and where does the cost sit?"""

from functools import partial

import streamlit as st

from core.figures import field_notes, statements
from core.ui import drawing, page, photos, subject, view_choice
from core.ui.anatomy import colour, cost, inside, layers, panel, side_by_side, take_away, text_outline
from core.ui.diagram import diagram

QUESTION = "Where do the skips go, and where does the cost sit?"
HEIGHT = 300  # px of the network's picture
BELOW = {"Where the cost is": "", "Inside the block": "inside", "All layers": "layers"}

if side_by_side.chosen():
    side_by_side.draw(QUESTION)
    st.stop()

entry = subject.architecture()
graph = subject.graph(question=QUESTION, height=HEIGHT)
node = subject.node(graph)

page.header(QUESTION, *statements.answer(graph, entry.title))
page.totals(statements.totals(graph, entry))
with page.controls():
    side_by_side.switch()
    with page.control("Colour by"):
        shade = colour.choose()
    with page.control("Detail"):
        detail = drawing.choose_detail()
    st.space("stretch")
    drawing.finder(graph, node, detail)

picture = drawing.picture(graph, node, detail, photos.chosen().data)
diagram(
    colour.apply(picture, graph, shade),
    key="network",
    selected=node,
    title=statements.figure_title(graph),
    subtitle="Bar width: kernel size. Bar height: channels, square-root scale.",
    height=drawing.height(picture, HEIGHT),
    path=drawing.path(graph, node),
    described=drawing.AS_TEXT,
    file_name=entry.title,
    tools="always",
    on_select=partial(drawing.pick, graph),
    on_toggle=partial(drawing.toggle, graph, node, detail, picture),
)

left, right = st.columns([0.66, 0.34], gap="medium")
with right:
    panel.draw(graph, node, entry)
with left:
    with page.controls():
        below = BELOW[view_choice.segmented("Below the picture", "below", BELOW, key="below")]
        quantities = None if below else cost.choose()
    if quantities is not None:
        cost.draw(graph, node, quantities)
    elif below == "inside":
        inside.draw(graph, node, entry, shade)
    else:
        layers.draw(graph, node, entry.title)
page.caveat(
    "time. Multiply-adds are arithmetic; how long they take depends on the device and is measured on the page Speed."
)
text_outline.expander(graph, node)
take_away.draw(graph, entry, subject.input_size())
page.source(" ".join(filter(None, (statements.source(graph, entry), field_notes.note(graph, entry)))))
