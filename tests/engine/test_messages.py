"""Messages arrive as they were sent, in time or not at all."""

import pickle
import socket
import struct
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from core.engine.messages import Channel, ChannelClosed, Note, Unreadable, pack, pack_copy
from tests.engine import functions


@pytest.fixture
def pair():
    left, right = (Channel(sock) for sock in socket.socketpair())
    yield left, right
    left.close()
    right.close()


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
numbers = st_numpy.integer_dtypes() | st_numpy.floating_dtypes() | st_numpy.boolean_dtypes()
arrays = st_numpy.arrays(numbers, st_numpy.array_shapes(min_dims=0, min_side=0, max_side=5))


@given(st.lists(plain, max_size=4))
def test_messages_arrive_in_order_and_unchanged(values):
    left, right = (Channel(sock) for sock in socket.socketpair())
    for value in values:
        left.send(value)
    assert [right.receive() for _ in values] == values
    left.close()
    right.close()


@given(arrays, st.booleans())
def test_arrays_keep_type_shape_and_values(array, fortran):
    sent = np.asfortranarray(array) if fortran else array
    left, right = (Channel(sock) for sock in socket.socketpair())
    left.send(pack({"array": sent, "twice": [sent, sent[..., ::-1] if sent.ndim else sent]}))
    got = right.receive().unpack()
    np.testing.assert_array_equal(got["array"], sent)
    assert got["array"].dtype == sent.dtype
    assert got["twice"][0] is got["array"]
    if sent.ndim:
        np.testing.assert_array_equal(got["twice"][1], sent[..., ::-1])
    left.close()
    right.close()


def test_a_large_array_travels_beside_the_pickle_and_can_be_written_to(pair):
    array = np.arange(3_000_000, dtype=np.float32)
    packed = pack(array)
    assert memoryview(packed.frames[0]).nbytes < 1000
    assert packed.nbytes == array.nbytes + memoryview(packed.frames[0]).nbytes
    sender = threading.Thread(target=pair[0].send, args=(packed,))
    sender.start()
    got = pair[1].receive().unpack()
    sender.join()
    np.testing.assert_array_equal(got, array)
    got[0] = 7


def test_a_packed_copy_does_not_follow_later_changes():
    array = np.zeros(4)
    packed = pack_copy(array)
    array[:] = 1
    np.testing.assert_array_equal(packed.unpack(), np.zeros(4))


def test_messages_of_many_threads_do_not_mix(pair):
    def send(thread: int) -> None:
        for number in range(20):
            pair[0].send((thread, number, np.full(5000, thread)))

    threads = [threading.Thread(target=send, args=(thread,)) for thread in range(5)]
    for thread in threads:
        thread.start()
    got = [pair[1].receive() for _ in range(100)]
    for thread in threads:
        thread.join()
    assert all((array == thread).all() for thread, _, array in got)
    for thread in range(5):
        assert [number for sender, number, _ in got if sender == thread] == list(range(20))


def test_a_deadline_passes_with_a_timeout_and_leaves_the_sender_alone(pair):
    with pytest.raises(TimeoutError):
        pair[1].receive(time.monotonic() + 0.02)
    pair[0].send("late")
    assert pair[1].receive(time.monotonic() + 5) == "late"


def test_a_deadline_also_holds_inside_a_message(pair):
    pair[0].socket.sendall(struct.pack("<IQ", 1, 100) + b"half")
    with pytest.raises(TimeoutError):
        pair[1].receive(time.monotonic() + 0.02)


@pytest.mark.parametrize("written", [b"", b"\1\0", struct.pack("<IQ", 1, 100) + b"half"])
def test_the_end_of_the_other_side_closes_the_channel(pair, written):
    pair[0].socket.sendall(written)
    pair[0].shut()
    with pytest.raises(ChannelClosed):
        pair[1].receive()
    with pytest.raises(ChannelClosed):
        pair[1].receive(time.monotonic() + 5)
    with pytest.raises(ChannelClosed):
        for _ in range(2):  # the first may still fit into the socket's buffer
            pair[1].send("anybody there?")


def test_shutting_wakes_the_thread_that_waits(pair):
    ended = threading.Event()

    def listen() -> None:
        with pytest.raises(ChannelClosed):
            pair[1].receive()
        ended.set()

    threading.Thread(target=listen).start()
    pair[1].shut()
    assert ended.wait(5)


def test_a_message_too_large_for_this_process_is_not_read(pair):
    pair[0].socket.sendall(struct.pack("<I2Q", 2, 1, 1 << 40))
    with pytest.raises(ChannelClosed, match="1099511627777 bytes"):
        pair[1].receive()


def test_a_stream_out_of_step_is_closed_and_not_read_into_memory(pair):
    pair[0].socket.sendall(b"HTTP/1.1 200 OK\r\n")
    with pytest.raises(ChannelClosed, match="out of step"):
        pair[1].receive()


@pytest.mark.parametrize("value", [threading.Lock(), lambda: None, (number for number in ())])
def test_what_cannot_be_pickled_is_unreadable(value):
    with pytest.raises(Unreadable):
        pack(value)
    with pytest.raises(Unreadable):
        pack_copy(value)


def test_a_pickle_never_imports_torch_here(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)  # other tests may have imported it
    text = b"ctorch._utils\n_rebuild_tensor_v2\n."  # the opcode GLOBAL, as a pickled tensor begins
    packed = pack(None)
    torch_like = type(packed)((text,))
    with pytest.raises(Unreadable, match=r"torch\._utils\._rebuild_tensor_v2.*NumPy"):
        torch_like.unpack()
    assert "torch" not in sys.modules


def test_a_broken_pickle_is_unreadable():
    with pytest.raises(Unreadable):
        type(pack(None))((b"no pickle",)).unpack()


def test_own_records_pass():
    step = functions.Step(3, np.ones(2))
    got = pack(step).unpack()
    assert got.number == 3
    assert pickle.loads(pickle.dumps(Note("a"))) == Note("a")
