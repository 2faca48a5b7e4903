"""The same numbers on the accelerator as on the CPU; run with ``-m gpu`` where there is one."""

import numpy as np
import pytest
import torch

from core.architectures.building import build
from core.engine.device import choose, describe
from core.experiments.records import SpeedMeasured
from core.experiments.speed import measure_speed
from core.probes.capture import activations

pytestmark = pytest.mark.gpu


@pytest.fixture
def device() -> torch.device:
    found = choose("auto")
    if found.type == "cpu":
        pytest.skip("no accelerator on this machine")
    return found


def test_captured_outputs_equal_the_cpus(device: torch.device) -> None:
    x = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    names = ["layer1.0.add", "layer3.1", ""]
    here = activations(build("resnet18"), x, at=names)
    there = activations(build("resnet18", device=device), x, at=names)
    for name in names:
        scale = np.abs(here[name]).max()
        assert np.abs(here[name] - there[name]).max() <= 2e-3 * scale, name


def test_speed_is_measured_on_the_device_that_is_named(device: torch.device) -> None:
    events = list(measure_speed(["cifar_resnet20"], [4], device=str(device), seconds_each=0))
    (measured,) = [event for event in events if isinstance(event, SpeedMeasured)]
    assert measured.device == dict(describe().choices)[str(device)]
