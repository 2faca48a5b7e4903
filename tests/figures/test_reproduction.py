"""The lines of Python that the page offers do what it says, in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.architectures import build, get
from core.figures.reproduction import native_lines, trace_lines
from core.graph import trace

ROOT = Path(__file__).parents[2]


def run(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("resnet50", (3, 224, 224)),
        ("own/resnet18", (3, 96, 96)),
        ("cifar_plain20", (3, 32, 32)),
        ("residual_mlp10", (64,)),
        ("timm/tf_efficientnet_lite0", (3, 224, 224)),
        ("googlenet", (3, 224, 224)),
    ],
)
def test_the_lines_give_the_same_graph(name, size):
    lines = trace_lines(get(name), size)
    assert len(lines.splitlines()) == 3
    wanted = trace(build(name, device="meta"), size)
    found = run(lines + "print(len(graph.nodes), graph.parameters, graph.macs, graph.input_size[-1])")
    assert [int(word) for word in found] == [len(wanted.nodes), wanted.parameters, wanted.macs, size[-1]]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "timm/mobilenetv3_small_050"])
def test_the_librarys_own_lines_give_the_network(name):
    lines = native_lines(get(name))
    assert len(lines.splitlines()) == 2
    found = run(lines + "print(sum(weight.numel() for weight in model.parameters()))")
    assert int(found[0]) == get(name).parameters


def test_our_own_nets_and_files_have_no_other_lines():
    assert native_lines(get("own/resnet18")) == ""
    assert trace_lines(replace(get("own/resnet18"), library="onnx"), (3, 8, 8)) == ""


@pytest.mark.parametrize("name", ["'); import os #", 'a"b', "line\nbreak"])
def test_a_hostile_name_stays_a_text(name):
    lines = trace_lines(replace(get("resnet18"), name=name), (3, 8, 8))
    assert len(lines.splitlines()) == 3
    assert f"build({name!r}," in lines
