"""Which architectures an address names to stand side by side."""

from hypothesis import given
from hypothesis import strategies as st

from core.ui import compared
from core.ui.selection import Selection, parse


def test_names_are_kept_in_their_order():
    assert compared.parse("resnet50,vgg19, timm/resnet50") == (("resnet50", "vgg19", "timm/resnet50"), ())


def test_a_name_twice_counts_once():
    assert compared.parse("vgg19,vgg19,,resnet50") == (("vgg19", "resnet50"), ())


def test_what_is_no_architecture_is_said():
    found, sentences = compared.parse("vgg19,<b>,resnet50")
    assert found == ("vgg19", "resnet50")
    assert sentences == ("No architecture is called “<b>”; it is left out.",)


def test_several_that_are_none_are_one_sentence():
    assert compared.parse("a,b")[1] == ("No architecture is called “a” or “b”; they are left out.",)
    (sentence,) = compared.parse("a,b,c,d,e,f,g")[1]
    assert sentence == "No architecture is called “a”, “b”, “c” or 4 other names; they are left out."


def test_more_than_four_are_said():
    found, sentences = compared.parse("vgg11,vgg13,vgg16,vgg19,resnet18")
    assert found == ("vgg11", "vgg13", "vgg16", "vgg19")
    assert sentences == ("5 architectures are too many side by side; these are the first 4.",)
    assert compared.parse("vgg11,vgg13", most=1)[1][0].endswith("these are the first 1.")


def test_nothing_named_is_the_usual_pair():
    assert compared.shown("") == ("vgg19", "resnet50")
    assert compared.shown("vgg16,resnet18") == ("vgg16", "resnet18")


def test_the_address_carries_view_names_and_alignment():
    selection = Selection(view="side", compare="vgg16,timm/resnet50", align="depth")
    query = selection.query()
    assert query == {
        "model": "resnet50",
        "view": "side",
        "compare": "vgg16,timm/resnet50",
        "align": "depth",
    }
    assert parse(query) == (selection, ())


def test_a_view_that_is_none_is_said():
    selection, dropped = parse({"view": "nonesuch", "align": "<i>"})
    assert (selection.view, selection.align) == ("", "")
    assert len(dropped) == 2
    assert "“nonesuch” is no view of the Architecture page" in dropped[0]


@given(st.text(max_size=300))
def test_any_text_gives_known_names_at_most_four(text):
    found, sentences = compared.parse(text)
    assert len(found) <= compared.MOST
    assert compared.parse(compared.joined(found)) == (found, ())
    assert all(sentence.endswith(".") for sentence in sentences)
