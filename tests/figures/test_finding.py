"""The search box gets every name once, in a short text."""

from dataclasses import replace

from core.figures.finding import entries, node_words, packed, unpack

from .samples import Draft, resnet


def test_everything_that_can_be_selected_is_found_once():
    graph = resnet()
    names = [name for name, _, _ in entries(graph)]
    groups = {group.name for group in graph.fold.walk() if len(group.nodes) > 1 and group.name}
    assert sorted(names) == sorted({*graph.nodes, *groups})
    assert names.index("layer3") < names.index("layer3.0") < names.index("layer3.0.conv1")


def test_the_text_for_the_browser_says_the_same():
    graph = resnet()
    assert unpack(packed(graph)) == entries(graph)
    assert packed(graph) is packed(graph)
    large = resnet((3, 8, 400, 3))
    assert len(entries(large)) > 3500
    assert len(packed(large)) < 60_000


def test_kinds_in_the_field_s_words():
    draft = Draft()
    draft.conv("c", 32, 3, groups=1)
    draft.conv("d", 32, 5, groups=32)
    draft.conv("g", 32, 3, groups=4)
    nodes = draft.nodes
    nodes["d"] = replace(nodes["d"], attributes={**nodes["d"].attributes, "in_channels": 32})
    assert [node_words(nodes[name]) for name in ("c", "d", "g", "c_bn")] == [
        "3×3 conv",
        "depthwise 5×5 conv",
        "grouped 3×3 conv",
        "batch norm",
    ]


def test_hostile_names_stay_one_field():
    draft = Draft()
    draft.conv("a\tb\nc", 8, 3)
    graph = draft.graph([draft.group("stage", "Stage", list(draft.nodes), "stage")])
    assert ("a b c", "3×3 conv", "224×224×8") in unpack(packed(graph))
