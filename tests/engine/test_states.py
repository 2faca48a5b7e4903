"""Tickets and jobs take the transitions that their states allow, and no others."""

from itertools import product

import pytest

from core.engine import Job, JobState, Ticket, TicketState
from core.engine.errors import (
    Failure,
    JobCancelled,
    JobFailed,
    NotReady,
    RequestCancelled,
    RequestFailed,
    RequestReplaced,
)
from core.engine.jobs import EventLimits
from core.engine.messages import pack

FAILURE = Failure("Refused", "Not like this.", "the remote traceback")

TICKET_PATHS = {
    (TicketState.WAITING, TicketState.RUNNING),
    (TicketState.WAITING, TicketState.REPLACED),
    (TicketState.WAITING, TicketState.CANCELLED),
    (TicketState.WAITING, TicketState.FAILED),
    (TicketState.RUNNING, TicketState.DONE),
    (TicketState.RUNNING, TicketState.FAILED),
    (TicketState.RUNNING, TicketState.CANCELLED),
}
JOB_PATHS = {
    (JobState.QUEUED, JobState.RUNNING),
    (JobState.QUEUED, JobState.CANCELLED),
    (JobState.QUEUED, JobState.FAILED),
    (JobState.RUNNING, JobState.DONE),
    (JobState.RUNNING, JobState.CANCELLED),
    (JobState.RUNNING, JobState.FAILED),
}


class Desk:
    """A worker that is not there: two requests come first, and it is being started."""

    busy_with = ""

    def ahead(self, ticket):
        return 2

    def stage(self):
        return self.busy_with

    def cancel(self, ticket):
        """Nothing to take out."""


def new_ticket(desk=None):
    return Ticket(desk or Desk(), "m:f", pack(((), {})), "ann", "", 60)


def new_job(count=10, nbytes=1000):
    stopped = []
    job = Job("m:f", title="", visitor="ann", limits=EventLimits(count, nbytes), stop=stopped.append)
    return job, stopped


def test_every_sequence_of_moves_of_a_ticket():
    for moves in product(TicketState, repeat=3):
        check_ticket(moves)


def check_ticket(moves):
    ticket = new_ticket()
    for state in moves:
        before = ticket.state
        allowed = (before, state) in TICKET_PATHS
        assert before.may_become(state) == allowed
        assert ticket.move(state, failure=FAILURE if state is TicketState.FAILED else None) == allowed
        assert ticket.state is (state if allowed else before)
        assert ticket.wait(0) == ticket.state.over
        assert (ticket.arguments is None) == ticket.state.over


def test_every_sequence_of_moves_of_a_job():
    for moves in product(JobState, repeat=3):
        check_job(moves)


def check_job(moves):
    job, _ = new_job()
    for state in moves:
        before = job.state
        allowed = (before, state) in JOB_PATHS
        assert before.may_become(state) == allowed
        assert job.move(state, pid=1, failure=FAILURE if state is JobState.FAILED else None) == allowed
        assert job.state is (state if allowed else before)
        assert job.wait(0) == job.state.over == (job.ended is not None)


def test_every_state_has_a_sentence():
    for state in (*TicketState, *JobState):
        assert state.sentence.endswith(".")
        assert state.sentence[0].isupper()
    assert len({state.sentence for state in TicketState}) == len(TicketState)


def test_the_result_of_a_ticket_by_state():
    ticket = new_ticket()
    with pytest.raises(NotReady, match="waits"):
        ticket.result()
    ticket.move(TicketState.RUNNING)
    with pytest.raises(NotReady, match="being answered"):
        ticket.result()
    ticket.move(TicketState.DONE, answer=(1, 2))
    assert ticket.result() == (1, 2)

    for state, error in [(TicketState.REPLACED, RequestReplaced), (TicketState.CANCELLED, RequestCancelled)]:
        ticket = new_ticket()
        ticket.move(state)
        with pytest.raises(error, match=state.sentence):
            ticket.result()

    ticket = new_ticket()
    ticket.move(TicketState.FAILED, failure=FAILURE)
    with pytest.raises(RequestFailed, match="Not like this") as caught:
        ticket.result()
    assert caught.value.failure is FAILURE
    assert "the remote traceback" in str(caught.value.__cause__)


def test_an_answer_may_be_none():
    ticket = new_ticket()
    ticket.move(TicketState.RUNNING)
    ticket.move(TicketState.DONE, answer=None)
    assert ticket.result() is None


def test_what_a_ticket_waits_for():
    desk = Desk()
    ticket = new_ticket(desk)
    assert (ticket.position, ticket.waiting_for) == (2, "2 requests ahead…")
    desk.busy_with = "Loading torch in the worker…"
    assert ticket.waiting_for == "Loading torch in the worker…"
    ticket.move(TicketState.RUNNING)
    assert (ticket.position, ticket.waiting_for) == (0, "Computing…")
    ticket.note("Downloading weights: 12 of 98 MB")
    assert ticket.waiting_for == "Downloading weights: 12 of 98 MB"
    ticket.move(TicketState.FAILED, failure=FAILURE)
    assert ticket.waiting_for == "Not like this."


def test_the_result_of_a_job_by_state():
    job, stopped = new_job()
    with pytest.raises(NotReady, match="waits"):
        job.result()
    assert job.started is None
    job.move(JobState.RUNNING, pid=42)
    assert (job.pid, job.started is None) == (42, False)
    assert job.add("event", 1)
    with pytest.raises(NotReady, match="running"):
        job.result()
    job.move(JobState.DONE)
    assert job.result() == ("event",)
    job.cancel()
    assert job.state is JobState.DONE
    assert not stopped

    job, stopped = new_job()
    job.cancel()
    job.cancel()
    assert stopped == [job]
    with pytest.raises(JobCancelled):
        job.result()

    job, _ = new_job()
    job.move(JobState.FAILED, failure=FAILURE)
    assert job.error == "Not like this."
    with pytest.raises(JobFailed, match="Not like this") as caught:
        job.result()
    assert "the remote traceback" in str(caught.value.__cause__)


def test_events_are_read_from_any_place_and_only_kept_while_the_job_runs():
    job, _ = new_job()
    job.add("too early", 1)
    job.move(JobState.RUNNING)
    for number in range(5):
        assert job.add(number, 1)
    assert [job.events(), job.events(3), job.events(5), job.events(99)] == [(0, 1, 2, 3, 4), (3, 4), (), ()]
    with pytest.raises(ValueError, match="-1"):
        job.events(-1)
    job.cancel()
    assert job.add("too late", 1)
    assert job.events(4) == (4,)


@pytest.mark.parametrize(("count", "nbytes", "kept"), [(3, 1000, 3), (10, 25, 2)])
def test_events_are_bounded_in_number_and_in_bytes(count, nbytes, kept):
    job, _ = new_job(count, nbytes)
    job.move(JobState.RUNNING)
    assert [job.add("event", 10) for _ in range(kept + 1)] == [True] * kept + [False]
    assert len(job.events()) == kept


def test_a_snapshot_is_frozen():
    job, _ = new_job()
    before = job.snapshot()
    job.move(JobState.RUNNING)
    job.add("event", 1)
    after = job.snapshot()
    assert (before.state, before.events, before.started) == (JobState.QUEUED, 0, None)
    assert (after.state, after.events, after.title) == (JobState.RUNNING, 1, "f")
    with pytest.raises(AttributeError):
        after.state = JobState.DONE


def test_ids_cannot_be_guessed():
    ids = {new_job()[0].id for _ in range(100)}
    assert len(ids) == 100
    assert min(map(len, ids)) >= 20
