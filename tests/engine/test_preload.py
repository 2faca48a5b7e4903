"""Imports before anybody asks."""

import gc
import sys

import pytest

from core.engine.preload import import_all, set_threads


def test_modules_are_imported_in_turn_and_missing_or_broken_ones_are_told(tmp_path, monkeypatch, caplog):
    (tmp_path / "engine_test_broken.py").write_text("1 / 0")
    (tmp_path / "engine_test_fine.py").write_text("import gc\nCOLLECTING = gc.isenabled()")
    monkeypatch.syspath_prepend(tmp_path)
    told = []
    missing = import_all(("no_such_module", "engine_test_broken", "engine_test_fine", "json"), told.append)
    assert missing == ("no_such_module", "engine_test_broken")
    assert told == ["no_such_module", "engine_test_broken", "engine_test_fine"]
    assert "ZeroDivisionError" in caplog.text
    assert not sys.modules.pop("engine_test_fine").COLLECTING
    assert gc.isenabled()


@pytest.mark.parametrize(("asked", "given"), [(3, "3"), (0, None)])
def test_threads_are_set_for_libraries_that_come_later(monkeypatch, asked, given):
    monkeypatch.setenv("OMP_NUM_THREADS", "99")
    monkeypatch.setenv("MKL_NUM_THREADS", "99")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    from core.engine.device import cores

    set_threads(asked)
    import os

    assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == (given or str(cores()))
