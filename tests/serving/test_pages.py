"""What carries a list on to its next page."""

import base64
import string
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre.core.errors import RequestError
from genre.serving._pages import Page, read_page

IDS = st.lists(st.text(min_size=1, max_size=12), max_size=8)
SIGNS = string.ascii_letters + string.digits + "-_"


@given(IDS, st.sampled_from([1, 40]))
def test_a_page_comes_back_as_it_was(ids, times):
    page = Page(tuple(ids) * times)
    assert read_page(page.to_text()) == page


@given(IDS.filter(bool), st.sampled_from([1, 40]), st.data())
def test_no_other_page_is_read_from_one_that_was_changed(ids, times, data):
    page = Page(tuple(ids) * times)
    text = page.to_text()
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.sampled_from(SIGNS)) + text[place + 1 :]
    try:
        assert read_page(changed) == page  # the last sign has bits that say nothing
    except RequestError as error:
        assert "page: was cut or altered" in str(error)


def test_long_pages_are_packed():
    ids = tuple(f"item-{n}" for n in range(2_000))
    assert len(Page(ids).to_text()) < 20_000 / 2


def test_a_page_that_unpacks_without_end_is_refused():
    bomb = base64.urlsafe_b64encode(zlib.compress(b"[" + b" " * 50_000_000, 9)).decode().rstrip("=")
    with pytest.raises(RequestError, match="page: was cut or altered"):
        read_page(bomb)
