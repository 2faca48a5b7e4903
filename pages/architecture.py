"""Where do the skips go, and where does the cost sit?"""

from functools import partial

import streamlit as st

from core.figures import descriptions, statements
from core.figures.graphviz_diagram import LayoutUnavailable
from core.ui import drawing, page, photos, subject
from core.ui.anatomy import text_outline
from core.ui.diagram import diagram

QUESTION = "Where do the skips go, and where does the cost sit?"
HEIGHT = 300  # px of the network's picture

entry = subject.architecture()
graph = subject.graph(question=QUESTION, height=HEIGHT)
node = subject.node(graph)

page.header(QUESTION, *statements.answer(graph, entry.title))
page.totals(statements.totals(graph, entry))
with page.controls():
    with page.control("Detail"):
        detail = st.segmented_control(
            "Detail",
            drawing.DETAILS,
            default="Blocks",
            key="detail",
            label_visibility="collapsed",
            required=True,
        )
    st.space("stretch")
    drawing.finder(graph, node, detail)

picture = drawing.picture(graph, node, detail, photos.chosen().data)
diagram(
    picture,
    key="network",
    selected=node,
    title=statements.figure_title(graph),
    subtitle="Bar width: kernel size. Bar height: channels, square-root scale.",
    height=drawing.height(picture, HEIGHT),
    path=drawing.path(graph, node),
    described=drawing.AS_TEXT,
    file_name=entry.title,
    on_select=partial(drawing.pick, graph),
    on_toggle=partial(drawing.toggle, graph, node, detail, picture),
)

inside, panel = st.columns([0.66, 0.34], gap="medium")
block = drawing.block_of(graph, node)
with inside:
    try:
        inner = drawing.inside(graph, node)
    except LayoutUnavailable as error:
        page.notice(str(error))
    else:
        diagram(
            inner,
            key="block",
            selected=node if node in graph.nodes else None,
            title=f"Inside {block.title}: {len(block.nodes)} operations",
            subtitle="Click one to see what it is.",
            height=330,
            channel="operation",
            path=drawing.path(graph, node),
            file_name=f"{entry.title} {block.title}",
            on_select=partial(drawing.pick, graph),
        )
with panel, st.container(border=True):
    page.details(descriptions.describe(graph, node))
    st.page_link("pages/feature_maps.py", label="What it sees in the photo")
page.caveat(
    "time. Multiply-adds are arithmetic; how long they take depends on the device and is measured on the page Speed."
)
text_outline.expander(graph, node)
page.source(statements.source(graph, entry))
