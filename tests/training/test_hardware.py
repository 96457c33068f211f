import pytest
import torch

from genre.training import hardware
from genre.training.hardware import Hardware, threads
from genre.training.settings import TrainingConfig


@pytest.mark.parametrize(("has_bf16", "products"), [(True, torch.bfloat16), (False, None)])
def test_auto_on_a_processor_shortens_only_the_large_products(monkeypatch, has_bf16, products):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(hardware, "_multiplies_bf16", lambda: has_bf16)
    assert Hardware.choose(TrainingConfig()) == Hardware("cpu", "32-true", products)


def test_settings_win_over_auto():
    config = TrainingConfig(device="cpu", precision="bf16-mixed")
    assert Hardware.choose(config) == Hardware("cpu", "bf16-mixed", torch.bfloat16)
    assert Hardware.choose(TrainingConfig(device="cpu", precision="32-true")).products is None


def test_threads_are_put_back():
    before = torch.get_num_threads()
    with threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_no_number_of_threads_leaves_the_choice_as_it_is(monkeypatch):
    monkeypatch.setattr(torch, "set_num_threads", lambda _: pytest.fail("set"))
    with threads(None):
        pass
