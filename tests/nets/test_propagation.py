import numpy as np
import pytest
import scipy.sparse as sp
import torch

from genre.nets.propagation import PropagatedTable

TOUCHED = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]], dtype=np.float32)
NODES = np.array([3, -1, 0, 1, 2])


def module(layers):
    torch.manual_seed(0)
    return PropagatedTable(sp.csr_array(TOUCHED), NODES, 3, layers)


def dense(layers):
    """The whole map as one matrix, nodes x nodes."""
    rows, columns = np.maximum(TOUCHED.sum(1), 1), TOUCHED.sum(0)
    step = TOUCHED / np.sqrt(np.outer(rows, columns))
    once = (step.T @ step).astype(np.float64)
    return sum(np.linalg.matrix_power(once, layer) for layer in range(layers + 1)) / (layers + 1)


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_it_is_the_mean_of_the_powers_of_the_normalised_graph(layers):
    net = module(layers)
    vectors = net(torch.arange(5)).detach().numpy()
    expected = dense(layers) @ net.table.weight.detach().double().numpy()
    np.testing.assert_allclose(vectors[NODES >= 0], expected[NODES[NODES >= 0]], atol=1e-5)
    assert not vectors[1].any()


def test_gradients_flow_back_over_the_graph():
    net = module(2)
    pull = torch.randn(5, 3)
    (net(torch.arange(5)) * pull).sum().backward()
    at_nodes = np.zeros((4, 3))
    at_nodes[NODES[NODES >= 0]] = pull.numpy()[NODES >= 0]
    np.testing.assert_allclose(net.table.weight.grad.numpy(), dense(2).T @ at_nodes, atol=1e-5)


def test_without_gradients_vectors_follow_the_table_all_the_same():
    net, rows = module(1).eval(), torch.arange(5)
    with torch.no_grad():
        first = net(rows)
        assert torch.equal(net(rows), first)
        net.table.weight.mul_(2.0)
        torch.testing.assert_close(net(rows), 2.0 * first)
    torch.testing.assert_close(net(rows), 2.0 * first)


def test_bfloat16_around_it_does_no_harm():
    net = module(2)
    plain = net(torch.arange(5))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = net(torch.arange(5))
    torch.testing.assert_close(inside, plain)
    inside.sum().backward()


def test_it_agrees_with_torch_geometric():
    lightgcn = pytest.importorskip("torch_geometric.nn", reason="torch-geometric is not installed").LightGCN
    net = module(2)
    users, items = np.nonzero(TOUCHED)
    edges = torch.tensor(np.stack([np.r_[users, items + 5], np.r_[items + 5, users]]))
    theirs = lightgcn(9, 3, num_layers=4, alpha=torch.tensor([1.0, 0.0, 1.0, 0.0, 1.0]) / 3)
    with torch.no_grad():
        theirs.embedding.weight[:5] = 0.0
        theirs.embedding.weight[5:] = net.table.weight
        expected = theirs.get_embedding(edges)[5:]
        torch.testing.assert_close(net(torch.tensor([2, 3, 4, 0])), expected)
