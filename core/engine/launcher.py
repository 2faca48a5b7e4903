"""Starting processes for the engine: forked from a zygote (Linux), or afresh (everywhere).

Both kinds of launcher hand out a `Child`: a channel, a way to kill it, and an event for its end. The server
never signals a forked process by its number, which could belong to another by then: the zygote, its parent,
does.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.engine.errors import EngineClosed
from core.engine.messages import COMMAND, KILL, LAUNCH, Channel, ChannelClosed, Ended, Imported, Importing

_ROOT = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: its exit code, negative for a signal, None where nobody knows."""

    code: int | None

    def reason(self) -> str:
        """The end of a sentence: "it was ended by the signal SIGTERM"."""
        if self.code is None:
            return "it ended together with the process that starts all workers"
        if self.code == -9:
            return "the system ended it (SIGKILL), most often because memory ran out"
        if self.code < 0:
            return f"it was ended by the signal {_signal_name(-self.code)}"
        return f"it ended by itself with exit code {self.code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


class Child:
    """A process that has been asked for; it may not have started yet."""

    def __init__(self, channel: Channel, kill: Callable[[], None], on_end: Callable[[], None]) -> None:
        self.channel = channel
        self._kill = kill
        self._on_end = on_end
        self._ended = threading.Event()
        self._exit = Exit(None)

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._ended.is_set()

    def kill(self) -> None:
        """End the process and those that it started, now; nothing happens if it has ended."""
        if not self.ended:
            self._kill()

    def kill_and_shut(self) -> None:
        """End the process and let whoever listens to it know now, even if it has not started yet."""
        self.kill()
        self.channel.shut()

    def wait(self, seconds: float) -> Exit | None:
        """How the process ended, waited for at most `seconds`; None if it still runs."""
        return self._exit if self._ended.wait(seconds) else None

    def finish(self, seconds: float = 0.0) -> Exit:
        """Give the process `seconds` to end by itself, then kill it; frees the channel."""
        if self.wait(seconds) is None:
            self.kill()
            self.wait(1.0)
        self.channel.close()
        return self._exit

    def set_ended(self, end: Exit) -> None:
        """Called once by the launcher when the process has ended."""
        self._exit = end
        self._ended.set()
        self._on_end()


class Launcher(Protocol):
    """Starts processes and ends them all."""

    @property
    def importing(self) -> str:
        """The module that is being imported before processes can start; "" when there is none."""
        ...

    def launch(self, on_end: Callable[[], None]) -> Child:
        """Ask for a process; `on_end` is called by another thread at its end. Raises: EngineClosed."""
        ...

    def close(self) -> None:
        """End every process; nothing is launched any more."""
        ...


def make_launcher(method: str, modules: tuple[str, ...], later: tuple[str, ...]) -> Launcher:
    """The launcher for a start method: "fork", "fresh", or "auto" for forks on Linux alone.

    macOS has `fork`, but Apple's libraries may fail in a forked process that uses them.
    """
    if method == "fork" or (method == "auto" and sys.platform.startswith("linux")):
        return ForkLauncher(modules, later)
    return FreshLauncher()


class ForkLauncher:
    """Has a zygote fork the processes, and starts a new zygote when the old one is gone."""

    def __init__(self, modules: tuple[str, ...], later: tuple[str, ...] = ()) -> None:
        self._modules = modules
        self._later = later
        self._lock = threading.Lock()
        self._closed = False
        self._zygote: _ZygoteProcess | None = None

    @property
    def importing(self) -> str:
        """The module that the zygote is importing, or ""."""
        zygote = self._zygote
        return zygote.importing if zygote is not None else ""

    def launch(self, on_end: Callable[[], None]) -> Child:
        """Ask for a process, which starts once the zygote has imported its modules. Raises: EngineClosed."""
        with self._lock:
            if self._closed:
                raise EngineClosed("The engine has been closed and starts no process any more.")
            if self._zygote is None or self._zygote.gone:
                self._zygote = _ZygoteProcess(self._modules, self._later)
            return self._zygote.launch(on_end)

    def close(self) -> None:
        """End the zygote and with it every process forked from it."""
        with self._lock:
            self._closed = True
            if self._zygote is not None:
                self._zygote.close()


class _ZygoteProcess:
    """One zygote with the children that it forked."""

    def __init__(self, modules: tuple[str, ...], later: tuple[str, ...]) -> None:
        ours, theirs = socket.socketpair()
        arguments = [str(theirs.fileno()), ",".join(modules), ",".join(later)]
        with theirs, _closed_on_error(ours):
            self.process = _start("core.engine.zygote", arguments, descriptor=theirs.fileno())
        self.importing = modules[0] if modules else ""
        self.gone = False
        self._channel = Channel(ours)
        self._lock = threading.Lock()
        self._children: dict[int, Child] = {}
        self._number = 0
        threading.Thread(target=self._listen, name="zygote-reports", daemon=True).start()

    def launch(self, on_end: Callable[[], None]) -> Child:
        ours, theirs = socket.socketpair()
        with self._lock:
            self._number += 1
            number = self._number
            child = Child(Channel(ours), lambda: self._command(KILL, number), on_end)
            self._children[number] = child
        with theirs:
            self._command(LAUNCH, number, theirs.fileno())
        if self.gone:  # it may have gone before it was entered above
            self._end_all()
        return child

    def _command(self, letter: bytes, number: int, *descriptors: int) -> None:
        data = COMMAND.pack(letter, number)
        with self._lock, contextlib.suppress(OSError):  # a zygote that is gone has ended its children too
            socket.send_fds(self._channel.socket, [data], list(descriptors))

    def _listen(self) -> None:
        try:
            while True:
                self._take(self._channel.receive())
        except ChannelClosed:
            self.gone = True
            self.importing = ""
        self.process.wait()
        self._end_all()
        with self._lock:
            self._channel.close()

    def _take(self, message: object) -> None:
        if isinstance(message, Importing):
            self.importing = message.module
        elif isinstance(message, Imported):
            self.importing = ""
        elif isinstance(message, Ended):
            with self._lock:
                child = self._children.pop(message.number)
            child.set_ended(Exit(message.code))

    def _end_all(self) -> None:
        with self._lock:
            children, self._children = self._children, {}
        for child in children.values():
            child.set_ended(Exit(None))

    def close(self) -> None:
        self._channel.shut()
        _end(self.process)


class FreshLauncher:
    """Starts every process with an interpreter of its own, which imports what it needs itself."""

    importing = ""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._running: dict[subprocess.Popen[bytes], Child] = {}

    def launch(self, on_end: Callable[[], None]) -> Child:
        """Start a process. Raises: EngineClosed."""
        with self._lock:
            if self._closed:
                raise EngineClosed("The engine has been closed and starts no process any more.")
            ours, theirs = socket.socketpair()
            with theirs, _closed_on_error(ours):
                process = _start_child(theirs)
            child = Child(Channel(ours), lambda: _kill(process), on_end)
            self._running[process] = child
        threading.Thread(target=self._await, args=(process, child), name="process-end", daemon=True).start()
        return child

    def _await(self, process: subprocess.Popen[bytes], child: Child) -> None:
        code = process.wait()
        with self._lock:
            self._running.pop(process, None)
        child.set_ended(Exit(code))

    def close(self) -> None:
        """End every process."""
        with self._lock:
            self._closed = True
            running = list(self._running.items())
        for process, child in running:
            child.channel.shut()
            _kill(process)
        for _, child in running:
            child.wait(0.5)


@contextlib.contextmanager
def _closed_on_error(sock: socket.socket) -> Iterator[None]:
    """Close our end when there is no process to hold the other."""
    try:
        yield
    except OSError:
        sock.close()
        raise


def _start_child(theirs: socket.socket) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":  # file descriptors are not inherited there: the socket goes through the pipe
        process = _start("core.engine.child", [], descriptor=None)
        assert process.stdin is not None  # noqa: S101 - for the type checker
        process.stdin.write(theirs.share(process.pid))
        process.stdin.close()
        return process
    return _start("core.engine.child", [str(theirs.fileno())], descriptor=theirs.fileno())


def _start(module: str, arguments: list[str], descriptor: int | None) -> subprocess.Popen[bytes]:
    """Start `python -m module arguments` in a session of its own, able to import what this process can."""
    paths = dict.fromkeys([str(_ROOT), *(path or str(Path.cwd()) for path in sys.path)])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL if descriptor is not None else subprocess.PIPE,
        pass_fds=() if descriptor is None else (descriptor,),
        start_new_session=True,
        env=environment,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that was started here and, where it leads a group, what it started."""
    if process.poll() is not None:
        return
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let the zygote end its children and itself; kill it if it takes longer than that can need."""
    try:
        process.wait(0.5)
    except subprocess.TimeoutExpired:
        _kill(process)
        process.wait()
