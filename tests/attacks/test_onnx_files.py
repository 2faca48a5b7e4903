"""ONNX files made to harm or to mislead: one sentence each, or a graph that is safe to draw; little time and memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, defs, helper

from core.architectures.records import Architecture
from core.figures import descriptions, statements
from core.figures.strip_layout import strip
from core.graph import store
from core.graph.fields.growth import growth
from core.graph.fields.paths import paths
from core.graph.onnx import OnnxRejected, describe, read_onnx
from core.graph.onnx.wire import outline
from core.graph.records import Graph
from tests.graph.exported import file, node, residual, weight, whole

ROOT = Path(__file__).parents[2]
MARKUP = "<script>alert(1)</script>"


def changed(change: Callable[[onnx.ModelProto], object]) -> bytes:
    """The small residual network with something else in it."""
    model = onnx.ModelProto.FromString(residual())
    change(model)
    return model.SerializeToString()


def many_nodes(count: int) -> bytes:
    """A file with so many empty operations, two bytes each."""
    graph = b"\x0a\x00" * count
    return b"\x3a" + _varint(len(graph)) + graph


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def nested(levels: int) -> bytes:
    """Branches within branches within …, as bytes: the library could not even write them."""
    graph = b"\x0a\x02\x22\x00"  # one operation without a type
    for _ in range(levels):
        attribute = b"\x32" + _varint(len(graph)) + graph
        inner = b"\x2a" + _varint(len(attribute)) + attribute
        graph = b"\x0a" + _varint(len(inner)) + inner
    return b"\x3a" + _varint(len(graph)) + graph


def calling_itself() -> bytes:
    loop = helper.make_function(
        "d", "F", ["a"], ["b"], [node("F", "a", "b", domain="d")], [helper.make_opsetid("d", 1)]
    )
    return file([node("F", "x", "y", domain="d")], functions=[loop], domains=["d"])


def doubling() -> bytes:
    """Thirty functions, each of which calls the next one twice: a thousand million operations."""
    functions = [
        helper.make_function(
            "d", f"F{i}", ["a"], ["c"],
            [node(f"F{i + 1}", "a", "b", domain="d"), node(f"F{i + 1}", "b", "c", domain="d")],
            [helper.make_opsetid("d", 1)],
        )
        for i in range(30)
    ]  # fmt: skip
    last = helper.make_function(
        "d", "F30", ["a"], ["c"], [node("Relu", "a", "c")], [helper.make_opsetid("", 20)]
    )
    return file([node("F0", "x", "y", domain="d")], functions=[*functions, last], domains=["d"])


def lying(**fields: object) -> bytes:
    """A weight whose fields do not fit one another."""
    tensor = weight("w0", 8, 3, 3, 3)
    for name, value in fields.items():
        if isinstance(value, list):
            getattr(tensor, name)[:] = value
        else:
            setattr(tensor, name, value)
    return changed(lambda model: model.graph.initializer[0].CopyFrom(tensor))


def elsewhere(location: str) -> bytes:
    """A weight that is said to lie in another file."""

    def move(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer[0]
        tensor.ClearField("float_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.append(onnx.StringStringEntryProto(key="location", value=location))

    return changed(move)


def quadratic(adds: int) -> bytes:
    """Sums that all reach back to the picture: each has a branch as long as the network."""
    nodes = []
    for i in range(adds):
        nodes += [
            node("Conv", f"{'x' if not i else f'v{i}'} w", f"c{i}", pads=[1, 1, 1, 1]),
            node("Add", f"c{i} x", f"v{i + 1}"),
        ]
    return file(nodes, weights=[weight("w", 3, 3, 3, 3)], output=f"v{adds}")


REFUSED: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\x3a",
    "noise": lambda: np.random.default_rng(0).bytes(4096),
    "text": lambda: b"PK\x03\x04 this is a zip, or a poem",
    "half a file": lambda: residual()[: len(residual()) // 2],
    "a file without its end": lambda: residual()[:-1],
    "another protocol buffer": lambda: helper.make_tensor_value_info("x", 1, [1]).SerializeToString(),
    "a pickle": lambda: b"\x80\x04\x95\x1f\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.",
    "no operations": lambda: changed(lambda model: model.graph.ClearField("node")),
    "no graph": lambda: changed(lambda model: model.ClearField("graph")),
    "no input": lambda: changed(lambda model: model.graph.ClearField("input")),
    "operations that do not read the picture": lambda: file([node("Relu", "w", "y")], weights=[weight("w", 3)]),
    "a circle": lambda: file([node("Add", "x b", "a"), node("Relu", "a", "b"), node("Relu", "b", "y")]),
    "an operation that reads itself": lambda: file([node("Add", "x y", "y")]),
    "a value that nothing makes": lambda: file([node("Add", "x nowhere", "y")]),
    "two values of one name": lambda: file([node("Relu", "x", "y"), node("Relu", "x", "y")]),
    "a picture of 10^18 pixels": lambda: file([node("Relu", "x", "y")], shape=(1, 3, 10**9, 10**9)),
    "a picture of 2^63 - 1 pixels": lambda: file([node("Relu", "x", "y")], shape=(1, 3, 2**63 - 1, 1)),
    "vectors without a length": lambda: file([node("Relu", "x", "y")], shape=(1, "n")),
    "an input of nine axes": lambda: file([node("Relu", "x", "y")], shape=(1,) * 9),
    "a weight of 10^18 numbers": lambda: lying(dims=[10**9, 10**9, 1, 1]),
    "a weight that overflows": lambda: lying(dims=[2**62, 2**62, 3, 3]),
    "a weight of negative size": lambda: lying(dims=[-8, 3, 3, 3]),
    "a weight that is longer than its numbers": lambda: lying(dims=[8000, 3, 3, 3]),
    "an output of 10^15 numbers": lambda: file(
        [node("Expand", "x s", "y")], weights=[whole("s", 10**6, 3, 32, 32_000)], shape=(1, 3, 32, 1)
    ),
    "a negative stride": lambda: file([node("MaxPool", "x", "y", kernel_shape=[40, 40])]),
    "a picture smaller than the kernel": lambda: file(
        [node("Conv", "x w", "y")], weights=[weight("w", 1, 3, 33, 1)]
    ),
    "channels that do not fit": lambda: file([node("Conv", "x w", "y")], weights=[weight("w", 4, 5, 3, 3)]),
    "groups beyond count": lambda: file(
        [node("Conv", "x w", "y", group=2**62)], weights=[weight("w", 4, 3, 3, 3)]
    ),
    "a million operations": lambda: many_nodes(1_000_000),
    "20,001 operations": lambda: many_nodes(20_001),
    "operations without a type": lambda: many_nodes(3),
    "an operation with 2,000 operands": lambda: file([node("Sum", "x " * 2000, "y")]),
    "graphs nested 40 deep": lambda: nested(40),
    "graphs nested 3,000 deep": lambda: nested(3000),
    "a function that calls itself": calling_itself,
    "functions that double thirty times": doubling,
    "a name that is no text": lambda: residual().replace(b"/stem/Conv", b"/st\xed\xa0\x80/Co"),
    "a length of 2^63": lambda: b"\x3a" + b"\xff" * 8 + b"\x7f" + residual(),
    "a number without an end": lambda: b"\x08" + b"\xff" * 200,
    "skips that overlap": lambda: quadratic(2600),
}  # fmt: skip

OPENED: dict[str, Callable[[], bytes]] = {
    "names with markup": lambda: changed(lambda model: rename(model, f"/{MARKUP}/{MARKUP}/Conv")),
    "names with control characters": lambda: changed(lambda model: rename(model, "/a\0b\n/\u202ec\t/Conv")),
    "names of 100,000 letters": lambda: changed(lambda model: rename(model, "/" + "n" * 100_000 + "/Conv")),
    "names of 5,000 levels": lambda: changed(lambda model: rename(model, "/a" * 5000)),
    "names of dots alone": lambda: changed(lambda model: rename(model, "/..././../Conv")),
    "the same name for all": lambda: changed(lambda model: rename(model, "/layer/layer.0/Conv")),
    "no names": lambda: changed(lambda model: rename(model, "")),
    "names of our own nodes": lambda: changed(lambda model: rename(model, "input")),
    "scopes that are code": lambda: changed(lambda model: scope(model, "__import__('os').system('true')")),
    "scopes nested 100,000 deep": lambda: changed(lambda model: scope(model, "[" * 100_000)),
    "unknown operations": lambda: changed(lambda model: setattr(model.graph.node[1], "op_type", MARKUP)),
    "an unknown domain": lambda: changed(lambda model: setattr(model.graph.node[1], "domain", "../../etc")),
    "an operation set of the future": lambda: changed(
        lambda model: setattr(model.opset_import[0], "version", 999)
    ),
    "no operation set": lambda: changed(lambda model: model.ClearField("opset_import")),
    "a pool of stride zero": lambda: file([node("MaxPool", "x", "y", kernel_shape=[2, 2], strides=[0, 0])]),
    "blocks of size zero": lambda: file([node("DepthToSpace", "x", "y", blocksize=0)]),
    "a split into nothing": lambda: file([node("Split", "x", "y", num_outputs=0, axis=1)]),
    "weights in /etc/passwd": lambda: elsewhere("/etc/passwd"),
    "weights in a folder above": lambda: elsewhere("../../../../../../etc/shadow"),
    "axes beyond the last": lambda: file([node("Concat", "x x", "y", axis=99)]),
    "settings of the wrong type": lambda: file(
        [node("Conv", "x w", "y", group="many", strides="wide", pads=1.5)], weights=[weight("w", 4, 3, 3, 3)]
    ),
    "axes that are no numbers": lambda: file(
        [node("ReduceMean", "x axes", "y")], weights=[weight("axes", 2, value=float("nan"))]
    ),
    "a range of 10^12 numbers": lambda: file(
        [node("Range", "a b c", "r"), node("Add", "x r", "y")],
        weights=[helper.make_tensor(n, TensorProto.INT64, (), [v]) for n, v in zip("abc", (0, 10**12, 1), strict=True)],
    ),
    "a list of 10^12 numbers": lambda: file(
        [node("ConstantOfShape", "s", "r"), node("Add", "x r", "y")], weights=[whole("s", 10**6, 10**6)]
    ),
    "doc strings of a megabyte": lambda: changed(lambda model: setattr(model, "doc_string", MARKUP * 40_000)),
}  # fmt: skip


def crowded() -> bytes:
    """Channels that all see another box, concatenated over and over."""
    nodes = [node("MaxPool", "x", f"p{i}", kernel_shape=[i + 1, 1], pads=[i, 0, 0, 0]) for i in range(30)]
    nodes += [node("Concat", " ".join(f"p{i}" for i in range(30)), "c0", axis=1)]
    for i in range(12):
        nodes += [node("MaxPool", f"c{i}", f"q{i}", kernel_shape=[1, 3 + i], pads=[0, 0, 0, 2 + i])]
        nodes += [node("Concat", f"c{i} q{i}", f"c{i + 1}", axis=1)]
    return file([*nodes, node("Sum", "c12 " * 900, "y")])


def patterned(levels: int) -> bytes:
    """Maps that are enlarged by other factors each time, so that what their places see repeats ever later."""
    sides, nodes, weights = [32], [], []
    for i in range(levels):
        sides.append(sides[-1] * (7, 11, 13, 5)[i % 4] // (3, 4, 2, 9)[i % 4])
        nodes.append(node("Resize", f"{f'v{i}' if i else 'x'} - - s{i}", f"v{i + 1}", mode="linear"))
        weights.append(whole(f"s{i}", 1, 3, sides[-1], 1))
    nodes.append(node("MaxPool", f"v{levels}", "y", kernel_shape=[5, 1]))
    return file(nodes, weights=weights, shape=(1, 3, 32, 1))


HARD_TO_FOLLOW: dict[str, Callable[[], bytes]] = {
    "channels that all see another box": crowded,
    "patterns that hardly repeat": lambda: patterned(9),
    "steps of 50,000 pixels": lambda: file(
        [node("ConvTranspose", "x w", "y", strides=[50_000, 1])], weights=[weight("w", 3, 1, 1, 1)], shape=(1, 3, 8, 8)
    ),
    "steps of 50,000 pixels after others": lambda: file(
        [
            node("Resize", "x - - s", "a", mode="linear"),
            node("ConvTranspose", "a w", "y", strides=[50_000, 1]),
        ],
        weights=[whole("s", 1, 3, 15, 15), weight("w", 3, 1, 1, 1)],
        shape=(1, 3, 8, 8),
    ),
    "steps upon steps": lambda: file(
        [
            node("Conv", "x w", "a", strides=[50_000, 1], pads=[10**9, 0, 10**9, 0]),
            node("Conv", "a w", "b", strides=[50_000, 1], pads=[10**9, 0, 10**9, 0]),
            node("Conv", "b w", "y"),
        ],
        weights=[weight("w", 3, 3, 3, 1)],
    ),
    "taps that lie 10^12 pixels apart": lambda: file(
        [node("Conv", "x w", "y", dilations=[10**12, 1], pads=[10**12, 0, 10**12, 0])],
        weights=[weight("w", 1, 3, 3, 1)],
    ),
    "a window of 2^62 pixels": lambda: file([
        node("MaxPool", "x", "y", kernel_shape=[2**62, 2**62], pads=[2**61] * 4)
    ]),
    "a map of 10^9 pixels by another": lambda: file(
        [node("Resize", "x - - s", "a", mode="cubic"), node("Resize", "a - - t", "y", mode="nearest")],
        weights=[whole("s", 1, 3, 99_999_989, 1), whole("t", 1, 3, 99_999_971, 1)],
    ),
    "a margin of 10^9 pixels": lambda: file(
        [node("Pad", "x p", "a"), node("Concat", "a a", "b", axis=2), node("Reshape", "b s", "y")],
        weights=[whole("p", 0, 0, 10**9, 0, 0, 0, 10**9, 0), whole("s", 1, -1)],
    ),
    "10^9 groups": lambda: file(
        [
            node("Expand", "x s", "a"),
            node("AveragePool", "a", "b", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            node("Concat", "a b", "c", axis=1),
            node("Conv", "c w", "y", group=2**29),
        ],
        weights=[whole("s", 1, 2**28, 4, 4), outside("w", 2**29, 1, 1, 1)],
        shape=(1, 1, 4, 4),
    ),
    "pixels out of 10^6 channels": lambda: file(
        [node("Expand", "x s", "a"), node("DepthToSpace", "a", "b", blocksize=2**10),
         node("MaxPool", "b", "y", kernel_shape=[3, 3])],
        weights=[whole("s", 1, 2**20, 4, 4)], shape=(1, 1, 4, 4),
    ),
}  # fmt: skip


def outside(name: str, *shape: int) -> TensorProto:
    """A weight of which the file has the shape alone."""
    tensor = TensorProto(
        name=name, data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL
    )
    tensor.external_data.append(onnx.StringStringEntryProto(key="location", value="weights.bin"))
    return tensor


def rename(model: onnx.ModelProto, name: str) -> None:
    for one in model.graph.node:
        one.name = name


def scope(model: onnx.ModelProto, text: str) -> None:
    for one in model.graph.node:
        for key in ("name_scopes", "class_hierarchy"):
            entry = onnx.StringStringEntryProto(
                key=f"pkg.torch.onnx.{key}", value=f"['', '{MARKUP}', {text}]"
            )
            one.metadata_props.append(entry)


def check_sentence(message: str) -> None:
    """One line that a page can show as it stands."""
    assert message.endswith(".")
    assert message.isprintable()
    assert len(message) < 300
    assert "Traceback" not in message


def check_drawable(graph: Graph) -> None:
    """What the pages do with a graph works, and no mark of the visitor's gets into a picture."""
    entry = Architecture("onnx-1", "it", "onnx", "", None, None, None, None, graph.input_size, 0, 0, ())
    assert store.loads(store.dumps(graph)).nodes == graph.nodes
    assert statements.answer(graph, "it")[0]
    assert statements.totals(graph, entry)
    assert len(growth(graph).points) <= len(graph.nodes)
    assert paths(graph).total > 0
    assert statements.source(graph, entry)
    for name in (*graph.nodes, *graph.groups):
        assert len(name) < 2000
        assert name.replace("…", "").isprintable()
        assert descriptions.describe(graph, name).rows
    if graph.fold.chain:
        drawn = strip(
            graph, opened=frozenset(group.name for group in graph.fold.children), width=1068, picture=None
        )
        assert MARKUP not in drawn.standalone(dark=False, title="it")


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused_in_one_sentence(case: str) -> None:
    with pytest.raises(OnnxRejected) as caught:
        read_onnx(REFUSED[case]())
    check_sentence(str(caught.value))


def test_what_cannot_be_shown_is_not_accepted() -> None:
    with pytest.raises(OnnxRejected, match="overlap more than can be shown"):
        describe(REFUSED["skips that overlap"]())


@pytest.mark.parametrize("case", OPENED)
def test_is_opened_safely(case: str) -> None:
    check_drawable(read_onnx(OPENED[case]()))


@pytest.mark.parametrize("case", HARD_TO_FOLLOW)
def test_what_takes_long_to_follow_is_not_followed(case: str) -> None:
    """Refused, or opened with a field that is told or said to be unknown, after little work."""
    check_reads_or_refuses(HARD_TO_FOLLOW[case]())


def test_no_other_file_is_opened(tmp_path: Path) -> None:
    """The reader works where nothing can be opened any more."""
    (tmp_path / "evil.onnx").write_bytes(elsewhere("/etc/passwd"))
    code = (
        "import sys, builtins\n"
        "from core.graph.onnx import read_onnx\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "read_onnx(data)\n"  # imports what it needs
        "opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(args[0]) if event == 'open' else None)\n"
        "graph = read_onnx(data)\n"
        "assert opened == [], opened\n"
        "print(graph.parameters)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "evil.onnx")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) > 0


def test_weights_are_left_out_before_anything_is_parsed() -> None:
    data = file([node("Conv", "x w", "y")], weights=[weight("w", 512, 3, 33, 33)], shape=(1, 3, 64, 64))
    found = outline(data)
    assert len(data) > 6_000_000
    assert len(found.model) < 500
    assert found.held == [4 * 512 * 3 * 33 * 33]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is told by the system there alone")
def test_takes_little_memory(tmp_path: Path) -> None:
    """A few bytes can stand for a large object: a million operations take two megabytes, and a gigabyte once parsed."""
    cases = (
        "a million operations",
        "graphs nested 3,000 deep",
        "functions that double thirty times",
        "noise",
    )
    for number, case in enumerate(cases):
        (tmp_path / f"{number}.onnx").write_bytes(REFUSED[case]())
    (tmp_path / "good.onnx").write_bytes(residual())
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from core.graph.onnx import OnnxRejected, read_onnx\n"
        "folder = Path(sys.argv[1])\n"
        "read_onnx((folder / 'good.onnx').read_bytes())\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for file in sorted(folder.glob('[0-9].onnx')):\n"
        "    try:\n        read_onnx(file.read_bytes())\n"
        "    except OnnxRejected:\n        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    grown = [int(line) for line in done.stdout.split()]
    assert len(grown) == len(cases)
    assert max(grown) < 60_000  # KiB


@cache
def parsed_once() -> onnx.ModelProto:
    return onnx.ModelProto.FromString(residual())


def check_reads_or_refuses(data: bytes) -> None:
    """Nothing but `OnnxRejected` comes out; `describe` and `read_onnx` agree on what can be opened."""
    try:
        graph = read_onnx(data)
    except OnnxRejected as error:
        check_sentence(str(error))
        return
    assert describe(data).input_size == graph.input_size
    check_drawable(graph)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    edits=st.lists(
        st.tuples(st.integers(0, len(residual()) - 1), st.binary(min_size=0, max_size=6), st.integers(0, 12)),
        min_size=1,
        max_size=8,
    )
)
@example(edits=[(0, b"", 12)])
def test_damaged_bytes(edits: list[tuple[int, bytes, int]]) -> None:
    data = bytearray(residual())
    for place, put, taken in edits:
        data[place : place + taken] = put
    check_reads_or_refuses(bytes(data))


WHOLE = st.sampled_from((0, 1, -1, 2, 3, 7, 2**31, -(2**31), 2**62, -(2**63), 2**63 - 1))
NAMES = sorted({schema.name for schema in defs.get_all_schemas() if not schema.domain})
SETTINGS = (
    "axis", "axes", "group", "perm", "keepdims", "num_outputs", "blocksize", "kernel_shape", "strides", "pads", "to",
    "mode", "start", "end", "value", "equation", "transA", "hidden_size", "scales", "dilations",
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_senseless_operations(data: st.DataObject) -> None:
    """Files that are well written and make no sense: other operations, other operands, settings and sizes."""
    model = onnx.ModelProto()
    model.CopyFrom(parsed_once())
    graph = model.graph
    values = (
        [name for one in graph.node for name in one.output] + [t.name for t in graph.initializer] + ["x", ""]
    )
    for _ in range(data.draw(st.integers(1, 4))):
        one = data.draw(st.sampled_from(list(graph.node)))
        match data.draw(st.integers(0, 5)):
            case 0:
                one.op_type = data.draw(st.sampled_from(NAMES))
            case 1:
                one.input[data.draw(st.integers(0, len(one.input) - 1))] = data.draw(st.sampled_from(values))
            case 2:
                content = st.one_of(
                    WHOLE, st.lists(WHOLE, min_size=1, max_size=5), st.just(1.5), st.text(max_size=9)
                )
                one.attribute.append(
                    helper.make_attribute(data.draw(st.sampled_from(SETTINGS)), data.draw(content))
                )
            case 3:
                tensor = data.draw(st.sampled_from(list(graph.initializer)))
                tensor.dims[data.draw(st.integers(0, len(tensor.dims) - 1))] = data.draw(WHOLE)
            case 4:
                side = data.draw(st.sampled_from(list(graph.input[0].type.tensor_type.shape.dim)))
                side.dim_value = data.draw(WHOLE)
            case _:
                model.opset_import[0].version = data.draw(
                    st.sampled_from((-5, 0, 1, 6, 9, 11, 13, 18, 25, 99))
                )
    check_reads_or_refuses(model.SerializeToString())
