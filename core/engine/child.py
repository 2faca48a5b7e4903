"""What a process of the engine does: answer questions in turn as a worker, or run one experiment as a job.

Which of the two it is, the messages on its socket tell. A thread reads them, so that the end of the socket,
which means that the server has ended, ends the process at once whatever it is doing.

`python -m core.engine.child FD` starts one afresh (on Windows the socket comes through the standard input);
the zygote forks the others.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import socket
import sys
import threading
from collections.abc import Generator
from typing import Any

from core.engine import progress
from core.engine.device import describe
from core.engine.errors import Refused
from core.engine.failures import describe as describe_failure
from core.engine.messages import (
    Answer,
    Begin,
    Cancel,
    Channel,
    ChannelClosed,
    End,
    Event,
    Failed,
    Importing,
    Note,
    Question,
    Ready,
    Run,
    Started,
    Unreadable,
    pack,
)
from core.engine.names import find
from core.engine.preload import guard_memory, import_all, set_threads
from core.engine.settings import install

_log = logging.getLogger(__name__)


def main(sock: socket.socket) -> None:
    """Serve the server at the other end of `sock`; returns when an experiment is over, else never."""
    channel = Channel(sock)
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    cancelled = threading.Event()
    threading.Thread(target=_listen, args=(channel, inbox, cancelled), name="inbox", daemon=True).start()
    try:
        _begin(channel, inbox.get())
        progress.listen(lambda sentence: channel.send(Note(sentence)))
        while True:
            message = inbox.get()
            if isinstance(message, Run):
                _run(channel, message, cancelled)
                return
            _answer(channel, message)
    except ChannelClosed:
        _end_process()


def _listen(channel: Channel, inbox: queue.SimpleQueue[Any], cancelled: threading.Event) -> None:
    """Put messages into the inbox until the server is gone, and then end the process."""
    try:
        while True:
            message = channel.receive()
            if isinstance(message, Cancel):
                cancelled.set()
            else:
                inbox.put(message)
    except ChannelClosed:
        _end_process()


def _end_process() -> None:
    """End this process now, with the processes that it started where it leads a group of its own."""
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _begin(channel: Channel, begin: Begin) -> None:
    install(begin.settings)
    guard_memory(begin.settings)
    missing = import_all(begin.preload, lambda module: channel.send(Importing(module)))
    set_threads(begin.settings.threads)
    device = None
    if "torch" in sys.modules:
        try:
            device = describe()
        except (ValueError, RuntimeError) as error:  # each question that needs it says so again
            _log.warning("The device “%s” cannot be used: %s", begin.settings.device, error)
    channel.send(Ready(os.getpid(), device, missing))


def _answer(channel: Channel, question: Question) -> None:
    """Call the function; its answer or its failure goes back. The one place where any exception is caught."""
    channel.send(Started(os.getpid()))
    try:
        args, kwargs = question.arguments.unpack()
        value = find(question.function)(*args, **kwargs)
        answer: Answer | Failed = Answer(question.number, _packed(value, question.function))
    except ChannelClosed:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the boundary: the error is sent, not lost
        answer = Failed(question.number, describe_failure(error))
    channel.send(answer)


def _run(channel: Channel, run: Run, cancelled: threading.Event) -> None:
    """Send what the experiment yields until it ends or is cancelled; the boundary of jobs."""
    channel.send(Started(os.getpid()))
    try:
        args, kwargs = run.arguments.unpack()
        _stream(channel, find(run.function)(*args, **kwargs), run.function, cancelled)
        last: End | Failed = End()
    except ChannelClosed:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the boundary: the error is sent, not lost
        last = Failed(0, describe_failure(error))
    channel.send(last)


def _stream(channel: Channel, events: object, name: str, cancelled: threading.Event) -> None:
    if not isinstance(events, Generator):
        raise Refused(
            f"“{name}” is no experiment: it returned {type(events).__name__}, not a generator of events."
        )
    try:
        for event in events:
            if cancelled.is_set():
                return
            channel.send(Event(_packed(event, name)))
    finally:
        events.close()


def _packed(value: object, name: str) -> Any:
    try:
        return pack(value)
    except Unreadable as error:
        kind = type(value).__name__
        raise Refused(
            f"The answer of “{name}”, of type {kind}, cannot leave its process: {error}."
        ) from error


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if sys.platform == "win32":
        main(socket.fromshare(sys.stdin.buffer.read()))
    else:
        main(socket.socket(fileno=int(sys.argv[1])))
    sys.stdout.flush()
    os._exit(0)
