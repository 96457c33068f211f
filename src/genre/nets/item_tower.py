"""Items as vectors: what they are (features) and who touched them (an id part), fused."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ItemTower(nn.Module):
    """Item rows (int64 [C]) -> C x D.

    Args:
        features: modules rows -> C x D, one per modality.
        present: bool [N, features], which item has which modality.
        ids: the id part, N x D, or None for content alone.
        warm: bool [N], items with training interactions; the others have no id part.
        fusion: (C x M x D, mask C x M) -> C x D; the id part is the last modality.
        id_dropout: share of items whose id part is hidden in a training step, so that content alone works too.
    """

    present: Tensor
    warm: Tensor

    def __init__(
        self,
        features: nn.ModuleList,
        present: Tensor,
        ids: Tensor | None,
        warm: Tensor,
        fusion: nn.Module,
        id_dropout: float,
    ) -> None:
        super().__init__()
        self.features, self.fusion, self.id_dropout = features, fusion, id_dropout
        self.ids = None if ids is None else nn.Parameter(ids)
        self.register_buffer("present", present, persistent=False)
        self.register_buffer("warm", warm, persistent=False)

    def forward(self, rows: Tensor) -> Tensor:
        vectors = [feature(rows) for feature in self.features]
        mask = [self.present[rows]]
        if self.ids is not None:
            vectors.append(F.embedding(rows, self.ids))
            mask.append(self._shown(rows).unsqueeze(1))
        return self.fusion(torch.stack(vectors, dim=1), torch.cat(mask, dim=1))

    def known(self) -> Tensor:
        """Items of which anything is known: bool [N]."""
        known = self.present.any(dim=1)
        return known if self.ids is None else known | self.warm

    def _shown(self, rows: Tensor) -> Tensor:
        shown = self.warm[rows]
        if self.training and self.id_dropout > 0 and len(self.features):
            shown = shown & (torch.rand(rows.shape, device=rows.device) >= self.id_dropout)
        return shown
