"""What the person who runs Skipscope can choose, read from `SKIPSCOPE_…` environment variables.

`settings()` is the one door: every part of the project reads it, in the web process and in the processes
that work for it, which receive the engine's settings before anything else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import ByteSize, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_DEVICE = r"^(auto|cpu|mps|cuda(:\d+)?)$"


def _size(count: int, description: str) -> Any:
    """A field that holds a number of bytes and reads "2GB" as well as 2000000000."""
    return Field(default=ByteSize(count), ge=0, description=description)


class Settings(BaseSettings):
    """All settings with their defaults; frozen. Raises: pydantic.ValidationError for a value out of range."""

    model_config = SettingsConfigDict(env_prefix="SKIPSCOPE_", frozen=True, extra="ignore")

    mode: Literal["private", "demo"] = Field(
        default="private",
        description=(
            "`demo` for a server open to strangers: no downloads of weights, no files of its disk, no code of "
            "other packages."
        ),
    )
    device: str = Field(
        default="auto",
        pattern=_DEVICE,
        description="Where to compute: `auto`, `cpu`, `cuda`, `cuda:1` or `mps`.",
    )
    threads: int = Field(
        default=0, ge=0, description="CPU threads of a worker or job; 0 takes every core available."
    )
    start_method: Literal["auto", "fork", "fresh"] = Field(
        default="auto",
        description=(
            "How processes start: `fork` from one that has torch loaded (Linux), or `fresh`; `auto` picks."
        ),
    )
    request_seconds: float = Field(default=60, gt=0, description="Time limit of one answer, in seconds.")
    requests_waiting: int = Field(default=16, ge=1, description="Requests that one visitor may have waiting.")
    jobs_at_once: int = Field(
        default=2, ge=1, description="Jobs that run at the same time; further ones wait."
    )
    jobs_per_visitor: int = Field(default=2, ge=1, description="Unfinished jobs that one visitor may have.")
    job_seconds: float = Field(default=3600, gt=0, description="Time limit of one job, in seconds.")
    job_events: int = Field(default=50_000, ge=1, description="Events that one job may yield.")
    job_event_bytes: ByteSize = _size(256_000_000, "Memory that the events of one job may take.")
    jobs_kept: int = Field(
        default=50, ge=1, description="Finished jobs that are kept, each for an hour at most."
    )
    worker_memory_bytes: ByteSize = _size(
        0, "Memory that a worker or job may allocate (Linux); 0 sets no limit."
    )
    model_cache_bytes: ByteSize = _size(
        2_000_000_000, "Memory for the models that a worker keeps between answers."
    )
    activation_bytes: ByteSize = _size(
        4_000_000_000, "Passes whose activations need more memory are refused."
    )
    picture_bytes: ByteSize = _size(20_000_000, "Largest picture file that is read.")
    picture_megapixels: float = Field(default=50, gt=0, description="Largest picture, in millions of pixels.")
    data_folder: Path = Field(
        default=Path("~/.cache/skipscope"), description="Folder for graphs and weights kept between starts."
    )
    download_weights: bool = Field(
        default=True, description="Whether published weights may be downloaded on request."
    )

    def allows_downloads(self) -> bool:
        """Whether weights may be downloaded: never in the demo mode."""
        return self.download_weights and self.mode == "private"

    def allows_own_code(self) -> bool:
        """Whether architectures of packages installed beside this one may be built: never in the demo mode."""
        return self.mode == "private"

    def data_path(self) -> Path:
        """The data folder with `~` resolved; the folder itself may not exist yet."""
        return self.data_folder.expanduser()

    def weights_path(self) -> Path:
        """Where downloaded weights are kept; the folder itself may not exist yet."""
        return self.data_path() / "weights"


_installed: Settings | None = None


def settings() -> Settings:
    """The settings of this process, read from the environment once."""
    global _installed
    if _installed is None:
        _installed = Settings()
    return _installed


def install(new: Settings | None) -> None:
    """Make `new` what `settings()` returns in this process; None has the environment read again."""
    global _installed
    _installed = new


def settings_table() -> str:
    """All settings as a Markdown table: variable, default, what it does."""
    rows = ["| variable | default | what it does |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        rows.append(f"| `SKIPSCOPE_{name.upper()}` | `{_shown(field.default)}` | {field.description} |")
    return "\n".join(rows)


def _shown(value: object) -> str:
    if isinstance(value, ByteSize):
        return value.human_readable(decimal=True, separator=" ") if value else "0"
    return str(value).lower() if isinstance(value, bool) else str(value)
