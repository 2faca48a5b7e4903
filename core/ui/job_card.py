"""The visitor's running jobs, shown on every page."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from core.engine.jobs import JobSnapshot, JobState
from core.experiments.records import Progress
from core.service import requests
from core.ui import address, page, server

_LOOK_AGAIN = 0.7  # seconds
_READ = "job_card.read"


def running() -> tuple[JobSnapshot, ...]:
    """Snapshots of the visitor's jobs that are not over."""
    return tuple(job for job in requests.jobs(server.visitor()) if not job.state.over)


def card() -> None:
    """One line and a bar for each job that is not over; the page runs again when one ends. What failed says why."""
    _failures()
    live = tuple(job.id for job in running())
    _card(live) if not live else st.fragment(run_every=_LOOK_AGAIN)(_card)(live)


def _card(live: tuple[str, ...]) -> None:
    jobs = running()
    if {job.id for job in jobs} != set(live):
        address.rerun()
    for job in jobs:
        line(job)


def _failures() -> None:
    """The sentences of jobs that ended early, until the visitor has read them."""
    read: set[str] = st.session_state.setdefault(_READ, set())
    for job in requests.jobs(server.visitor()):
        if job.state is JobState.FAILED and job.id not in read:
            page.notice(f"{job.title}: {job.error}")
            st.button(
                "I have read it", key=f"read.{job.id}", on_click=read.add, args=(job.id,), type="tertiary"
            )


def line(job: JobSnapshot) -> None:
    """A job as a bar with what it does, and a button that stops it."""
    done, doing = progress(job)
    st.progress(done, text=f"{job.title}: {doing}")
    st.button("Stop", key=f"stop.{job.id}", on_click=_stop, args=(job.id,), type="tertiary")


def progress(job: JobSnapshot) -> tuple[float, str]:
    """The share of a job that is done (0…1), and what it does now."""
    if job.state is JobState.QUEUED:
        return 0.0, job.state.sentence
    owned = requests.job(job.id, visitor=server.visitor())
    events = [event for event in (owned.events() if owned else ()) if isinstance(event, Progress)]
    if not events:
        return 0.0, job.note or "starting"
    last = events[-1]
    return last.done / max(last.total, 1), job.note or last.doing


def row(job: JobSnapshot) -> tuple[str, str, str, str, str]:
    """A job as a row of the Runs page: title, state, start, duration, remark."""
    started = job.started.strftime("%H:%M:%S") if job.started else "–"
    end = job.ended or datetime.now(UTC)
    took = f"{(end - job.started).total_seconds():.0f} s" if job.started else "–"
    return (job.title, job.state.name.capitalize(), started, took, job.error or job.note or progress(job)[1])


def _stop(job_id: str) -> None:
    owned = requests.job(job_id, visitor=server.visitor())
    if owned is None:
        page.notice("That job is not there any more.")
    else:
        owned.cancel()
