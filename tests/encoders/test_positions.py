"""How much of a text fits beside a prompt."""

import shutil

import polars as pl
import pytest
import torch
from tests.encoders.tuned_models import SIZES

from genre.core.errors import DataError
from genre.encoders.text.transformer import TransformerConfig, TransformerEncoder


@pytest.fixture(scope="module")
def short(tmp_path_factory, tiny_model):
    """Folders with models of 16 positions, the first two of which stand for padding where the family does so."""
    from transformers import AutoConfig, AutoModel

    folders = {}
    for family, more in (("bert", {}), ("roberta", {"pad_token_id": 1}), ("mpnet", {"pad_token_id": 1})):
        folders[family] = tmp_path_factory.mktemp("short") / family
        shutil.copytree(tiny_model, folders[family], ignore=shutil.ignore_patterns("config.json", "model.safetensors"))
        config = AutoConfig.for_model(family, vocab_size=30_522, max_position_embeddings=16, **SIZES["bert"], **more)
        AutoModel.from_config(config).save_pretrained(folders[family])
    return folders


LONG = pl.DataFrame({"title": ["a long film about love and war and peace " * 5, "short"]})


@pytest.mark.parametrize(("family", "positions"), [("bert", 16), ("roberta", 14), ("mpnet", 14)])
def test_a_prompt_takes_positions_from_the_text(short, family, positions):
    def tuned(n_tokens, **more):
        config = TransformerConfig(model=str(short[family]), tune={"peft": "prompt", "n_tokens": n_tokens}, **more)
        return TransformerEncoder(config)

    fitted = tuned(positions - 3)
    assert fitted.obstacles(LONG) == ()
    fitted.fit(LONG)
    embeddings = fitted.encode(LONG)
    assert embeddings.inputs.tokens.lengths.tolist() == [3, 3]
    assert torch.isfinite(fitted.network(embeddings, 4)(torch.arange(2))).all()

    (fault,) = tuned(positions - 2).obstacles(LONG)
    assert fault.what == f"has positions for {positions} tokens, which a prompt of {positions - 2} takes up."
    assert fault.mend.startswith(f"Set n_tokens to {positions - 3} or less")
    crowded = tuned(1000)
    crowded.fit(LONG)
    with pytest.raises(DataError, match=f"has positions for {positions} tokens, which a prompt of 1000 takes up"):
        crowded.encode(LONG)

    (fault,) = tuned(4, max_length=positions).obstacles(LONG)
    assert fault.what == f"has room for {positions - 4} tokens per text beside a prompt of 4, not for {positions}."
