"""Our source as text: lines are the file's own, every line's parts exist, and torch stays out of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.architectures.listing import class_names, listing

ROOT = Path(__file__).parents[2]


def test_the_blocks_are_found():
    wanted = {"PlainBlock", "BasicBlock", "Bottleneck", "PreActivationBlock", "MLPBlock", "ResidualMLPBlock"}
    assert set(class_names()) >= wanted
    assert listing("NoSuchBlock") is None


@pytest.mark.parametrize("name", class_names())
def test_lines_are_the_files_lines(name):
    found = listing(name)
    source = (ROOT / found.file).read_text(encoding="utf-8").splitlines()
    for line in (*found.forward, *found.made):
        original = source[line.number - 1]
        rest = original.strip().removeprefix(line.text.strip())
        assert rest == "" or rest.startswith("  # type: ignore")
        # Dedented by the same for all lines of the forward pass.
    margins = {len(source[line.number - 1]) - len(source[line.number - 1].lstrip()) for line in found.forward}
    shifts = {
        len(source[line.number - 1])
        - len(source[line.number - 1].lstrip())
        - (len(line.text) - len(line.text.lstrip()))
        for line in found.forward
    }
    assert len(shifts) == 1 and min(margins) == shifts.pop()
    assert found.forward[0].text.startswith("def forward(self")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("BasicBlock", "return self.relu(self.add(skip, branch))"),
        ("Bottleneck", "return self.relu(self.add(skip, branch))"),
        ("PreActivationBlock", "return self.add(skip, branch)"),
        ("ResidualMLPBlock", "return x + branch"),
        ("PlainBlock", None),
        ("MLPBlock", None),
    ],
)
def test_the_line_that_adds(name, text):
    joining = [line.text.strip() for line in listing(name).forward if line.joins]
    assert joining == ([text] if text else [])


def test_parts_come_in_the_order_of_their_calls():
    found = listing("Bottleneck")
    called = ["downsample", "conv1", "bn1", "relu", "conv2", "bn2", "relu", "conv3", "bn3", "relu"]
    assert list(found.parts) == called
    assert {line.parts[0] for line in found.made} == set(called)
    assert list(listing("ResidualMLPBlock").parts) == ["fc1", "bn1", "relu", "fc2", "bn2"]


def test_no_torch():
    code = (
        "import sys, core.architectures.listing as l; l.listing('Bottleneck'); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
