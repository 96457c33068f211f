import polars as pl
import pytest

from benchmarks.kept_runs import run_kept
from genre.config.loading import load_recipe
from genre.testing.data import tiny_dataset


@pytest.fixture
def recipe(tmp_path):
    interactions = tiny_dataset().interactions
    columns = {
        "user_id": interactions.users.ids.gather(interactions.user_rows),
        "item_id": interactions.items.ids.gather(interactions.item_rows),
        "timestamp": interactions.timestamps // 1000,
    }
    pl.DataFrame(columns).write_parquet(tmp_path / "interactions.parquet")
    source = {"type": "parquet", "interactions": str(tmp_path / "interactions.parquet")}
    document = {"data": {"source": source, "splitter": "leave_one_out"}, "recommender": "popularity"}
    return load_recipe({**document, "evaluation": {"metrics": ["ndcg@10"], "baselines": []}}).to_dict()


def test_a_run_is_kept_until_its_recipe_changes(recipe, tmp_path, capfd):
    first = run_kept(recipe, tmp_path / "run", 1)
    assert first.seconds > 0 and first.peak_mib > 50
    assert first.scores().means["ndcg@10"] == pytest.approx(first.model["metrics"]["ndcg@10"]["mean"])
    assert set(first.split["part"]) == {"train", "valid", "test"}
    capfd.readouterr()

    again = run_kept(recipe, tmp_path / "run", 1)
    assert again == first
    assert capfd.readouterr().err == ""

    (tmp_path / "interactions.parquet").unlink()
    assert run_kept({**recipe, "seed": 43}, tmp_path / "run", 1) is None
    assert "run failed" in capfd.readouterr().err
    assert run_kept(recipe, tmp_path / "run", 1) == first
