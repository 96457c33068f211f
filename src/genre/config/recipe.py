"""The recipe: everything an experiment is, in one checked document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from genre.core.component import ComponentConfig
from genre.core.slot import ComponentError, Slot
from genre.metrics.base import Metric
from genre.training.settings import TrainingConfig

SOURCES, SPLITTERS, ENCODERS = Slot("sources"), Slot("splitters"), Slot("encoders")
ALIGNMENTS, FUSIONS, RECOMMENDERS, RANKERS, METRICS, INDEXES = (
    Slot("alignment"),
    Slot("fusion"),
    Slot("recommenders"),
    Slot("ranking"),
    Slot("metrics"),
    Slot("indexes"),
)
SLOTS: tuple[Slot, ...] = (
    SOURCES,
    SPLITTERS,
    ENCODERS,
    ALIGNMENTS,
    FUSIONS,
    Slot("user_towers"),
    Slot("matching"),
    Slot("losses"),
    RECOMMENDERS,
    RANKERS,
    METRICS,
    INDEXES,
)


BASELINES: Any = ("popularity", "item_knn", "ease")
RANKING: Any = ("exclude_seen",)


class Section(BaseModel):
    """Base of the recipe's sections: extra keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class DataSection(Section):
    """Where tables come from and how they are divided."""

    source: Annotated[ComponentConfig, SOURCES] = Field(description="Where tables come from.")
    splitter: Annotated[ComponentConfig, SPLITTERS] = Field("temporal", description="What teaches and what judges.")  # type: ignore[assignment]


class FeatureSection(Section):
    """One modality: columns of a table and how they are encoded."""

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_\-]+$", description="Name in reports and bundles.")
    columns: tuple[str, ...] = Field((), description="Columns encoded together; empty: the column called like it.")
    table: Literal["reviews"] | None = Field(
        None,
        description="Where the columns are. None: in the table of items (or users); reviews: those about the item (or "
        "by the user), of training interactions only.",
    )
    max_reviews: int | None = Field(
        20, ge=1, description="Where the table is reviews: how many of a row count, the newest ones; None: all."
    )
    encoder: Annotated[ComponentConfig, ENCODERS] = Field(description="How they become vectors.")

    @property
    def read_columns(self) -> tuple[str, ...]:
        """The columns that this feature reads."""
        return self.columns or (self.name,)


def parse_metric(text: str) -> tuple[str, int]:
    """`ndcg@10` -> ("ndcg", 10); metrics without a cut-off stand alone: `auc` -> ("auc", 1).

    Raises:
        ValueError: not of this form, or not a metric.
    """
    word, separator, depth = text.partition("@")
    try:
        metric = METRICS.component(word)
    except ComponentError as fault:
        raise ValueError(str(fault)) from None
    assert issubclass(metric, Metric)
    if not separator and not metric.has_cutoff:
        return word, 1
    if not depth.isdigit() or int(depth) < 1:
        raise ValueError(f"'{text}' is not a metric at a cut-off. Write it as {word}@10.")
    return word, int(depth)


def _metric(text: str) -> str:
    parse_metric(text)
    return text


MetricWord = Annotated[str, AfterValidator(_metric)]


class EvaluationSection(Section):
    """How lists are judged."""

    metrics: tuple[MetricWord, ...] = Field(
        ("ndcg@10", "recall@10", "hit_rate@10", "mrr@10", "coverage@10", "novelty@10"),
        description="Metrics as name@k (auc without @k); the first one decides comparisons.",
    )
    baselines: tuple[Annotated[ComponentConfig, RECOMMENDERS], ...] = Field(
        BASELINES,
        description="Recommenders shown beside the recipe's own.",  # type: ignore[arg-type]
    )
    bootstrap: int = Field(1000, ge=0, description="Bootstrap samples for intervals; 0: none.")
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Coverage of the intervals.")

    @field_validator("metrics", mode="after")
    @classmethod
    def _at_least_one(cls, metrics: tuple[str, ...]) -> tuple[str, ...]:
        if not metrics:
            raise ValueError("names no metric. Write [ndcg@10], for example.")
        return metrics


class Recipe(Section):
    """A whole experiment."""

    name: str = Field("recipe", min_length=1, description="Name in reports.")
    seed: int = Field(42, ge=0, lt=2**32, description="Everything random derives from it.")
    data: DataSection = Field(description="Tables and their division.")
    features: tuple[FeatureSection, ...] = Field((), description="Modalities of the items.")
    users: tuple[FeatureSection, ...] = Field((), description="Modalities of user profiles.")
    alignment: tuple[Annotated[ComponentConfig, ALIGNMENTS], ...] = Field(
        (), description="How modalities are brought into one space."
    )
    fusion: Annotated[ComponentConfig, FUSIONS] = Field("sum", description="How modalities become one item vector.")  # type: ignore[assignment]
    recommender: Annotated[ComponentConfig, RECOMMENDERS] = Field(description="What recommends.")
    training: TrainingConfig = Field(default_factory=TrainingConfig, description="How trained recommenders learn.")
    ranking: tuple[Annotated[ComponentConfig, RANKERS], ...] = Field(
        RANKING,
        description="Steps between scores and lists.",  # type: ignore[arg-type]
    )
    index: Annotated[ComponentConfig, INDEXES] = Field(
        "exact",
        description="How a fitted model finds the best of all items: exact, or usearch for a million and more.",  # type: ignore[assignment]
    )
    evaluation: EvaluationSection = Field(default_factory=EvaluationSection, description="How lists are judged.")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty_sections(cls, document: Any) -> Any:
        """A heading with nothing below it (all commented out, say) means the defaults."""
        if not isinstance(document, dict):
            return document
        optional = {name for name, field in cls.model_fields.items() if not field.is_required()}
        return {name: value for name, value in document.items() if value is not None or name not in optional}

    @field_validator("features", "users", mode="after")
    @classmethod
    def _unique_names(cls, features: tuple[FeatureSection, ...]) -> tuple[FeatureSection, ...]:
        names = [feature.name for feature in features]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two features are called '{twice[0]}'. Give each its own name.")
        return features

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain values; `Recipe.model_validate` takes it back."""
        return self.model_dump(mode="json")
