"""Graphs on disk: found again, never trusted when damaged, and no error when the disk refuses."""

from pathlib import Path

import pytest

from core.architectures.building import build
from core.graph import store
from core.graph.tracing import trace
from core.service.graph_store import GraphStore
from core.service.subjects import Subject

SUBJECT = Subject("cifar_resnet20", None, (3, 32, 32))


@pytest.fixture(scope="module")
def data() -> bytes:
    return store.dumps(trace(build("cifar_resnet20", device="meta"), (3, 32, 32)))


def test_nothing_is_found_in_an_empty_folder(tmp_path: Path) -> None:
    assert GraphStore(tmp_path / "none").find(SUBJECT) is None


def test_kept_graph_is_found_by_another_store(tmp_path: Path, data: bytes) -> None:
    kept = GraphStore(tmp_path).keep(SUBJECT, data)
    found = GraphStore(tmp_path).find(SUBJECT)
    assert found is not None
    assert found.nodes == kept.nodes
    assert list(tmp_path.glob("*.part")) == []


def test_other_input_sizes_are_other_graphs(tmp_path: Path, data: bytes) -> None:
    GraphStore(tmp_path).keep(SUBJECT, data)
    assert GraphStore(tmp_path).find(Subject("cifar_resnet20", None, (3, 64, 64))) is None


def test_weights_do_not_matter(tmp_path: Path, data: bytes) -> None:
    GraphStore(tmp_path).keep(SUBJECT, data)
    assert GraphStore(tmp_path).find(Subject("cifar_resnet20", "some.safetensors", (3, 32, 32))) is not None


def test_damaged_file_counts_as_none(tmp_path: Path, data: bytes) -> None:
    GraphStore(tmp_path).keep(SUBJECT, data)
    (file,) = tmp_path.iterdir()
    file.write_bytes(data[: len(data) // 2])
    assert GraphStore(tmp_path).find(SUBJECT) is None


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_text("in the way")
    keeper = GraphStore(tmp_path / "file" / "folder")
    assert keeper.keep(SUBJECT, data).nodes
    assert keeper.find(SUBJECT) is not None


def test_only_the_last_few_stay_in_memory(tmp_path: Path, data: bytes) -> None:
    keeper = GraphStore(tmp_path, in_memory=2)
    for side in (32, 40, 48):
        keeper.keep(Subject("cifar_resnet20", None, (3, side, side)), data)
    assert len(keeper._recent) == 2
