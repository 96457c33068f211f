"""The OpenAPI document tells the truth, with an example for every body and answer."""

from tests.serving.api.document import check, operations


def test_every_body_has_an_example_that_fits_its_schema(api):
    document = api.client.get("/openapi.json").json()
    bodies = [operation["requestBody"] for *_, operation in operations(document) if "requestBody" in operation]
    assert len(bodies) == 11
    for body in bodies:
        content = body["content"]["application/json"]
        assert content["examples"]
        for example in content["examples"].values():
            check(document, content["schema"], example["value"])


def test_every_answer_and_refusal_has_an_example_that_fits_its_schema(api):
    document = api.client.get("/openapi.json").json()
    for _, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            if path == "/metrics" and status == "200":
                continue
            ((kind, content),) = answer["content"].items()
            assert kind == ("application/json" if status < "300" else "application/problem+json")
            check(document, content["schema"], content["example"])


def test_routes_say_what_they_do_and_which_keys_they_take(api):
    for _, path, operation in operations(api.client.get("/openapi.json").json()):
        assert operation["summary"] and operation["description"]
        assert operation["security"] == [] if path.startswith(("/health", "/openapi")) else operation["x-scopes"]
