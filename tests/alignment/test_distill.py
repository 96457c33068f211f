import pytest
import torch
from scipy.special import rel_entr, softmax

from genre.alignment.distill import DistillAlignment, DistillConfig

ALL = torch.ones(7, 2, dtype=torch.bool)
ROWS = torch.arange(7)


def network(world, n_modalities=2, **fields):
    return DistillAlignment(DistillConfig(**fields)).network(n_modalities, 4, world)


@pytest.mark.parametrize("teaches", ["similarities", "vectors"])
def test_the_teacher_learns_nothing_and_the_student_something(world, teaches):
    vectors = torch.randn(7, 2, 4, requires_grad=True)
    network(world, teaches=teaches)(vectors, ALL, ROWS).backward()
    assert vectors.grad[:, 0].abs().max() == 0
    assert vectors.grad[:, 1].abs().max() > 0


def test_a_rotated_teacher_has_the_same_similarities_and_other_vectors(world):
    teacher = torch.randn(7, 4)
    turn, _ = torch.linalg.qr(torch.randn(4, 4))
    vectors = torch.stack([teacher, 3.0 * teacher @ turn], dim=1)
    assert network(world)(vectors, ALL, ROWS).item() == pytest.approx(0.0, abs=1e-5)
    assert network(world, teaches="vectors")(vectors, ALL, ROWS).item() > 0.1
    same = torch.stack([teacher, 3.0 * teacher], dim=1)
    assert network(world, teaches="vectors")(same, ALL, ROWS).item() == pytest.approx(0.0, abs=1e-5)


def test_similarities_are_compared_by_divergence_over_the_other_items(world):
    torch.manual_seed(0)
    vectors = torch.randn(7, 2, 4, dtype=torch.float64)
    mask = ALL.clone()
    mask[6, 1] = False
    units = torch.nn.functional.normalize(vectors[:6], dim=-1).numpy()
    expected = 0.0
    for item in range(6):
        others = [other for other in range(6) if other != item]
        teacher, student = (softmax(units[others, m] @ units[item, m] / 0.5) for m in (0, 1))
        expected += rel_entr(teacher, student).sum() / 6
    found = network(world, temperature=0.5)(vectors, mask, ROWS)
    assert found.item() == pytest.approx(expected, rel=1e-4)


def test_several_students_count_alike(world):
    vectors, mask = torch.randn(7, 3, 4), torch.ones(7, 3, dtype=torch.bool)
    each = [network(world)(vectors[:, [0, student]], ALL, ROWS) for student in (1, 2)]
    torch.testing.assert_close(network(world, 3)(vectors, mask, ROWS), torch.stack(each).mean())
