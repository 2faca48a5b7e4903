"""What can be opened leads to every operation; opening and closing again leads back to the same picture."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.figures import operations, strip
from core.figures.opening import MOST_MARKS, fitting, revealed, seen, toggled, valid
from core.figures.parts import MORE_LIMIT, OPERATION_LIMIT, ROOT_LIMIT, ROW_LIMIT, Tree, crumbs, tree
from core.graph.records import Graph, UnknownNode

from .samples import Draft, resnet, vgg16
from .test_strip import check_no_overlap, check_partition, nets


def long_block(count: int) -> Graph:
    """One block of that many residual additions in a row."""
    draft = Draft((1, 16, 8, 8))
    for index in range(count):
        before = draft.last
        branch = draft.conv(f"b.conv{index}", 16, 3)
        draft.put(f"b.add{index}", "add", [branch, before], (1, 16, 8, 8))
    block = draft.group("b", "b", draft.under("b."))
    stage = draft.group("stage", "Stage 1", draft.under("b."), "stage", [block])
    return draft.graph([draft.group("input", "Input", ["input"], "input"), stage])


NETS = {
    "resnet": resnet(),
    "long stage": resnet((3, 4, 200, 3)),
    "many stages": resnet((1,) * 60),
    "long block": long_block(700),
    "vgg": vgg16(),
}


@pytest.mark.parametrize("name", NETS)
def test_every_operation_is_reached_by_opening(name):
    graph = NETS[name]
    parts = tree(graph)
    most = max(ROOT_LIMIT, ROW_LIMIT, OPERATION_LIMIT, MORE_LIMIT)
    assert all(len(part.children) <= most for part in parts.root.walk())
    for node in graph.nodes:
        opened = revealed(parts, (), node)
        holding = [part for part in seen(parts, opened) if node in part.nodes and part.id not in opened]
        assert len(holding) == 1
        assert holding[0] is parts.path(node)[-1]
        assert not holding[0].children
        assert len(seen(parts, opened)) <= MOST_MARKS


@pytest.mark.parametrize("name", NETS)
def test_what_a_search_finds_has_a_mark_of_its_own_or_of_its_run(name):
    graph = NETS[name]
    names = [*graph.nodes][:: max(1, len(graph.nodes) // 12)]
    for node in names:
        opened = revealed(tree(graph), (), node)
        for diagram in (strip(graph, opened=opened), operations(graph, opened=opened)):
            mark = diagram.mark(node)
            assert mark is not None
            assert not mark.openable
            assert node in mark.operations
            check_partition(graph, diagram)
    diagram = strip(graph, opened=opened)
    check_no_overlap(diagram)


@pytest.mark.parametrize("name", NETS)
def test_groups_are_found_too(name):
    graph = NETS[name]
    parts = tree(graph)
    for group in [group for group in graph.groups if group][:40]:
        opened = revealed(parts, (), group)
        assert parts.path(group)[-1] in seen(parts, opened)
        assert strip(graph, opened=opened).mark(group) is not None


def test_opening_and_closing_leads_back_to_the_same_picture():
    graph = resnet((3, 4, 60, 3))
    parts = tree(graph)
    opened = ("layer1",)
    first = strip(graph, opened=opened)
    for name in ("layer3", "layer1.1", "layer2", "conv1…maxpool"):
        more = toggled(parts, opened, name)
        assert strip(graph, opened=more).svg != first.svg
        assert toggled(parts, more, name) == opened
        assert strip(graph, opened=toggled(parts, more, name)) == first


def test_closing_forgets_what_was_opened_inside():
    parts = tree(resnet((3, 4, 60, 3)))
    middle = next(part.id for part in parts.root.walk() if part.kind == "more")
    opened = toggled(parts, toggled(parts, ("layer1",), "layer3.30"), "layer1.0")
    assert opened == ("layer3", middle, "layer3.30", "layer1", "layer1.0")
    assert toggled(parts, opened, "layer3") == ("layer1", "layer1.0")
    assert toggled(parts, opened, "layer1") == ("layer3", middle, "layer3.30")


def test_what_was_opened_first_is_folded_when_there_is_no_more_room():
    graph = resnet((24,) * 20)
    parts = tree(graph)
    opened: tuple[str, ...] = ()
    for number in range(1, 21):
        opened = toggled(parts, opened, f"layer{number}")
        assert opened[-1] == f"layer{number}"
        assert len(seen(parts, opened)) <= MOST_MARKS
    assert "layer1" not in opened
    assert len(opened) > 8


def test_names_from_outside_change_nothing():
    parts = tree(resnet())
    for name in ("", "nothing", "layer1.0.conv1", "layer1…", "<b>"):
        assert toggled(parts, ("layer2",), name) == ("layer2",)
    assert valid(parts, ["", "layer2", "layer2", "nope", "conv1"]) == ("layer2",)
    with pytest.raises(UnknownNode):
        revealed(parts, (), "nothing")


@given(nets(), st.lists(st.integers(0, 10_000), min_size=1, max_size=5))
@settings(max_examples=15, deadline=None)
def test_any_row_of_steps_keeps_everything_in_the_picture(net, steps):
    graph, _ = net
    parts = Tree(graph)
    opened: tuple[str, ...] = ()
    openable = [part.id for part in parts.root.walk() if part.children and part is not parts.root]
    for step in steps if openable else ():
        opened = toggled(parts, opened, openable[step % len(openable)])
        leaves = [part for part in seen(parts, opened) if part.id not in opened or not part.children]
        assert sorted(node for part in leaves for node in part.nodes) == sorted(graph.nodes)
    diagram = strip(graph, opened=opened)
    check_partition(graph, diagram)
    check_no_overlap(diagram)
    assert {mark.id for mark in diagram.marks} == {part.id for part in seen(parts, opened)}
    assert all(mark.openable == bool(parts.parts[mark.id].children) for mark in diagram.marks)
    assert all(mark.opened == (mark.id in opened) for mark in diagram.marks)
    assert len({mark.id for mark in diagram.marks}) == len(diagram.marks)


@pytest.mark.parametrize("limit", [150, 60, 20])
def test_as_much_is_opened_as_fits(limit):
    parts = tree(resnet())
    opened = fitting(parts.root, limit)
    assert len(seen(parts, opened)) <= limit
    assert fitting(parts.root, limit, ["layer4", "layer4.1"])[0] == "layer4"
    assert set(fitting(parts.root, 10_000)) == {
        part.id for part in parts.root.walk() if part.children and part is not parts.root
    }


def test_the_way_to_a_layer_in_words():
    graph = resnet((3, 4, 60, 3))
    assert crumbs(graph, "layer3.30.conv2") == (
        ("", "Network"),
        ("layer3", "Stage 3"),
        ("layer3.30", "layer3.30"),
        ("layer3.30.conv2", "conv2"),
    )
    assert crumbs(graph, "layer3.30.conv2_bn")[-1] == ("layer3.30.conv2_bn", "conv2_bn")
    assert crumbs(graph, "layer2") == (("", "Network"), ("layer2", "Stage 2"))
    assert [title for _, title in crumbs(graph, "fc")] == ["Network", "Head", "fc"]
    with pytest.raises(UnknownNode):
        crumbs(graph, "nothing")
