"""The cache never holds more than its limit, and forgets what was used least recently."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine import ByteCache

steps = st.lists(
    st.tuples(st.sampled_from(["put", "get", "discard"]), st.integers(0, 6), st.integers(0, 60)), max_size=60
)


@given(st.integers(0, 100), steps)
def test_agrees_with_a_list_in_order_of_use(limit, calls):
    cache = ByteCache(limit, len)
    expected = []  # (key, value), least recently used first
    for name, key, size in calls:
        held = [pair for pair in expected if pair[0] == key]
        others = [pair for pair in expected if pair[0] != key]
        if name == "get":
            assert cache.get(key) == (held[0][1] if held else None)
            expected = others + held
        elif name == "discard":
            cache.discard(key)
            expected = others
        else:
            cache.put(key, b"x" * size)
            expected = others + ([(key, b"x" * size)] if size <= limit else [])
            while sum(len(value) for _, value in expected) > limit:
                expected.pop(0)
        assert cache.keys() == tuple(key for key, _ in expected)
        assert cache.nbytes == sum(len(value) for _, value in expected) <= limit
        assert len(cache) == len(expected)
        assert (key in cache) == any(key == other for other, _ in expected)


def test_a_value_is_made_once():
    cache, made = ByteCache(100, len), []
    for _ in range(3):
        assert cache.get_or_make("a", lambda: made.append(1) or b"abc") == b"abc"
    assert made == [1]
    cache.clear()
    assert len(cache) == cache.nbytes == 0


def test_a_value_larger_than_the_cache_is_handed_out_and_leaves_the_others():
    cache = ByteCache(10, len)
    cache.put("small", b"12345")
    assert cache.get_or_make("large", lambda: b"x" * 11) == b"x" * 11
    assert cache.keys() == ("small",)


def test_wrong_sizes_are_refused():
    with pytest.raises(ValueError, match="-1"):
        ByteCache(-1, len)
    with pytest.raises(ValueError, match="-5"):
        ByteCache(10, lambda value: -5).put("a", "b")


def test_many_threads_leave_it_consistent():
    cache = ByteCache(50, len)

    def work(seed: int) -> None:
        for number in range(300):
            cache.put((seed * number) % 11, b"x" * (number % 17))
            cache.get(number % 11)
            cache.discard((number + seed) % 11)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values = [cache.get(key) for key in range(11)]
    assert cache.nbytes == sum(len(value) for value in values if value is not None) <= 50
