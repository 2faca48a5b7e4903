"""An experiment on a page: start it, watch it, keep what it has shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.engine.errors import EngineError
from core.engine.jobs import Job, JobState
from core.service import requests
from core.ui import address, job_card, page, server

_LOOK_AGAIN = 0.6  # seconds between looks at a running job


def start(
    topic: str, experiment: str, *args: Any, title: str, device: str | None = None, **options: Any
) -> None:
    """Start an experiment for a page's topic; a callback. What cannot be started is said at the next run."""
    try:
        job = requests.start_job(
            experiment, *args, title=title, visitor=server.visitor(), device=device, **options
        )
    except EngineError as error:
        st.session_state[f"lab.{topic}.refused"] = str(error)
    else:
        st.session_state[f"lab.{topic}"] = job.id


def current(topic: str) -> Job | None:
    """The last job of a topic in this session, if it is still kept."""
    job_id = st.session_state.get(f"lab.{topic}")
    return requests.job(job_id, visitor=server.visitor()) if job_id else None


def busy(topic: str) -> bool:
    """Whether the topic's last job is not over."""
    job = current(topic)
    return job is not None and not job.state.over


def follow(topic: str, show: Callable[[tuple[object, ...]], None]) -> None:
    """Draw what the topic's job has yielded, again and again while it runs; how it ended, if it did not end well."""
    refused = st.session_state.pop(f"lab.{topic}.refused", "")
    if refused:
        page.notice(refused)
    job = current(topic)
    live = job is not None and not job.state.over

    @st.fragment(run_every=_LOOK_AGAIN if live else None)
    def watch() -> None:
        if job is None:
            show(())
            return
        if live and job.state.over:
            address.rerun()
        if live:
            done, doing = job_card.progress(job.snapshot())
            st.progress(done, text=doing)
        elif job.state is not JobState.DONE:
            page.notice(job.error or job.state.sentence, "What was measured until then stays below.")
        show(job.events())

    watch()
