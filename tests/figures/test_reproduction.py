"""The lines of Python that the page offers do what it says, in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.architectures import get
from core.figures.reproduction import native_lines, trace_lines
from tests.real_graphs import graph_at

ROOT = Path(__file__).parents[2]
TRACED = (
    ("resnet50", (3, 224, 224)),
    ("own/resnet18", (3, 96, 96)),
    ("cifar_plain20", (3, 32, 32)),
    ("residual_mlp10", (64,)),
    ("timm/tf_efficientnet_lite0", (3, 224, 224)),
    ("googlenet", (3, 224, 224)),
)
NATIVE = ("resnet18", "squeezenet1_1", "timm/mobilenetv3_small_050")
# One process for all, because torch's import takes seconds; no program sees the names of another.
RUN_EACH = """
import contextlib, io, json, sys
said = {}
for name, code in json.load(sys.stdin).items():
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, {"__name__": "__main__"})
    said[name] = out.getvalue().split()
print(json.dumps(said))
"""


def traced_and_said(name: str, size: tuple[int, ...]) -> str:
    printed = "len(graph.nodes), graph.parameters, graph.macs, graph.input_size[-1]"
    return f"{trace_lines(get(name), size)}print({printed})"


def built_and_said(name: str) -> str:
    return f"{native_lines(get(name))}print(sum(weight.numel() for weight in model.parameters()))"


@pytest.fixture(scope="module")
def said() -> dict[str, list[str]]:
    """What each program prints."""
    programs = {f"traced {name}": traced_and_said(name, size) for name, size in TRACED}
    programs |= {f"native {name}": built_and_said(name) for name in NATIVE}
    done = subprocess.run(
        [sys.executable, "-c", RUN_EACH],
        cwd=ROOT,
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), TRACED)
def test_the_lines_give_the_same_graph(said, name, size):
    assert len(trace_lines(get(name), size).splitlines()) == 3
    wanted = graph_at(name, size)
    found = [int(word) for word in said[f"traced {name}"]]
    assert found == [len(wanted.nodes), wanted.parameters, wanted.macs, size[-1]]


@pytest.mark.slow
@pytest.mark.parametrize("name", NATIVE)
def test_the_librarys_own_lines_give_the_network(said, name):
    assert len(native_lines(get(name)).splitlines()) == 2
    assert int(said[f"native {name}"][0]) == get(name).parameters


def test_our_own_nets_and_files_have_no_other_lines():
    assert native_lines(get("own/resnet18")) == ""
    assert trace_lines(replace(get("own/resnet18"), library="onnx"), (3, 8, 8)) == ""


@pytest.mark.parametrize("name", ["'); import os #", 'a"b', "line\nbreak"])
def test_a_hostile_name_stays_a_text(name):
    lines = trace_lines(replace(get("resnet18"), name=name), (3, 8, 8))
    assert len(lines.splitlines()) == 3
    assert f"build({name!r}," in lines
