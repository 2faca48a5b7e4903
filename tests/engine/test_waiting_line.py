"""The order of waiting requests, against a plain list."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.engine.errors import TooManyRequests
from core.engine.waiting_line import WaitingLine

LIMIT = 3
visitors = st.sampled_from(["ann", "bob", ""])
topics = st.sampled_from(["", "maps", "graph"])


class LineMachine(RuleBasedStateMachine):
    """Every sequence of calls leaves the line as the list `expected` of (item, visitor, topic) says."""

    def __init__(self):
        super().__init__()
        self.line = WaitingLine(LIMIT)
        self.expected = []
        self.next_item = 0

    @rule(visitor=visitors, topic=topics)
    def add(self, visitor, topic):
        item, self.next_item = self.next_item, self.next_item + 1
        same = [i for i, (_, v, t) in enumerate(self.expected) if topic and (v, t) == (visitor, topic)]
        if same:
            older = self.expected[same[0]][0]
            self.expected[same[0]] = (item, visitor, topic)
            assert self.line.add(item, visitor, topic) == older
        elif sum(v == visitor for _, v, _ in self.expected) == LIMIT:
            with pytest.raises(TooManyRequests, match=str(LIMIT)):
                self.line.add(item, visitor, topic)
        else:
            self.expected.append((item, visitor, topic))
            assert self.line.add(item, visitor, topic) is None

    @precondition(lambda self: self.expected)
    @rule()
    def take(self):
        assert self.line.take() == self.expected.pop(0)[0]

    @precondition(lambda self: not self.expected)
    @rule()
    def take_from_nothing(self):
        with pytest.raises(LookupError):
            self.line.take()

    @precondition(lambda self: self.expected)
    @rule(data=st.data())
    def discard(self, data):
        gone = data.draw(st.sampled_from(self.expected))
        self.expected.remove(gone)
        assert self.line.discard(gone[0])
        assert not self.line.discard(gone[0])

    @rule()
    def clear(self):
        assert self.line.clear() == tuple(item for item, _, _ in self.expected)
        self.expected = []

    @invariant()
    def agrees(self):
        items = [item for item, _, _ in self.expected]
        assert self.line.items() == tuple(items)
        assert len(self.line) == len(items)
        assert [self.line.ahead(item) for item in items] == list(range(len(items)))
        assert self.line.ahead(-1) is None


LineMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLine = LineMachine.TestCase
