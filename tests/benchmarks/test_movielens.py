import polars as pl
import pytest

from benchmarks.movielens import MovieLens, repaired_links

ITEMS = pl.DataFrame({"item_id": ["1", "2", "3", "4"], "imdb_id": ["114709", "113189", "000042", ""]})
NEWER = pl.DataFrame({"item_id": ["1", "2", "10", "7"], "imdb_id": ["0114709", "0113497", "tt0113189", "42"]})


def test_links_go_by_way_of_the_imdb_number():
    links = pl.DataFrame({"item_id": ["1", "2", "10"], "entity_id": ["toy_story", "jumanji", "goldeneye"]})
    found = repaired_links(links, ITEMS, NEWER)
    assert found.rows() == [("1", "toy_story"), ("2", "goldeneye")]


def test_ids_may_be_numbers_and_a_film_may_be_two_entities():
    links = pl.DataFrame({"item_id": [7, 7], "entity_id": ["b", "a"]})
    newer = NEWER.with_columns(pl.col("item_id").cast(pl.Int64))
    assert repaired_links(links, ITEMS, newer).rows() == [("3", "a"), ("3", "b")]


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(SystemExit, match=r"items\.parquet"):
        MovieLens.at(tmp_path, tmp_path, None, tmp_path)
