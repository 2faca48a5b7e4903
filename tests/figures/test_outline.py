"""The network as text says what the diagram shows."""

from collections.abc import Iterator

from core.figures.numbers import human
from core.figures.outline import Entry, outline
from core.ui.anatomy.text_outline import outline_html

from .samples import Draft, resnet


def walk(entry: Entry) -> Iterator[Entry]:
    yield entry
    for inner in entry.entries:
        yield from walk(inner)


def test_a_small_network_is_told_down_to_its_operations():
    whole = outline(resnet())
    lines = {entry.name: entry.words for entry in walk(whole)}
    assert [entry.title for entry in whole.entries] == [
        "Input", "Stem", "Stage 1", "Stage 2", "Stage 3", "Stage 4", "Head",
    ]  # fmt: skip
    assert lines["layer3.0.conv2"].startswith("3×3 conv then batch norm, output 14")
    assert "end of a projection skip from layer2.3.relu" in lines["layer3.0.add"]
    assert lines["layer3.2"].endswith("with an identity skip")
    assert "bridged by 5 identity skips" in lines["layer3"]
    assert f"{human(resnet().parameters)} parameters" in whole.words
    assert whole.size == len(lines)


def test_of_a_large_network_only_the_block_asked_for_tells_its_operations():
    graph = resnet((3, 8, 300, 3))
    whole = outline(graph, opened=["layer3.150", "nothing"])
    names = [entry.name for entry in walk(whole)]
    assert "layer3.150.conv1" in names
    assert "layer3.149" in names
    assert "layer3.149.conv1" not in names
    assert len(names) < 400


def test_hostile_names_stay_text():
    draft = Draft()
    bad = "<img src=x onerror=alert(1)>"
    draft.conv(bad, 8, 3)
    graph = draft.graph(
        [draft.group("input", bad, ["input"], "input"), draft.group("s", bad, [bad], "stage")]
    )
    html = outline_html(outline(graph))
    assert "<img" not in html
    assert "&lt;img" in html
