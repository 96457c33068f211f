"""A fitted bundle as one that answers without torch, and what that costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from genre.core.artifacts import replacing
from genre.core.errors import BundleError, ExportError, Fault
from genre.core.progress import step
from genre.core.rounding import Precision
from genre.encoders.base import Slimming
from genre.encoders.text.transformer import TransformerEncoder
from genre.pipeline._exported import exported
from genre.pipeline.bundle import load, refuse_foreign, save
from genre.pipeline.export_report import Accuracy, Change, ExportReport, feature_changes, judged, shared_lists
from genre.pipeline.model import Model

REPORT = "export.json"
TIMEOUT_S = 300
START = """
import sys, time
began = time.perf_counter()
sys.modules["torch"] = sys.modules["transformers"] = None
import json, genre
from genre.core.progress import peak_mib
model = genre.load(sys.argv[1])
model.recommend(histories=[[]], k=1)
seconds, mib = time.perf_counter() - began, peak_mib()
model.with_items(model.catalog.items.head(1))
print(json.dumps({"seconds": seconds, "mib": mib}))
"""
"""What a process does that must do without torch: answer, then encode and place an item."""


@dataclass(frozen=True)
class ExportSettings:
    """How much smaller the bundle becomes.

    Attributes:
        slimming: of text encoders.
        vectors: how vectors of items and users are kept.
    """

    slimming: Slimming = field(default_factory=Slimming)
    vectors: Precision = "float16"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self.slimming), "vectors": self.vectors}


def export(bundle: Path, out: Path, settings: ExportSettings, accuracy: Accuracy | None = None) -> ExportReport:
    """Write what `bundle` holds to `out` so that it answers without torch; the report goes with it.

    Args:
        accuracy: where it was measured already, on data that taught nothing; None: measured on the last items of
            the bundle's own histories.

    Raises:
        BundleError: `bundle` is none, is exported already, or `out` is something else.
        ExportError: a component cannot answer without torch.
    """
    _refuse(bundle, out)
    before = load(bundle)
    made = exported(before, settings.slimming)
    with replacing(out) as folder:
        save(made, folder, settings.vectors)
        started = _start(folder)
        after = load(folder)
        with step("Comparing with the bundle"):
            report = ExportReport(
                settings=settings.to_dict(),
                accuracy=accuracy or judged(before, after),
                lists=shared_lists(before, after),
                mib=Change(_mib(bundle) + _pretrained_mib(before), _mib(folder)),
                features=tuple(feature_changes(before, after)),
                start_seconds=started["seconds"],
                start_mib=started["mib"],
            )
        origin = before.recipe.to_dict()
        save(made, folder, settings.vectors, {REPORT: {**report.to_dict(), "fitted_from": origin}})
    return report


def _refuse(bundle: Path, out: Path) -> None:
    if (bundle / REPORT).exists():
        raise BundleError(Fault(str(bundle), "is exported already.", "Export the bundle that genre fit wrote."))
    if out.resolve() == bundle.resolve():
        raise BundleError(Fault(str(out), "is the bundle itself.", "Choose another folder for the export."))
    refuse_foreign(out)


def _start(folder: Path) -> dict[str, float]:
    """Answer in a process of its own that has no torch.

    Raises:
        ExportError: it does not.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", START, str(folder)]
    with step("Answering without torch"):
        done = subprocess.run(  # noqa: S603 - this very interpreter, and a text of ours
            command, capture_output=True, text=True, env=environment, timeout=TIMEOUT_S, check=False
        )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        what = f"does not answer without torch: {reason[:200]}."
        raise ExportError(Fault("bundle", what, "Leave out the component that needs it, and fit again."))
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _mib(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


def _pretrained_mib(model: Model) -> float:
    """Files of language models that the bundle's encoders look for elsewhere."""
    encoders = {one.encoder.config: one.encoder for one in model.features}
    texts = [one for one in encoders.values() if isinstance(one, TransformerEncoder)]
    return sum(one.pretrained_bytes for one in texts) / 2**20
