"""Small documents that would grow beyond all bounds, or that lead where nobody should go. Each is made when needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BOMBS", "REFUSED"]

_USE = {"$ref": "#/components/schemas/X"}
_ANSWER = {"200": {"description": "d", "content": {"application/json": {"schema": _USE}}}}
_DEEP = 390


def _document(paths: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    stated = {"/a": {"get": {"responses": _ANSWER}}} if paths is None else paths
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": stated, **more}


def _schemas(**schemas: Any) -> str:
    return json.dumps(_document(components={"schemas": schemas}))


def _named(number: int) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/S{number}"}


def _objects(number: int, width: int) -> dict[str, Any]:
    return {
        f"S{n}": {"type": "object", "properties": {f"p{n}_{m}": {"type": "string"} for m in range(width)}}
        for n in range(number)
    }


def _ladder(keyword: str) -> str:
    """Each step is said twice in the one before: written out, 2^40 schemas."""
    steps = {f"S{n}": {keyword: [_named(n + 1), _named(n + 1), {"properties": {f"p{n}": {}}}]} for n in range(40)}
    return _schemas(X=_named(0), **steps, S40={"type": "object"})


def _product() -> str:
    """A union in each of twelve branches: multiplied out, 6^12 variants."""
    unions = [{"oneOf": [{"properties": {f"p{n}{m}": {}}} for m in range(6)]} for n in range(12)]
    return _schemas(X={"allOf": unions})


def _discriminator() -> str:
    tags = {f"t{n}": f"#/components/schemas/S{n % 300}" for n in range(2000)}
    union = {"oneOf": [_named(n) for n in range(300)], "discriminator": {"propertyName": "k", "mapping": tags}}
    return _schemas(X=union, **_objects(300, 1))


def _aliases() -> str:
    """Nine levels of merge keys, each with nine aliases of the one before."""
    lines = ["x0: &a0 {k: 1}"]
    lines += [
        f"x{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], k{n}: [{', '.join([f'*a{n - 1}'] * 9)}]}}"
        for n in range(1, 10)
    ]
    return "\n".join([*lines, "openapi: 3.1.0", "paths: {}", ""])


def _through() -> str:
    """Pointers that lead through a reference at each of their tokens."""
    users = {f"X{n}": {"$ref": "#/components/schemas/Y" + "/a" * (50 + n % 40)} for n in range(500)}
    return _schemas(X={}, Y={"a": {"$ref": "#/components/schemas/Y"}}, **users)


def _callbacks() -> str:
    calls = {f"c{n}": {"x": {"$ref": "#/paths/~1a"}} for n in range(200)}
    return json.dumps(_document({"/a": {"post": {"responses": {}, "callbacks": calls}}}))


BOMBS: dict[str, Callable[[], str]] = {
    "wide allOf": lambda: _schemas(X={"allOf": [_named(n) for n in range(200)]}, **_objects(200, 10)),
    "ladder of allOf": lambda: _ladder("allOf"),
    "ladder of oneOf": lambda: _ladder("oneOf"),
    "product of unions": _product,
    "many tags of a discriminator": _discriminator,
    "names that all collide": lambda: _schemas(X={"type": "object", "properties": {"-" * n: {} for n in range(500)}}),
    "values that all collide": lambda: _schemas(X={"type": "string", "enum": ["-" * n for n in range(500)]}),
    "one operationId": lambda: json.dumps(
        _document({f"/{n}": {"get": {"operationId": "x", "responses": {}}} for n in range(500)})
    ),
    "long names": lambda: _schemas(X={"properties": {"n" * 20000: {"enum": ["e" * 20000, "f"], "title": "t" * 20000}}}),
    "long pointer": lambda: _schemas(X={"$ref": "#" + "/components/schemas/X" * 3000}),
    "pointers through references": _through,
    "references in a long chain": lambda: _schemas(
        X=_named(0), **{f"S{n}": {"$ref": f"#/components/schemas/S{n + 1}/properties/a"} for n in range(300)}, S300={}
    ),
    "callbacks that are their own path": _callbacks,
    "numbers beyond 64 bits": lambda: _schemas(
        X={"type": "integer", "enum": [10**40, -(10**40), 1], "default": 10**40, "maximum": 10**40},
        Y={"const": 2**64},
        Z={"type": "object", "required": ["a"], "minProperties": 10**30, "properties": {"a": {"enum": [2**70]}}},
        L={"type": "array", "items": {"type": "string", "minLength": 10**30}, "minItems": 10**30},
    ),
    "deep default": lambda: _schemas(X={"default": 1}).replace('t": 1', f't": {"[" * _DEEP}{"]" * _DEEP}'),
    "slow patterns": lambda: _schemas(
        X={"type": "string", "pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"}, Y={"patternProperties": {"(a+)+$": {}, "[": {}}}
    ),
    "path of braces": lambda: json.dumps(_document({"/" + "{x}" * 3000 + "{" * 3000: {"get": {"responses": {}}}})),
    "server of variables": lambda: json.dumps(
        _document(servers=[{"url": "https://" + "{a}" * 5000, "variables": {"a": {"default": "{a}" * 100}}}])
    ),
}  # fmt: skip
"""Documents that are read within bounds."""

REFUSED: dict[str, Callable[[], str]] = {
    "aliases in merge keys": _aliases,
    "a number of 5000 digits": lambda: _schemas(X={"default": 1}).replace('"default": 1', f'"default": {"9" * 5000}'),
    "deep arrays": lambda: _schemas(X={"x-a": 1}).replace('"x-a": 1', f'"x-a": {"[" * 9000}{"]" * 9000}'),
    "deep flow mappings": lambda: "openapi: 3.1.0\npaths: {}\nx-a: " + "{a: " * 9000 + "1" + "}" * 9000,
    "path items in a circle": lambda: json.dumps(
        _document({f"/{n}": {"$ref": f"#/paths/~1{(n + 1) % 300}"} for n in range(300)})
    ),
    "a key that is a list": lambda: "openapi: 3.1.0\n? [a]\n: b\npaths: {}\n",
    "an object by a tag": lambda: "openapi: 3.1.0\npaths: !!python/object/apply:os.system [touch PWNED_tag]\n",
    "an alias of itself": lambda: "openapi: 3.1.0\npaths: &a {x: *a}\n",
}
"""Documents that are refused with a place."""
