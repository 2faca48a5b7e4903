"""How much of the picture does each cell see?"""

from functools import partial

import streamlit as st

from core.figures import field_notes, sight_words
from core.figures import sight as sights
from core.ui import fields, models, page, photo_input, photos, sight_paths, stacks, subject
from core.ui import sight as figure
from core.ui.fields import compare_effect, comparing, looking, measuring, notes, resizing, telling

QUESTION = "How much of the picture does each cell see?"
KEY = "fields.sight"

entry = subject.architecture()
graph = subject.graph(question=QUESTION, height=620)
node, picture, network = subject.node(graph), photos.chosen(), subject.subject()
runs = models.runs(entry)
fields.require_fields(QUESTION, sights.sight(graph, entry.title), graph, entry)

head = st.container()
with page.controls():
    if runs:
        figure.controls(key=KEY)
    st.space("stretch")
    names, left_out = comparing.control()
place = st.container(gap=None)
with page.controls():
    origin = measuring.control() if runs else "noise"
    photo_input.popover()
others = comparing.graphs(names)
content = sights.sight(graph, entry.title, node=node, compared=others.graphs)
chosen = fields.chosen(content, graph, node)
look = looking.look(content, chosen.layer, entry, network, picture, question=QUESTION, head=head)
target = measuring.Target(network, chosen.layer, chosen.cell, origin, picture) if runs else None
effect = measuring.step(target) if target else measuring.Effect()
with head:
    page.header(
        QUESTION,
        *sight_words.answer(content, chosen.layer, chosen.cell, effect.field, weights=effect.weights),
    )
    for sentence, way_out in chosen.remarks:
        page.notice(sentence, way_out)
    for sentence in left_out:
        page.notice(sentence)

with place:
    figure.sight(
        content,
        key=KEY,
        photo=look.photo,
        shortest=sight_words.shortest_words(content),
        measurable=runs,
        on_layer=fields.choose_layer,
        on_cell=partial(fields.choose_cell, content),
    )
    figure.tell_now(key=KEY, layer=chosen.layer, spot=chosen.spot, responses=look.responses)
    if target:
        measuring.follow(target, effect, content, look, key=KEY)
notes.missing(look, others, title=entry.title)
notes.source(effect, origin, photos.credit(), field_notes.note(graph, entry))
if target:
    compare_effect.expander(target, entry, skips=len(graph.skips) if content.residual else 0)
resizing.expander(look.view, picture)
telling.expander(graph, entry.title)
sight_paths.draw(graph, node, title=entry.title)
st.page_link("pages/architecture.py", label=f"{node} in the architecture of {entry.title}")
notes.awaited(others)
st.divider()
stacks.draw()
