import numpy as np
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group

from genre.alignment.procrustes import ProcrustesAlignment, ProcrustesConfig
from genre.values import Embeddings

ROWS = np.arange(300) < 200
ALL = np.ones(300, np.bool_)


def aligned(modalities, world, rounds=100):
    alignment = ProcrustesAlignment(ProcrustesConfig(rounds=rounds))
    alignment.fit(modalities, ROWS, world)
    return [one.vectors for one in alignment.align(modalities)]


def test_planted_rotations_are_undone_also_of_several_modalities(rng, world):
    first = rng.standard_normal((300, 6))
    first -= first[ROWS].mean(axis=0)
    turned = [first @ ortho_group.rvs(6, random_state=seed) + seed for seed in range(1, 4)]
    modalities = [Embeddings(one.astype(np.float32), ALL) for one in (first, *turned)]
    for found in aligned(modalities, world):
        np.testing.assert_allclose(found, first, atol=1e-4)


def test_two_modalities_are_turned_as_by_scipy(views, world):
    first, second = views([6, 6], noise=1.0)
    found = aligned([first, second], world)[1]
    left, right = (one.vectors - one.vectors[ROWS].mean(axis=0) for one in (first, second))
    turn, _ = orthogonal_procrustes(right[ROWS], left[ROWS])
    np.testing.assert_allclose(found, right @ turn, atol=1e-3)


def test_angles_and_lengths_within_a_modality_stay(views, world):
    modalities = views([4, 7, 5], noise=1.0)
    for before, after in zip(modalities, aligned(modalities, world), strict=True):
        centred = before.vectors - before.vectors[ROWS].mean(axis=0)
        np.testing.assert_allclose(after @ after.T, centred @ centred.T, atol=1e-2)


def test_more_rounds_bring_three_modalities_closer(views, world):
    modalities = views([6, 6, 6], noise=3.0)

    def spread(rounds):
        stacked = np.stack(aligned(modalities, world, rounds))[:, ROWS]
        return np.square(stacked - stacked.mean(axis=0)).sum()

    assert spread(50) < spread(1)


def test_items_that_lack_a_modality_teach_nothing_about_it(views, world, rng):
    first, second = views([6, 6], absent=0.3)
    alone = ~first.present & second.present
    changed = Embeddings(np.where(alone[:, None], -second.vectors, second.vectors), second.present)
    shift = changed.vectors[ROWS & alone].sum(axis=0) - second.vectors[ROWS & alone].sum(axis=0)
    balanced = changed.vectors.copy()
    balanced[np.flatnonzero(ROWS & alone)[0]] -= shift
    found = aligned([first, second], world)[1]
    again = aligned([first, Embeddings(balanced, second.present)], world)[1]
    np.testing.assert_allclose(found[first.present], again[first.present], atol=1e-3)
