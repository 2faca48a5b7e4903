"""The catalogue: names, entries, search and their laws; no torch behind any of it."""

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.architectures import catalogue
from core.architectures.catalogue import families, get, imagenet_classes, names, search
from core.architectures.records import UnknownArchitecture, UnknownWeights

# LESSON: depth, parameters and torchvision's V1 and V2 accuracies of the comparison table.
TABLE = {
    "vgg16": (16, 138_357_544, {"IMAGENET1K_V1": 71.592}),
    "vgg19": (19, 143_667_240, {"IMAGENET1K_V1": 72.376}),
    "resnet18": (18, 11_689_512, {"IMAGENET1K_V1": 69.758}),
    "resnet34": (34, 21_797_672, {"IMAGENET1K_V1": 73.314}),
    "resnet50": (50, 25_557_032, {"IMAGENET1K_V1": 76.13, "IMAGENET1K_V2": 80.858}),
    "resnet101": (101, 44_549_160, {"IMAGENET1K_V1": 77.374, "IMAGENET1K_V2": 81.886}),
    "resnet152": (152, 60_192_808, {"IMAGENET1K_V1": 78.312, "IMAGENET1K_V2": 82.284}),
}


def test_listing_and_searching_import_no_torch():
    code = (
        "import sys, core.architectures as a;"
        "a.names(), a.search('resnet'), a.families(), a.imagenet_classes(), a.get('vgg16');"
        "a.is_local('resnet50', 'default'), a.weights_source('resnet50', None), a.preset('plain34');"
        "print([m for m in ('torch', 'torchvision', 'timm') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_hold_all_three_libraries_once():
    assert len(set(names())) == len(names())
    assert {
        "resnet50",
        "timm/resnet50",
        "own/resnet50",
        "cifar_resnet56",
        "plain34",
        "residual_mlp20",
    } <= set(names())
    assert sum(get(name).library == "torchvision" for name in names()) == 80
    assert sum(name.startswith("timm/") for name in names()) == sum(get(n).library == "timm" for n in names())


@pytest.mark.parametrize("name", TABLE)
def test_the_lessons_table_is_in_the_catalogue(name):
    depth, parameters, accuracies = TABLE[name]
    entry = get(name)
    assert (entry.depth, entry.parameters) == (depth, parameters)
    assert {name: entry.published(name).top1 for name in accuracies} == pytest.approx(accuracies)


@pytest.mark.parametrize(
    ("name", "title", "year"),
    [
        ("resnet50", "ResNet-50", 2015),
        ("vgg16", "VGG-16", 2014),
        ("vit_b_16", "ViT-B/16", 2020),
        ("resnext50_32x4d", "ResNeXt-50 32×4d", 2016),
        ("regnet_y_1_6gf", "RegNetY-1.6GF", 2020),
        ("efficientnet_v2_s", "EfficientNetV2-S", 2021),
        ("timm/tf_efficientnet_lite0", "EfficientNet-Lite0", 2019),
        ("timm/regnetx_002", "RegNetX-200MF", 2020),
        ("timm/regnety_320", "RegNetY-32GF", 2020),
        ("timm/convnext_tiny", "ConvNeXt Tiny", 2022),
        ("timm/legacy_seresnext50_32x4d", "SE-ResNeXt-50 32×4d, older code", 2017),
        ("own/resnet18", "ResNet-18, our own code", 2015),
    ],
)
def test_titles_are_written_as_people_write_them(name, title, year):
    assert (get(name).title, get(name).year) == (title, year)


def test_titles_are_distinct_within_a_library():
    titles = [(get(name).library, get(name).title) for name in names()]
    assert len(set(titles)) == len(titles)


def test_every_torchvision_family_has_its_paper():
    for name in names():
        entry = get(name)
        if entry.library == "torchvision":
            assert entry.year is not None and entry.paper_title and entry.paper_url.startswith("https://"), (
                name
            )


def test_unknown_names_come_with_the_closest_ones():
    with pytest.raises(UnknownArchitecture, match=r"no architecture named 'resnet51'.*resnet50"):
        get("resnet51")
    with pytest.raises(UnknownArchitecture, match=r"convnext_tiny"):
        get("ConvNeXt-Tiny")
    with pytest.raises(UnknownArchitecture, match=r"names\(\) lists all of them"):
        get("q" * 5000)


def test_weights_are_found_by_name_and_default():
    entry = get("resnet50")
    assert entry.published("default").name == "IMAGENET1K_V2"
    assert entry.published("IMAGENET1K_V1").preprocessing.resize == 256
    with pytest.raises(UnknownWeights, match="ResNet-50 has no weights named 'V3'; there are: IMAGENET1K_V2"):
        entry.published("V3")
    with pytest.raises(UnknownWeights, match="Plain-34 has no published weights"):
        get("plain34").published("default")


def test_preprocessing_without_weights_is_imagenets_at_the_nets_own_size():
    assert get("plain34").preprocessing.crop == 224
    assert get("plain34").preprocessing.resize == 256
    assert get("cifar_resnet20").preprocessing.crop == 32
    lite0 = get("timm/tf_efficientnet_lite0").preprocessing
    assert (lite0.resize, lite0.crop, lite0.interpolation, lite0.mean) == (
        256,
        224,
        "bicubic",
        (0.5, 0.5, 0.5),
    )


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("resnet50", ["resnet50", "own/resnet50", "timm/resnet50"]),
        ("ResNet-50", ["resnet50", "own/resnet50", "timm/resnet50"]),
        ("vgg 16", ["vgg16", "own/vgg16", "timm/vgg16"]),
        ("resnet", ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]),
        ("lite0", ["timm/tf_efficientnet_lite0"]),
        ("convnext tiny", ["convnext_tiny", "timm/convnext_tiny"]),
        ("  DenseNet ", ["densenet121"]),
        ("aggregated residual", ["resnext50_32x4d"]),
        ("timm/resnet50", ["timm/resnet50"]),
        ("own/vgg16", ["own/vgg16"]),
    ],
)
def test_search_puts_first_what_was_meant(text, first):
    assert [entry.name for entry in search(text)][: len(first)] == first


def test_search_finds_nothing_for_nonsense():
    assert search("xyzzy plugh") == ()
    assert search("resnet", limit=0) == ()
    assert search("!?") == ()


filters = st.fixed_dictionaries(
    {
        "family": st.none() | st.sampled_from(families()),
        "year": st.none() | st.integers(2012, 2026),
        "max_parameters": st.none() | st.integers(0, 10**9),
        "min_top1": st.none() | st.floats(50, 92),
        "limit": st.integers(0, 2000),
    }
)


@given(st.text(max_size=20) | st.sampled_from(names()).map(lambda name: name[:6]), filters)
def test_search_keeps_its_filters_and_loses_nothing_by_them(text, wanted):
    found = search(text, **wanted)
    assert len(found) <= wanted["limit"]
    assert len({entry.name for entry in found}) == len(found)

    def fits(entry):
        return (
            (wanted["family"] is None or entry.family == wanted["family"])
            and (wanted["year"] is None or entry.year == wanted["year"])
            and (wanted["max_parameters"] is None or entry.parameters <= wanted["max_parameters"])
            and (wanted["min_top1"] is None or (entry.top1 is not None and entry.top1 >= wanted["min_top1"]))
        )

    everything = search(text, limit=5000)
    assert found == tuple(filter(fits, everything))[: wanted["limit"]]


@given(st.sampled_from(names()))
def test_every_name_is_among_the_first_for_itself(name):
    first = search(name, limit=3)
    assert name in {entry.name for entry in first}


def test_families_are_alphabetical_and_cover_all():
    assert list(families()) == sorted(families(), key=str.casefold)
    assert {get(name).family for name in names()} == set(families())


def test_classes_are_imagenets():
    classes = imagenet_classes()
    assert len(classes) == 1000
    assert (classes[0], classes[281], classes[999]) == ("tench", "tabby", "toilet tissue")


def test_snapshot_has_no_impossible_numbers():
    for name in names():
        entry = get(name)
        assert entry.parameters > 0 and entry.num_classes >= 0 and all(side > 0 for side in entry.input_size)
        assert len({weights.name for weights in entry.weights}) == len(entry.weights)
        for weights in entry.weights:
            assert weights.top1 is None or 0 < weights.top1 < 100
            assert weights.top5 is None or weights.top1 <= weights.top5 < 100
            preprocessing = weights.preprocessing
            assert preprocessing.crop == max(weights.input_size[1:])
            assert preprocessing.interpolation in ("bilinear", "bicubic")
            # VOLO's larger nets resize to less than they crop: the rest is padded with black, as timm does.
            padded = preprocessing.resize < preprocessing.crop
            assert not padded or preprocessing.mode != "center" or name.startswith("timm/volo_"), name
            assert re.match(r"https://[\w.-]+/", weights.source_url)
    assert catalogue.SNAPSHOT_FILE.stat().st_size < 300_000
