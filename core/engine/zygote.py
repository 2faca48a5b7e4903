"""The process that all others are forked from: `python -m core.engine.zygote FD MODULES LATER`.

It imports the modules once (torch takes seconds) and then forks a child in milliseconds, which shares that
memory. Because a fork copies only the calling thread and no accelerator survives one, it does nothing else:
no tensor is made, no CUDA call, one thread.

Commands come as 5 bytes, a letter and a number: "L" launches a child under this number with the socket that
is sent along, "K" kills the child's process group. Back go `Importing`, `Imported` and, for every child,
one `Ended`.

No child outlives it (PR_SET_PDEATHSIG, and each child watches its own socket), and it does not outlive the
server: the end of its socket is its end. It lives in a session of its own, so that a Ctrl-C in the terminal
reaches the server alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import select
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from typing import NoReturn

from core.engine import child
from core.engine.messages import COMMAND, KILL, Channel, ChannelClosed, Ended, Imported, Importing
from core.engine.preload import freeze, import_all

_PR_SET_PDEATHSIG = 1
_IDLE = 1.5  # seconds without a command after which the modules for later are imported
_log = logging.getLogger(__name__)


class Zygote:
    """The loop around `os.fork`: commands in, reports out."""

    def __init__(self, control: socket.socket, later: tuple[str, ...]) -> None:
        self._control = control
        self._reports = Channel(control)
        self._later = list(later)
        self._numbers: dict[int, int] = {}  # by process id, for children that have not been reaped

    def prepare(self, modules: tuple[str, ...]) -> None:
        """Import the modules, then report those that are missing."""
        with _ended_by(self._control):
            missing = import_all(modules, lambda module: self._reports.send(Importing(module)))
            self._one_thread()
            freeze()
        self._reports.send(Imported(missing))

    def serve(self) -> None:
        """Obey commands until the server is gone."""
        with selectors.DefaultSelector() as selector, _child_signals() as signals:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(signals, selectors.EVENT_READ)
            while True:
                ready = selector.select(_IDLE if self._later else None)
                if not ready:
                    self._import_later()
                for key, _ in ready:
                    if key.fileobj is signals:
                        signals.recv(4096)
                        self._reap()
                    elif not self._obey():
                        return

    def end_children(self) -> None:
        """Kill and reap every child."""
        for pid in self._numbers:
            _kill_group(pid)
        for pid in self._numbers:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _import_later(self) -> None:
        with _ended_by(self._control):
            import_all((self._later.pop(0),), lambda module: None)
            self._one_thread()
            freeze()

    @staticmethod
    def _one_thread() -> None:
        """A pool of threads made here would be missing in the children; each sets its own number."""
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)

    def _obey(self) -> bool:
        """Read and carry out one command; False at the end of the socket."""
        data, descriptors, _, _ = socket.recv_fds(self._control, COMMAND.size, 1)
        if not data:
            return False
        command, number = COMMAND.unpack(data)
        if command == KILL:
            for pid in [pid for pid, known in self._numbers.items() if known == number]:
                _kill_group(pid)
        else:
            self._launch(number, socket.socket(fileno=descriptors[0]))
        return True

    def _launch(self, number: int, sock: socket.socket) -> None:
        sys.stdout.flush()
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            _log.error("No process could be forked: %s", error)
            self._reports.send(Ended(number, None))
            sock.close()
            return
        if pid == 0:
            self._become_child(parent, sock)
        with contextlib.suppress(OSError):  # the child does the same: whoever comes first
            os.setpgid(pid, pid)
        self._numbers[pid] = number
        sock.close()

    def _become_child(self, parent: int, sock: socket.socket) -> NoReturn:
        status = 1
        try:
            os.setpgid(0, 0)
            _die_with_parent(parent)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            child.main(sock)
            sys.stdout.flush()
            status = 0
        except BaseException:  # noqa: BLE001 - nothing of the child may run on in the zygote's code
            _log.exception("A process of the engine failed outside any question.")
        finally:
            os._exit(status)

    def _reap(self) -> None:
        """Report the children that have ended, and kill what they left in their process groups."""
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None:
                return
            _kill_group(found.si_pid)  # before reaping, while the number cannot belong to another process
            _, status = os.waitpid(found.si_pid, 0)
            number = self._numbers.pop(found.si_pid, None)
            if number is not None:
                self._reports.send(Ended(number, os.waitstatus_to_exitcode(status)))


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends (Linux); else the end of its socket does it."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


@contextlib.contextmanager
def _child_signals() -> Iterator[socket.socket]:
    """A socket that becomes readable when a child ends."""
    reading, writing = socket.socketpair()
    with reading, writing:
        reading.setblocking(False)
        writing.setblocking(False)
        signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        try:
            yield reading
        finally:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)


@contextlib.contextmanager
def _ended_by(control: socket.socket) -> Iterator[None]:
    """End the process when `control` is hung up while imports keep it from looking.

    The thread that watches is gone before anything is forked.
    """
    stop_reading, stop_writing = os.pipe()
    poll = select.poll()
    poll.register(control, 0)  # hang-up is always reported; commands that wait are none of its business
    poll.register(stop_reading, select.POLLIN)

    def watch() -> None:
        if any(descriptor != stop_reading for descriptor, _ in poll.poll()):
            os._exit(1)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        os.write(stop_writing, b"x")
        watcher.join()
        os.close(stop_reading)
        os.close(stop_writing)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def main(arguments: list[str]) -> None:
    """Run until the server is gone. Arguments: the socket's file descriptor, modules, modules for later."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    zygote = Zygote(socket.socket(fileno=int(arguments[0])), _names(arguments[2]))
    try:
        zygote.prepare(_names(arguments[1]))
        zygote.serve()
    except ChannelClosed:
        _log.debug("The server is gone.")
    finally:
        zygote.end_children()
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
