"""Content of an item plus a relation comes near the entity that the knowledge graph names (TransE)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from genre.alignment._item_triples import ItemTriples, item_triples
from genre.alignment.base import LossAlignment, LossAlignmentConfig
from genre.core.errors import DataError, Fault
from genre.values import Catalog, World
from genre.values.linked_graph import LinkedGraph, graph_faults

SHORT = 1e-3
"""Vectors shorter than this are not stretched to length 1."""


class TranslationConfig(LossAlignmentConfig):
    """Which triples, and how far wrong ones are pushed."""

    margin: float = Field(
        1.0, gt=0, le=4, description="A corrupted triple should be farther off by this; vectors have length 1."
    )
    relations: tuple[str, ...] = Field((), description="Only triples with these relations; empty: all.")
    max_triples: int = Field(4096, ge=1, description="Triples looked at in one batch, drawn at random beyond that.")


class TranslationAlignment(LossAlignment):
    """max(0, margin + |content(h) + r - t| - |content(h) + r - t'|), the mean over the batch's triples and modalities.

    The tail t is the content of an item where it is one of the batch, else a trained vector of an entity that two or
    more items share: items meet there, since graphs seldom join them directly. t' is a random item or entity. Triples
    whose head is an entity are read backwards, as relations of their own.
    Reference: TransE, Bordes et al., NeurIPS 2013; content in it, DKRL, Xie et al., AAAI 2016.
    """

    config: TranslationConfig
    n_modalities = (1, None)
    matches_items = False
    EXAMPLES = ({}, {"margin": 0.5, "relations": ["has_genre"], "between": ["text"], "max_triples": 8})

    def obstacles(self, catalog: Catalog) -> tuple[Fault, ...]:
        return graph_faults(catalog, self.config.relations)

    def network(self, n_modalities: int, width: int, world: World) -> nn.Module:
        graph = LinkedGraph.of(world.catalog, self.config.relations)
        triples = item_triples(graph, world.catalog.item_vocabulary)
        if not len(triples.tail):
            what = "no two items share an entity of the graph, and none names another."
            raise DataError(Fault("alignment (translation)", what, "Use other relations, or leave it out."))
        return _Translation(triples, width, self.config.margin, self.config.max_triples)


class _Translation(nn.Module):
    """The loss over `triples` whose tails below N are item rows, the others N plus a place among the entities."""

    starts: Tensor
    relation: Tensor
    tail: Tensor

    def __init__(self, triples: ItemTriples, width: int, margin: float, max_triples: int) -> None:
        super().__init__()
        self.n_items, self.margin, self.max_triples = len(triples.starts) - 1, margin, max_triples
        self.relations = nn.Embedding(triples.n_relations, width)
        self.entities = nn.Embedding(triples.n_entities, width)
        for table in (self.relations, self.entities):
            nn.init.normal_(table.weight, std=width**-0.5)
        for name in ("starts", "relation", "tail"):
            self.register_buffer(name, torch.from_numpy(getattr(triples, name)), persistent=False)

    def forward(self, vectors: Tensor, mask: Tensor, rows: Tensor) -> Tensor:
        heads, relations, tails = self._triples(rows)
        units, entities = _units(vectors), _units(self.entities.weight)
        losses = [units.sum() * 0.0 + entities.sum() * 0.0]
        for place, present in enumerate(mask.unbind(1)):
            is_known = torch.cat([present, torch.ones_like(entities[:, 0], dtype=torch.bool)])
            kept = is_known[heads] & is_known[tails] & (tails >= 0)
            if kept.any():
                pool = torch.cat([units[:, place], entities])
                losses.append(self._loss(pool, present, (heads[kept], relations[kept], tails[kept])))
        return torch.stack(losses).sum() / max(len(losses) - 1, 1)

    def _loss(self, pool: Tensor, present: Tensor, triples: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        heads, relations, tails = triples
        corrupted = self._corrupted(tails, present)
        head, right, wrong = (F.embedding(places, pool) for places in (heads, tails, corrupted))
        came = head + self.relations(relations)
        right = torch.linalg.vector_norm(came - right, dim=1)
        wrong = torch.linalg.vector_norm(came - wrong, dim=1)
        return F.relu(self.margin + right - wrong).mean()

    def _corrupted(self, tails: Tensor, present: Tensor) -> Tensor:
        """For tails that are items another present item, for entities another entity, at random."""
        items, n_entities = torch.nonzero(present).squeeze(1), len(self.entities.weight)
        other_items = items[torch.randint(len(items), tails.shape, device=tails.device)]
        if not n_entities:
            return other_items
        others = len(present) + torch.randint(n_entities, tails.shape, device=tails.device)
        return torch.where(tails < len(present), other_items, others)

    def _triples(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Heads, relations and tails as places among the C items `rows` and the entities after them, -1: not there."""
        counts = self.starts[rows + 1] - self.starts[rows]
        heads = torch.repeat_interleave(torch.arange(len(rows), device=rows.device), counts)
        found = (
            self.starts[rows][heads] + torch.arange(len(heads), device=rows.device) - (counts.cumsum(0) - counts)[heads]
        )
        if len(heads) > self.max_triples:
            drawn = torch.randperm(len(heads), device=rows.device)[: self.max_triples]
            heads, found = heads[drawn], found[drawn]
        place = torch.full((self.n_items,), -1, dtype=torch.long, device=rows.device)
        place[rows] = torch.arange(len(rows), device=rows.device)
        tails = self.tail[found]
        is_item = tails < self.n_items
        return (
            heads,
            self.relation[found],
            torch.where(is_item, place[tails.clamp(max=self.n_items - 1)], tails - self.n_items + len(rows)),
        )


def _units(vectors: Tensor) -> Tensor:
    return F.normalize(vectors, dim=-1, eps=SHORT)
