"""A recipe is read whole, overridden by path, and all its faults come at once."""

import jsonschema
import pytest
import yaml

from genre.config.documents import parse_yaml
from genre.config.loading import load_recipe
from genre.config.schema import recipe_schema
from genre.core.errors import RecipeError
from genre.core.secret import Secret

GOOD = {"data": {"source": {"type": "builtin"}, "splitter": "leave_one_out"}, "recommender": "popularity"}


def faults(document, overrides=()):
    with pytest.raises(RecipeError) as caught:
        load_recipe(document, overrides)
    return {fault.where: fault for fault in caught.value.faults}


def test_a_recipe_survives_its_own_dump():
    recipe = load_recipe(GOOD)
    assert load_recipe(recipe.to_dict()) == recipe
    assert load_recipe(yaml.safe_load(yaml.safe_dump(recipe.to_dict()))) == recipe


def test_all_faults_come_in_one_go_with_path_near_match_and_mend():
    found = faults(
        {
            "data": {"source": "builtn", "splitter": "leave_one_out"},
            "recommender": {"type": "popularity", "half_life_day": 3},
            "trainin": {},
            "training": {"epochs": 0, "early_stopping": {"patienc": 1}},
            "evaluation": {"metrics": ["ndcg", "ndgc@10"], "baselines": ["popularity", "pop"]},
            "features": [{"name": "text", "encoder": {"type": "transformer", "dimm": 4}}],
        }
    )
    assert found["data.source"].mend == "Did you mean 'builtin'?"
    assert found["recommender.half_life_day"].mend == "Did you mean 'half_life_days'?"
    assert found["trainin"].mend == "Did you mean 'training'?"
    assert "greater than or equal to 1" in found["training.epochs"].what
    assert found["training.early_stopping.patienc"].mend == "Did you mean 'patience'?"
    assert found["evaluation.metrics.0"].mend == "Write it as ndcg@10."
    assert "Did you mean 'ndcg'?" in found["evaluation.metrics.1"].mend
    assert "'pop' is not one of the recommenders" in found["evaluation.baselines.1"].what
    assert "not a field of 'transformer'" in found["features.0.encoder.dimm"].what


def test_headings_without_content_mean_the_defaults():
    recipe = load_recipe({**GOOD, "training": None, "features": None, "evaluation": None})
    assert recipe.training == load_recipe(GOOD).training
    assert recipe.features == ()


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ("evaluation", {"metrics": []}, "names no metric"),
        ("training", 5, "a section with fields of its own"),
        ("evaluation", {"metrics": 7}, "should be a list"),
    ],
)
def test_faults_of_form_speak_of_yaml_not_of_classes(path, value, what):
    found = faults({**GOOD, path: value})
    (fault,) = found.values()
    assert what in fault.what
    assert not any(word in f"{fault.what} {fault.mend}" for word in ("instance", "<class", "Tuple", "dictionary"))


def test_a_metric_without_a_cut_off_stands_alone():
    assert load_recipe({**GOOD, "evaluation": {"metrics": ["auc", "ndcg@5"]}}).evaluation.metrics == ("auc", "ndcg@5")


def test_what_is_no_recipe_at_all_is_a_fault():
    with pytest.raises(RecipeError, match="of type int"):
        load_recipe(5)


def test_missing_parts_are_named():
    found = faults({"data": {}})
    assert found["data.source"].what == "is missing."
    assert found["recommender"].mend == "Add 'recommender: ...'."


def test_overrides_reach_into_lists_and_bare_words():
    recipe = load_recipe(
        GOOD,
        [
            "training.epochs=7",
            "recommender.half_life_days=2",
            "evaluation.baselines=[popularity]",
            "training.learning_rate=1e-4",
        ],
    )
    assert recipe.training.epochs == 7 and recipe.training.learning_rate == 1e-4
    assert recipe.recommender.half_life_days == 2
    assert len(recipe.evaluation.baselines) == 1


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.epochs", "is not an override"),
        ("features.3.name=x", "features: should be a list"),
        ("training.epohs=3", "epochs"),
        ("seed=[", "not valid YAML"),
        ("ranking.5=softmax", "not a place in a list"),
    ],
)
def test_a_wrong_override_is_named(override, message):
    with pytest.raises(RecipeError, match=message):
        load_recipe({**GOOD, "ranking": ["exclude_seen"]}, [override])


def test_a_key_given_twice_is_refused(tmp_path):
    file = tmp_path / "r.yaml"
    file.write_text("seed: 1\nname: x\nseed: 2\n")
    with pytest.raises(RecipeError, match=r"line 3.*'seed' is given twice"):
        load_recipe(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data: [", "is not valid YAML"),
        ("", "holds no recipe"),
        ("- a\n- b", "holds no recipe"),
        ("x: !!python/object/apply:os.system ['true']", "is not valid YAML"),
        ("\tdata: 3", "is not valid YAML"),
    ],
)
def test_broken_yaml_names_file_and_line(tmp_path, text, message):
    file = tmp_path / "r.yaml"
    file.write_text(text)
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(file)
    assert str(file) in str(caught.value)


def test_a_missing_file_a_folder_and_latin1_are_named(tmp_path):
    with pytest.raises(RecipeError, match="no such file"):
        load_recipe(tmp_path / "none.yaml")
    with pytest.raises(RecipeError, match="is a folder"):
        load_recipe(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("name: café".encode("latin-1"))
    with pytest.raises(RecipeError, match=r"byte 9.*UTF-8"):
        load_recipe(tmp_path / "latin.yaml")


def test_two_features_of_one_name_are_refused():
    feature = {"name": "text", "encoder": "tfidf"}
    with pytest.raises(RecipeError, match="two features are called 'text'"):
        load_recipe({**GOOD, "features": [feature, feature]})


def test_numbers_in_scientific_notation_are_numbers():
    assert parse_yaml("a: 1e-3\nb: 2.5E+4\nc: '1e-3'\nd: e3") == {"a": 1e-3, "b": 25000.0, "c": "1e-3", "d": "e3"}


def test_a_secret_never_stands_in_a_recipe(monkeypatch):
    with pytest.raises(ValueError, match="never stands in a file"):
        Secret.model_validate("hf_abc")
    secret = Secret(env="GENRE_TEST_TOKEN")
    monkeypatch.delenv("GENRE_TEST_TOKEN", raising=False)
    with pytest.raises(RecipeError, match="is named and not set"):
        secret.reveal()
    monkeypatch.setenv("GENRE_TEST_TOKEN", "s3cret")
    assert secret.reveal() == "s3cret" and "s3cret" not in repr(secret) + secret.model_dump_json()


def test_the_schema_lists_every_component_and_accepts_a_good_recipe():
    schema = recipe_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert not list(validator.iter_errors(GOOD))
    assert list(validator.iter_errors({**GOOD, "recommender": {"type": "popularity", "half_life_day": 3}}))
    definitions = schema["$defs"]
    assert "popularity" in definitions["slot.recommenders"]["anyOf"][0]["enum"]
    assert "half_life_days" in definitions["recommenders.popularity"]["properties"]
