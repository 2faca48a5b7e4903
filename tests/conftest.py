"""What all tests share: a data folder of their own, few threads, and no network."""

import os
import tempfile

_FOLDER = tempfile.TemporaryDirectory(prefix="skipscope-tests-", ignore_cleanup_errors=True)
os.environ["SKIPSCOPE_DATA_FOLDER"] = _FOLDER.name
os.environ.setdefault("SKIPSCOPE_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
