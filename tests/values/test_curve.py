import json

from genre.values.curve import Curve, Epoch


def test_survives_json():
    curve = Curve((Epoch(1, 2.5, None, 0.1), Epoch(2, 2.0, 0.25, 0.1)), "ndcg@10", 2)
    assert Curve.of(json.loads(json.dumps(curve.to_dict()))) == curve
