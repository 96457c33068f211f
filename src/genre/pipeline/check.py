"""Every fault of a recipe and its tables, and what the data is good for, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from genre.config.faults import faults_of
from genre.config.loading import read_document
from genre.config.recipe import SOURCES, Recipe
from genre.core.component import ComponentConfig
from genre.core.errors import Fault, GenreError, RecipeError
from genre.core.progress import step
from genre.core.slot import ComponentError
from genre.pipeline._check_features import feature_findings
from genre.pipeline._check_findings import Finding, failures
from genre.pipeline._check_models import model_findings
from genre.pipeline._check_reviews import review_findings
from genre.pipeline._check_split import split_findings
from genre.pipeline._check_tables import table_findings
from genre.pipeline._unfit import column_faults, unfit_parts
from genre.values import Dataset, Quarantine, write_quarantine


@dataclass(frozen=True, eq=False)
class CheckResult:
    """What was found.

    Attributes:
        quarantine: the rows that were set aside, with reasons.
    """

    findings: tuple[Finding, ...]
    quarantine: tuple[Quarantine, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(finding.level != "FAIL" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The document that `genre check --json` prints."""
        return {"ok": self.ok, "findings": [finding.to_json() for finding in self.findings]}

    def write_quarantine(self, path: str | PathLike[str]) -> Path:
        """All rows set aside in one .jsonl or .parquet file, each with its table, row number and reason.

        Raises:
            DataError: another ending.
        """
        write_quarantine(self.quarantine, Path(path))
        return Path(path)


def check(
    recipe: Recipe | Mapping[str, Any] | str | PathLike[str],
    overrides: Sequence[str] = (),
) -> CheckResult:
    """Look at a recipe and its tables; nothing is trained or encoded, and faults become findings.

    Args:
        recipe: a recipe, a mapping, or the path of a YAML file.
        overrides: `path=value` texts.
    """
    try:
        document = read_document(recipe, overrides)
    except RecipeError as error:
        return CheckResult(failures(error.faults))
    findings: list[Finding] = []
    checked = None
    try:
        checked = Recipe.model_validate(document)
        findings.append(Finding("PASS", "recipe", f"'{checked.name}' holds: every field and component is known."))
    except ValidationError as error:
        findings.extend(failures(faults_of(error, Recipe)))
    dataset = _read(document, findings)
    if dataset is None:
        return CheckResult(tuple(findings))
    findings.extend(table_findings(dataset, _read_columns(document)))
    if checked is None:
        findings.extend(failures(_missing_columns(document, dataset)))
    else:
        findings.extend(_whole(checked, dataset))
    return CheckResult(tuple(findings), dataset.quarantine)


def _whole(recipe: Recipe, dataset: Dataset) -> Iterator[Finding]:
    """What can be said when recipe and tables hold."""
    with step("Splitting"):
        findings, split = split_findings(recipe, dataset)
    yield from review_findings(recipe, dataset)
    yield from feature_findings(recipe, dataset, split)
    yield from failures(unfit_parts(recipe, dataset))
    yield from findings
    yield from model_findings(recipe, dataset, split)


def _read(document: Mapping[str, Any], findings: list[Finding]) -> Dataset | None:
    """The tables, also of a recipe with faults elsewhere; None where they cannot be read."""
    config = _source(document)
    if config is None:
        return None
    try:
        with step("Reading tables"):
            dataset: Dataset = SOURCES.build(config).read()
    except GenreError as error:
        findings.extend(failures(error.faults))
        return None
    return dataset


def _source(document: Mapping[str, Any]) -> ComponentConfig | None:
    data = document.get("data")
    if not isinstance(data, Mapping) or "source" not in data:
        return None
    try:
        return SOURCES.parse(data["source"])
    except ComponentError:
        return None


def _missing_columns(document: Mapping[str, Any], dataset: Dataset) -> Iterator[Fault]:
    """Columns that features of a recipe with faults name and the tables lack."""
    words = {"features": "items", "users": "users"}
    for section, place, feature in _features(document):
        word = "reviews" if feature.get("table") == "reviews" else words[section]
        yield from column_faults(f"{section}.{place}", word, _named_columns(feature), dataset.catalog)


def _read_columns(document: Mapping[str, Any]) -> set[str]:
    """Columns that features read: those they name, else the ones called like them."""
    features = [feature for _, _, feature in _features(document)]
    names = {str(feature.get("name")) for feature in features}
    return names.union(*map(_named_columns, features))


def _named_columns(feature: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns that a feature names."""
    named = feature.get("columns")
    return tuple(map(str, named)) if isinstance(named, (list, tuple)) else ()


def _features(document: Mapping[str, Any]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """Section, place and mapping of every feature, as far as the document has the right shape."""
    for section in ("features", "users"):
        features = document.get(section)
        for place, feature in enumerate(features if isinstance(features, (list, tuple)) else ()):
            if isinstance(feature, Mapping):
                yield section, place, feature
