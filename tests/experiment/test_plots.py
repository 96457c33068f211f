"""Training curves on the report page, with the parts of the loss that align modalities."""

from typing import Any

from genre.core.progress import Cost
from genre.experiment._plots import Plot, plots
from genre.experiment.contest import Measure, NamedModel, Rules
from genre.experiment.exam import Exam
from genre.experiment.intervals import Resampling
from genre.experiment.report import Background
from genre.experiment.summary import judge_models
from genre.testing.data import tiny_dataset
from genre.values import Curve, Epoch, Insight, Split

PARTS = ({"softmax": 1.5, "contrastive": 0.5, "mmd": 0.25}, {"softmax": 1.0, "contrastive": 0.25, "mmd": 0.125})
PLAIN = Curve((Epoch(1, 3.0, 0.1, 1.0), Epoch(2, 2.0, 0.2, 1.0)), "ndcg@10", 2)
ALIGNED = Curve(tuple(Epoch(n + 1, sum(part.values()), 0.1, 1.0, part) for n, part in enumerate(PARTS)), "ndcg@10", 1)


def training(split: Split, fitted: Any, *curves: Curve) -> Plot:
    models = [NamedModel(f"m{n}", fitted(n, Insight(curves={"": curve})), Cost()) for n, curve in enumerate(curves)]
    exam = Exam.of(split, tiny_dataset().catalog)
    report = judge_models(models, exam, Rules((Measure.of("ndcg@5"),), Resampling(0)), Background("tiny"))
    (found,) = (plot for plot in plots(report) if plot.heading == "Training")
    return found


def test_alignment_losses_have_a_panel_of_their_own(split: Split, fitted: Any) -> None:
    figure = training(split, fitted, PLAIN, ALIGNED).figure
    assert [note.text for note in figure.layout.annotations] == ["loss", "ndcg@10", "alignment losses, weighted"]
    lines = {trace.name: list(trace.y) for trace in figure.data if trace.xaxis == "x3"}
    assert lines == {"m1: contrastive": [0.5, 0.25], "m1: mmd": [0.25, 0.125]}
    assert [list(trace.y) for trace in figure.data if trace.xaxis == "x"] == [[3.0, 2.0], [2.25, 1.375]]


def test_without_alignments_there_is_no_such_panel(split: Split, fitted: Any) -> None:
    assert len(training(split, fitted, PLAIN).figure.layout.annotations) == 2
