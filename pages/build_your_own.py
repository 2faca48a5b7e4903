"""What do you get if you change the recipe?"""

import streamlit as st

from core.architectures.problems import problems
from core.figures import recipe
from core.ui import page
from core.ui.builder import comparing, controls, costs, rows, work

QUESTION = "What do you get if you change the recipe?"
HEIGHT = 300  # px of the figure's place before the first answer

at = work.opened()
head = st.container()
if work.said():
    page.notice(work.said())
controls.draw(at)
shown = costs.look(at)
with head:
    page.header(QUESTION, *comparing.answer(shown))

known = None if shown.spec is None or shown.graph is None else recipe.row_costs(shown.spec, shown.graph)
rows.draw(at, problems(at.draft.data()), known, stale=not shown.fresh)
if shown.failure:
    page.notice(shown.failure)
    st.button("Try again", key="builder.again", on_click=costs.again)
elif shown.graph is None:
    page.awaiting("Tracing your recipe …", HEIGHT)
comparing.strips(shown)
comparing.bars(shown)
page.source("Counted by tracing; batch norm included. What it would score is unknown: it was never trained.")
costs.keep_looking(shown)
