"""Documents with faults: some values replaced by others that have no business there."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

__all__ = ["mutated", "operations"]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_REMOVED, _ITSELF, _ANOTHER = object(), object(), object()
_JUNK = (
    None, [], {}, [None], [[]], 0, -1.5, 10**30, "", "x", "a\n\"\"\"\\", True, False, ["a", "a"], {"x": 1}, {"": None},
    {"type": "string"}, {"type": ["null"]}, {"enum": []}, {"allOf": []}, {"oneOf": [{}]}, {"$ref": 1}, {"$ref": "#"},
    {"$ref": "#/components/schemas/Nope"}, "#/components/schemas/Nope", _REMOVED, _ITSELF, _ANOTHER, _ANOTHER,
)  # fmt: skip
_KEPT = {("openapi",), ("swagger",)}

Path = tuple[Any, ...]


def mutated(document: Any, random: Random) -> tuple[Any, list[str]]:
    """A copy with one to three faults, and what they are."""
    found = copy.deepcopy(document)
    done: list[str] = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        paths = [path for path in _paths(found) if path and path not in _KEPT]
        if not paths:
            break
        path, junk = random.choice(paths), random.choice(_JUNK)
        parent = _at(found, path[:-1])
        if junk is _REMOVED:
            del parent[path[-1]]
        elif junk is _ITSELF:
            parent[path[-1]] = {"$ref": _pointer(path)}
        elif junk is _ANOTHER:
            parent[path[-1]] = {"$ref": _pointer(random.choice(paths))}
        else:
            parent[path[-1]] = copy.deepcopy(junk)
        done.append(f"{_pointer(path)}: {parent.get(path[-1], 'removed') if isinstance(parent, dict) else junk!r}")
    return found, done


def operations(document: dict[str, Any]) -> set[tuple[str, str]]:
    """The operations that a document still has: objects under a method in a path item, after references."""
    items = _followed(document, document.get("paths"))
    found: set[tuple[str, str]] = set()
    for path, value in items.items() if isinstance(items, dict) else ():
        item = _followed(document, value)
        if isinstance(item, dict) and not path.startswith("x-"):
            stated = [method for method in _METHODS if isinstance(_followed(document, item.get(method)), dict)]
            found |= {(method.upper(), path) for method in stated}
    return found


def _followed(document: Any, value: Any) -> Any:
    for _ in range(50):
        if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
            return value
        reference = value["$ref"]
        value = document if reference.startswith("#") else None
        for token in unquote(reference[1:]).split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            else:
                value = None
    return None


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths(item, (*path, index))


def _at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def _pointer(path: Path) -> str:
    return "#" + "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)
