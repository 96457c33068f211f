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
        norm: length that every known item's vector is given, None: as it comes.
        dropout: chance that training hides a modality of an item, as long as one is left.
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
        norm: float | None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.features, self.fusion, self.norm, self.dropout = features, fusion, norm, dropout
        self.ids = None if ids is None else nn.Parameter(ids)
        self.register_buffer("present", present, persistent=False)
        self.register_buffer("warm", warm, persistent=False)

    def forward(self, rows: Tensor) -> Tensor:
        return self.fuse(*self.modalities(rows))

    def modalities(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The vectors before fusion, C x M x D, and which of them there are, bool C x M."""
        vectors = [feature(rows) for feature in self.features]
        mask = [self.present[rows]]
        if self.ids is not None:
            vectors.append(F.embedding(rows, self.ids))
            mask.append(self.warm[rows].unsqueeze(1))
        return torch.stack(vectors, dim=1), torch.cat(mask, dim=1)

    def fuse(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """Item vectors, C x D, of what `modalities` gave."""
        if self.training and self.dropout:
            mask = self._hide(mask)
        fused = self.fusion(vectors, mask)
        return fused if self.norm is None else F.normalize(fused, dim=-1) * self.norm

    def _hide(self, mask: Tensor) -> Tensor:
        draws = torch.rand(mask.shape, device=mask.device).masked_fill(~mask, -1.0)
        return mask & ((draws >= self.dropout) | (draws == draws.max(dim=1, keepdim=True).values))

    def known(self) -> Tensor:
        """Items of which anything is known: bool [N]."""
        known = self.present.any(dim=1)
        return known if self.ids is None else known | self.warm
