import numpy as np
import pytest
from sklearn.linear_model import Ridge

from genre.nets.content_map import PENALTIES, ContentMap


def problem(noise, n=60, seed=0):
    rng = np.random.default_rng(seed)
    content = rng.normal(size=(n, 5)).astype(np.float32)
    vectors = content @ rng.normal(size=(5, 3)) + 2.0 + noise * rng.normal(size=(n, 3))
    return content, vectors.astype(np.float32), rng.integers(1, 9, size=n).astype(float)


def ridge(content, vectors, trust, penalty):
    """scikit-learn's answer for a penalty given as a share of the content's mean variance."""
    share = trust / trust.sum()
    variance = np.average((content - share @ content) ** 2, axis=0, weights=share).mean()
    return Ridge(alpha=penalty * variance).fit(content, vectors, sample_weight=share)


@pytest.mark.parametrize("noise", [0.01, 3.0])
def test_agrees_with_weighted_ridge_regression(noise):
    content, vectors, trust = problem(noise)
    found = ContentMap.fit(content, vectors, trust)
    expected = ridge(content, vectors, trust, found.penalty)
    np.testing.assert_allclose(found.apply(content), expected.predict(content), atol=1e-4)


def test_the_penalty_predicts_left_out_rows_best():
    content, vectors, trust = problem(3.0, n=25)
    errors = []
    for penalty in PENALTIES:
        total = 0.0
        for row in range(len(content)):
            rest = np.arange(len(content)) != row
            share = trust / trust.sum()
            weights = share[rest]
            offset = share @ vectors
            middle = share @ content
            variance = np.average((content - middle) ** 2, axis=0, weights=share).mean()
            inputs, targets = content[rest] - middle, vectors[rest] - offset
            gram = inputs.T @ (inputs * weights[:, None]) + penalty * variance * np.eye(5)
            fitted = np.linalg.solve(gram, inputs.T @ (targets * weights[:, None]))
            total += share[row] * np.square(vectors[row] - offset - (content[row] - middle) @ fitted).sum()
        errors.append(total)
    assert ContentMap.fit(content, vectors, trust).penalty == pytest.approx(PENALTIES[int(np.argmin(errors))])


def test_useless_content_gives_the_mean():
    rng = np.random.default_rng(0)
    content, vectors = rng.normal(size=(40, 20)).astype(np.float32), rng.normal(size=(40, 3)).astype(np.float32)
    found = ContentMap.fit(content, vectors, np.ones(40))
    spread = (found.apply(content) - vectors.mean(axis=0)).std()
    assert spread < 0.3 * vectors.std()
