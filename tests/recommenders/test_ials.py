import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits

from genre.core.seeds import derive
from genre.recommenders._factors import ALPHAS
from genre.recommenders._validation import validation
from genre.recommenders.ials import IalsConfig, IalsRecommender
from genre.testing import tiny_task
from genre.values import Histories

STRANGERS = Histories.of([[0, 3, 6], [4], [1, 5, 9, 2]], n_items=24)


def fitted(**config):
    task = tiny_task()
    return task, IalsRecommender(IalsConfig(**{"dim": 6, "alpha": 5.0, "l2": 2.0, **config})).fit(task)


def by_hand(factors, rows, weights, alpha, l2):
    """The weighted ridge regression over all items, written out with a dense confidence matrix."""
    confidence, wanted = np.ones(len(factors)), np.zeros(len(factors))
    confidence[rows], wanted[rows] = alpha * np.asarray(weights), 1.0
    square = factors.T @ np.diag(confidence) @ factors + l2 * np.eye(factors.shape[1])
    return factors @ np.linalg.solve(square, factors.T @ (confidence * wanted))


def test_strangers_are_solved_for():
    _, model = fitted(recency="none")
    factors = model.item_vectors().vectors.astype(np.float64)
    scores = model.score(STRANGERS)
    for row in range(3):
        expected = by_hand(factors, STRANGERS[row], np.ones(len(STRANGERS[row])), 5.0, 2.0)
        assert scores[row, :22] == pytest.approx(expected[:22], abs=1e-4)


def test_recency_weighs_confidence():
    _, model = fitted(recency={"half_life": 1.0})
    factors = model.item_vectors().vectors.astype(np.float64)
    expected = by_hand(factors, [0, 3, 6], [0.25, 0.5, 1.0], 5.0, 2.0)
    assert model.score(STRANGERS)[0, :22] == pytest.approx(expected[:22], abs=1e-4)


def test_factors_and_fold_in_are_those_of_implicit():
    task, model = fitted(recency="none")
    with threadpool_limits(limits=1, user_api="blas"):
        peer = AlternatingLeastSquares(6, 2.0, 5.0, iterations=15, random_state=derive(task.seed, "ials"))
        peer.fit(sp.csr_matrix(task.split.train.matrix()), show_progress=False)
    users = peer.recalculate_user(np.arange(3), sp.csr_matrix(STRANGERS.matrix()))
    assert model.score(STRANGERS)[:, :22] == pytest.approx((users @ peer.item_factors.T)[:, :22], abs=1e-4)
    assert model.item_vectors().vectors[:22] == pytest.approx(peer.item_factors[:22], abs=1e-5)


def test_seeds_matter_and_cold_items_have_no_vector():
    task, model = fitted()
    other = IalsRecommender(model.config).fit(tiny_task(seed=task.seed))
    assert (other.item_vectors().vectors == model.item_vectors().vectors).all()
    vectors = model.item_vectors()
    assert not vectors.present[22:].any() and not vectors.vectors[22:].any()


def test_alpha_is_chosen_on_validation_users():
    task, model = fitted(alpha="auto")
    assert model.alpha in ALPHAS
    judge = validation(task)
    tried = {alpha: judge.measure(fitted(alpha=alpha)[1].score) for alpha in ALPHAS}
    if tried[ALPHAS[1]] > tried[ALPHAS[0]]:
        assert tried[model.alpha] == max(tried.values())
    else:
        assert model.alpha == ALPHAS[0]


def test_nothing_is_written_to_the_terminal():
    code = (
        "import warnings; warnings.simplefilter('error', RuntimeWarning)\n"
        "from genre.testing import tiny_task\nfrom genre.recommenders.ials import IalsConfig, IalsRecommender\n"
        "IalsRecommender(IalsConfig(dim=4, alpha=4)).fit(tiny_task())"
    )
    environment = {"OPENBLAS_NUM_THREADS": "2", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
