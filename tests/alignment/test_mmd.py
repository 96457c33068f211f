import numpy as np
import pytest
import torch
from sklearn.metrics.pairwise import euclidean_distances, rbf_kernel

from genre.alignment.mmd import SAMPLE, MmdAlignment, MmdConfig


def value(world, left, right, **fields):
    """The loss between two modalities; `left` has at least as many items."""
    vectors = torch.zeros(len(left), 2, left.shape[1])
    vectors[:, 0], vectors[: len(right), 1] = left, right
    mask = torch.ones(len(left), 2, dtype=torch.bool)
    mask[len(right) :, 1] = False
    module = MmdAlignment(MmdConfig(**fields)).network(2, left.shape[1], world)
    return module(vectors, mask, torch.arange(len(left))).item()


def test_equal_samples_are_no_distance_apart_in_whatever_order(world):
    points = torch.randn(40, 5)
    assert value(world, points, points[torch.randperm(40)]) == pytest.approx(0.0, abs=1e-6)


def test_agrees_with_the_kernels_of_scikit_learn(world):
    torch.manual_seed(0)
    left, right = torch.randn(30, 4), torch.randn(20, 4) + 0.5
    both = torch.cat([left, right]).double().numpy()
    middle = np.quantile(euclidean_distances(both, squared=True), 0.5, method="lower")
    expected = 0.0
    for width in (0.5, 2.0):
        kernel = rbf_kernel(both, gamma=1 / (2 * width * middle))
        expected += (kernel[:30, :30].mean() + kernel[30:, 30:].mean() - 2 * kernel[:30, 30:].mean()) / 2
    assert value(world, left, right, bandwidths=(0.5, 2.0)) == pytest.approx(expected, abs=1e-4)


def test_the_further_the_more(world):
    torch.manual_seed(0)
    points, others = torch.randn(100, 3), torch.randn(100, 3)
    distances = [value(world, points, others + shift) for shift in (0.0, 0.5, 2.0)]
    assert 0 <= distances[0] < distances[1] < distances[2]


def test_large_batches_are_sampled(world):
    torch.manual_seed(0)
    left, right = torch.randn(4 * SAMPLE, 3), torch.randn(4 * SAMPLE, 3) + 1.0
    assert value(world, left, right) == pytest.approx(value(world, left, right), rel=0.2)


def test_scale_does_not_matter(world):
    torch.manual_seed(0)
    left, right = torch.randn(30, 4), torch.randn(30, 4) + 0.5
    assert value(world, left, right) == pytest.approx(value(world, left * 0.01, right * 0.01), rel=1e-3)
