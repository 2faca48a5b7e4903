"""Graphs as bytes: back as they were, and damage is told as a ValueError."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.graph import dumps, loads, trace
from core.graph.store import FORMAT, document
from tests.graph.networks import Decides, Residual, published


@pytest.mark.parametrize("name", ["resnet18", "efficientnet_b0", "vit_b_16", "googlenet"])
def test_a_graph_comes_back_as_it_was(name):
    graph = trace(published(name))
    back = loads(dumps(graph))
    assert back == graph
    assert dumps(back) == dumps(graph)
    assert (back.parameters, back.macs) == (graph.parameters, graph.macs)
    assert list(back.nodes) == list(graph.nodes)


def test_what_is_lost_comes_back_too():
    graph = trace(Decides(), (3, 8, 8))
    assert loads(dumps(graph)).lost == graph.lost


@pytest.mark.parametrize("name", ["resnet18", "vit_b_16", "googlenet"])
def test_the_readable_document_comes_back_too(name):
    graph = trace(published(name))
    text = document(graph)
    assert loads(text) == graph
    found = json.loads(text)
    assert found["format"] == FORMAT
    assert set(found["graph"]) == {field.name for field in fields(graph)}
    assert found["graph"]["nodes"]["input"]["output_shape"] == [1, 3, 224, 224]
    assert len(text.decode().splitlines()) > len(graph.nodes)


def test_reading_needs_no_torch(tmp_path):
    stored = tmp_path / "graph"
    stored.write_bytes(dumps(trace(Residual(4, 4), (4, 8, 8))))
    code = (
        "import sys, pathlib, core.graph; graph = core.graph.loads(pathlib.Path(sys.argv[1]).read_bytes());"
        "core.graph.nearest(graph, 'conv3'); print(graph.macs, 'torch' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(stored)], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == [str(2 * 4 * 4 * 9 * 64), "False"]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damage_is_a_value_error(data):
    stored = bytearray(SMALL)
    kind = data.draw(st.sampled_from(["cut", "flip", "noise"]))
    if kind == "cut":
        stored = stored[: data.draw(st.integers(0, len(stored) - 1))]
    elif kind == "flip":
        stored[data.draw(st.integers(10, len(stored) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        stored = bytearray(data.draw(st.binary(max_size=200)))
    with pytest.raises(ValueError, match="stored graph"):
        loads(bytes(stored))


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"format": 0},
        {"format": FORMAT},
        {"format": FORMAT, "graph": {}},
        {"format": FORMAT, "graph": {"nodes": 3}},
    ],
)
def test_another_document_is_a_value_error(document):
    with pytest.raises(ValueError, match="stored graph"):
        loads(gzip.compress(json.dumps(document).encode()))


SMALL = dumps(trace(Residual(4, 4), (4, 8, 8)))
