"""The description of the API as OpenAPI 3.1, made of the table beside the routes."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from sandbox.api.described import ROUTES, SEQ, TEXT, Described, shape

PREFIX: Final = "/_sandbox"
ANY_METHOD: Final = ("post", "put", "patch", "delete")
"""What a route that takes any method is described with, beside its GET."""

_PASSWORD: Final = {
    "type": "http",
    "scheme": "basic",
    "description": "Where the sandbox has a password: any user name, and it.",
}
_GUARDED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
"""What any operation may answer to whoever may not use it."""
_ERROR: Final = {"$ref": "#/components/schemas/Error"}


def description() -> dict[str, Any]:
    """Return the whole description."""
    from importlib.metadata import version  # noqa: PLC0415 - the start need not wait for it

    paths: dict[str, dict[str, Any]] = {}
    for (method, path), described in ROUTES.items():
        operations = paths.setdefault(PREFIX + path, _parameters_of(path))
        for each in ANY_METHOD if method == "*" else (method.lower(),):
            operations[each] = _operation(described)
    return {
        "openapi": "3.1.0",
        "info": {"title": "segment-sandbox", "version": version("segment-sandbox")},
        "paths": paths,
        "security": [{}, {"password": []}],
        "components": {
            "schemas": {"Error": shape(error=shape(code=TEXT, message=TEXT, hint=TEXT))},
            "securitySchemes": {"password": _PASSWORD},
        },
    }


def _parameters_of(path: str) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": SEQ if name in {"seq", "number"} else _words(name)}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    return {"parameters": parameters} if parameters else {}


def _words(name: str) -> Mapping[str, Any]:
    return {"enum": ["pause", "resume"]} if name == "verb" else TEXT


def _operation(described: Described) -> dict[str, Any]:
    operation: dict[str, Any] = {"summary": described.summary}
    if described.query:
        operation["parameters"] = [
            {"name": each.name, "in": "query", "description": each.meaning, "schema": each.schema}
            for each in described.query
        ]
    if described.body is not None:
        content = {"application/json": {"schema": described.body}}
        operation["requestBody"] = {"required": described.body_needed, "content": content}
    return {**operation, "responses": dict(_responses(described))}


def _responses(described: Described) -> Iterator[tuple[str, dict[str, Any]]]:
    schema = TEXT if described.answer is None else described.answer
    yield "200", {"description": "OK", "content": {described.media_type: {"schema": schema}}}
    for status in sorted({*described.errors, *_GUARDED}):
        content = {"application/json": {"schema": _ERROR}}
        yield str(int(status)), {"description": HTTPStatus(status).phrase, "content": content}
