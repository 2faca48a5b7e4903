"""What all tests share: a data folder of their own, graphs traced in this run, few threads, no network, no hurry."""

import os
import tempfile

from hypothesis import settings

_FOLDER = tempfile.TemporaryDirectory(prefix="skipscope-tests-", ignore_cleanup_errors=True)
os.environ["SKIPSCOPE_DATA_FOLDER"] = _FOLDER.name
if "PYTEST_XDIST_WORKER" not in os.environ:
    # The processes of a run inherit the folder of the one that starts them, which removes it at the end.
    _GRAPHS = tempfile.TemporaryDirectory(prefix="skipscope-graphs-", ignore_cleanup_errors=True)
    os.environ["SKIPSCOPE_TEST_GRAPHS"] = _GRAPHS.name
os.environ.setdefault("SKIPSCOPE_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
# How long an example takes depends on who else uses the machine.
settings.register_profile("skipscope", deadline=None)
settings.load_profile("skipscope")
