"""What a training run computes on, and in which number formats."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from genre.core.onednn import keep_few_shapes
from genre.training.settings import TrainingConfig


@dataclass(frozen=True)
class Hardware:
    """The device and number formats of one run.

    Attributes:
        device: cpu or cuda.
        precision: Fabric's name for the number format of the network's body.
        products: number format of the large products of users and items, None: as they come.
    """

    device: str
    precision: str
    products: torch.dtype | None = None

    @staticmethod
    def choose(config: TrainingConfig) -> Hardware:
        """What the settings ask for; `auto` is whatever is faster here.

        On processors that multiply bfloat16 natively, only the products with all items gain from it: the body's
        matrices are small, and casting them costs more than it saves. A GPU gains everywhere.
        """
        keep_few_shapes()
        device = config.device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if config.precision != "auto":
            return Hardware(device, config.precision, torch.bfloat16 if config.precision == "bf16-mixed" else None)
        if device == "cuda":
            has_bf16 = torch.cuda.get_device_capability()[0] >= 8
            return Hardware(device, "bf16-mixed" if has_bf16 else "32-true", torch.bfloat16 if has_bf16 else None)
        return Hardware(device, "32-true", torch.bfloat16 if _multiplies_bf16() else None)


def _multiplies_bf16() -> bool:
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


@contextmanager
def threads(n_threads: int | None) -> Iterator[None]:
    """Processor threads inside this block; None leaves the choice as it is."""
    if n_threads is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
