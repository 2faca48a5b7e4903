"""The snapshot against the installed libraries: names, parameters, published figures, papers."""

import csv
import random
import re
from pathlib import Path

import pytest
import timm
import torch
import torchvision
from torchvision import models

from core.architectures import build, get, names
from core.architectures.catalogue import library_versions
from core.architectures.make_catalogue import _Preprocessings, _timm_weights, main, read_timm_results
from core.architectures.papers import PAPERS

TORCHVISION = [name for name in names() if get(name).library == "torchvision"]
TIMM = [name for name in names() if get(name).library == "timm"]


def same_version(library):
    return library_versions()[library.__name__] == library.__version__.partition("+")[0]


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.skipif(not same_version(torchvision), reason="the snapshot is of another torchvision")
def test_all_torchvision_builders_are_listed():
    assert sorted(TORCHVISION) == models.list_models(module=models)


@pytest.mark.skipif(not same_version(timm), reason="the snapshot is of another timm")
def test_all_timm_models_are_listed():
    assert sorted(TIMM) == sorted(f"timm/{name}" for name in timm.list_models())


# The others of torchvision, and one of each of timm's families, are built for tests/graph.
@pytest.mark.parametrize(
    "name", [*random.Random(3).sample(TORCHVISION, 8), "regnet_y_128gf", "googlenet", "vit_h_14"]
)
def test_torchvision_parameters_are_those_of_the_built_module(name):
    module = build(name, device="meta")
    assert count(module) == get(name).parameters
    assert all(parameter.device.type == "meta" for parameter in module.parameters())


@pytest.mark.parametrize("name", random.Random(3).sample(TIMM, 5))
@pytest.mark.skipif(not same_version(timm), reason="the snapshot is of another timm")
def test_timm_parameters_are_those_of_the_built_module(name):
    entry = get(name)
    with torch.device("meta"):
        theirs = timm.create_model(name.removeprefix("timm/"))
    assert count(build(name, device="meta")) == count(theirs) == entry.parameters
    assert entry.input_size == tuple(timm.get_pretrained_cfg(name.removeprefix("timm/")).input_size)


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision_figures_are_torchvisions_own(name):
    theirs = models.get_model_weights(name)
    entry = get(name)
    assert entry.weights[0].name == theirs.DEFAULT.name
    assert {weights.name for weights in entry.weights} == {weights.name for weights in theirs}
    for weights in theirs:
        ours, transform = entry.published(weights.name), weights.transforms()
        figures = weights.meta["_metrics"]["ImageNet-1K"]
        assert ours.top1 == pytest.approx(figures["acc@1"]) or figures["acc@1"] != figures["acc@1"]
        assert (ours.parameters, ours.macs) == (weights.meta["num_params"], round(weights.meta["_ops"] * 1e9))
        assert ours.source_url == weights.url
        assert ours.preprocessing.mean == tuple(transform.mean) and ours.preprocessing.std == tuple(
            transform.std
        )
        assert [ours.preprocessing.resize] == transform.resize_size
        assert [ours.preprocessing.crop] == transform.crop_size
        assert ours.preprocessing.interpolation == transform.interpolation.value


def test_published_parameters_differ_from_the_plain_build_only_where_sizes_do():
    # SWAG's fine-tuned vision transformers are for larger pictures: more position embeddings, nothing else.
    for name in TORCHVISION:
        entry = get(name)
        for weights in entry.weights:
            if weights.parameters != entry.parameters:
                assert entry.family == "Vision Transformer" and weights.name.endswith("SWAG_E2E_V1"), name


@pytest.mark.parametrize("name", random.Random(5).sample(TIMM, 25))
def test_timm_preprocessing_resizes_as_timms_own_transform(name):
    for weights in get(name).weights:
        if weights.bundled or weights.preprocessing.mode != "center":
            continue
        config = timm.get_pretrained_cfg(f"{name.removeprefix('timm/')}.{weights.name}")
        transform = timm.data.create_transform(
            config.input_size, interpolation=config.interpolation, crop_pct=config.crop_pct
        )
        assert transform.transforms[0].size == weights.preprocessing.resize
        assert tuple(transform.transforms[1].size) == weights.input_size[1:]


def test_arxiv_numbers_and_titles_are_those_that_the_libraries_cite():
    folders = [Path(timm.__file__).parent / "models", Path(models.__file__).parent]
    sources = "\n".join(file.read_text() for folder in folders for file in folder.glob("*.py"))
    plain = re.sub(r"\W+", " ", sources.lower())
    for family, paper in PAPERS.items():
        number = paper.url.rpartition("/")[2]
        if "arxiv.org" in paper.url:
            assert number in sources, family
            assert re.sub(r"\W+", " ", paper.title.lower()) in plain, family
            assert paper.year == 2000 + int(number[:2])


def test_timm_results_are_read_and_the_fitting_size_is_taken(tmp_path):
    file = tmp_path / "results-imagenet.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["model", "img_size", "top1", "top1_err", "top5", "top5_err"])
        writer.writerow(["resnet18.a1_in1k", "288", "61.5", "38.5", "85.25", "14.75"])
        writer.writerow(["resnet18.a1_in1k", "224", "60.5", "39.5", "84.25", "15.75"])
    figures = read_timm_results(file)
    assert [(one.top1, one.top5, one.side) for one in figures["resnet18.a1_in1k"]] == [
        (61.5, 85.25, 288),
        (60.5, 84.25, 224),
    ]
    row = _timm_weights("resnet18.a1_in1k", 1, _Preprocessings(), figures)
    assert row[1:3] == [60.5, 84.25]
    assert "224 px" in row[10] and "results-imagenet.csv" in row[10]
    assert _timm_weights("resnet18.a2_in1k", 1, _Preprocessings(), figures)[1:3] == [None, None]


def test_unknown_options_are_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--nonsense"])
    assert "unrecognized arguments" in capsys.readouterr().err
