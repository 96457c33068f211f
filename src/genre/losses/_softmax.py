"""Softmax cross-entropy, as several losses use it."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def corrected_cross_entropy(scores: Tensor, targets: Tensor, log_sampling: Tensor | None) -> Tensor:
    """Mean of -log softmax of the target's score; scores B x C, targets int64 B, log_sampling C or None.

    Sampled scores are corrected by their log sampling frequency, so that the sum over the drawn candidates estimates
    the sum over all. Reference: arXiv 1412.2007, section 3.2.
    """
    corrected = scores if log_sampling is None else scores - log_sampling
    return F.cross_entropy(corrected, targets)
