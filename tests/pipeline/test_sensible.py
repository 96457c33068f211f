"""What drafts begin with is among what checks call sensible, whatever the amount of data."""

from hypothesis import given, settings
from hypothesis import strategies as st

from genre.pipeline._sensible import Amount, preferred, sensible

AMOUNTS = st.builds(
    Amount,
    n_interactions=st.integers(1, 20_000),
    n_items=st.integers(1, 40_000),
    middle_history=st.integers(1, 20).map(float),
    has_content=st.booleans(),
    has_times=st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(AMOUNTS)
def test_the_preferred_one_is_sensible(amount):
    word, why = preferred(amount)
    assert word in sensible(amount) and why


def test_a_dense_table_without_content_is_worth_more_than_popularity():
    words = sensible(Amount(558, 80, 12.0, has_content=False, has_times=True))
    assert words == ("popularity", "item_knn", "ease", "hybrid")
    assert sensible(Amount(150, 80, 12.0, has_content=False, has_times=True)) == ("popularity",)
