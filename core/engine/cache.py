"""A cache bounded in bytes, for what a worker keeps between answers (models, mostly)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ByteCache(Generic[K, V]):
    """Values by key, at most `limit_bytes` together; the least recently used go first.

    `size_of(value)` gives a value's size in bytes, asked once when the value is put in. A value larger than
    the whole limit is handed out but not kept. Safe to use from several threads.
    """

    def __init__(self, limit_bytes: int, size_of: Callable[[V], int]) -> None:
        if limit_bytes < 0:
            raise ValueError(f"The limit of a cache is a number of bytes of at least 0, not {limit_bytes}.")
        self.limit_bytes = limit_bytes
        self._size_of = size_of
        self._kept: dict[K, tuple[V, int]] = {}  # oldest use first
        self._bytes = 0
        self._lock = threading.RLock()

    def get(self, key: K) -> V | None:
        """The value kept under `key`, which counts as a use, or None."""
        with self._lock:
            entry = self._kept.pop(key, None)
            if entry is None:
                return None
            self._kept[key] = entry
            return entry[0]

    def put(self, key: K, value: V) -> None:
        """Keep `value` under `key` in place of an older one, and drop what no longer fits.

        Raises: ValueError when `size_of` gives a negative size.
        """
        size = self._size_of(value)
        if size < 0:
            raise ValueError(f"The size of a cached value cannot be {size} bytes.")
        with self._lock:
            self.discard(key)
            if size > self.limit_bytes:
                return
            self._kept[key] = (value, size)
            self._bytes += size
            while self._bytes > self.limit_bytes:
                self.discard(next(iter(self._kept)))

    def get_or_make(self, key: K, make: Callable[[], V]) -> V:
        """The value kept under `key`, else what `make()` returns, kept from now on.

        Two threads that miss at the same time both make one; the later one is kept.
        """
        found = self.get(key)
        if found is not None:
            return found
        made = make()
        self.put(key, made)
        return made

    def discard(self, key: K) -> None:
        """Forget what is kept under `key`, if anything."""
        with self._lock:
            entry = self._kept.pop(key, None)
            if entry is not None:
                self._bytes -= entry[1]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def keys(self) -> tuple[K, ...]:
        """The keys, least recently used first."""
        with self._lock:
            return tuple(self._kept)

    @property
    def nbytes(self) -> int:
        """The size of all kept values in bytes."""
        with self._lock:
            return self._bytes

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    def __contains__(self, key: K) -> bool:
        with self._lock:
            return key in self._kept
