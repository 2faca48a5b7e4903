"""A stand-in for the web server: an engine at work, which writes down who its processes are, and waits.

Arguments: the way of starting processes; a folder; and "busy" (a worker and two jobs) or "importing".
"""

import json
import sys
import threading
import time
from pathlib import Path

import psutil

from core.engine import Engine, JobState
from core.engine.settings import Settings
from tests.engine import functions


def main(method: str, folder: Path, moment: str) -> None:
    preload = ("slow_module",) if moment == "importing" else ()
    engine = Engine(Settings(start_method=method), preload=preload, later=())
    if moment == "busy":
        starter = threading.Thread(target=work, args=(engine, folder))  # a page's thread ends soon
        starter.start()
        starter.join()
    else:
        while not (folder / "importing").exists():
            time.sleep(0.01)
    pids = [process.pid for process in psutil.Process().children(recursive=True)]
    sys.stdout.write(json.dumps(pids) + "\n")
    sys.stdout.flush()
    time.sleep(600)


def work(engine: Engine, folder: Path) -> None:
    engine.ask(functions.nap, 600, visitor="ann")
    jobs = [
        engine.start(functions.job_with_grandchild, str(folder / "pid")),
        engine.start(functions.count_forever),
    ]
    while any(job.state is JobState.QUEUED for job in jobs) or not engine.status().worker.busy:
        time.sleep(0.01)
    while not (folder / "pid").exists():
        time.sleep(0.01)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
