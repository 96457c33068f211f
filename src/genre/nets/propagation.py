"""Vectors spread over a graph of who touched what."""

from __future__ import annotations

import warnings
from typing import Any

import scipy.sparse as sp
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from genre.nets.spectral import degree_normalised


class PropagatedTable(nn.Module):
    """rows (int64, any shape) -> a trained vector per node, mixed with those of nodes that share neighbours.

    One layer goes to the other side of the graph and back: e'_i = sum over neighbours u of 1/sqrt(d_u d_i) times the
    sum over their neighbours j of e_j/sqrt(d_u d_j); the vector is the mean over no layer, one, ... and all.
    Reference: LightGCN, arXiv 2002.02126, with no vectors of their own on the other side.

    Args:
        graph: neighbours x nodes, 1 where one touched the other; every node has a neighbour.
        nodes: int64 [N], the node of each row, -1 for none: its vector is zero.
        layers: at least 1.
    """

    nodes: Tensor
    across: Tensor
    back: Tensor

    def __init__(self, graph: sp.csr_array, nodes: NDArray, width: int, layers: int) -> None:
        super().__init__()
        normalised = degree_normalised(graph)
        self.layers = layers
        self.register_buffer("across", _tensor(normalised), persistent=False)
        self.register_buffer("back", _tensor(sp.csr_array(normalised.T)), persistent=False)
        self.register_buffer("nodes", torch.from_numpy(nodes), persistent=False)
        self.table = nn.Embedding(graph.shape[1], width)
        nn.init.normal_(self.table.weight, std=width**-0.5)
        self._kept: tuple[tuple[int, int], Tensor] | None = None

    def forward(self, rows: Tensor) -> Tensor:
        nodes = self.nodes[rows]
        return F.embedding(nodes.clamp(min=0), self._vectors()) * (nodes >= 0).unsqueeze(-1)

    def _vectors(self) -> Tensor:
        """Of all nodes; computed once for one state of the table where nothing learns from it."""
        weight = self.table.weight
        if torch.is_grad_enabled():
            return _Propagation.apply(weight, self.across, self.back, self.layers)
        state = (weight.data_ptr(), weight._version)
        if self._kept is None or self._kept[0] != state:
            self._kept = (state, _Propagation.apply(weight, self.across, self.back, self.layers))
        return self._kept[1]


class _Propagation(torch.autograd.Function):
    """The map is symmetric, so that gradients take the same way."""

    @staticmethod
    def forward(ctx: Any, vectors: Tensor, across: Tensor, back: Tensor, layers: int) -> Tensor:
        ctx.save_for_backward(across, back)
        ctx.layers = layers
        return _spread(vectors, across, back, layers)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        across, back = ctx.saved_tensors
        return _spread(gradients[0], across, back, ctx.layers), None, None, None


def _spread(vectors: Tensor, across: Tensor, back: Tensor, layers: int) -> Tensor:
    """In float32: there is no sparse product in bfloat16."""
    with torch.autocast(vectors.device.type, enabled=False):
        moved = vectors.float()
        total = moved.clone()
        for _ in range(layers):
            moved = back @ (across @ moved)
            total += moved
        return (total / (layers + 1)).to(vectors.dtype)


def _tensor(matrix: sp.csr_array) -> Tensor:
    offsets, columns = torch.from_numpy(matrix.indptr), torch.from_numpy(matrix.indices)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        values = torch.from_numpy(matrix.data)
        return torch.sparse_csr_tensor(offsets.long(), columns.long(), values, matrix.shape, check_invariants=True)
