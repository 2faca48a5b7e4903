"""ONNX files of a session: kept apart, named by their content, never more than a few, and gone with the session."""

import gc
from pathlib import Path

import pytest

from core.graph.onnx import OnnxFile
from core.ui import models, selection
from core.ui.own_onnx import MOST, OwnOnnx
from core.ui.private_files import PrivateFiles

FOUND = OnnxFile((3, 64, 64), 10, 1234)


def opened(own: OwnOnnx, upload: str, data: bytes, title: str = "net.onnx") -> str:
    name = own.add(upload, title, lambda: data)
    own.accept(name, title, FOUND)
    return name


def test_is_an_architecture_only_once_it_was_read() -> None:
    own = OwnOnnx()
    name = own.add("upload", "my net.onnx", lambda: b"1")
    assert name.startswith("onnx-")
    assert own.entries() == {}
    own.accept(name, "my net.onnx", FOUND)
    entry = own.entries()[name]
    assert (entry.title, entry.library, entry.input_size, entry.parameters) == (
        "my net",
        "onnx",
        (3, 64, 64),
        1234,
    )
    assert own.opened("upload") == name


def test_equal_files_are_one() -> None:
    own = OwnOnnx()
    assert opened(own, "a", b"1") == opened(own, "b", b"1") != opened(own, "c", b"2")
    assert own.add("a", "net.onnx", lambda: pytest.fail("read again")) == own.opened("b")


def test_only_the_latest_are_kept() -> None:
    own = OwnOnnx()
    names = [opened(own, f"upload {i}", b"%d" % i) for i in range(MOST + 2)]
    assert list(own.entries()) == names[-MOST:]
    assert len(list(own.path(names[-1]).parents[1].iterdir())) == MOST
    assert own.opened("upload 0") == ""


def test_a_refused_file_is_deleted_and_its_sentence_kept() -> None:
    own = OwnOnnx()
    path = own.path(own.add("bad", "bad.onnx", lambda: b"bad"))
    own.refuse("bad", "It is damaged.")
    assert not path.exists()
    assert own.refusal("bad") == "It is damaged."
    assert own.refusal("other") == own.opened("bad") == ""


def test_a_refused_file_takes_no_place() -> None:
    own = OwnOnnx()
    names = [opened(own, f"upload {i}", b"%d" % i) for i in range(MOST)]
    own.add("bad", "bad.onnx", lambda: b"bad")
    assert list(own.entries()) == names
    own.refuse("bad", "It is damaged.")
    assert list(own.entries()) == names
    assert all(own.path(name).exists() for name in names)


def test_of_files_that_wait_to_be_read_the_latest_is_kept() -> None:
    own = OwnOnnx()
    name = opened(own, "upload", b"1")
    first = own.path(own.add("a", "a.onnx", lambda: b"a"))
    second = own.path(own.add("b", "b.onnx", lambda: b"b"))
    assert (first.exists(), second.exists(), own.path(name).exists()) == (False, True, True)


def test_a_file_that_went_is_read_again_before_it_is_an_architecture_again() -> None:
    own = OwnOnnx()
    names = [opened(own, f"upload {i}", b"%d" % i) for i in range(MOST + 1)]
    assert own.add("again", "net.onnx", lambda: b"0") == names[0]
    assert list(own.entries()) == names[1:]


def test_names_lead_nowhere_else_and_are_fit_to_show() -> None:
    own = OwnOnnx()
    for number, given in enumerate(
        ("../../../etc/passwd.onnx", "<b>\n\0\ud800</b>.onnx", "", "." * 300, "ü漢" * 200)
    ):
        name = opened(own, f"upload {number}", b"%d" % number, given)
        assert own.path(name).parent.name == name
        assert own.path(name).suffix == ".onnx"
        title = own.entries()[name].title
        assert title.encode()
        assert title.isprintable()
        assert 0 < len(title) <= 60


def test_nothing_stays_behind() -> None:
    own = OwnOnnx()
    folder = own.path(opened(own, "upload", b"1")).parents[1]
    assert folder.is_dir()
    del own
    gc.collect()
    assert not folder.exists()


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = PrivateFiles(most=2, suffix=".onnx")
    files.keep("first", "first.onnx", b"1")
    folder = files.path("first").parents[1]
    (folder / "second").write_text("in the way")
    with pytest.raises(OSError, match="second"):
        files.keep("second", "second.onnx", b"2")
    assert "second" not in files
    assert "first" in files


def test_someone_elses_file_is_said() -> None:
    chosen, dropped = selection.parse({"model": "onnx-0123456789ab", "node": "layer1"})
    assert (chosen.model, chosen.node) == (selection.DEFAULT_MODEL, "")
    assert dropped == ("ONNX files stay with the session that they were opened in; this is resnet50.",)


def test_sources_share_no_name() -> None:
    assert len(set(models.names())) == len(models.names())
    assert set(models.runnable_names()) <= set(models.names())
    prefixes = [source.prefix for source in models.SOURCES]
    assert not any(name.startswith(tuple(prefixes)) for name in models.names())
