import pytest
import torch
import torch.nn.functional as F

from genre.nets import cross_entropy
from genre.nets.cross_entropy import ProductCrossEntropy


def problem(dtype=torch.float32):
    torch.manual_seed(0)
    users = torch.randn(37, 6).to(dtype).requires_grad_()
    items = torch.randn(19, 6).to(dtype).requires_grad_()
    return users, items, torch.randint(0, 19, (37,))


def gradients(loss, users, items):
    loss.backward()
    found = users.grad.clone(), items.grad.clone()
    users.grad = items.grad = None
    return found


@pytest.mark.parametrize("chunk", [1, 10, 512])
def test_loss_and_gradients_are_those_of_torch(monkeypatch, chunk):
    monkeypatch.setattr(cross_entropy, "CHUNK", chunk)
    users, items, targets = problem()
    plain, fused = F.cross_entropy(users @ items.T, targets), ProductCrossEntropy.apply(users, items, targets)
    torch.testing.assert_close(fused, plain)
    torch.testing.assert_close(gradients(fused, users, items), gradients(plain, users, items))


def test_gradients_scale_with_what_comes_after():
    users, items, targets = problem()
    once = gradients(ProductCrossEntropy.apply(users, items, targets), users, items)
    thrice = gradients(3.0 * ProductCrossEntropy.apply(users, items, targets), users, items)
    torch.testing.assert_close(tuple(3.0 * gradient for gradient in once), thrice)


def test_bfloat16_products_stay_near():
    users, items, targets = problem(torch.bfloat16)
    fused = ProductCrossEntropy.apply(users, items, targets)
    plain = F.cross_entropy(users.float() @ items.float().T, targets)
    assert fused.dtype == torch.float32
    torch.testing.assert_close(fused, plain, rtol=2e-2, atol=2e-2)
    fused.backward()
    assert users.grad.dtype == torch.bfloat16


def test_huge_scores_do_not_overflow():
    users, items = torch.full((2, 1), 1e3), torch.tensor([[1e3], [-1e3]])
    assert ProductCrossEntropy.apply(users, items, torch.tensor([0, 1])).item() == pytest.approx(1e6)
