import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genre.encoders.text._tokens import TokenTable


class Letters:
    """A tokenizer of letters."""

    pad_token_id = 0

    def __call__(self, texts, truncation, max_length, **_):
        return {"input_ids": [[ord(letter) for letter in text[:max_length]] for text in texts]}


@given(st.lists(st.text("abc", min_size=1, max_size=30), max_size=40), st.integers(1, 100), st.integers(1, 20))
def test_every_text_is_in_one_batch_within_the_budget(texts: list[str], budget: int, max_length: int) -> None:
    batches = list(TokenTable.of(texts, Letters(), max_length).batches(budget))
    places = np.concatenate([batch.places for batch in batches]) if batches else np.empty(0, dtype=int)
    assert sorted(places.tolist()) == list(range(len(texts)))
    for batch in batches:
        assert batch.ids.size <= budget or len(batch.ids) == 1
        for place, ids, mask in zip(batch.places, batch.ids, batch.mask, strict=True):
            assert "".join(map(chr, ids[mask == 1])) == texts[place][:max_length]
            assert not ids[mask == 0].any()
    lengths = [min(len(texts[place]), max_length) for place in places]
    assert lengths == sorted(lengths)
