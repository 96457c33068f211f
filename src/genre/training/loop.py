"""The one training loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from genre.core.fingerprint import fingerprint
from genre.core.progress import Step, charge, step
from genre.core.seeds import derive, generator
from genre.nets.pretrained import Pretrained, Stepping, keep_at_rest
from genre.training.checkpoint import Checkpoint, Run, load_weights, trainable
from genre.training.hardware import Hardware, threads
from genre.training.schedule import rate_factor
from genre.training.settings import TrainingConfig
from genre.training.trackers.base import TrackedRun, flat, values_of
from genre.training.trackers.tracking import run_folder, tracking
from genre.training.windows import Windows
from genre.values.curve import Curve, Epoch

UNTAUGHT = {"trackers", "log_folder"}
"""Settings of training that have no part in what is learned."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is to be learned.

    Attributes:
        network: batch -> the parts of the loss, scalars by name, weighted already; their sum is lowered.
        batches: the batches of one epoch, from a generator; equal generators give equal batches.
        n_batches: batches in an epoch, for the schedule.
        judge: the validation metric of the network as it is; None: there is nothing to judge on.
        identity: what tells this lesson from others (data and hyper-parameters), for resuming.
        n_epochs: epochs after which to stop, the schedule being that of all; None: the settings' number.
        metric: what the judge measures.
        lower_is_better: whether it measures errors.
        name: what trackers call it, its parts divided by slashes.
        settings: hyper-parameters beside those of training, for trackers; nothing secret.
    """

    network: nn.Module
    batches: Callable[[np.random.Generator], Iterable[Windows]]
    n_batches: int
    judge: Callable[[], float] | None
    identity: str
    n_epochs: int | None = None
    metric: str = "ndcg@10"
    lower_is_better: bool = False
    name: str = "run"
    settings: Mapping[str, Any] = field(default_factory=dict)


def train(lesson: Lesson, config: TrainingConfig, hardware: Hardware, seed: int, folder: Path | None = None) -> Curve:
    """Train `lesson.network` in place; it ends with the weights of the best epoch, or of the last without a judge.

    Every epoch draws from streams of its own, made of `seed` and the epoch's number, so that a run resumed from
    `folder` after an interruption ends where an uninterrupted one does.
    """
    fabric = Fabric(accelerator=hardware.device, devices=1, precision=hardware.precision)  # type: ignore[arg-type]
    groups = _parameter_groups(lesson.network, config.learning_rate)
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=config.weight_decay)
    network, fabric_optimizer = fabric.setup(lesson.network, optimizer)
    runner = _Runner(lesson, config, fabric, network, fabric_optimizer)
    n_epochs = config.epochs if lesson.n_epochs is None else lesson.n_epochs
    identity = _identity(lesson, config, hardware, seed)
    checkpoint = None if folder is None else Checkpoint(folder, identity)
    with threads(config.n_threads), torch.random.fork_rng(), step("Training", n_epochs) as bar:
        run = Run() if checkpoint is None else checkpoint.load(lesson.network, optimizer)
        bar.advance(len(run.curve.epochs))
        charge(run.seconds)
        with tracking(config.trackers, _tracked(lesson, config, identity, len(run.curve.epochs))) as log:
            while not run.is_over and len(run.curve.epochs) < n_epochs:
                torch.manual_seed(derive(seed, "epoch", len(run.curve.epochs)))
                entry = runner.epoch(run, generator(seed, "batches", len(run.curve.epochs)), bar)
                log(entry.epoch, values_of(entry, lesson.metric, [group["lr"] for group in optimizer.param_groups]))
                if checkpoint is not None:
                    checkpoint.save(run, lesson.network, optimizer)
    if run.best_weights:
        load_weights(lesson.network, run.best_weights)
    keep_at_rest(lesson.network, False)
    lesson.network.eval()
    return run.curve


def _parameter_groups(network: nn.Module, learning_rate: float) -> list[dict[str, Any]]:
    """The trainable parameters by their peak learning rate: that of the innermost `Pretrained` around them, or else
    `learning_rate`.
    """
    rates = {id(parameter): learning_rate for parameter in network.parameters()}
    for module in network.modules():
        if isinstance(module, Pretrained) and module.learning_rate is not None:
            rates |= {id(parameter): module.learning_rate for parameter in module.parameters()}
    groups: dict[float, list[nn.Parameter]] = {learning_rate: []}
    for parameter in network.parameters():
        if parameter.requires_grad:
            groups.setdefault(rates[id(parameter)], []).append(parameter)
    return [{"params": found, "lr": rate, "peak": rate} for rate, found in groups.items()]


def _identity(lesson: Lesson, config: TrainingConfig, hardware: Hardware, seed: int) -> str:
    shapes = [(name, list(parameter.shape)) for name, parameter in trainable(lesson.network)]
    return fingerprint(
        lesson.identity,
        str(lesson.n_epochs),
        config.model_dump_json(exclude={"n_threads", *UNTAUGHT}),
        str(hardware),
        str(seed),
        str(shapes),
    )


def _tracked(lesson: Lesson, config: TrainingConfig, identity: str, n_done: int) -> TrackedRun:
    """What trackers know of a run."""
    settings = {**flat(config.model_dump(mode="json", exclude=UNTAUGHT), "training"), **lesson.settings}
    folder = config.log_folder / run_folder(lesson.name) / identity[:8]
    return TrackedRun(lesson.name, config.log_folder, folder, n_done, settings)


@dataclass(frozen=True, eq=False)
class _Runner:
    lesson: Lesson
    config: TrainingConfig
    fabric: Fabric
    network: nn.Module
    optimizer: torch.optim.Optimizer

    @cached_property
    def stepping(self) -> list[Stepping]:
        """The modules that want to know of steps."""
        return [module for module in self.lesson.network.modules() if isinstance(module, Stepping)]

    def epoch(self, run: Run, rng: np.random.Generator, bar: Step) -> Epoch:
        """One pass, then the judging that is due."""
        start = time.perf_counter()
        self._begin(run)
        self.network.train()
        parts = self._learn_all(self.lesson.batches(rng), run)
        loss = sum(parts.values())
        seconds = time.perf_counter() - start
        number = len(run.curve.epochs) + 1
        value = self._judge(run, number)
        entry = Epoch(number, loss, value, seconds, parts if len(parts) > 1 else {})
        run.curve = replace(run.curve, epochs=(*run.curve.epochs, entry))
        if not run.best_weights:
            run.curve = replace(run.curve, best_epoch=number)
        run.seconds += time.perf_counter() - start
        bar.advance()
        bar.note(f"loss {loss:.3f}" + ("" if value is None else f"  {run.curve.metric} {value:.4f}"))
        return entry

    def _begin(self, run: Run) -> None:
        """Let pretrained weights rest or learn; they begin to learn in the best of the networks that rested."""
        done = len(run.curve.epochs)
        keep_at_rest(self.lesson.network, done < self.config.frozen_epochs)
        if done and done == self.config.frozen_epochs:
            run.waited = 0
            if run.best_weights:
                load_weights(self.lesson.network, run.best_weights)

    def _learn_all(self, batches: Iterable[Windows], run: Run) -> dict[str, float]:
        """Mean of each part of the loss; a step after every `accumulate` batches, and one for those left at the end."""
        self.optimizer.zero_grad(set_to_none=True)
        seen: list[dict[str, Tensor]] = []
        for batch in batches:
            seen.append(self._learn(batch))
            if len(seen) % self.config.accumulate == 0:
                self._step(run)
        if len(seen) % self.config.accumulate:
            self._step(run)
        return {name: float(torch.stack([one[name] for one in seen]).mean()) for name in (seen[0] if seen else ())}

    def _learn(self, batch: Windows) -> dict[str, Tensor]:
        parts: dict[str, Tensor] = self.network(batch.to(self.fabric.device))
        loss = torch.stack(list(parts.values())).sum()
        self.fabric.backward(loss / self.config.accumulate)
        return {name: part.detach() for name, part in parts.items()}

    def _progress(self, run: Run) -> tuple[int, int]:
        """Steps so far and in all, of the phase (at rest, or not) that the run is in."""
        per_epoch = -(-self.lesson.n_batches // self.config.accumulate)
        n_frozen = self.config.frozen_epochs * per_epoch
        if len(run.curve.epochs) < self.config.frozen_epochs:
            return run.step, n_frozen
        return max(run.step - n_frozen, 0), self.config.epochs * per_epoch - n_frozen

    def _step(self, run: Run) -> None:
        factor = rate_factor(*self._progress(run), self.config.warmup_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        if self.config.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip_norm)
        self.optimizer.step()
        run.step += 1
        done, n_steps = self._progress(run)
        for module in self.stepping:
            module.after_step(min(done / n_steps, 1.0))
        self.optimizer.zero_grad(set_to_none=True)

    def _judge(self, run: Run, number: int) -> float | None:
        stopping = self.config.early_stopping
        if self.lesson.judge is None or stopping is None:
            return None
        if number % stopping.every and number < self.config.epochs:
            return None
        self.network.eval()
        value = self.lesson.judge()
        if run.best is None or (value < run.best if self.lesson.lower_is_better else value > run.best):
            run.best_weights = {name: part.detach().clone() for name, part in trainable(self.lesson.network)}
            run.best, run.waited = value, 0
            run.curve = replace(run.curve, best_epoch=number)
        else:
            run.waited += 1
            run.is_over = run.waited >= stopping.patience and number > self.config.frozen_epochs
        run.curve = replace(run.curve, metric=self.lesson.metric)
        return value
