import torch
import torch.nn.functional as F

from genre.fusion.mixture import MixtureConfig, MixtureFusion

MASK = torch.tensor([[True, True], [True, False], [False, True], [False, False]])


def network():
    torch.manual_seed(0)
    return MixtureFusion(MixtureConfig(experts=3, hidden=5)).network(2, 4), torch.randn(4, 2, 4)


def test_training_starts_from_the_sum():
    fusion, vectors = network()
    torch.testing.assert_close(fusion(vectors, MASK), (vectors * MASK.unsqueeze(-1)).sum(dim=1))


def test_the_blend_of_experts_by_hand():
    fusion, vectors = network()
    with torch.no_grad():
        for parameter in fusion.parameters():
            parameter.normal_()
    for row in range(3):
        shown = vectors[row] * MASK[row].unsqueeze(-1)
        said = F.layer_norm(shown, (4,)).flatten()
        gate = fusion.gate(torch.cat([said, MASK[row].float()])).softmax(dim=0)
        expected = shown.sum(dim=0)
        for expert in range(3):
            units = slice(5 * expert, 5 * expert + 5)
            hidden = F.gelu(fusion.hidden.weight[units] @ said + fusion.hidden.bias[units])
            expected = expected + gate[expert] * (hidden @ fusion.output[expert])
        torch.testing.assert_close(fusion(vectors, MASK)[row], expected, rtol=1e-4, atol=1e-4)
    assert not fusion(vectors, MASK)[3].any()


def test_experts_part_and_the_gate_learns():
    fusion, vectors = network()
    optimizer = torch.optim.SGD(fusion.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (fusion(vectors, MASK) - 1.0).square().sum().backward()
        optimizer.step()
    assert fusion.gate.weight.grad.abs().sum() > 0
    assert (fusion.output[0] - fusion.output[1]).abs().max() > 1e-3
