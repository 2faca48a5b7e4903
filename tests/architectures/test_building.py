"""From names to modules: seeds, devices, heads, published files, files of the user's."""

import re

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision import models

from core.architectures import build, from_spec, get, preset
from core.architectures.cache import local_file
from core.architectures.records import UnknownArchitecture, UnknownWeights
from core.architectures.weights import WeightsRejected

TINY = "timm/test_resnet"


def same(a, b):
    ours, theirs = a.state_dict(), b.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)


def put_published(folder, name, state, weights="default"):
    """Lays a file where the download of these weights would lie."""
    entry = get(name)
    file = local_file(entry, entry.published(weights), folder)
    file.parent.mkdir(parents=True)
    if file.suffix == ".safetensors":
        save_file({key: value.contiguous() for key, value in state.items()}, file)
    else:
        torch.save(state, file)
    return file


@pytest.mark.parametrize("name", ["squeezenet1_1", TINY, "cifar_resnet20", "residual_mlp10"])
def test_the_seed_decides_and_torchs_own_state_stays(name):
    before = torch.get_rng_state()
    first, again, other = build(name), build(name, seed=0), build(name, seed=1)
    assert same(first, again)
    assert not same(first, other)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", ["mobilenet_v3_small", TINY, "cifar_plain20"])
def test_modules_come_in_eval_mode(name):
    assert not any(part.training for part in build(name).modules())
    assert not any(part.training for part in build(name, device="meta").modules())


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("regnet_y_128gf", "default"),
        ("vit_h_14", "IMAGENET1K_SWAG_E2E_V1"),
        ("inception_v3", None),
        ("timm/resnet50", "a1_in1k"),
        ("timm/tf_efficientnet_lite0", "bundled"),
        ("own/vgg19", None),
        ("plain_mlp20", None),
    ],
)
def test_meta_needs_no_memory_and_no_file(name, weights, tmp_path):
    module = build(name, weights=weights, device="meta", folder=tmp_path)
    tensors = [*module.parameters(), *module.buffers()]
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    published = None if weights is None else get(name).published(weights).parameters
    assert sum(p.numel() for p in module.parameters()) == (published or get(name).parameters)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["resnet18", "squeezenet1_0", "inception_v3", TINY, "own/vgg11", "cifar_resnet20"]
)
def test_any_number_of_classes(name):
    module = build(name, num_classes=7, device="meta")
    size = (2, *get(name).input_size)
    assert module(torch.empty(size, device="meta")).shape == (2, 7)


def test_specs_build_too():
    spec = preset("cifar_resnet20")
    assert same(from_spec(spec), build("cifar_resnet20"))


@pytest.mark.parametrize("classes", [0, -3])
def test_no_classes_are_refused(classes):
    with pytest.raises(ValueError, match=f"at least one class, not {classes}"):
        build("resnet18", num_classes=classes)


def test_unknown_names_and_weights_are_refused():
    with pytest.raises(UnknownArchitecture, match="resnet1812"):
        build("resnet1812")
    with pytest.raises(UnknownWeights, match="IMAGENET1K_V9"):
        build("resnet18", weights="IMAGENET1K_V9")
    with pytest.raises(UnknownWeights, match="no published weights"):
        build("cifar_resnet20", weights="default")


def test_torchvisions_published_file_is_loaded(tmp_path):
    theirs = models.squeezenet1_1()
    put_published(tmp_path, "squeezenet1_1", theirs.state_dict())
    assert same(build("squeezenet1_1", weights="default", folder=tmp_path), theirs)


def test_densenets_old_names_are_understood(tmp_path):
    state = models.densenet121().state_dict()
    renamed = {re.sub(r"(denselayer\d+\.[a-z]+)(\d)", r"\1.\2", key): value for key, value in state.items()}
    assert "features.denseblock1.denselayer1.norm.1.weight" in renamed
    put_published(tmp_path, "densenet121", renamed)
    loaded = build("densenet121", weights="default", folder=tmp_path).state_dict()
    assert all(torch.equal(loaded[key], state[key]) for key in state)


def test_googlenets_file_loads_without_its_auxiliary_heads(tmp_path):
    theirs = models.googlenet(aux_logits=True, init_weights=False, transform_input=True).eval()
    put_published(tmp_path, "googlenet", theirs.state_dict())
    ours = build("googlenet", weights="default", folder=tmp_path)
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(ours(x), theirs(x))


def test_timms_published_file_is_loaded(tmp_path):
    theirs = timm.create_model("test_resnet")
    put_published(tmp_path, TINY, theirs.state_dict())
    assert same(build(TINY, weights="default", folder=tmp_path), theirs)


def test_timms_own_renaming_rules_are_applied(tmp_path):
    # Some publish a vision transformer's patch projection as a matrix; timm makes a convolution of it.
    theirs = timm.create_model("test_vit")
    state = theirs.state_dict()
    put_published(
        tmp_path,
        "timm/test_vit",
        state | {"patch_embed.proj.weight": state["patch_embed.proj.weight"].flatten(1)},
    )
    assert same(build("timm/test_vit", weights="default", folder=tmp_path), theirs)


@pytest.mark.parametrize("name", ["squeezenet1_1", TINY])
def test_another_number_of_classes_keeps_the_body(name, tmp_path):
    theirs = models.squeezenet1_1() if name == "squeezenet1_1" else timm.create_model("test_resnet")
    put_published(tmp_path, name, theirs.state_dict())
    module = build(name, weights="default", num_classes=3, folder=tmp_path)
    heads = ("classifier.1.", "fc.")
    for key, value in module.state_dict().items():
        if key.startswith(heads):
            assert value.shape[0] == 3
        else:
            assert torch.equal(value, theirs.state_dict()[key]), key


@pytest.mark.parametrize("name", ["squeezenet1_1", TINY])
def test_a_published_file_of_another_network_is_refused(name, tmp_path):
    put_published(tmp_path, name, nn.Linear(3, 3).state_dict())
    with pytest.raises(WeightsRejected, match="does not fit"):
        build(name, weights="default", folder=tmp_path)


def test_a_damaged_published_file_is_refused(tmp_path):
    file = put_published(tmp_path, "squeezenet1_1", {})
    file.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(WeightsRejected, match="not a readable weights file"):
        build("squeezenet1_1", weights="default", folder=tmp_path)


def test_a_damaged_hub_file_is_refused(tmp_path):
    put_published(tmp_path, TINY, {}).write_bytes(b"no header")
    with pytest.raises(WeightsRejected, match=r"model\.safetensors is not a readable weights file"):
        build(TINY, weights="default", folder=tmp_path)


def test_a_pickle_that_runs_code_does_not_run_it(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    put_published(tmp_path, "squeezenet1_1", {"a": Evil()})
    with pytest.raises(WeightsRejected, match="not a readable weights file"):
        build("squeezenet1_1", weights="default", folder=tmp_path)
    assert not (tmp_path / "ran").exists()
