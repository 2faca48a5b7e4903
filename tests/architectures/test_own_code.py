"""Networks of an installed package: a tiny one is installed beside Skipscope, listed, built, traced and shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "tiny-nets"
version = "1.0"

[tool.setuptools]
packages = ["tiny_nets"]

[project.entry-points."skipscope.architectures"]
tiny = "tiny_nets:tiny"
plain = "tiny_nets:plain"
counted = "tiny_nets:counted"
broken = "tiny_nets:broken"
dictionary = "tiny_nets:dictionary"
missing = "tiny_nets.nowhere:net"
leaving = "tiny_nets:leaving"
odd = "tiny_nets:odd"
"""
CODE = '''
import torch
from torch import nn


def tiny(num_classes: int = 1000) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, num_classes)
    )


def plain():
    return nn.Conv2d(3, 4, 1)


def counted(num_classes):
    """Decides by numbers of tensors while it is built."""
    widths = [int(width) for width in torch.linspace(4, 8, 3)]
    return nn.Sequential(*(nn.Conv2d(3 if i == 0 else widths[i - 1], w, 1) for i, w in enumerate(widths)))


def broken():
    raise KeyError("no such thing\\nsecond line")


def dictionary():
    return {"a": 1}


def leaving():
    raise SystemExit("bye")


class OddError(Exception):
    pass


class Odd(nn.Module):
    def forward(self, x):
        raise OddError("not today")


def odd():
    return Odd()
'''
LOOK = """
import json, sys
from core.architectures import catalogue, installed
assert installed.names() == ()
installed.permit(lambda: True)
told = {"names": installed.names(), "light": not {"torch", "tiny_nets"} & set(sys.modules)}
entry = catalogue.get("code/tiny")
told["entry"] = (entry.title, entry.library, entry.input_size, entry.parameters)
from core.architectures import build
from core.graph import trace
for name in ("tiny", "plain", "counted"):
    graph = trace(build(f"code/{name}", device="meta"), (3, 32, 32))
    assert all(p.is_meta for p in build(f"code/{name}", device="meta").parameters())
    told[name] = (graph.parameters, graph.macs)
told["classes"] = build("code/tiny", num_classes=7)[4].out_features
same = [build("code/tiny", seed=3)[0].weight for _ in range(2)]
told["seeded"] = bool((same[0] == same[1]).all())
from core.architectures import OwnCodeFailed
from core.service import answers
from core.service.subjects import Subject
for name in ("broken", "dictionary", "missing", "leaving", "odd"):
    try:
        answers.graph(Subject(f"code/{name}", None, (3, 32, 32)))
    except OwnCodeFailed as error:
        told[name] = str(error)
print(json.dumps(told))
"""
SHOWN = """
import json
from streamlit.testing.v1 import AppTest
from core.service import requests
from tests.pages.conftest import APP, html, settled

requests.warm_up()
told = {}
for name in ("tiny", "broken"):
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["model"] = f"code/{name}"
    settled(app)
    told[name] = html(app)
    told["options"] = app.sidebar.selectbox(key="sidebar.model").options[:9]
    told["sizes"] = app.sidebar.selectbox(key="sidebar.size").options[:3]
    assert not app.exception
told["kept"] = len(list((requests.settings().data_path() / "graphs").glob("*")))
requests.shut_down()
print(json.dumps(told))
"""
MEASURED = """
import json, sys
from core.experiments import measure_speed
from core.experiments.records import SpeedMeasured
events = tuple(measure_speed(("code/tiny",), (1,)))
told = {"measured": [e.architecture for e in events if isinstance(e, SpeedMeasured)]}
told["alone"] = "core.service.answers" not in sys.modules
print(json.dumps(told))
"""
HOSTED = """
import json, sys
from core.ui import models, selection
from core.architectures.records import UnknownArchitecture
told = {"names": [n for n in models.names() if n.startswith("code/")], "known": models.known("code/tiny")}
told["address"] = selection.parse({"model": "code/tiny"})
try:
    models.get("code/tiny")
except UnknownArchitecture as error:
    told["get"] = str(error)
from core.service import answers
from core.architectures import build
try:
    build("code/tiny", device="meta")
except UnknownArchitecture as error:
    told["build"] = str(error)
told["imported"] = "tiny_nets" in sys.modules
told["address"] = (told["address"][0].model, told["address"][1])
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the tiny package is installed into, by pip and without a network."""
    source = tmp_path_factory.mktemp("source")
    (source / "pyproject.toml").write_text(PYPROJECT)
    (source / "tiny_nets").mkdir()
    (source / "tiny_nets" / "__init__.py").write_text(CODE)
    target = tmp_path_factory.mktemp("packages")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *quiet, "--target", str(target), str(source)], check=True
    )
    return target


def told(script: str, packages: Path, **environment: str) -> dict[str, object]:
    """What a script prints that runs where the package is installed."""
    path = os.pathsep.join((str(packages), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def looked(packages: Path) -> dict[str, object]:
    return told(LOOK, packages)


def test_names_are_listed_without_importing_anything(looked: dict[str, object]) -> None:
    names = ("broken", "counted", "dictionary", "leaving", "missing", "odd", "plain", "tiny")
    assert looked["names"] == [f"code/{name}" for name in names]
    assert looked["light"] is True
    assert looked["entry"] == ["tiny", "code", [3, 224, 224], None]


def test_is_built_and_traced(looked: dict[str, object]) -> None:
    assert looked["tiny"] == [3 * 9 * 8 + 8 + 9 * 1000, 30 * 30 * 8 * 27 + 8 * 1000]
    assert looked["plain"] == [16, 32 * 32 * 12]
    assert looked["classes"] == 7
    assert looked["seeded"] is True


def test_code_that_needs_numbers_is_built_as_usual(looked: dict[str, object]) -> None:
    assert looked["counted"] == [16 + 30 + 56, 32 * 32 * (12 + 24 + 48)]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("broken", "tiny_nets:broken of the package tiny-nets failed: KeyError: 'no such thing\\nsecond line'."),
        ("dictionary", "tiny_nets:dictionary of the package tiny-nets must give a torch.nn.Module, but gave an object "
                       "of type dict."),
        ("missing", "tiny_nets.nowhere:net of the package tiny-nets failed: ModuleNotFoundError: No module named "
                    "'tiny_nets.nowhere'."),
        ("leaving", "tiny_nets:leaving of the package tiny-nets failed: SystemExit: bye."),
        ("odd", "tiny_nets:odd of the package tiny-nets failed: OddError: not today."),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_sentence(looked: dict[str, object], name: str, what: str) -> None:
    assert looked[name] == f"The function {what}"


def test_is_shown_in_the_app(packages: Path, tmp_path: Path) -> None:
    shown = told(SHOWN, packages, SKIPSCOPE_DATA_FOLDER=str(tmp_path))
    assert "tiny · installed here" in shown["options"]  # type: ignore[operator]
    assert shown["sizes"] == ["32 × 32", "64 × 64", "96 × 96"]
    assert "tiny has no skips" in shown["tiny"]  # type: ignore[operator]
    assert "The function tiny_nets:broken of the package tiny-nets failed" in shown["broken"]  # type: ignore[operator]
    assert shown["kept"] == 0, "what a package builds may change with the package"


def test_an_experiment_finds_it_in_a_process_of_its_own(packages: Path) -> None:
    assert told(MEASURED, packages) == {"measured": ["code/tiny"], "alone": True}


def test_a_server_for_strangers_ignores_it(packages: Path) -> None:
    hosted = told(HOSTED, packages, SKIPSCOPE_MODE="demo")
    assert hosted["names"] == []
    assert hosted["known"] is False
    assert hosted["address"] == ["resnet50", ["No architecture is called “code/tiny”; this is resnet50."]]
    assert (
        hosted["get"] == hosted["build"] == "No package installed here has an architecture named 'code/tiny'."
    )
    assert hosted["imported"] is False
