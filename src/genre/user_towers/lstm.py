"""A long short-term memory over the history."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn

from genre.user_towers.base import UserTower, UserTowerConfig


class LstmConfig(UserTowerConfig):
    """A stack of LSTM layers."""

    layers: int = Field(1, ge=1, le=8, description="Recurrent layers.")
    dropout: float = Field(0.2, ge=0, lt=1, description="Share of inputs and outputs hidden in training.")


class LstmUserTower(UserTower):
    """An LSTM of the tower's width that reads one item after the other.

    Reference: Hochreiter and Schmidhuber, Long short-term memory, Neural Computation 9(8), 1997.
    """

    config: LstmConfig
    EXAMPLES = ({}, {"layers": 2, "dropout": 0.0})

    def network(self, width: int, length: int) -> nn.Module:
        return _Lstm(self.config, width)


class _Lstm(nn.Module):
    def __init__(self, config: LstmConfig, width: int) -> None:
        super().__init__()
        between = config.dropout if config.layers > 1 else 0.0
        self.cells = nn.LSTM(width, width, num_layers=config.layers, batch_first=True, dropout=between)
        self.output, self.dropout = nn.Linear(width, width), nn.Dropout(config.dropout)

    def forward(self, items: Tensor, mask: Tensor) -> Tensor:
        read, _ = self.cells(self.dropout(items))
        return self.output(self.dropout(read))
