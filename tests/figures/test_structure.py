"""Series and forks are read off the wiring alone."""

from core.figures.links import Link, Member, bridged, links
from core.figures.structure import Fork, Step, Structure, far_reads, forks, steps
from core.graph.records import Skip

from .samples import Draft, resnet


def names(series) -> list[str]:
    return [node.name for node in steps(series)]


def test_a_bottleneck_is_one_fork_with_a_bare_skip():
    graph = resnet()
    series = Structure(graph).of(graph.groups["layer3.2"].nodes)
    (fork,) = series
    assert isinstance(fork, Fork)
    assert fork.role == "residual"
    assert names(fork.branches[0]) == [f"layer3.2.conv{n}" for n in (1, 2, 3)]
    assert fork.branches[1] == ()
    assert fork.skip.kind == "identity"


def test_a_projection_lies_on_the_skip():
    graph = resnet()
    (fork,) = Structure(graph).of(graph.groups["layer3.0"].nodes)
    assert fork.role == "residual"
    assert names(fork.branches[1]) == ["layer3.0.downsample"]


def inception() -> Draft:
    draft = Draft((1, 16, 8, 8))
    ends = [
        draft.conv("a", 4, 1, source="input"),
        draft.conv("b2", 4, 3, source=draft.conv("b1", 4, 1, source="input")),
    ]
    ends.append(draft.conv("c", 4, 5, source="input"))
    draft.put("cat", "concatenate", ends, (1, 12, 8, 8))
    return draft


def test_parallel_branches_are_lanes():
    draft = inception()
    graph = draft.graph([draft.group("input", "Input", ["input"], "input")])
    (fork,) = Structure(graph).of(list(graph.nodes)[1:])
    assert fork.role == "lanes"
    assert [names(branch) for branch in fork.branches] == [["a"], ["b1", "b2"], ["c"]]
    assert fork.join.name == "cat"


def test_a_gate_is_a_multiplication_with_a_bare_side():
    draft = Draft((1, 8, 8, 8))
    start = draft.conv("conv", 8, 3)
    draft.pool("pool", 1)
    gate = draft.conv("fc", 8, 1)
    draft.put("mul", "multiply", [start, gate], (1, 8, 8, 8))
    draft.skips.append(Skip("mul", "multiply", start, "gate", (), ("pool", "fc", "fc_bn")))
    graph = draft.graph([draft.group("input", "Input", ["input"], "input")])
    first, fork = Structure(graph).of(list(graph.nodes)[1:])
    assert isinstance(first, Step)
    assert fork.role == "gate"


def test_nested_skips_are_nested_forks():
    draft = Draft((1, 8, 8, 8))
    inner_fork = draft.conv("one", 8, 3)
    two = draft.conv("two", 8, 3)
    inner = draft.put("inner", "add", [two, inner_fork], (1, 8, 8, 8))
    draft.put("outer", "add", [inner, "input"], (1, 8, 8, 8))
    draft.skips.append(Skip("inner", "add", inner_fork, "identity", (), ("two", "two_bn")))
    draft.skips.append(
        Skip("outer", "add", "input", "identity", (), ("one", "one_bn", "two", "two_bn", "inner"))
    )
    graph = draft.graph([draft.group("input", "Input", ["input"], "input")])
    found = forks(Structure(graph).of(list(graph.nodes)[1:]))
    assert [fork.join.name for fork in found] == ["outer", "inner"]


def test_a_ladder_comes_out_flat_and_complete():
    draft = Draft((1, 8, 8, 8))
    a = draft.conv("a", 8, 3, source="input")
    b = draft.conv("b", 8, 3, source="input")
    c = draft.put("c", "add", [a, b], (1, 8, 8, 8))
    d = draft.put("d", "multiply", [a, c], (1, 8, 8, 8))
    draft.put("e", "add", [b, d], (1, 8, 8, 8))
    graph = draft.graph([draft.group("input", "Input", ["input"], "input")])
    series = Structure(graph).of(list(graph.nodes)[1:])
    assert names(series) == ["a", "b"]


def dense_layers() -> list[Member]:
    """Layers of which each reads the stem and all layers before it."""
    members = [Member(frozenset({"stem"}), ())]
    for index in range(5):
        earlier = ["stem", *(f"l{i}" for i in range(index))][:-1]
        far = tuple((source, f"cat{index}") for source in earlier)
        members.append(Member(frozenset({f"l{index}", f"cat{index}"}), far, 0))
    return members


def test_dense_layers_become_one_link_each():
    members = dense_layers()
    found = links(members)
    assert found == tuple(Link(index, index + 2) for index in range(4))
    assert bridged(members, found) == {1, 2, 3, 4}


def test_long_links_stay_and_neighbours_are_no_link():
    members = [Member(frozenset({name}), (), -1) for name in "abcd"]
    members.append(Member(frozenset({"e"}), (("a", "e"), ("d", "e"))))
    assert links(members) == (Link(0, 4),)
    assert bridged(members, links(members)) == frozenset()


def test_reads_over_the_head_are_kept():
    draft = Draft((1, 8, 8, 8))
    first = draft.conv("first", 8, 3)
    second = draft.conv("second", 8, 3)
    draft.put("cat", "concatenate", [first, second], (1, 16, 8, 8))
    graph = draft.graph([draft.group("input", "Input", ["input"], "input")])
    assert far_reads(Structure(graph).of(["cat"])) == (("first_bn", "cat"),)
