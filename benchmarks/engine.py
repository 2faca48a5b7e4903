"""The engine beside what one would take instead: `ProcessPoolExecutor` and fresh processes.

Run: python -m benchmarks.engine            (a minute)
     python -m benchmarks.engine --torch    (also with torch preloaded; three minutes)
"""

import argparse
import json
import multiprocessing
import os
import platform
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import psutil

from benchmarks.timing import interleave, report
from core.engine import Engine
from core.engine.settings import Settings
from tests.engine import functions

MODULE = "tests.engine.functions"


def ask(engine: Engine, function: Callable[..., object], *args: object) -> object:
    """One question and its answer."""
    ticket = engine.ask(function, *args, visitor="benchmark")
    ticket.wait()
    return ticket.result()


def questions(rounds: int) -> None:
    """What a question costs, with small and with large answers."""
    with (
        Engine(Settings(), preload=(MODULE,), later=()) as engine,
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool,
    ):
        cases = {"small": (functions.echo, 1), "array of 32 MB": (functions.array, 4_000_000)}
        for name, (function, argument) in cases.items():
            samples = interleave(
                {
                    "engine": lambda f=function, a=argument: ask(engine, f, a),
                    "process pool": lambda f=function, a=argument: pool.submit(f, a).result(),
                },
                rounds if name == "small" else max(5, rounds // 20),
                warmups=20 if name == "small" else 2,
            )
            report(
                f"One question and its answer ({name})", samples, us="engine", peer="process pool", target=1.5
            )


def first_answers(rounds: int) -> None:
    """From nothing to the first answer, without heavy imports."""

    def with_engine() -> None:
        with Engine(Settings(), preload=(MODULE,), later=()) as engine:
            ask(engine, functions.echo, 1)

    def with_pool() -> None:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            pool.submit(functions.echo, 1).result()

    samples = interleave({"engine": with_engine, "process pool (spawn)": with_pool}, rounds)
    report("Start, first answer, end", samples, us="engine", peer="process pool (spawn)", target=2.0)


def replacements(rounds: int) -> None:
    """From the death of a worker to the next answer."""
    with Engine(Settings(), preload=(MODULE,), later=()) as engine:

        def replace() -> None:
            os.kill(ask(engine, functions.pid), 9)
            ask(engine, functions.pid)

        report(
            "Killed worker to the next answer",
            interleave({"engine": replace}, rounds),
            us="engine",
            target=0.5,
        )


def cancellations(rounds: int) -> None:
    """From the cancel to the end of the process: one that yields, and one that has to be killed."""
    with Engine(Settings(), preload=(MODULE,), later=()) as engine:
        samples: dict[str, list[float]] = {"yields every 5 ms": [], "yields never": []}
        for _ in range(rounds):
            for name, experiment in zip(samples, (functions.count_forever, functions.stubborn), strict=True):
                job = engine.start(experiment)
                while not job.events():
                    time.sleep(0.001)
                begin = time.perf_counter()
                job.cancel()
                while psutil.pid_exists(job.pid):
                    time.sleep(0.0005)
                samples[name].append(time.perf_counter() - begin)
        for name in samples:
            report(f"Cancel to the end of the process: {name}", {name: samples[name]}, us=name, target=2.0)


def job_starts(rounds: int, preload: tuple[str, ...], experiment: Callable[..., object]) -> None:
    """From the start of a job to its first event: forked, and in a fresh process."""
    with (
        Engine(Settings(start_method="fork"), preload=preload) as forking,
        Engine(Settings(start_method="fresh"), preload=()) as fresh,
    ):
        ask(forking, functions.echo)
        time.sleep(8 if "torch" in preload else 0)  # the modules for later are imported in an idle moment

        def first_event(engine: Engine) -> None:
            job = engine.start(experiment, 1)
            job.wait()
            job.result()

        samples = interleave(
            {"forked": lambda: first_event(forking), "fresh": lambda: first_event(fresh)}, rounds
        )
        title = f"Job of one step, start to end (preloaded: {', '.join(preload)})"
        report(title, samples, us="forked", peer="fresh", target=0.5)


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--torch", action="store_true")
    options = parser.parse_args()
    print(
        json.dumps(
            {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}
        )
    )
    few = max(3, options.rounds // 40)
    questions(options.rounds)
    first_answers(few)
    replacements(few)
    cancellations(few)
    job_starts(few, (MODULE,), functions.count_up)
    if options.torch:
        job_starts(3, ("torch", MODULE), functions.train)


if __name__ == "__main__":
    main()
