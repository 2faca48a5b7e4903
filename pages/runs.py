"""What has been started in this session, and how it stands."""

import streamlit as st

from core.service import requests
from core.ui import job_card, page, server

QUESTION = "What have you started, and how does it stand?"

jobs = requests.jobs(server.visitor())
running = [job for job in jobs if not job.state.over]
page.header(
    QUESTION,
    f"{len(running)} of {len(jobs)} running." if jobs else "Nothing has been started in this session.",
    "A run goes on while you look at other pages; it ends with the server." if jobs else "",
)
if not jobs:
    page.paragraph(
        "Measure the speed of networks here, or download weights in the sidebar: each becomes a run."
    )
    st.page_link("pages/speed.py", label="Measure speed")
else:
    columns = ("Run", "State", "Started", "Took", "Remark")
    page.table(columns, [job_card.row(job) for job in reversed(jobs)])
    page.source("Times in UTC. Finished runs are kept for an hour.")
