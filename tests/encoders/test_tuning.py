import pytest
from pydantic import ValidationError

from genre.config.loading import load_recipe
from genre.core.errors import RecipeError
from genre.core.slot import Slot, dump
from genre.encoders._tuned_config import frozen_layers
from genre.encoders.text._tuning import KINDS, LoraTuning, TopLayersTuning, parse_tuning
from genre.encoders.text.transformer import TransformerConfig

ENCODERS = Slot("encoders")


def fault_of(tune, **fields):
    feature = {"name": "text", "columns": ["title"], "encoder": {"type": "transformer", "tune": tune, **fields}}
    with pytest.raises(RecipeError) as caught:
        load_recipe({"data": {"source": "builtin"}, "features": [feature], "recommender": "tower"})
    assert len(caught.value.faults) == 1
    return str(caught.value)


@pytest.mark.parametrize(
    ("tune", "message"),
    [
        ("lora", "encoder.tune: 'lora' is a kind of peft. Write it as {peft: lora}."),
        ("hed", "encoder.tune: 'hed' is not a way to tune. Choose none, head, full, {top_layers: 2} or {peft: lora |"),
        ({"peft": "loar"}, "encoder.tune: 'loar' is not a kind of peft. Did you mean 'lora'?"),
        ({"top_layers": 0}, "encoder.tune.top_layers: should be greater than or equal to 1. Got 0."),
        ({"peft": "lora", "rnk": 4}, "encoder.tune.rnk: not a field of 'lora'. Did you mean 'rank'?"),
        ({"peft": "adalora", "rank": 4}, "encoder.tune: target_rank 8 is not below rank 4."),
        ({"peft": "prefix", "layers": 1, "cache": False}, "encoder.tune: prefix in some layers needs the cache"),
    ],
)
def test_faults_have_a_place_and_a_mend(tune, message):
    assert f"features.0.{message}" in fault_of(tune)


def test_settings_that_do_not_fit_are_refused():
    assert "tune lora needs backend torch, not onnx" in fault_of({"peft": "lora"}, backend="onnx")
    assert "tune head trains an attention, not pooling mean" in fault_of("head", pooling="mean")
    assert "learning_rate is that of the pretrained model" in fault_of("head", learning_rate=1e-3)
    with pytest.raises(ValidationError):
        TransformerConfig(dropout=1.0)


@pytest.mark.parametrize("tune", ["head", "full", {"top_layers": 2, "cache": False}, *({"peft": k} for k in KINDS)])
def test_ways_to_tune_round_trip(tune):
    config = ENCODERS.parse({"type": "transformer", "tune": tune})
    assert ENCODERS.parse(dump(config)) == config
    assert config.kind == (tune if isinstance(tune, str) else tune.get("peft", "top_layers"))
    assert (config.peak_rate is None) == (tune == "head")


def test_lower_layers_that_stay_frozen():
    assert frozen_layers("head", 6) == 6
    assert frozen_layers("full", 6) == 0
    assert frozen_layers(TopLayersTuning(top_layers=2), 6) == 4
    assert frozen_layers(LoraTuning(peft="lora"), 6) == 0
    assert frozen_layers(LoraTuning(peft="lora", layers=1), 6) == 5
    assert frozen_layers(parse_tuning({"peft": "prompt"}), 6) == 0
    with pytest.raises(ValueError, match="asks for 7 layers, and the model has 6"):
        frozen_layers(TopLayersTuning(top_layers=7), 6)
