import torch

from genre.fusion.gated import GatedFusion

VECTORS, BOTH = torch.tensor([[[2.0], [4.0]]]), torch.tensor([[True, True]])


def test_gates_start_half_open():
    network = GatedFusion().network(2, 1)
    assert network(VECTORS, BOTH).item() == 3.0
    assert network(VECTORS, torch.tensor([[True, False]])).item() == 1.0


def test_a_gate_looks_at_the_item():
    network = GatedFusion().network(2, 1)
    with torch.no_grad():
        network.gates.weight[0, 1] = -50.0
        network.gates.bias[1] = 50.0
    torch.testing.assert_close(network(VECTORS, BOTH), torch.tensor([[4.0]]))
    torch.testing.assert_close(network(-VECTORS, BOTH), torch.tensor([[-6.0]]))
