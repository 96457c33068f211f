"""A service over an exported bundle, in a process that cannot import torch."""

import json
import subprocess
import sys

import pytest

from genre.config.loading import load_recipe
from genre.encoders.base import Slimming
from genre.pipeline.assemble import Prepared
from genre.pipeline.bundle import save
from genre.pipeline.export import ExportSettings, export
from genre.pipeline.fit import fit_prepared
from genre.testing.data import tiny_dataset

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

RECIPE = {
    "data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"},
    "features": [{"name": "text", "encoder": "tfidf"}, {"name": "genres", "encoder": "multi_hot"}],
    "recommender": {"type": "hybrid", "models": [{"type": "tower", "dim": 8}, {"type": "content", "dim": 8}]},
}
DAY = """
import sys, json
sys.modules["torch"] = sys.modules["transformers"] = None
import genre
from genre.serving.questions import RankQuestion, RecommendQuestion, SearchQuestion, SimilarQuestion
from genre.serving.records import Event
from genre.serving.service import Service
from genre.serving.store.open import open_store
store = open_store(sys.argv[2])
service = Service(genre.load(sys.argv[1]), "v1", store)

def ids(answer):
    return [one.item_id for one in answer.items]

before = ids(service.recommend(RecommendQuestion(user_id="somebody", k=5)))
service.put_items([{"item_id": "new", "text": "A robot and a ship", "genres": ["space"], "year": 2030}])
touched = (("e1", "new"), ("e2", "i2"))
service.take_events([Event(name, "somebody", item, "view", at=1.7e9) for name, item in touched])
explained = service.recommend(RecommendQuestion(user_id="somebody", k=5, explain=True, diversity=0.5))
filtered = service.recommend(RecommendQuestion(user_id="u1", k=5, filter={"column": "year", "at_least": 1990}))
found = {
    "before": before,
    "after": ids(explained),
    "why": explained.items[0].why is not None,
    "years": [service.item(id)["year"] for id in ids(filtered)],
    "search": ids(service.search(SearchQuestion(text="robot ship", k=3))),
    "similar": ids(service.similar(SimilarQuestion(items=["new"], k=3))),
    "rank": ids(service.rank(RankQuestion(user_id="somebody", items=["i5", "i0"]))),
    "fallback": service.recommend(RecommendQuestion(user_id="nobody yet", k=3)).fallback,
}
store.close()
print(json.dumps(found))
"""


def test_a_day_without_torch(tmp_path):
    recipe = load_recipe(RECIPE, ["training.epochs=2", "training.n_threads=1"])
    bundle = save(fit_prepared(Prepared(recipe, tiny_dataset())), tmp_path / "fitted")
    export(bundle, tmp_path / "out", ExportSettings(Slimming("float32"), "float32"))
    command = [sys.executable, "-c", DAY, str(tmp_path / "out"), str(tmp_path / "state.db")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["after"] != found["before"] and "i2" not in found["after"] and "new" not in found["after"]
    assert found["why"] and found["fallback"] == "popular"
    assert len(found["years"]) == 5 and min(found["years"]) >= 1990
    assert "new" in found["search"] and len(found["similar"]) == 3
    assert found["rank"][0] == "i5"
