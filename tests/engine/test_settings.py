"""Settings come from the environment and are checked."""

import pickle
from pathlib import Path

import pydantic
import pytest

from core.engine import settings as module
from core.engine.settings import Settings, install, settings, settings_table


@pytest.fixture(autouse=True)
def _fresh_settings(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SKIPSCOPE_{name.upper()}", raising=False)
    install(None)
    yield
    install(None)


def test_variables_are_read_once(monkeypatch):
    monkeypatch.setenv("SKIPSCOPE_DEVICE", "cuda:1")
    monkeypatch.setenv("SKIPSCOPE_MODEL_CACHE_BYTES", "3GB")
    monkeypatch.setenv("SKIPSCOPE_DOWNLOAD_WEIGHTS", "false")
    monkeypatch.setenv("SKIPSCOPE_SOMETHING_ELSE", "ignored")
    assert (settings().device, settings().model_cache_bytes) == ("cuda:1", 3_000_000_000)
    assert not settings().allows_downloads()
    assert settings() is settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("DEVICE", "tpu"), ("THREADS", "-1"), ("REQUEST_SECONDS", "0"), ("MODE", "public"),
     ("PICTURE_BYTES", "-5"), ("JOBS_AT_ONCE", "0"), ("START_METHOD", "spawn")],
)  # fmt: skip
def test_values_out_of_range_are_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(f"SKIPSCOPE_{name}", value)
    with pytest.raises(pydantic.ValidationError, match=name.lower()):
        settings()


def test_settings_are_frozen_and_travel():
    chosen = Settings(threads=3)
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        chosen.threads = 4
    assert pickle.loads(pickle.dumps(chosen)) == chosen
    install(chosen)
    assert settings() is chosen


def test_the_demo_mode_allows_no_downloads():
    assert Settings().allows_downloads()
    assert not Settings(mode="demo").allows_downloads()


def test_the_data_folder_is_resolved_but_not_made(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings().data_path() == tmp_path / ".cache" / "skipscope"
    assert Settings(data_folder=Path("/x/y")).data_path() == Path("/x/y")
    assert not list(tmp_path.iterdir())


def test_the_table_lists_every_setting_with_default_and_description():
    rows = settings_table().splitlines()[2:]
    assert len(rows) == len(Settings.model_fields)
    for row, (name, field) in zip(rows, Settings.model_fields.items(), strict=True):
        assert row.startswith(f"| `SKIPSCOPE_{name.upper()}` | `")
        assert field.description
        assert row.endswith(f"| {field.description} |")
    assert "| `SKIPSCOPE_MODEL_CACHE_BYTES` | `2.0 GB` |" in settings_table()
    assert "| `SKIPSCOPE_DOWNLOAD_WEIGHTS` | `true` |" in settings_table()


@pytest.mark.parametrize("name", [name for name, field in Settings.model_fields.items()])
def test_what_the_table_shows_can_be_set(monkeypatch, name):
    default = Settings.model_fields[name].default
    monkeypatch.setenv(f"SKIPSCOPE_{name.upper()}", module._shown(default))
    assert getattr(settings(), name) == default
