"""Weights files: the bundled ImageNet network recognises, strangers' files are checked, differences are told."""

import hashlib
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch.nn import functional
from torchvision.transforms.v2 import functional as pictures

from core.architectures import build, get, imagenet_classes, is_local, weights_source
from core.architectures.cache import bundled_file
from core.architectures.downloads import WeightsUnavailable
from core.architectures.records import UnknownArchitecture, UnknownWeights
from core.architectures.weights import WeightsRejected, read_bundled
from core.images.opening import open_image
from core.images.samples import sample

LITE0 = "timm/tf_efficientnet_lite0"


def as_input(picture, preprocessing):
    image = pictures.to_dtype(pictures.to_image(Image.fromarray(picture)), torch.float32, scale=True)
    image = pictures.resize(image, [preprocessing.resize], pictures.InterpolationMode.BICUBIC, antialias=True)
    image = pictures.center_crop(image, [preprocessing.crop, preprocessing.crop])
    return pictures.normalize(image, list(preprocessing.mean), list(preprocessing.std))[None]


@pytest.fixture(scope="module")
def lite0():
    return build(LITE0, weights="default")


@pytest.mark.parametrize(
    ("picture", "likely", "least"),
    [
        ("chelsea", {"tiger cat", "Egyptian cat", "tabby"}, 0.6),
        ("coffee", {"espresso"}, 0.8),
        ("rocket", {"missile", "projectile"}, 0.3),
    ],
)
def test_the_bundled_network_recognises_photos(lite0, picture, likely, least):
    photo = np.asarray(open_image(sample(picture).read()))
    with torch.no_grad():
        chances = functional.softmax(lite0(as_input(photo, get(LITE0).preprocessing)), dim=1)[0]
    names = imagenet_classes()
    assert names[int(chances.argmax())] in likely
    assert sum(float(chances[names.index(name)]) for name in likely) > least


def test_the_bundled_file_fills_every_weight_of_the_network(lite0):
    assert sum(p.numel() for p in lite0.parameters()) == get(LITE0).parameters == 4_652_008
    file = bundled_file()
    assert hashlib.sha256(file.read_bytes()).hexdigest()[:8] in file.name
    state = read_bundled(file)
    assert state.keys() == lite0.state_dict().keys()


def test_the_bundled_network_takes_another_head(lite0):
    module = build(LITE0, weights="bundled", num_classes=2)
    assert module.classifier.weight.shape == (2, 1280)
    assert torch.equal(module.conv_head.weight, lite0.conv_head.weight)


def test_a_damaged_or_missing_bundled_file_is_told(tmp_path):
    copy = tmp_path / bundled_file().name
    with pytest.raises(WeightsUnavailable, match="bundled weights are missing"):
        read_bundled(copy)
    shutil.copy(bundled_file(), copy)
    with copy.open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"\0\0\0\0\1")
    with pytest.raises(WeightsUnavailable, match="bundled weights are damaged"):
        read_bundled(copy)


def saved(module, file, **changes):
    state = {key: value.contiguous() for key, value in module.state_dict().items()}
    save_file({key: value for key, value in (state | changes).items() if value is not None}, file)
    return file


@pytest.mark.parametrize("as_text", [True, False])
def test_a_safetensors_file_is_loaded(tmp_path, as_text):
    theirs = build("cifar_resnet20", seed=5)
    file = saved(theirs, tmp_path / "mine.safetensors")
    ours = build("cifar_resnet20", weights=str(file) if as_text else file)
    assert torch.equal(ours.conv1.weight, theirs.conv1.weight)
    assert is_local("cifar_resnet20", file)
    assert weights_source("cifar_resnet20", file) == "Weights from the file mine.safetensors"


def test_half_precision_and_missing_step_counters_are_fine(tmp_path):
    theirs = build("cifar_resnet20", seed=5)
    state = {k: v.half() for k, v in theirs.state_dict().items() if not k.endswith("num_batches_tracked")}
    save_file(state, tmp_path / "half.safetensors")
    ours = build("cifar_resnet20", weights=tmp_path / "half.safetensors")
    assert ours.conv1.weight.dtype == torch.float32
    assert torch.allclose(ours.conv1.weight, theirs.conv1.weight, atol=1e-3)


def test_differences_are_listed_in_one_sentence(tmp_path):
    theirs = build("cifar_resnet20")
    file = saved(
        theirs,
        tmp_path / "odd.safetensors",
        **{
            "conv1.weight": torch.zeros(16, 3, 5, 5),
            "fc.weight": None,
            "fc.bias": None,
            "extra": torch.zeros(2),
        },
    )
    with pytest.raises(WeightsRejected) as caught:
        build("cifar_resnet20", weights=file)
    assert str(caught.value) == (
        "odd.safetensors does not fit CIFAR ResNet-20: 2 tensors are missing (fc.weight, fc.bias); "
        "1 is unknown (extra); "
        "1 has another shape (conv1.weight: 16×3×5×5 in the file, 16×3×3×3 in the network)."
    )


def test_many_differences_are_counted_not_all_listed(tmp_path):
    file = saved(build("cifar_resnet20"), tmp_path / "small.safetensors")
    with pytest.raises(
        WeightsRejected, match=r"does not fit CIFAR ResNet-110: \d+ tensors are missing \(.*, …\)"
    ) as e:
        build("cifar_resnet110", weights=file)
    assert len(str(e.value)) < 300


def test_a_rejected_file_leaves_the_network_alone(tmp_path):
    from core.architectures.weights import load_safetensors

    module = build("cifar_resnet20")
    before = {key: value.clone() for key, value in module.state_dict().items()}
    file = saved(build("cifar_resnet20", seed=9), tmp_path / "x.safetensors", extra=torch.zeros(1))
    with pytest.raises(WeightsRejected):
        load_safetensors(module, file, title="it")
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 40, b"\x08\0\0\0\0\0\0\0{}      ", b"PK\x03\x04" + b"0" * 64]
)
def test_rubbish_is_refused(tmp_path, content):
    file = tmp_path / "rubbish.safetensors"
    file.write_bytes(content)
    with pytest.raises(WeightsRejected, match=r"rubbish\.safetensors"):
        build("cifar_resnet20", weights=file)


def test_only_safetensors_files_are_opened(tmp_path):
    file = tmp_path / "model.pth"
    torch.save({}, file)
    with pytest.raises(WeightsRejected, match=r"Only \.safetensors files are opened.*model\.pth is none"):
        build("cifar_resnet20", weights=file)
    with pytest.raises(WeightsRejected, match="There is no file"):
        build("cifar_resnet20", weights=tmp_path / "none.safetensors")


def test_sentences_say_which_weights_these_are():
    assert weights_source("resnet50", None, seed=3) == "Random weights, seed 3"
    assert (
        weights_source("resnet50", "default")
        == "torchvision IMAGENET1K_V2, downloaded from download.pytorch.org"
    )
    assert weights_source(LITE0, "default") == (
        "ImageNet weights, bundled: Google, converted by ML Illustrated (Apache 2.0)"
    )
    assert weights_source("timm/resnet50", "a1_in1k") == (
        "timm a1_in1k (apache-2.0), downloaded from huggingface.co/timm/resnet50.a1_in1k"
    )


def test_is_local_knows_what_needs_a_download(tmp_path):
    assert is_local("resnet50", None, folder=tmp_path)
    assert is_local(LITE0, "bundled", folder=tmp_path)
    assert not is_local("resnet50", "default", folder=tmp_path)
    assert not is_local("resnet50", "nothing.safetensors", folder=tmp_path)
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision/resnet50-11ad3fa6.pth").touch()
    assert is_local("resnet50", "default", folder=tmp_path)
    with pytest.raises(UnknownWeights):
        is_local("resnet50", "V9")
    with pytest.raises(UnknownArchitecture):
        is_local("nothing", None)


def test_numpy_pictures_and_tensors_agree_on_layout():
    picture = np.zeros((300, 400, 3), np.uint8)
    assert as_input(picture, get(LITE0).preprocessing).shape == (1, 3, 224, 224)
