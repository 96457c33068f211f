"""Holds answers to what the OpenAPI document says of them."""

import re

from jsonschema import Draft202012Validator


def operations(document):
    """(method, path, operation) of all routes."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def check(document, schema, content):
    Draft202012Validator({"components": document["components"], **schema}).validate(content)


def check_answer(app, answer):
    """Its status, type of content and content are those that the document knows; unknown paths are left alone."""
    document = app.openapi()
    for method, path, operation in operations(document):
        if method == answer.request.method and _leads(path, answer.request.url.path):
            kinds = operation["responses"][str(answer.status_code)]["content"]
            schema = kinds[answer.headers["content-type"].partition(";")[0]]["schema"]
            check(document, schema, answer.text if schema.get("type") == "string" else answer.json())
            return


def _leads(path, asked):
    return re.fullmatch(re.sub(r"\{(user|item)_id\}", ".+", re.sub(r"\{(version|key_id)\}", "[^/]+", path)), asked)
