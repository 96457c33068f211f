"""Broken recipes: `fit` and `check` name the place and the mend, and leave nothing behind."""

import pytest

RECIPE = "r.yaml"
TEXT = "recommender: popularity\ndata: {source: {type: csv, interactions: interactions.csv}}\n"


def no_file(world):
    world.path(RECIPE).unlink()


def a_folder(world):
    no_file(world)
    world.path(RECIPE).mkdir()


def text(content, encoding="utf-8"):
    return lambda world: world.write(RECIPE, content.encode(encoding))


def changed(**sections):
    return lambda world: world.recipe(**sections)


CASES = {
    "the file is missing": (no_file, ["r.yaml"], ["no such file", "genre init"]),
    "the file is a folder": (a_folder, ["r.yaml"], ["is a folder", "YAML file"]),
    "not UTF-8": (text("name: café\n" + TEXT, "latin-1"), ["r.yaml, byte 9"], ["Save the recipe as UTF-8"]),
    "bad YAML": (text(TEXT + "training: {epochs: [3\n"), ["r.yaml, line 4"], ["indentation and quotes"]),
    "a tab before a key": (text("data:\n\tsource: csv\n"), ["r.yaml, line 2"], ["indentation"]),
    "a key given twice": (text("seed: 1\n" + TEXT + "seed: 2\n"), ["r.yaml, line 4", "'seed'"], ["given twice"]),
    "empty": (text(""), ["r.yaml"], ["holds no recipe", "'data:'"]),
    "a list": (text("- popularity\n"), ["r.yaml"], ["holds no recipe", "mapping"]),
    "a python tag": (
        text(TEXT + "name: !!python/object/apply:os.system ['touch owned']\n"),
        ["r.yaml, line 3"],
        ["is not valid YAML"],
    ),
    "unknown type": (changed(recommender="popularty"), ["recommender"], ["Did you mean 'popularity'?"]),
    "no type": (changed(recommender={"half_life_days": 3}), ["recommender"], ["'type' is missing", "popularity"]),
    "a misspelt field": (
        changed(recommender={"type": "popularity", "half_life_day": 3}),
        ["recommender.half_life_day"],
        ["Did you mean 'half_life_days'?"],
    ),
    "a misspelt section": (changed(trainin={}), ["trainin"], ["Did you mean 'training'?"]),
    "a missing section": (changed(data={}), ["data.source"], ["is missing", "Add 'source: ...'"]),
    "a word for a number": (
        changed(training={"epochs": "many"}),
        ["training.epochs"],
        ["valid integer", "Got 'many'"],
    ),
    "a number out of range": (changed(seed=-1), ["seed"], ["greater than or equal to 0", "Got -1"]),
    "an unknown metric": (
        changed(evaluation={"metrics": ["ndgc@10"]}),
        ["evaluation.metrics"],
        ["Did you mean 'ndcg'?"],
    ),
    "a metric without a cut-off": (
        changed(evaluation={"metrics": ["ndcg"]}),
        ["evaluation.metrics"],
        ["Write it as ndcg@10"],
    ),
    "a feature's column is missing": (
        changed(features=[{"name": "genres", "columns": ["genre", "tite"], "encoder": "multi_hot"}]),
        ["features.0.columns", "'genre'", "'tite'"],
        ["Did you mean 'genres'?"],
    ),
    "two features of one name": (
        changed(features=[{"name": "a", "columns": ["genres"], "encoder": "multi_hot"}] * 2),
        ["features"],
        ["called 'a'", "Give each its own name"],
    ),
    "text for a number encoder": (
        changed(features=[{"name": "text", "encoder": "number"}]),
        ["column text"],
        ["are not numbers", "multi_hot or tfidf"],
    ),
    "content without features": (
        changed(recommender="content", features=[]),
        ["features", "'content' compares features"],
        ["Add a text or category"],
    ),
    "a filter on a column that is not there": (
        changed(ranking=[{"type": "filter", "column": "yaer", "at_least": 1990}]),
        ["ranking.0 (filter)", "'yaer'"],
        ["Did you mean 'year'?"],
    ),
    "a filter that keeps nothing": (
        changed(ranking=["exclude_seen", {"type": "filter", "column": "year", "at_least": 3000}]),
        ["ranking.1 (filter)", "keeps no item"],
        ["Loosen its conditions"],
    ),
    "a model that is nowhere": (
        changed(features=[{"name": "text", "encoder": {"type": "transformer", "model": "./no such model"}}]),
        ["model ./no such model"],
        ["name a local folder"],
    ),
    "a folder without a model": (
        changed(features=[{"name": "text", "encoder": {"type": "transformer", "model": "."}}]),
        ["holds no config.json", "holds no model.safetensors"],
        ["save_pretrained"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_fit_and_check_refuse(case, world, refused):
    break_it, names, mends = CASES[case]
    break_it(world)
    assert refused("fit", RECIPE, "-o", "bundle", "--json", names=names, mends=mends)
    assert refused("check", RECIPE, names=names, mends=mends)


OVERRIDES = {
    "no value": ("training.epochs", ["--set training.epochs"], ["path=value"]),
    "an unknown path": ("training.epohs=3", ["training.epohs"], ["Did you mean 'epochs'?"]),
    "a place that is not there": ("features.7.name=x", ["features.7", "'7'"], ["Places count from 0"]),
    "a value that is no YAML": ("seed=[1", ["--set seed=[1"], ["not valid YAML", "Quote it"]),
    "a value of the wrong type": ("seed=soon", ["seed"], ["valid integer", "Got 'soon'"]),
    "below a plain value": ("seed.deep.er=1", ["seed"], ["valid integer", "Got {'deep': {'er': 1}}"]),
}


@pytest.mark.parametrize("case", OVERRIDES)
def test_overrides_are_refused(case, refused):
    override, names, mends = OVERRIDES[case]
    assert refused("evaluate", RECIPE, "--set", override, "--json", names=names, mends=mends)
    assert refused("check", RECIPE, "--set", override, names=names, mends=mends)


def test_all_faults_come_at_once(world, refused):
    world.recipe(
        recommender={"type": "popularity", "half_lif": 3},
        training={"epochs": 0},
        evaluation={"metrics": ["hit@10"]},
        features=[{"name": "g", "columns": ["genre"], "encoder": {"type": "multi_hot", "minimum": 2}}],
    )
    places = ["recommender.half_lif", "training.epochs", "evaluation.metrics", "features.0.encoder.minimum"]
    assert refused("fit", RECIPE, "-o", "bundle", "--json", names=["4 faults", *places])
    assert refused("check", RECIPE, names=["5 faults", *places, "features.0.columns"], mends=["Did you mean 'genres'?"])


def test_a_python_tag_runs_nothing(world, refused):
    CASES["a python tag"][0](world)
    assert refused("check", RECIPE)
    assert not world.path("owned").exists()
