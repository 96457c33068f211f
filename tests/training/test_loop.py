import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from genre.training.checkpoint import FILE
from genre.training.hardware import Hardware
from genre.training.loop import Lesson, train
from genre.training.settings import EarlyStopping, TrainingConfig

CPU = Hardware("cpu", "32-true")
CONFIG = TrainingConfig(
    epochs=6, learning_rate=0.05, warmup_steps=2, early_stopping=EarlyStopping(patience=3), n_threads=1
)


class Line(nn.Module):
    """Learns y = 3 x through dropout, so that random streams matter."""

    def __init__(self):
        super().__init__()
        self.weight, self.dropout = nn.Parameter(torch.zeros(1)), nn.Dropout(0.3)

    def forward(self, x):
        return {"line": (self.dropout(x * self.weight) - 3.0 * x).pow(2).mean()}


def batches(rng):
    for _ in range(5):
        yield torch.from_numpy(rng.normal(size=(8, 1)).astype(np.float32))


def lesson(network, judge=None, identity="line"):
    return Lesson(network, batches, 5, judge, identity)


def nearness(network):
    return lambda: -abs(float(network.weight) - 3.0)


def trained(config=CONFIG, folder=None, judge=nearness, seed=1, network=None):
    network = Line() if network is None else network
    curve = train(lesson(network, None if judge is None else judge(network)), config, CPU, seed, folder)
    return network.weight.item(), curve


def values(curve):
    return [(entry.epoch, entry.loss, entry.value) for entry in curve.epochs]


def test_it_learns_and_keeps_the_curve():
    weight, curve = trained(TrainingConfig(epochs=60, learning_rate=0.1, weight_decay=0, n_threads=1))
    assert abs(weight - 3.0) < 1.0
    assert curve.metric == "ndcg@10"
    assert curve.epochs[-1].loss < curve.epochs[0].loss
    assert curve.epochs[curve.best_epoch - 1].value == max(entry.value for entry in curve.epochs)


def test_equal_seeds_give_equal_runs_and_leave_the_callers_stream_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    (first, curve), (second, again) = trained(), trained()
    assert torch.equal(torch.get_rng_state(), before)
    assert first == second
    assert values(curve) == values(again)
    assert trained(seed=2)[0] != first


def test_patience_ends_the_run_with_the_best_weights():
    seen = []

    def judge(network):
        def value():
            seen.append(network.weight.item())
            return [1.0, 2.0, 0.0, 0.0, 0.0, 9.0][len(seen) - 1]

        return value

    weight, curve = trained(judge=judge)
    assert len(curve.epochs) == 5
    assert curve.best_epoch == 2
    assert weight == seen[1]


def test_without_a_judge_all_epochs_count():
    _, curve = trained(judge=None)
    assert (len(curve.epochs), curve.best_epoch) == (6, 6)
    assert all(entry.value is None for entry in curve.epochs)


@pytest.mark.parametrize("stop_at", [1, 2, 4])
@pytest.mark.parametrize("judge", [nearness, None])
def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(tmp_path, stop_at, judge):
    expected, curve = trained(judge=judge)
    network, calls = Line(), []

    def stumbling(rng):
        calls.append(1)
        for place, batch in enumerate(batches(rng)):
            if len(calls) > stop_at and place == 3:
                raise KeyboardInterrupt
            yield batch

    broken = Lesson(network, stumbling, 5, None if judge is None else judge(network), "line")
    with pytest.raises(KeyboardInterrupt):
        train(broken, CONFIG, CPU, 1, tmp_path)
    weight, resumed = trained(folder=tmp_path, judge=judge)
    assert weight == expected
    assert values(resumed) == values(curve)


def test_a_finished_run_is_not_repeated(tmp_path):
    weight, curve = trained(folder=tmp_path)
    again, same = trained(folder=tmp_path)
    assert (again, same) == (weight, curve)


def test_another_run_does_not_take_the_checkpoint(tmp_path):
    trained(folder=tmp_path, seed=2)
    assert trained(folder=tmp_path)[0] == trained()[0]


def test_a_broken_checkpoint_starts_anew(tmp_path):
    (tmp_path / FILE).write_bytes(b"not a checkpoint")
    assert trained(folder=tmp_path)[0] == trained()[0]


def test_judging_every_other_epoch():
    _, curve = trained(TrainingConfig(epochs=5, early_stopping=EarlyStopping(every=2), n_threads=1))
    assert [entry.value is not None for entry in curve.epochs] == [False, True, False, True, True]


def test_warm_up_and_decay_count_steps_and_not_batches():
    rates = []
    note = register_optimizer_step_pre_hook(lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"]))
    trained(TrainingConfig(epochs=2, accumulate=2, warmup_steps=4, learning_rate=0.1, n_threads=1))
    note.remove()
    # 5 batches make 3 steps; min(1, (step + 1) / 4) * (1 + cos(180 degrees * step / 6)) / 2
    shares = np.array([0.25, 0.5 * 0.9330127, 0.75 * 0.75, 0.5, 0.25, 0.0669873])
    np.testing.assert_allclose(rates, 0.1 * shares, rtol=1e-5)
