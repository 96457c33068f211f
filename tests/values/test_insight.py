import json

import polars as pl

from genre.values import Curve, Epoch, Insight, InsightTable

CURVE = Curve((Epoch(1, 2.0, None, 1.0, {"softmax": 1.5, "contrastive": 0.5}),), "ndcg@10", 1)


def test_what_a_part_found_carries_its_name() -> None:
    table = InsightTable("weights", "Shares.", pl.DataFrame({"modality": ["text"]}))
    found = Insight({"recency": "none"}, {"": CURVE, "inner": CURVE}, (table,)).of_part("ials")

    assert found.choices == {"ials recency": "none"}
    assert list(found.curves) == ["ials", "ials inner"]
    assert found.tables[0].title == "ials: weights"


def test_two_insights_add_up() -> None:
    both = Insight({"alpha": "4"}) + Insight({"recency": "none"}, {"": CURVE})

    assert both.choices == {"alpha": "4", "recency": "none"}
    assert both.curves == {"": CURVE}


def test_a_table_survives_being_written_down() -> None:
    rows = pl.DataFrame({"modality": ["text", "ids"], "head": [0.25, 0.75], "cold": [1.0, None], "items": [3, 4]})
    table = InsightTable("weights", "Shares.", rows)
    again = InsightTable.of(json.loads(json.dumps(table.to_dict())))

    assert (again.title, again.caption) == ("weights", "Shares.")
    assert again.rows.equals(rows)
