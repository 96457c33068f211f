import torch

from genre.fusion.sum import SumFusion


def test_present_modalities_add_up():
    vectors = torch.tensor([[[1.0, 2.0], [10.0, 20.0]], [[3.0, 4.0], [30.0, 40.0]]])
    mask = torch.tensor([[True, True], [True, False]])
    assert SumFusion().network(2, 2)(vectors, mask).tolist() == [[11.0, 22.0], [3.0, 4.0]]
