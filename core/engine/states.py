"""What the states of requests and jobs have in common."""

from __future__ import annotations

from enum import Enum
from typing import Self


class State(Enum):
    """Where something stands; the values of its members are sentences for visitors."""

    @property
    def followers(self) -> frozenset[Self]:
        """The states that may come next; none when nothing changes any more."""
        raise NotImplementedError

    @property
    def sentence(self) -> str:
        """The state in one sentence."""
        return str(self.value)

    @property
    def over(self) -> bool:
        """Whether nothing changes any more."""
        return not self.followers

    def may_become(self, other: Self) -> bool:
        """Whether `other` may follow this state."""
        return other in self.followers
