"""Kernels composed and fitted, against torch's convolutions and gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d

from core.probes.kernels import compose, fit, prove, random_kernel


@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (1, 2), (2, 1), (2, 3)])
def test_two_layers_are_one_kernel(stride, dilation):
    draw = np.random.default_rng(0)
    first, second = draw.standard_normal((4, 2, 3, 3)), draw.standard_normal((3, 4, 3, 3))
    x = torch.from_numpy(draw.standard_normal((1, 2, 30, 30)))
    inner = conv2d(x, torch.from_numpy(first), stride=stride)
    wanted = conv2d(inner, torch.from_numpy(second), dilation=dilation)
    single = compose(first, second, step=stride * dilation)
    found = conv2d(x, torch.from_numpy(single), stride=stride)
    assert found.shape == wanted.shape
    assert torch.allclose(found, wanted, rtol=0, atol=1e-12)


def test_channels_that_do_not_meet_are_refused():
    with pytest.raises(ValueError, match="puts out 4 channels, the second takes 3"):
        compose(np.ones((4, 2, 3, 3)), np.ones((3, 3, 3, 3)))


@pytest.mark.parametrize("seed", range(4))
def test_a_composition_is_found_again(seed):
    draw = np.random.default_rng(seed)
    kernel = 50 * compose(draw.standard_normal((1, 1, 3, 3)), draw.standard_normal((1, 1, 3, 3)))
    found = fit(kernel)
    assert found.left_over < 1e-10
    assert np.allclose(found.composed, kernel, rtol=0, atol=1e-8)


def test_nothing_pulls_at_the_optimum():
    kernel = random_kernel(3)
    found = fit(kernel)
    first = torch.from_numpy(found.first).requires_grad_()
    second = torch.from_numpy(found.second).requires_grad_()
    # The kernel of a network is its answer to a single bright pixel, turned around.
    pixel = torch.zeros(1, 1, 9, 9, dtype=torch.float64)
    pixel[0, 0, 4, 4] = 1
    answer = conv2d(conv2d(pixel, first), second).flip(2, 3)
    assert np.allclose(answer.detach().numpy(), found.composed, rtol=0, atol=1e-12)
    miss = ((torch.from_numpy(kernel) - answer) ** 2).sum()
    miss.backward()
    assert float(miss.detach().sqrt()) / np.linalg.norm(kernel) == pytest.approx(found.left_over, abs=1e-12)
    assert max(float(g.abs().max()) for g in (first.grad, second.grad)) < 1e-6
    assert found.slope < 1e-7


def test_no_other_start_comes_nearer():
    kernel = random_kernel(3)
    found = fit(kernel)
    assert found.left_over == pytest.approx(0.327031, abs=1e-6)
    assert found.errors[0] == pytest.approx(found.left_over, abs=1e-12)
    assert found.errors[-1] > found.left_over + 0.05  # there are other optima to fall into
    for seed in (1, 2, 3):
        assert found.left_over <= fit(kernel, seed=seed).errors[0] + 1e-9


def test_a_factor_solved_for_alone_is_no_better():
    # With one kernel held, the other is a linear least-squares problem.
    kernel = random_kernel(5)
    found = fit(kernel)
    slides = [compose(found.first, one.reshape(1, 1, 3, 3)).ravel() for one in np.eye(9)]
    best, *_ = np.linalg.lstsq(np.stack(slides, axis=1), kernel.ravel(), rcond=None)
    miss = np.linalg.norm(kernel - compose(found.first, best.reshape(1, 1, 3, 3))) / np.linalg.norm(kernel)
    assert miss == pytest.approx(found.left_over, abs=1e-12)
    assert np.allclose(best.reshape(3, 3), found.second[0, 0], rtol=0, atol=1e-5)


def test_two_channels_in_between_make_any_single_kernel():
    for seed in (3, 5, 11):
        assert fit(random_kernel(seed), between=2, starts=4).left_over < 1e-10


def test_a_proof_tells_that_wider_layers_leave_something_over():
    proof = prove(3)
    (_, single), (_, pair), (_, wide) = ((row[:3], row[3]) for row in proof.wider)
    assert single == proof.fit.left_over
    assert pair < 1e-10
    assert 0.2 < wide < 0.5
    assert prove(3) is proof


def test_what_is_no_kernel_is_refused():
    for kernel in (np.zeros((1, 1, 5, 5)), np.ones((1, 1, 3, 3)), np.ones((5, 5))):
        with pytest.raises(ValueError, match="A kernel to fit"):
            fit(kernel)
