"""What a long answer is doing right now, in one sentence: said in the worker, read on the page.

`say("Downloading weights: 12 of 98 MB")` reaches `Ticket.waiting_for` or `Job.note`. Outside a worker it
does nothing, so functions may call it wherever they run.
"""

from __future__ import annotations

import time
from collections.abc import Callable

_PAUSE = 0.1  # seconds: nobody reads faster, and a download says something for every block it reads

_listener: Callable[[str], None] | None = None
_last = float("-inf")


def say(sentence: str) -> None:
    """Tell whoever waits what is going on; within a tenth of a second of the last sentence it is left out."""
    global _last
    now = time.monotonic()
    if _listener is not None and now - _last >= _PAUSE:
        _last = now
        _listener(sentence)


def listen(listener: Callable[[str], None] | None) -> None:
    """Send what is said from now on to `listener`; None stops it."""
    global _listener, _last
    _listener, _last = listener, float("-inf")
