import torch
import torch.nn.functional as F

from genre.losses.bce import BceLoss


def test_one_yes_and_the_mean_of_the_noes():
    torch.manual_seed(0)
    scores, targets = torch.randn(3, 5), torch.tensor([4, 0, 2])
    yes, no = torch.ones(()), torch.zeros(())
    rows = []
    for row, target in zip(scores, targets, strict=True):
        others = torch.cat([row[:target], row[target + 1 :]])
        negatives = F.binary_cross_entropy_with_logits(others, no.expand(4))
        rows.append(F.binary_cross_entropy_with_logits(row[target], yes) + negatives)
    torch.testing.assert_close(BceLoss().loss(scores, targets), torch.stack(rows).mean())
