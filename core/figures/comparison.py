"""What differs between two to four networks, in sentences computed from their graphs.

A clause that does not hold for the networks at hand is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.architectures.records import Architecture
from core.figures.aligned_depth import longest_path
from core.figures.aligned_rows import Sign, signs
from core.figures.aligned_words import closing
from core.figures.map_sizes import VECTOR
from core.figures.numbers import SPACE, count, exact, hundredths, times
from core.figures.statements import SkipCount, count_skips, has_branches, weighted_layers
from core.figures.svg import text_width
from core.graph.records import Graph, Node

_SAME = 1.05  # quantities that differ by less cost about the same
_ALIKE = 2.0  # two ratios further apart than this are not summed up in one word
_LARGE_HEAD, _ALL = (
    0.4,
    0.97,
)  # shares of the parameters from which linear layers are worth a word, up to which
_LINE = 122.0  # px of a line under a row's title
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_PARTS = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 6: "a sixth", 7: "a seventh", 8: "an eighth"}
_PARTS |= {9: "a ninth", 10: "a tenth"}


@dataclass(frozen=True)
class Compared:
    """A network in a comparison.

    Attributes:
        architecture: its entry in the catalogue.
        graph: what tracing it gave.
        name: what to call it where its title would not tell it from the others; "" for its title.
    """

    architecture: Architecture
    graph: Graph
    name: str = ""

    @property
    def title(self) -> str:
        """As people write it."""
        return self.name or self.architecture.title

    @cached_property
    def depth(self) -> int:
        """Weighted layers on the longest path."""
        return max(longest_path(self.graph).values(), default=0)

    @cached_property
    def skips(self) -> SkipCount:
        """How its blocks are bridged."""
        return count_skips(self.graph)

    @cached_property
    def signs(self) -> tuple[Sign, ...]:
        """Its blocks in their order."""
        return signs(self.graph)

    @cached_property
    def linear_head(self) -> tuple[Node, ...]:
        """Linear layers that work on vectors, where the network begins with maps."""
        if self.signs and self.signs[0].size == VECTOR:
            return ()
        return tuple(
            node
            for sign in self.signs
            if sign.size == VECTOR
            for node in sign.layers
            if node.kind == "linear" and len(node.output_shape) == 2
        )

    @property
    def head_parameters(self) -> int:
        """Parameters of `linear_head`."""
        return sum(node.parameters for node in self.linear_head)


def title_lines(graph: Graph) -> tuple[str, ...]:
    """The short lines under a row's title: ``("49 conv, 1 linear", "16 skips")``."""
    kinds: dict[str, int] = {}
    for name in weighted_layers(graph)[0]:
        kind = graph.nodes[name].kind
        kinds[kind] = kinds.get(kind, 0) + 1
    skips = count_skips(graph)
    number = skips.additions + skips.dense
    lines = [""]
    for kind, amount in kinds.items():
        word = f"{amount} {kind}"
        longer = f"{lines[-1]}, {word}" if lines[-1] else word
        if text_width(longer) > _LINE:
            lines[-1] += ","
            lines.append(word)
        else:
            lines[-1] = longer
    return (*filter(None, lines), count(number, "skip") if number else "no skips")


def answer(networks: Sequence[Compared]) -> tuple[str, str]:
    """What differs: the answer's first clause, and what follows it.

    Raises:
        ValueError: fewer than two networks.
    """
    if len(networks) < 2:
        raise ValueError("A comparison takes at least two networks.")
    lead, rest = _pair(networks[0], networks[1]) if len(networks) == 2 else _several(networks)
    return lead, " ".join(filter(None, (rest, _head_sentence(networks) or _skip_sentence(networks))))


def _pair(first: Compared, second: Compared) -> tuple[str, str]:
    deep, other = (first, second) if first.depth > second.depth else (second, first)
    if not all((deep.graph.parameters, deep.graph.macs, other.graph.parameters, other.graph.macs)):
        return f"{deep.title} has {count(deep.depth, 'layer')}, {other.title} {exact(other.depth)}.", ""
    fewer = (other.graph.parameters / deep.graph.parameters, other.graph.macs / deep.graph.macs)
    parts = [_ratio(ratio, what) for ratio, what in zip(fewer, ("parameters", "multiply-adds"), strict=True)]
    if deep.depth == other.depth:
        lead = f"{other.title} and {deep.title} are equally deep, with {count(deep.depth, 'layer')} each"
        if all(1 / _SAME < ratio < _SAME for ratio in fewer):
            return f"{lead}, and cost about the same.", ""
        return f"{lead}:", f"{deep.title} has {', '.join(parts)}."
    cost = _cost(fewer)
    if not cost:
        return f"{deep.title} is deeper than {other.title}, with {' but '.join(parts)}.", ""
    return f"{deep.title} is deeper than {other.title}, and costs {cost}:", f"{', '.join(parts)}."


def _cost(fewer: tuple[float, float]) -> str:
    """What the deeper network costs beside the other; "" where it has less of one thing and more of the other.

    ``fewer``: how many times fewer parameters and multiply-adds it has.
    """
    least, most = min(fewer), max(fewer)
    mean = (least * most) ** 0.5
    summed = most / least <= _ALIKE
    if least > 1 / _SAME and most < _SAME:
        return "about the same"
    if least >= _SAME:
        part = _PARTS.get(round(mean)) if summed else None
        return f"about {part} as much" if part else "less"
    if most <= 1 / _SAME:
        return f"about {_times_word(round(1 / mean))} as much" if summed and mean < 1 / 1.5 else "more"
    return ""


def _times_word(number: int) -> str:
    return "twice" if number == 2 else f"{_word(number)} times"


def _ratio(fewer: float, what: str) -> str:
    if fewer >= _SAME:
        return f"{times(fewer)} times fewer {what}"
    if fewer <= 1 / _SAME:
        return f"{times(1 / fewer)} times as many {what}"
    return f"about as many {what}"


def _several(networks: Sequence[Compared]) -> tuple[str, str]:
    depth = max(one.depth for one in networks)
    deepest = [one.title for one in networks if one.depth == depth]
    verb = "is" if len(deepest) == 1 else "are"
    lead = f"{_and(deepest)} {verb} the deepest of the {_word(len(networks))}, with {count(depth, 'layer')}."
    known = deepest[0] if len(deepest) == 1 else ""
    told = []
    for what, value in (
        ("has the fewest parameters", lambda one: one.graph.parameters),
        ("does the fewest multiply-adds", lambda one: one.graph.macs),
    ):
        least, sentence = _extremes(networks, what, value, known)
        told.append(sentence)
        known = least if sentence else known
    return lead, " ".join(filter(None, told))


def _extremes(
    networks: Sequence[Compared], what: str, value: Callable[[Compared], int], known: str
) -> tuple[str, str]:
    """Who has least of something, and the sentence on it; ``known``: whom the sentence before was about."""
    least, most = min(networks, key=value), max(networks, key=value)
    if not value(least) or value(most) / value(least) < _SAME:
        return "", ""
    who = "It" if least.title == known else least.title
    ratio = times(value(most) / value(least))
    return least.title, f"{who} {what}, {hundredths(value(least))}: {ratio} times fewer than {most.title}."


def _head_sentence(networks: Sequence[Compared]) -> str:
    """On the network whose linear layers hold the most of it, where they hold much."""
    heavy = max(networks, key=_head_share)
    share, layers = _head_share(heavy), len(heavy.linear_head)
    if not _LARGE_HEAD <= share <= _ALL:
        return ""
    told = (
        f"Of {heavy.title}’s {hundredths(heavy.graph.parameters)} parameters, "
        f"{hundredths(heavy.head_parameters)} ({100 * share:.0f}{SPACE}%) {_linear(layers)}"
    )
    others = [one for one in networks if one is not heavy and 0 < len(one.linear_head) < layers]
    if len(networks) == 2 and others:
        pooled = closing(others[0].graph, others[0].signs)[0] == "pool"
        after = ", after average pooling" if pooled else ""
        return f"{told}; {others[0].title} has {_word(len(others[0].linear_head))}{after}."
    return f"{told}."


def _head_share(one: Compared) -> float:
    return one.head_parameters / max(1, one.graph.parameters)


def _linear(number: int) -> str:
    return "belong to one linear layer" if number == 1 else f"are {_word(number)} linear layers"


def _skip_sentence(networks: Sequence[Compared]) -> str:
    bare = [one for one in networks if not one.skips.additions + one.skips.dense]
    bridged = [one for one in networks if one not in bare]
    if not bare:
        return _joins_sentence(networks)
    if not bridged:
        return ""
    told = [_bridged(one) for one in bridged]
    return (
        f"{_and(told)}; {_and([one.title for one in bare])} {'has' if len(bare) == 1 else 'have'} no skips."
    )


def _joins_sentence(networks: Sequence[Compared]) -> str:
    dense = [one.title for one in networks if one.skips.dense and not one.skips.additions]
    added = [one.title for one in networks if one.skips.additions and not one.skips.dense]
    if not dense or not added:
        return ""
    return f"The skips of {_and(dense)} are concatenated, those of {_and(added)} added."


def _bridged(one: Compared) -> str:
    if one.skips.blocks and one.skips.bridged == one.skips.blocks:
        return f"{one.title} bridges each of its {count(one.skips.blocks, 'block')}"
    return f"{one.title} has {count(one.skips.additions + one.skips.dense, 'skip')}"


def figure_title(networks: Sequence[Compared]) -> str:
    """What the rows show, as a sentence."""
    kinds = [_kind(one) for one in networks]
    if len(networks) == 2:
        numbers, (first, second) = [number for number, _ in kinds], [text for _, text in kinds]
        if first == second:
            return f"At one scale: {numbers[0]} {first}, against {numbers[1]}"
        return f"At one scale: {numbers[0]} {first}, against {numbers[1]} {second}"
    bridged = sum(1 for one in networks if one.skips.additions + one.skips.dense)
    if bridged in (0, len(networks)):
        who = f"all {_word(bridged)} networks have skips" if bridged else "none of the networks has skips"
        return f"At one scale: {who}"
    verb = "has" if bridged == 1 else "have"
    return f"At one scale: {_word(bridged)} of {_word(len(networks))} networks {verb} skips"


def _kind(one: Compared) -> tuple[int, str]:
    skips = one.skips
    if skips.dense and not skips.additions:
        return skips.blocks, "layers each handing its output on"
    if skips.blocks and skips.bridged == skips.blocks:
        return skips.blocks, "blocks each bridged by a skip"
    if skips.bridged:
        return skips.blocks, f"blocks, {skips.bridged} of them bridged by a skip"
    if skips.additions:
        return skips.additions, "skips from stage to stage"
    if has_branches(one.graph):
        return skips.blocks, "blocks of branches side by side"
    return one.depth, "layers in a row"


def bars_title(networks: Sequence[Compared]) -> str:
    """What the bars show: for two networks why one costs less, where its structure says so."""
    heavy = max(networks, key=lambda one: one.graph.parameters)
    busy = max(networks, key=lambda one: one.graph.macs)
    pair = len(networks) == 2
    if pair and (why := _why(networks, heavy, busy)):
        return why
    if pair and all(1 / _SAME < ratio < _SAME for ratio in _ratios(networks)):
        return "About as many parameters and multiply-adds"
    word = "more" if pair else "the most"
    if heavy is busy:
        return f"{heavy.title} has {word} parameters and does {word} multiply-adds"
    return f"{heavy.title} has {word} parameters, {busy.title} does {word} multiply-adds"


def _ratios(networks: Sequence[Compared]) -> tuple[float, float]:
    first, second = (one.graph for one in networks)
    return (first.parameters / max(1, second.parameters), first.macs / max(1, second.macs))


def _why(networks: Sequence[Compared], heavy: Compared, busy: Compared) -> str:
    """Why the lighter of two networks has fewer parameters, and does fewer multiply-adds, where it is plain to see."""
    first, second = networks
    light, idle = (second if one is first else first for one in (heavy, busy))
    told = []
    heads = [_head_share(one) for one in (heavy, light)]
    if heads[0] >= _LARGE_HEAD > heads[1]:
        told.append("Fewer parameters: no large head.")
    if idle.graph.macs * _SAME < busy.graph.macs and _squeezes(idle.graph) and not _squeezes(busy.graph):
        told.append("Fewer multiply-adds: 3×3 on squeezed channels.")
    return " ".join(told).removesuffix(".")


def _squeezes(graph: Graph) -> bool:
    """Whether all 3×3 convolutions on branches work on fewer channels than the block puts out."""
    wide = {name: graph.nodes[skip.join] for skip in graph.skips for name in skip.branch_nodes}
    threes = [
        (graph.nodes[name], join)
        for name, join in wide.items()
        if graph.nodes[name].kind == "conv" and graph.nodes[name].attributes.get("kernel") == (3, 3)
    ]
    return bool(threes) and all(node.input_shapes[0][1] < join.output_shape[1] for node, join in threes)


def _word(number: int) -> str:
    return _WORDS[number] if 0 <= number < len(_WORDS) else str(number)


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
