import numpy as np
from sklearn.linear_model import Ridge

from genre.alignment.linear import LinearAlignment
from genre.nets.content_map import PENALTIES
from genre.values import Embeddings

ROWS = np.arange(300) < 250


def test_the_first_modality_only_loses_its_mean(views, world):
    first, second = views([5, 8])
    alignment = LinearAlignment()
    alignment.fit([first, second], ROWS, world)
    found, _ = alignment.align([first, second])
    np.testing.assert_allclose(found.vectors, first.vectors - first.vectors[ROWS].mean(axis=0), atol=1e-5)


def test_others_are_a_ridge_regression_of_scikit_learn_up_to_one_factor(views, world):
    first, second = views([5, 8], noise=2.0, absent=0.2)
    alignment = LinearAlignment()
    alignment.fit([first, second], ROWS, world)
    found = alignment.align([first, second])[1].vectors[second.present]
    both = ROWS & first.present & second.present
    spread = np.square(second.vectors[both] - second.vectors[both].mean(axis=0)).sum(axis=0).mean()

    def angle(penalty):
        ridge = Ridge(alpha=penalty * spread).fit(second.vectors[both], first.vectors[both])
        expected = ridge.predict(second.vectors[second.present]) - ridge.predict(
            second.vectors[ROWS & second.present]
        ).mean(axis=0)
        return float((found * expected).sum() / np.linalg.norm(found) / np.linalg.norm(expected))

    assert max(angle(penalty) for penalty in PENALTIES) > 0.9999


def test_lengths_are_those_of_the_first(views, world):
    first, second = views([5, 8], noise=4.0)
    alignment = LinearAlignment()
    alignment.fit([first, second], ROWS, world)
    lengths = [np.square(one.vectors[ROWS]).sum(axis=1).mean() for one in alignment.align([first, second])]
    assert abs(lengths[1] / lengths[0] - 1) < 0.01


def test_a_planted_map_is_found(rng, world):
    first = rng.standard_normal((300, 6)).astype(np.float32)
    second = 3.0 * first @ np.linalg.qr(rng.standard_normal((6, 6)))[0].astype(np.float32)
    modalities = [Embeddings(one, np.ones(300, np.bool_)) for one in (first, second)]
    alignment = LinearAlignment()
    alignment.fit(modalities, ROWS, world)
    left, right = alignment.align(modalities)
    np.testing.assert_allclose(left.vectors[~ROWS], right.vectors[~ROWS], atol=0.05)
