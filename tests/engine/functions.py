"""Small functions and experiments for the engine's processes to run."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.engine import progress
from core.engine.errors import Refused
from core.engine.settings import settings


@dataclass(frozen=True)
class Step:
    number: int
    values: np.ndarray | None = None


class ForVisitors(Exception):
    for_visitors = True


def echo(*args, **kwargs):
    return args, kwargs


def pid():
    return os.getpid()


def nap(seconds, value=None):
    time.sleep(seconds)
    return value


def append(path, text, seconds=0.0):
    with Path(path).open("a") as file:
        file.write(text)
    time.sleep(seconds)


def wait_for(path):
    """Return once the file is there: tests open the gate when they have seen what they wanted."""
    while not Path(path).exists():
        time.sleep(0.005)


def gate_and_say(path, sentence):
    progress.say(sentence)
    wait_for(path)


def array(count):
    return {"values": np.arange(count, dtype=np.float64), "mask": np.zeros((3, 4), dtype=bool)}


def total(values):
    return float(values.sum())


def die(number=signal.SIGKILL):
    os.kill(os.getpid(), number)
    time.sleep(60)


def leave(code):
    os._exit(code)


def refuse(text):
    raise Refused(text)


def raise_for_visitors(text):
    raise ForVisitors(text)


def divide(left, right):
    return left / right


def exhaust():
    raise MemoryError


def system_exit():
    sys.exit(3)


def unpicklable():
    return threading.Lock()


def tensor():
    import torch

    return torch.zeros(2)


def modules(*names):
    return [name in sys.modules for name in names]


def device_setting():
    return settings().device


def environment(name):
    return os.environ.get(name)


def grandchild(path):
    """Start a process of one's own, write down its number, and wait."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(path).write_text(str(process.pid))
    time.sleep(600)


def allocate(count):
    return len(bytearray(count))


# Experiments


def count_up(count, pause=0.0):
    for number in range(count):
        yield Step(number)
        time.sleep(pause)


def arrays(count, size):
    for number in range(count):
        yield Step(number, np.full(size, number, dtype=np.float32))


def count_forever(closed=None):
    number = 0
    try:
        while True:
            yield Step(number)
            number += 1
            time.sleep(0.005)
    finally:
        if closed is not None:
            Path(closed).write_text("closed")


def stubborn():
    """An experiment that is busy for long between two events."""
    yield Step(0)
    time.sleep(600)
    yield Step(1)


def fail_after(count):
    yield from count_up(count)
    raise Refused(f"stopped after {count} steps")


def crash_after(count):
    yield from count_up(count)
    raise RuntimeError("a fault of the programmer")


def die_after(count):
    yield from count_up(count)
    die()


def yields_lock():
    yield threading.Lock()


def gated(path):
    yield Step(0)
    wait_for(path)
    yield Step(1)


def notes(path):
    progress.say("Making the data…")
    yield Step(0)
    wait_for(path)


def job_with_grandchild(path):
    yield Step(0)
    grandchild(path)


def train(steps):
    """A real training of a tiny network: what a forked process must be able to do with torch."""
    import torch

    generator = torch.Generator().manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.Flatten(), torch.nn.Linear(8 * 36, 2))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = torch.randn(16, 3, 8, 8, generator=generator), torch.arange(16) % 2
    for step in range(steps):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimiser.step()
        yield Step(step, np.array([loss.item(), torch.get_num_threads()]))
