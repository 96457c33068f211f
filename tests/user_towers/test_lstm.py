import torch

from genre.user_towers.lstm import LstmConfig, LstmUserTower


def test_each_position_is_the_lstm_state_after_that_item():
    torch.manual_seed(0)
    network = LstmUserTower(LstmConfig(dropout=0.0)).network(4, 6).eval()
    items, mask = torch.randn(2, 6, 4), torch.ones(2, 6, dtype=torch.bool)
    users = network(items, mask)
    for position in range(6):
        _, (state, _) = network.cells(items[:, : position + 1])
        torch.testing.assert_close(users[:, position], network.output(state[0]))


def test_order_matters():
    torch.manual_seed(0)
    network = LstmUserTower().network(4, 6).eval()
    items, mask = torch.randn(1, 6, 4), torch.ones(1, 6, dtype=torch.bool)
    assert not torch.allclose(network(items, mask)[:, -1], network(items.flip(1), mask)[:, -1])
