import torch

from genre.nets.attention import AttentionBlock, causal_bias


def test_bias_falls_with_age_and_forbids_the_future():
    bias = causal_bias(4, 2)
    assert bias.shape == (2, 4, 4)
    assert torch.isneginf(bias[:, 1, 2:]).all()
    torch.testing.assert_close(bias[0, 3], torch.tensor([-0.9, -0.6, -0.3, 0.0]))
    torch.testing.assert_close(bias[1, 3], torch.tensor([-0.09, -0.06, -0.03, 0.0]))


def test_attention_is_softmax_of_biased_products():
    torch.manual_seed(0)
    block = AttentionBlock(4, 1, 0.0).eval()
    torch.nn.init.zeros_(block.narrow.weight)
    torch.nn.init.zeros_(block.narrow.bias)
    x, bias = torch.randn(1, 3, 4), causal_bias(3, 1)
    query, key, value = block.project(block.norm_attention(x)).split(4, dim=-1)
    weights = torch.softmax(query @ key.transpose(1, 2) / 2.0 + bias[0], dim=-1)
    torch.testing.assert_close(block(x, bias), x + block.merge(weights @ value))
