"""The download as a job: refused where the settings forbid it, a sentence where there is no network."""

import pytest

from core.architectures.downloads import WeightsUnavailable
from core.architectures.records import UnknownWeights
from core.engine.errors import Refused
from core.engine.settings import Settings, install
from core.experiments.downloads import download_weights
from core.experiments.records import Progress


@pytest.fixture
def restored_settings():
    yield
    install(None)


def test_demo_mode_refuses_it_in_the_job_itself(restored_settings: None) -> None:
    install(Settings(mode="demo"))
    with pytest.raises(Refused, match="switched off"):
        next(download_weights("resnet18", "IMAGENET1K_V1"))


def test_bundled_weights_are_there_at_once() -> None:
    events = list(download_weights("timm/tf_efficientnet_lite0", "bundled"))
    assert [event.done for event in events] == [0, 1]
    assert all(isinstance(event, Progress) for event in events)


def test_an_offline_hub_is_one_sentence() -> None:
    started = download_weights("timm/test_vit", "r160_in1k")
    next(started)
    with pytest.raises(WeightsUnavailable, match="HF_HUB_OFFLINE"):
        next(started)


def test_unknown_weights() -> None:
    with pytest.raises(UnknownWeights, match="nonesuch"):
        next(download_weights("resnet18", "nonesuch"))
