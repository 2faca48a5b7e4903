"""Messages between our own processes: length-prefixed pickles over private socket pairs.

A message is written as the number of its frames (4 bytes), their sizes (8 bytes each) and the frames: first
the pickle, then the out-of-band buffers of pickle protocol 5 (PEP 574), so that large arrays are not copied
into it. What visitors' functions return travels as a `Packed` inside the message and is unpacked apart, so
that an answer that cannot be read fails its own request and not the connection.
"""

from __future__ import annotations

import io
import pickle
import selectors
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

from core.engine.device import DeviceInfo
from core.engine.errors import Failure
from core.engine.settings import Settings

_HEAVY = frozenset({"torch", "torchvision", "timm"})
_LARGEST = 4 << 30  # bytes of a message; an answer near this would drown the web process
_MANY_FRAMES = 1_000_000  # beyond this the stream is out of step
COMMAND = struct.Struct("<cI")  # to the zygote: a letter and a child's number
LAUNCH, KILL = b"L", b"K"
_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)


class ChannelClosed(ConnectionError):
    """The process at the other end is gone, or the channel was shut here."""

    for_visitors = False


class Unreadable(Exception):
    """A packed value cannot be pickled, or cannot be read on this side."""

    for_visitors = False


@dataclass(frozen=True, slots=True)
class Packed:
    """A pickled value that nobody has read yet: the pickle and its buffers."""

    frames: tuple[Any, ...]

    @property
    def nbytes(self) -> int:
        """The size of the pickle and its buffers in bytes."""
        return sum(memoryview(frame).nbytes for frame in self.frames)

    def unpack(self) -> Any:
        """The value. Raises: Unreadable, also for a value that would make this process import torch."""
        try:
            return _LightUnpickler(io.BytesIO(self.frames[0]), buffers=self.frames[1:]).load()
        except Unreadable:
            raise
        except Exception as error:
            raise Unreadable(f"{type(error).__name__}: {error}") from error


def pack(value: object) -> Packed:
    """`value`, pickled; its arrays stay where they are until the message is sent. Raises: Unreadable."""
    buffers: list[pickle.PickleBuffer] = []
    try:
        body = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    except Exception as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error
    return Packed((pickle.PickleBuffer(body), *buffers))


def pack_copy(value: object) -> Packed:
    """`value`, pickled as it is now: later changes to its arrays do not matter. Raises: Unreadable."""
    try:
        return Packed((pickle.PickleBuffer(pickle.dumps(value, protocol=5)),))
    except Exception as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error


class _LightUnpickler(pickle.Unpickler):
    """Reads a pickle without ever being the reason why torch is imported."""

    def find_class(self, module: str, name: str) -> Any:
        top = module.partition(".")[0]
        if top in _HEAVY and top not in sys.modules:
            raise Unreadable(
                f"it holds a {module}.{name}; convert it to NumPy or plain Python before returning it"
            )
        return super().find_class(module, name)


# From the server to its processes.


@dataclass(frozen=True, slots=True)
class Begin:
    """The first message to a new process: the settings it works under and the modules it needs."""

    settings: Settings
    preload: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Call a function with packed (args, kwargs) and answer with what it returns."""

    number: int
    function: str
    arguments: Packed


@dataclass(frozen=True, slots=True)
class Run:
    """Run an experiment, a generator function, with packed (args, kwargs) and send what it yields."""

    function: str
    arguments: Packed


@dataclass(frozen=True, slots=True)
class Cancel:
    """Close the experiment's generator at its next event."""


# From the processes to their server.


@dataclass(frozen=True, slots=True)
class Importing:
    """A module is being imported."""

    module: str


@dataclass(frozen=True, slots=True)
class Imported:
    """All modules have been imported, but for the missing ones."""

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """The process takes questions; `device` is None where torch has not been imported."""

    pid: int
    device: DeviceInfo | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """The process has taken up the question or the experiment."""

    pid: int


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence about what is going on."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function returned."""

    number: int
    value: Packed


@dataclass(frozen=True, slots=True)
class Event:
    """What an experiment yielded."""

    value: Packed


@dataclass(frozen=True, slots=True)
class Failed:
    """The function or the experiment raised."""

    number: int
    failure: Failure


@dataclass(frozen=True, slots=True)
class End:
    """The experiment has ended by itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The zygote's report about a child: its exit code, negative for a signal, None when it never started."""

    number: int
    code: int | None


class Channel:
    """Whole messages over a stream socket; any thread may send, one thread receives."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._sending = threading.Lock()
        self._selector: selectors.BaseSelector | None = None

    def send(self, message: object) -> None:
        """Send one message. Raises: ChannelClosed."""
        buffers: list[pickle.PickleBuffer] = []
        body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
        raw = [buffer.raw() for buffer in buffers]
        sizes = [len(body), *(part.nbytes for part in raw)]
        head = struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes)
        try:
            with self._sending:
                self.socket.sendall(head + body)
                for part in raw:
                    self.socket.sendall(part)
        except OSError as error:
            raise ChannelClosed("The process at the other end is gone.") from error

    def receive(self, deadline: float | None = None) -> Any:
        """The next message, waited for until the monotonic time `deadline`.

        Raises: ChannelClosed; TimeoutError, after which the channel may stand inside a message and is of no
        more use.
        """
        count = struct.unpack("<I", self._read(4, deadline))[0]
        if count > _MANY_FRAMES:
            raise ChannelClosed(f"The stream is out of step: a message of {count} frames cannot be.")
        sizes = struct.unpack(f"<{count}Q", self._read(8 * count, deadline))
        if sum(sizes) > _LARGEST:
            raise ChannelClosed(
                f"A message of {sum(sizes)} bytes is more than the {_LARGEST} that are taken."
            )
        body, *buffers = (self._read(size, deadline) for size in sizes)
        return pickle.loads(body, buffers=buffers)  # noqa: S301 - from our own process, over a private pair

    def _read(self, size: int, deadline: float | None) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view.nbytes:
            if deadline is not None:
                self._wait(deadline)
            try:
                count = self.socket.recv_into(view)
            except OSError as error:
                raise ChannelClosed("The process at the other end is gone.") from error
            if count == 0:
                raise ChannelClosed("The process at the other end is gone.")
            view = view[count:]
        return data

    def _wait(self, deadline: float) -> None:
        """Return once the socket can be read. A socket time-out would also act on threads that send."""
        if self._selector is None:
            self._selector = _Selector()
            self._selector.register(self.socket, selectors.EVENT_READ)
        if not self._selector.select(max(0.0, deadline - time.monotonic())):
            raise TimeoutError("No message came in time.")

    def shut(self) -> None:
        """End the connection: both sides' waiting calls return with ChannelClosed."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # ended already

    def close(self) -> None:
        """End the connection and free the socket; only once no thread uses the channel."""
        self.shut()
        if self._selector is not None:
            self._selector.close()
        self.socket.close()
