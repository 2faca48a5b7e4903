"""What two effective fields of one cell say beside each other, and what else differs between the two networks."""

from __future__ import annotations

from core.figures.effect_statements import beside
from core.figures.numbers import SPACE, count, exact
from core.figures.sight_heat import smoothing
from core.probes.records import EffectiveReceptiveField

_SHARE = 0.95
_ALIKE = 0.03  # as `beside` tells fields apart
NOTHING_LEFT = (
    "In the plain twin no pixel moves this cell by as much as a number of 32 bits can tell: its branches scale the "
    "signal down, and nothing carries it past them."
)

UNEVEN = "The two were not measured over as many pictures, so that their sizes cannot be compared."


def with_and_without_skips(
    residual: EffectiveReceptiveField, twin: EffectiveReceptiveField, *, title: str
) -> tuple[str, str]:
    """The comparison of a network with its plain twin as (lead, rest); the rest explains what was measured.

    Args:
        residual: of the network as it is.
        twin: of the same weights without the residual additions.
        title: the network's name.
    """
    if residual.images != twin.images:
        return UNEVEN, ""
    if not twin.holds(_SHARE):
        return NOTHING_LEFT, ""
    lead = beside(residual, twin, names=(title, "its plain twin"))
    change = _change(residual, twin)
    if change > _ALIKE:
        rest = (
            "The skips shrink the effective field here: they bring along what the middle says, unblurred, "
            "while every branch spreads it further. What the cell could see at most stays the same."
        )
    elif change < -_ALIKE:
        rest = "Here the skips widen the effective field; what the cell could see at most stays the same."
    else:
        rest = ""
    return lead, rest if lead else ""


def random_and_trained(random: EffectiveReceptiveField, trained: EffectiveReceptiveField) -> tuple[str, str]:
    """The comparison of random with trained weights as (lead, rest)."""
    if random.images != trained.images:
        return UNEVEN, ""
    lead = beside(random, trained, names=("the untrained network", "the trained one"))
    change = _change(random, trained)
    if change > _ALIKE:
        rest = "Training has widened the field of this cell, as Luo et al. (2016) saw it."
    elif change < -_ALIKE:
        rest = "Training has narrowed the field of this cell; Luo et al. (2016) saw fields grow in training."
    else:
        rest = ""
    return lead, rest if lead else ""


def twin_differs(*, trained: bool, calibrated: bool) -> str:
    """What is the same in a network and its plain twin, and what is not, in one or two sentences.

    Args:
        trained: whether the weights are.
        calibrated: whether batch norms took statistics from noise first.
    """
    alike = (
        "both have the same weights and look at the same pictures. Gone from the twin are the residual additions, and "
        "with them whatever stood on the skips"
    )
    if trained:
        return (
            f"{alike}. The weights were trained with the skips, and nobody has trained them without: the twin shows "
            "what the skips do to these weights, not what a plain network would learn."
        )
    own = "; its batch norms take statistics of their own" if calibrated else ""
    return (
        f"{alike}{own}. It shows what the skips do to the spread of a signal, not whether a network without them "
        "could be trained."
    )


def training_differs(*, calibrated: bool) -> str:
    """What is the same with random and with trained weights, and what is not.

    Args:
        calibrated: whether batch norms took statistics from noise where the weights are random.
    """
    alike = "both are the same network and look at the same pictures"
    if not calibrated:
        return f"{alike}; the weights alone differ."
    return (
        f"{alike}. Beside the weights, the statistics of batch norms differ: from noise where the weights are random, "
        "from the training pictures where they are trained."
    )


def under_way(first: EffectiveReceptiveField | None, second: EffectiveReceptiveField | None) -> str:
    """How far two measurements are."""
    done = " and ".join(str(field.images if field is not None else 0) for field in (first, second))
    return f"Measuring both, on {done} pictures by now; what they tell stands here when they are done."


def drawn(first: EffectiveReceptiveField, second: EffectiveReceptiveField) -> str:
    """How the two maps are drawn, and over how many pictures each was measured."""
    pictures = (
        f"each over {count(first.images, 'picture')}"
        if first.images == second.images
        else f"over {exact(first.images)} and {count(second.images, 'picture')}"
    )
    smooth = f"{smoothing(first.heat):g}{SPACE}px"
    return (
        f"Measured {pictures}. Each map has its own scale, √ of the effect; frame: what the cell can see; dashed: "
        f"around 95{SPACE}% of the effect; drawn smoothed, σ = {smooth}."
    )


def no_weights(title: str, *, known: bool) -> str:
    """Why nothing is said of trained weights.

    Args:
        title: the network's name.
        known: whether there are published weights that could be downloaded.
    """
    if known:
        return f"No trained weights of {title} are on this machine; the sidebar offers to download them."
    return f"There are no trained weights of {title} to compare with."


def _change(first: EffectiveReceptiveField, second: EffectiveReceptiveField) -> float:
    """By how much the second is wider, as a share of the wider one; negative where it is narrower."""
    one, other = first.holds(_SHARE), second.holds(_SHARE)
    return (other - one) / max(one, other, 1)
