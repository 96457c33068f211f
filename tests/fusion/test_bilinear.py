from itertools import combinations

import torch
import torch.nn.functional as F

from genre.fusion.bilinear import BilinearConfig, BilinearFusion

MASK = torch.tensor([[True, True, True], [True, False, True], [False, True, False], [False, False, False]])


def network():
    torch.manual_seed(0)
    return BilinearFusion(BilinearConfig(rank=5)).network(3, 6), torch.randn(4, 3, 6)


def test_training_starts_from_the_sum():
    fusion, vectors = network()
    torch.testing.assert_close(fusion(vectors, MASK), (vectors * MASK.unsqueeze(-1)).sum(dim=1))


def test_products_of_all_pairs_by_hand():
    fusion, vectors = network()
    with torch.no_grad():
        fusion.output.weight.normal_()
    for row, mask in enumerate(MASK):
        expected = vectors[row][mask].sum(dim=0)
        for m, n in combinations(range(3), 2):
            if mask[m] and mask[n]:
                left = F.layer_norm(vectors[row, m], (6,)) @ fusion.factors[m]
                right = F.layer_norm(vectors[row, n], (6,)) @ fusion.factors[n]
                expected = expected + fusion.output.weight @ (left * right)
        torch.testing.assert_close(fusion(vectors, MASK)[row], expected)


def test_one_modality_has_no_pairs():
    fusion = BilinearFusion().network(1, 6)
    with torch.no_grad():
        fusion.output.weight.normal_()
    vectors = torch.randn(2, 1, 6)
    torch.testing.assert_close(fusion(vectors, torch.ones(2, 1, dtype=torch.bool)), vectors[:, 0])


def test_learns_what_a_sum_cannot():
    """Whether two modalities agree in sign: the sum of both says nothing about it."""
    torch.manual_seed(0)
    fusion = BilinearFusion().network(2, 4)
    optimizer = torch.optim.Adam(fusion.parameters(), lr=0.05)
    for _ in range(200):
        signs = torch.randint(0, 2, (64, 2, 1)) * 2.0 - 1.0
        vectors = signs * torch.tensor([1.0, -1.0, 1.0, -1.0])
        wanted = signs.prod(dim=1).squeeze(1)
        loss = (fusion(vectors, torch.ones(64, 2, dtype=torch.bool)).sum(dim=1) - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1e-2
