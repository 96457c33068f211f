"""The nouns that flow between stages: frozen, checked once, with ids outside and rows inside."""

from genre.values.catalog import Catalog
from genre.values.curve import Curve, Epoch
from genre.values.dataset import Dataset, Quarantine, Remark, write_quarantine
from genre.values.embeddings import Embeddings
from genre.values.histories import Histories
from genre.values.insight import Insight, InsightTable
from genre.values.interactions import Interactions
from genre.values.judgement import Judgement, RatedPairs
from genre.values.rankings import Rankings
from genre.values.split import Split
from genre.values.vocabulary import Vocabulary
from genre.values.world import World

__all__ = [
    "Catalog",
    "Curve",
    "Dataset",
    "Embeddings",
    "Epoch",
    "Histories",
    "Insight",
    "InsightTable",
    "Interactions",
    "Judgement",
    "Quarantine",
    "Rankings",
    "RatedPairs",
    "Remark",
    "Split",
    "Vocabulary",
    "World",
    "write_quarantine",
]
