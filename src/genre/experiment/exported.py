"""What an export costs in accuracy, on a test part that taught nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from genre.config.loading import load_recipe
from genre.experiment.evaluate import Source
from genre.experiment.exam import Exam
from genre.experiment.judge import judge
from genre.metrics.ndcg import NdcgMetric
from genre.pipeline._exported import exported
from genre.pipeline.assemble import fit_recommender, prepare
from genre.pipeline.bundle import load, save
from genre.pipeline.export import ExportSettings
from genre.pipeline.export_report import Accuracy, Change, K
from genre.pipeline.model import Model


def judge_export(recipe: Source, settings: ExportSettings, overrides: Sequence[str] = ()) -> Accuracy:
    """Fit the recipe without its test part, export what was fitted, and judge both on that part.

    Raises:
        RecipeError, DataError: the recipe or its tables do not hold.
        ExportError: a component cannot answer without torch.
    """
    prepared = prepare(load_recipe(recipe, overrides))
    split = next(iter(prepared.splits()))
    task = prepared.task(split)
    model = Model(
        recipe=prepared.recipe,
        catalog=prepared.dataset.catalog,
        histories=split.train.histories(),
        features=task.features,
        recommender=fit_recommender(prepared.recipe.recommender, task).recommender,
        fingerprint=prepared.dataset.fingerprint,
        profile_encoders=tuple(feature.encoder for feature in task.user_features),
    )
    exam = Exam.of(split, prepared.dataset.catalog)
    with tempfile.TemporaryDirectory() as folder:
        path = save(exported(model, settings.slimming), Path(folder) / "bundle", settings.vectors)
        found = Change(*(_ndcg(one, exam) for one in (model, load(path))))
    kind = prepared.recipe.data.splitter.type_name()
    return Accuracy(found, len(exam), f"the test part of {prepared.recipe.name} ({kind}), fitted without it")


def _ndcg(model: Model, exam: Exam) -> float:
    judgement = judge(model.recommender, exam, model.rankers, K).judgement
    return float(np.nanmean(NdcgMetric().measure(judgement, K)))
