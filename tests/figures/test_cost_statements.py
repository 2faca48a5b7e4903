"""Sentences about the cost hold: their numbers and places are recomputed here."""

import re

import pytest

from core.figures import cost_statements
from core.figures.quantities import MULTIPLY_ADDS, PARAMETERS, Costs, Quantity

from .nets import NETS, graph

QUANTITIES = (PARAMETERS, MULTIPLY_ADDS, Quantity("activations", 8), Quantity("training memory", 32))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("resnet50", "Parameters sit in the last stage, multiply-adds in the middle"),
        ("vgg16", "The head holds 89 % of the parameters and 1 % of the multiply-adds"),
        ("densenet121", "Parameters sit in the late stages, multiply-adds in the early stages"),
        ("cifar_resnet56", "Parameters sit in the last stage, multiply-adds in all stages alike"),
        ("vit_b_16", "Each of the 12 blocks costs the same"),
        ("squeezenet1_0", None),
    ],
)
def test_titles(name, title):
    found = plain(cost_statements.title(graph(name), PARAMETERS, MULTIPLY_ADDS))
    assert found == title if title else found


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: quantity.name)
@pytest.mark.parametrize("name", NETS)
def test_a_named_place_holds_half(name, quantity):
    found = graph(name)
    costs = Costs(found, quantity)
    place = cost_statements.place(found, costs)
    stages = [part for part in found.fold.children if part.role == "stage"]
    shares = [costs.of(stage.nodes) / costs.total for stage in stages]
    parts = {part.title.lower(): costs.of(part.nodes) / costs.total for part in found.fold.children}
    if not place:
        assert max(parts.values()) < 0.5
    elif place == "in all stages alike":
        assert sum(shares) >= 0.5 and max(shares) <= 1.5 * min(shares)
    else:
        held = {
            "in the first stage": shares[:1],
            "in its one stage": shares[:1],
            "in the last stage": shares[-1:],
            "in the early stages": shares[: len(shares) // 2],
            "in the late stages": shares[-(len(shares) // 2) :],
            "in the middle": shares[1:-1],
        }.get(place, [parts.get(place.removeprefix("in the ").removeprefix("in "), 0.0)])
        assert sum(held) >= 0.5


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: quantity.name)
@pytest.mark.parametrize("name", NETS)
def test_percentages_of_the_head_hold(name, quantity):
    found = graph(name)
    title = plain(cost_statements.title(found, quantity, MULTIPLY_ADDS))
    told = re.match(r"The head holds (\d+) %", title)
    head = [part for part in found.fold.children if part.role == "head"]
    costs = Costs(found, quantity)
    share = costs.of(head[-1].nodes) / costs.total if head else 0.0
    if quantity != MULTIPLY_ADDS:
        assert bool(told) == (share >= 0.5)
    if told:
        assert int(told[1]) == round(100 * share)


def test_subtitles():
    assert plain(cost_statements.subtitle(graph("resnet50"), PARAMETERS)) == (
        "Stages, their blocks and, in vermillion, the 4 projection skips: 2.78 M parameters, 10.9 % of all"
    )
    assert (
        cost_statements.subtitle(graph("vgg16"), PARAMETERS) == "Stages and their blocks; widths are shares"
    )
    assert cost_statements.subtitle(graph("cifar_resnet56"), PARAMETERS) == (
        "Stages and their blocks; none of the 27 skips has a weight"
    )


def test_captions():
    found = graph("resnet50")
    assert plain(Costs(found, PARAMETERS).caption) == "25.56 M"
    assert plain(Costs(found, MULTIPLY_ADDS).caption) == "4.09 G, one 224 × 224 picture"
    text = plain(Costs(found, Quantity("activations", 8)).caption)
    assert text.startswith("899 MB written for 8 pictures, at most ")
    text = plain(Costs(found, Quantity("training memory", 32, "Adam")).caption)
    assert text.endswith("weights 102 MB, gradients 102 MB, Adam 204 MB")


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: quantity.name)
def test_every_sentence_is_one(name, quantity):
    found = graph(name)
    for other in QUANTITIES:
        assert cost_statements.title(found, quantity, other)
    assert cost_statements.source(quantity).endswith(".")
