"""What alignments owe: one space, no eye on what they may not learn from, losses that are finite and heed masks."""

from __future__ import annotations

import numpy as np

from genre.alignment.base import Alignment, Comparing, FittedAlignment, LossAlignment
from genre.core.component import Component
from genre.core.seeds import generator
from genre.testing.configs import Example
from genre.testing.data import tiny_dataset, tiny_split
from genre.values import Embeddings, World

D = 8
TOLERANCE = 1e-4


def check_alignment_kind(component: type[Component], example: Example) -> None:
    """An alignment is fitted before training or lowered in it."""
    alignment = _built(component, example)
    assert isinstance(alignment, FittedAlignment | LossAlignment), "neither a FittedAlignment nor a LossAlignment"
    fewest, most = alignment.n_modalities
    assert 1 <= fewest <= (most or fewest), "n_modalities is no range"


def check_fitted_alignment(component: type[Component], example: Example) -> None:
    """K modalities of any items come back finite and in one space; a restored alignment gives the same."""
    alignment = _built(component, example)
    if not isinstance(alignment, FittedAlignment):
        return
    modalities, taught = _modalities(alignment), _taught()
    alignment.fit(modalities, taught, _world())
    aligned = alignment.align(modalities, np.arange(len(taught)))
    assert len(aligned) == len(modalities), "gives another number of modalities"
    widths = {one.dim for one in aligned}
    assert len(widths) == 1 or not alignment.shares_space, "modalities of different width share no space"
    for before, after in zip(modalities, aligned, strict=True):
        assert len(after) == len(before), "gives another number of items"
        assert (after.present | ~before.present).all(), "takes content away"
        assert not after.vectors[~after.present].any(), "absent rows are not zero"
    again = _built(component, example)
    assert isinstance(again, FittedAlignment)
    again.restore(alignment.state())
    for left, right in zip(again.align(modalities, np.arange(len(taught))), aligned, strict=True):
        assert np.allclose(left.vectors, right.vectors, atol=TOLERANCE), "a restored alignment differs"


def check_fitted_alignment_of_new_items(component: type[Component], example: Example) -> None:
    """Items that are not in the catalogue are aligned too, each on its own."""
    alignment = _built(component, example)
    if not isinstance(alignment, FittedAlignment):
        return
    modalities, taught = _modalities(alignment), _taught()
    alignment.fit(modalities, taught, _world())
    together = alignment.align(modalities)
    for row in (0, 5):
        alone = alignment.align([Embeddings(one.vectors[[row]], one.present[[row]]) for one in modalities])
        for left, right in zip(alone, together, strict=True):
            assert np.allclose(left.vectors[0], right.vectors[row], atol=TOLERANCE), "new items of one batch mix"


def check_fitted_alignment_learns_from_taught_rows(component: type[Component], example: Example) -> None:
    """What the other items hold does not change the alignment."""
    first, second = _built(component, example), _built(component, example)
    if not isinstance(first, FittedAlignment) or not isinstance(second, FittedAlignment):
        return
    modalities, taught = _modalities(first), _taught()
    changed = [
        Embeddings(np.where(taught[:, None] | ~one.present[:, None], one.vectors, 3.0 - one.vectors), one.present)
        for one in modalities
    ]
    first.fit(modalities, taught, _world())
    second.fit(changed, taught, _world())
    for left, right in zip(first.align(modalities), second.align(modalities), strict=True):
        assert np.allclose(left.vectors, right.vectors, atol=TOLERANCE), "learns from held-out items"


def check_loss_alignment(component: type[Component], example: Example) -> None:
    """A finite scalar with finite gradients; what stands in place of an absent modality means nothing."""
    import torch

    alignment = _built(component, example)
    if not isinstance(alignment, LossAlignment):
        return
    count = alignment.n_modalities[0]
    torch.manual_seed(0)
    network = alignment.network(count, D, _world()).eval()
    rows = torch.arange(20)
    vectors, mask = torch.randn(20, count, D), torch.rand(20, count) > 0.2
    vectors.requires_grad_()
    torch.manual_seed(1)
    value = network(vectors, mask, rows)
    assert value.ndim == 0 and torch.isfinite(value), "the loss is one finite number"
    value.backward()
    assert vectors.grad is not None and torch.isfinite(vectors.grad).all(), "gradients are finite"
    assert vectors.grad.abs().sum() > 0, "nothing is pulled"
    noise = torch.where(mask.unsqueeze(-1), vectors, vectors + 10.0)
    torch.manual_seed(1)
    assert torch.allclose(network(noise, mask, rows), value, atol=TOLERANCE), "an absent modality counts"


def check_loss_alignment_of_nothing(component: type[Component], example: Example) -> None:
    """No items, or none with two modalities: the loss is zero, and can be differentiated."""
    import torch

    alignment = _built(component, example)
    if not isinstance(alignment, LossAlignment):
        return
    count = alignment.n_modalities[0]
    network = alignment.network(count, D, _world())
    for n_items in (0, 3):
        vectors = torch.randn(n_items, count, D, requires_grad=True)
        value = network(vectors, torch.zeros(n_items, count, dtype=torch.bool), torch.arange(n_items))
        value.backward()
        assert float(value) == 0.0, "a loss of nothing"


def check_loss_alignment_compares_items_alone(component: type[Component], example: Example) -> None:
    """Where it compares modalities in a space of its own, each vector is carried there without the others."""
    import torch

    alignment = _built(component, example)
    if not isinstance(alignment, LossAlignment):
        return
    count = alignment.n_modalities[0]
    network = alignment.network(count, D, _world()).eval()
    if not isinstance(network, Comparing):
        return
    vectors = torch.randn(5, count, D)
    compared = network.compared(vectors)
    assert compared.shape[:2] == (5, count), "gives another number of items or modalities"
    vectors[1:] += 1.0
    vectors[0, 1:] += 1.0
    assert torch.allclose(network.compared(vectors)[0, 0], compared[0, 0], atol=TOLERANCE), "vectors mix"


CHECKS = (
    check_alignment_kind,
    check_fitted_alignment,
    check_fitted_alignment_of_new_items,
    check_fitted_alignment_learns_from_taught_rows,
    check_loss_alignment,
    check_loss_alignment_of_nothing,
    check_loss_alignment_compares_items_alone,
)


def _built(component: type[Component], example: Example) -> Alignment:
    assert issubclass(component, Alignment)
    return component(component.config_type().model_validate(example))


def _world() -> World:
    return World(tiny_dataset().catalog, tiny_split().train)


def _taught() -> np.ndarray:
    """Items with training interactions, every fifth held out: bool [N]."""
    warm = tiny_split().train.popularity() > 0
    return warm & (np.arange(len(warm)) % 5 > 0)


def _modalities(alignment: Alignment) -> list[Embeddings]:
    """As few as it takes, of different widths, about the same hidden things; some items lack one."""
    random = generator(0, "modalities")
    n_items = tiny_dataset().catalog.n_items
    hidden = random.standard_normal((n_items, 4))
    found = []
    for place in range(alignment.n_modalities[0]):
        width = 6 + 2 * place
        vectors = hidden @ random.standard_normal((4, width)) + 0.1 * random.standard_normal((n_items, width))
        present = random.random(n_items) > 0.15
        found.append(Embeddings((vectors * present[:, None]).astype(np.float32), present))
    return found
